"""Where the rules and the posts are: what commands about them are told in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from monitor.config import MatchConfig, StoreConfig, load_rules_settings

DEFAULT_CONFIG = Path("config.toml")
DEFAULT_RULES = Path("rules")
DEFAULT_DATABASE = Path("monitor.db")

FOLDER = click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
RULES = click.option("--rules", "folder", metavar="DIR", type=click.Path(path_type=Path), help="The rules folder.")
CONFIG_OF_RULES = click.option(
    "-c",
    "--config",
    "config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The config file that names the rules folder and the database.",
)


class Place(NamedTuple):
    """Where the rules are, how posts are matched, and where the database is or will be."""

    folder: Path
    match: MatchConfig
    database: Path

    @property
    def stored(self) -> Path | None:
        """The database where there is one."""
        return self.database if self.database.exists() else None


def database_of(config: Path) -> Path:
    """Where a config says that the database is, or will be. No token is needed to know it."""
    return load_rules_settings(config)[2].path


def place_of(folder: Path | None, config: Path | None) -> Place:
    """From the arguments, else the config, else the working directory."""
    rules, match, store = DEFAULT_RULES, MatchConfig(), StoreConfig(DEFAULT_DATABASE)
    if config is not None or DEFAULT_CONFIG.exists():
        rules, match, store = load_rules_settings(config or DEFAULT_CONFIG)
    return Place(folder or rules, match, store.path)
