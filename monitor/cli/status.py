"""`monitor status`: how the service and its sources do, from the store alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor import config as configuration
from monitor.alert.blindness import blind_spots, field_line
from monitor.alert.wording import inert
from monitor.cli.answers import opened, print_json
from monitor.cli.options import CONFIG, JSON
from monitor.cli.spending import spent_today
from monitor.model import Drifted, Incident, Outage, SocketHealth, SocketState, SourceHealth, Summary
from monitor.store import drift, incidents, outages, outbox, sources
from monitor.store import socket as sockets
from monitor.store import summary as totals
from monitor.store.outbox import FailedDelivery

SILENT = timedelta(minutes=1)
"""A running service leaves a sign of life every ten seconds."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Status:
    """What `monitor status` shows; `--json` prints it as it stands."""

    alive_at: datetime | None
    summary: Summary
    sources: tuple[SourceHealth, ...]
    incidents: tuple[Incident, ...]
    failed_deliveries: tuple[FailedDelivery, ...]
    outages: tuple[Outage, ...]
    """Of the last day."""
    spent: dict[str, tuple[str, ...]]
    """What sources used up today of what costs money or is limited, in words, by source."""
    drift: tuple[Drifted, ...]
    """Fields that are not as the sources expect."""
    socket: SocketHealth | None = None
    """On which clicks arrive; None where there never was one."""


@click.command()
@CONFIG
@JSON
def status(path: Path, as_json: bool) -> None:
    """Show sources, incidents, alerts and what waits.

    \b
    Example:  monitor status -c config.toml --json
    """
    config = configuration.load_asking_nobody(path)
    now = datetime.now(UTC)
    with opened(config.store.path) as store, store.reading() as db:
        found = Status(
            totals.alive_at(store),
            totals.summary(store),
            tuple(sources.health(store)),
            tuple(incidents.open_incidents(store)),
            tuple(outbox.failed(store)),
            tuple(outages.between(db, now - DAY, now)),
            spent_today(config),
            tuple(drift.fields(db)),
            sockets.health(store),
        )
    if as_json:
        print_json(asdict(found))
    else:
        _show(found, now)


def _show(found: Status, now: datetime) -> None:
    console = Console()
    is_silent = found.alive_at is None or now - found.alive_at > SILENT
    alive = f"service   last alive {_ago(found.alive_at, now)}"
    console.print(Text(f"{alive}: is it running?", style="bold red") if is_silent else Text(alive))
    totals_line = (
        f"posts     {found.summary.posts_seen} seen, {found.summary.posts_about} kept, "
        f"{found.summary.posts_matched} near a claim, {found.summary.waiting} waiting to be read"
    )
    console.print(Text(totals_line))
    console.print(Text(f"alerts    {_counts(found.summary.alerts)}"))
    console.print(Text(f"outbox    {_counts(found.summary.outbox)}"))
    if found.socket is not None:
        console.print(_socket_line(found.socket, now))
    console.print(_source_table(found.sources, now))
    for health in found.sources:
        for trouble in _troubles(health, now):
            console.print(Text(inert(trouble)))
    for line in blind_spots(found.outages, now - DAY, now):
        console.print(Text(line))
    for source, says in found.spent.items():
        console.print(Text(inert(f"{source}: used {', '.join(says)}")))
    for drifted in found.drift:
        console.print(Text(field_line(drifted, now)), soft_wrap=True)
        if drifted.page is not None:
            console.print(Text(f"    as it came: {drifted.page}"), soft_wrap=True)
    if found.incidents:
        console.print(_incident_table(found.incidents, now))
    for failed in found.failed_deliveries:
        console.print(Text(f"not delivered: {failed.kind} {failed.delivery_id}: {inert(failed.error)}", style="red"))


def _socket_line(socket: SocketHealth, now: datetime) -> Text:
    line = f"socket    {socket.state.value} since {_ago(socket.since, now)}, rebuilt {socket.rebuilt} times"
    if socket.last_error is not None:
        line += f"; last trouble {_ago(socket.last_error_at, now)}: {inert(socket.last_error)}"
    return Text(line, style="" if socket.state is SocketState.CONNECTED else "bold red")


def _source_table(healths: tuple[SourceHealth, ...], now: datetime) -> Table:
    table = Table(title="sources", title_justify="left")
    for heading in ("source", "state", "last page", "seen", "kept", "skipped"):
        table.add_column(heading)
    for health in healths:
        table.add_row(
            Text(inert(health.name)),
            Text("ok", style="green") if health.error is None else Text("FAILING", style="bold red"),
            _ago(health.last_page_at, now),
            str(health.posts_seen),
            str(health.posts_kept),
            str(health.skipped),
        )
    return table


def _troubles(health: SourceHealth, now: datetime) -> Iterator[str]:
    if health.error is not None:
        since, again = _ago(health.error_since, now), _in(health.retry_at, now)
        yield f"{health.name}: failing since {since}, {health.error_count} in a row, tried again {again}"
    if health.last_error is not None:
        when = _ago(health.last_error_at, now)
        yield f"{health.name}: last error {when}, {health.errors_total} in all: {health.last_error}"
    if health.gap is not None:
        yield f"{health.name}: posts are missing, noticed {_ago(health.gap_at, now)}: {health.gap}"
    if health.suspicious is not None:
        yield f"{health.name}: brings nothing since {_ago(health.suspicious_since, now)}: {health.suspicious}"
    if health.skip_reason is not None:
        yield f"{health.name}: {health.skipped} posts skipped, the last because {health.skip_reason}"


def _incident_table(found: tuple[Incident, ...], now: datetime) -> Table:
    table = Table(title="open incidents", title_justify="left")
    for heading in ("claim", "posts", "accounts", "platforms", "last hour", "first seen", "last seen"):
        table.add_column(heading)
    for incident in found:
        table.add_row(
            Text(incident.claim_id),
            str(incident.posts),
            str(incident.accounts),
            Text(inert(", ".join(incident.platforms))),
            str(incident.growth_per_hour),
            _ago(incident.first_seen, now),
            _ago(incident.last_seen, now),
        )
    return table


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _in(moment: datetime | None, now: datetime) -> str:
    seconds = 0 if moment is None else max(0, round((moment - now).total_seconds()))
    return f"in {seconds} s" if seconds else "now"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    seconds = max(0, round((now - moment).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
