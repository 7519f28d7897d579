"""`monitor digest`: what the channel reads in the morning, for any day."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from monitor import config as configuration
from monitor import rulebook
from monitor.alert import wording
from monitor.cli.answers import existing, write_file
from monitor.cli.options import CONFIG, JSON
from monitor.cli.run import open_notifier
from monitor.config import Config
from monitor.desk import chart, report
from monitor.errors import InputError
from monitor.model import Curves, Figures, Notice, Notification, NotificationKind, Picture, Rules
from monitor.store import figures
from monitor.store.db import Store


@click.command()
@CONFIG
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day, as 2026-11-02.  [default: yesterday]")
@click.option(
    "--picture", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the picture there, as PNG."
)
@click.option("--post", is_flag=True, help="Post it in the alerts' channel, now.")
@JSON
def digest(path: Path, day: datetime | None, file: Path | None, post: bool, as_json: bool) -> None:
    """Show or post the morning's digest of a day.

    Incidents, how long an alert, an owner and a correction took, false alarms by claim, what monitor could not see; the
    picture shows the claims of the week that ends with the day. Days are those of [desk] timezone.

    \b
    Example:  monitor digest --day 2026-11-02 --picture week.png
    """
    config = configuration.load(path) if post else configuration.load_asking_nobody(path)
    if post and config.slack is None:
        lacks = config.slack_lacks or "neither [slack] channel nor SLACK_BOT_TOKEN is set"
        raise InputError(f"there is no channel to post it in: {lacks}; docs/slack.md shows how")
    existing(config.store.path)
    rules = rulebook.load(config.rules)
    now = datetime.now(UTC)
    asked = day.date() if day is not None else now.astimezone(config.desk.timezone).date() - timedelta(days=1)
    counted, curves = _read(config, asked, now)
    said = report.report(counted, rules, config.desk)
    picture = chart.draw(curves, rules, config.desk.timezone) if file is not None or (post and said.lines) else None
    if file is not None:
        _write(file, picture)
    if as_json:
        click.echo(_as_json(asked, counted, curves, said, config).decode())
    else:
        _show(said, curves, rules, config)
    if post:
        asyncio.run(_post(config, replace(said, picture=picture if said.lines else None), now))


def _read(config: Config, day: date, now: datetime) -> tuple[Figures, Curves]:
    with closing(Store(config.store.path)) as store, store.reading() as db:
        return figures.of_day(db, day, now, config.desk.timezone), figures.week(db, day, config.desk.timezone)


def _show(said: Notice, curves: Curves, rules: Rules, config: Config) -> None:
    console = Console()
    console.print(Text(wording.inert(said.title), style="bold"))
    for line in said.lines:
        console.print(Text(wording.inert(line)))
    if report.shown(curves, rules):
        console.print(Text(report.alt_text(curves, rules, config.desk.timezone), style="dim"))


def _as_json(day: date, counted: Figures, curves: Curves, said: Notice, config: Config) -> bytes:
    found = {
        "day": day,
        "figures": asdict(counted),
        "pace": asdict(report.pace(counted, config.desk)),
        "week": asdict(curves),
        "text": [said.title, *said.lines],
    }
    # Durations in seconds: what a script adds up.
    return msgspec.json.format(msgspec.json.encode(_plain(found)), indent=2)


def _plain(value: object) -> object:
    match value:
        case timedelta():
            return value.total_seconds()
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return value


def _write(file: Path, picture: Picture | None) -> None:
    if picture is None:
        raise InputError("there is nothing to draw: no post of that week spread a known claim")
    write_file(file, picture.png)
    click.echo(f"wrote {file}: {picture.alt}", err=True)


async def _post(config: Config, said: Notice, now: datetime) -> None:
    """Straight to the channel, beside the running service; what goes wrong is told here and not tried again."""
    notification = Notification(f"digest-by-hand-{now:%Y%m%dT%H%M%S%f}", NotificationKind.NOTICE, notice=said)
    async with open_notifier(config) as notifier:
        await notifier.deliver(notification, None)
    click.echo("posted", err=True)
