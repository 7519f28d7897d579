"""Options that several commands take."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

_SPAN = re.compile(r"(\d{1,5})\s*(h|hours?|d|days?|w|weeks?)")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

CONFIG = click.option(
    "-c",
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    help="The config file.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")


class Since(click.ParamType[datetime]):
    """How far back: a span before now (12h, 7d, 2w) or a day (2026-11-02, from its midnight in UTC)."""

    name = "when"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        written = value.strip()
        if span := _SPAN.fullmatch(written):
            return datetime.now(UTC) - int(span[1]) * _UNITS[span[2][0]]
        try:
            return datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail("write it as 12h, 7d, 2w or 2026-11-02", param, ctx)
