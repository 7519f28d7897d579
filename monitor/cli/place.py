"""Where the rules are: what commands about them are told in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from monitor.config import MatchConfig, load_rules_settings

DEFAULT_CONFIG = Path("config.toml")
DEFAULT_RULES = Path("rules")

FOLDER = click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
CONFIG_OF_FOLDER = click.option(
    "-c", "--config", "config", type=click.Path(path_type=Path), help="The config file that names DIR."
)


class Place(NamedTuple):
    """Where the rules are, how posts are matched, and the database where there is one."""

    folder: Path
    settings: MatchConfig
    database: Path | None


def place_of(folder: Path | None, config: Path | None) -> Place:
    """From the arguments, else the config, else the working directory."""
    if config is None and not DEFAULT_CONFIG.exists():
        return Place(folder or DEFAULT_RULES, MatchConfig(), None)
    configured, settings, store = load_rules_settings(config or DEFAULT_CONFIG)
    return Place(folder or configured, settings, store.path if store.path.exists() else None)
