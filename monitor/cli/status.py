"""`monitor status`: how the service and its sources do, from the store alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor import config as configuration
from monitor.cli.options import CONFIG, JSON
from monitor.errors import StoreError
from monitor.model import Incident, SourceHealth, Summary
from monitor.store import incidents, outbox, sources
from monitor.store import summary as totals
from monitor.store.db import Store
from monitor.store.outbox import FailedDelivery


@dataclass(frozen=True, slots=True)
class Status:
    """What `monitor status` shows; `--json` prints it as it stands."""

    alive_at: datetime | None
    summary: Summary
    sources: tuple[SourceHealth, ...]
    incidents: tuple[Incident, ...]
    failed_deliveries: tuple[FailedDelivery, ...]


@click.command()
@CONFIG
@JSON
def status(path: Path, as_json: bool) -> None:
    """Show sources, incidents, alerts and what waits.

    \b
    Example:  monitor status -c config.toml --json
    """
    config = configuration.load(path)
    if not config.store.path.exists():
        raise StoreError(f"there is no database {config.store.path} yet: monitor run makes it")
    with closing(Store(config.store.path)) as store:
        found = Status(
            totals.alive_at(store),
            totals.summary(store),
            tuple(sources.health(store)),
            tuple(incidents.open_incidents(store)),
            tuple(outbox.failed(store)),
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(asdict(found)), indent=2).decode())
    else:
        _show(found, datetime.now(UTC))


def _show(found: Status, now: datetime) -> None:
    console = Console()
    console.print(Text(f"service   last alive {_ago(found.alive_at, now)}"))
    totals_line = (
        f"posts     {found.summary.posts_seen} seen, {found.summary.posts_about} kept, "
        f"{found.summary.posts_matched} matched, {found.summary.waiting} waiting to be read"
    )
    console.print(Text(totals_line))
    console.print(Text(f"alerts    {_counts(found.summary.alerts)}"))
    console.print(Text(f"outbox    {_counts(found.summary.outbox)}"))
    console.print(_source_table(found.sources, now))
    if found.incidents:
        console.print(_incident_table(found.incidents, now))
    for failed in found.failed_deliveries:
        console.print(Text(f"not delivered: {failed.kind} {failed.delivery_id}: {failed.error}", style="red"))


def _source_table(healths: tuple[SourceHealth, ...], now: datetime) -> Table:
    table = Table(title="sources", title_justify="left")
    for heading in ("source", "state", "last page", "seen", "kept", "skipped", "last error"):
        table.add_column(heading)
    for health in healths:
        state = Text("ok", style="green")
        if health.error is not None:
            state = Text(f"failing since {_ago(health.error_since, now)}, {health.error_count} in a row", style="red")
        last_error = ""
        if health.last_error is not None:
            last_error = f"{_ago(health.last_error_at, now)} ({health.errors_total} in all): {health.last_error}"
        if health.gap is not None:
            last_error += f"\ngap {_ago(health.gap_at, now)}: {health.gap}"
        skipped = f"{health.skipped}" + (f" ({health.skip_reason})" if health.skip_reason else "")
        table.add_row(
            Text(health.name),
            state,
            _ago(health.last_page_at, now),
            str(health.posts_seen),
            str(health.posts_kept),
            Text(skipped),
            Text(last_error),
        )
    return table


def _incident_table(found: tuple[Incident, ...], now: datetime) -> Table:
    table = Table(title="open incidents", title_justify="left")
    for heading in ("claim", "posts", "accounts", "platforms", "last hour", "first seen", "last seen"):
        table.add_column(heading)
    for incident in found:
        table.add_row(
            Text(incident.claim_id),
            str(incident.posts),
            str(incident.accounts),
            Text(", ".join(incident.platforms)),
            str(incident.growth_per_hour),
            _ago(incident.first_seen, now),
            _ago(incident.last_seen, now),
        )
    return table


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    seconds = max(0, round((now - moment).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
