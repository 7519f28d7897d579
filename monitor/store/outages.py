"""When which source was blind: from its first failed request until a page came through again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from monitor.model import Outage
from monitor.store.db import Store, from_text, known_time, to_text

MONITOR = "monitor"
"""The source that stands for all of them: monitor itself did not run."""
NOT_RUNNING = "monitor was not running"
MISSED_BEATS = timedelta(minutes=1)
"""A running service leaves a sign of life every ten seconds; a restart takes less than this."""


def begin(db: Database, source: str, error: str, now: datetime) -> None:
    """A source failed. Nothing changes where it was failing already, except what it fails with."""
    cursor = db.execute("UPDATE outages SET error = ? WHERE source = ? AND ended_at IS NULL", [error, source])
    if not cursor.rowcount:
        _add(db, Outage(source, now, None, error))


def end(db: Database, source: str, now: datetime) -> None:
    """A page came through."""
    db.execute(
        "UPDATE outages SET ended_at = max(began_at, ?) WHERE source = ? AND ended_at IS NULL", [to_text(now), source]
    )


def add_gap(db: Database, source: str, why: str, since: datetime, now: datetime) -> None:
    """A source said that posts are missing before what it brought at `now`."""
    _add(db, Outage(source, min(since, now), now, why, is_gap=True))


def resume(store: Store, now: datetime) -> Outage | None:
    """At a start: the time since the service's last sign of life was an outage of all sources. None: it was short, or
    this is the first start."""
    with store.transaction() as db:
        row = db.execute("SELECT alive_at FROM service").fetchone()
        last = None if row is None else from_text(row[0])
        if last is None or now - last < MISSED_BEATS:
            return None
        outage = Outage(MONITOR, last, now, NOT_RUNNING)
        _add(db, outage)
    return outage


def between(db: Database, since: datetime, until: datetime) -> list[Outage]:
    """The outages and gaps of which some part lies in a time, the oldest first."""
    rows = db.execute(
        """
        SELECT source, began_at, ended_at, error, is_gap FROM outages
        WHERE began_at < ? AND (ended_at IS NULL OR ended_at >= ?) ORDER BY began_at, source
        """,
        [to_text(until), to_text(since)],
    ).fetchall()
    return [
        Outage(source, known_time(began_at), from_text(ended_at), error, bool(is_gap))
        for source, began_at, ended_at, error, is_gap in rows
    ]


def purge(store: Store, before: datetime) -> None:
    """Forget the outages that ended before a moment, and the traffic before it."""
    with store.transaction() as db:
        db.execute("DELETE FROM outages WHERE ended_at < ?", [to_text(before)])
        db.execute("DELETE FROM traffic WHERE began_at < ?", [to_text(before)])


def _add(db: Database, outage: Outage) -> None:
    db.execute(
        """
        INSERT INTO outages (source, began_at, ended_at, error, is_gap) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (source, began_at) DO UPDATE SET ended_at = excluded.ended_at, error = excluded.error,
            is_gap = excluded.is_gap
        """,
        [outage.source, to_text(outage.began_at), to_text(outage.ended_at), outage.error, int(outage.is_gap)],
    )
