"""What happened since a moment, in figures: the App Home shows those of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlite_utils import Database

from monitor.model import Did
from monitor.store.db import known_time, to_text


@dataclass(frozen=True, slots=True)
class Tally:
    """`posts`: that were stored because they are about somebody, `matched`: that were near a claim. The times are
    medians over the incidents that were taken on or corrected, None where there were none."""

    posts: int
    matched: int
    alerts: int
    corrected: int
    false_alarms: int
    to_owner: timedelta | None
    to_correction: timedelta | None


def since(db: Database, moment: datetime) -> Tally:
    start = to_text(moment)
    return Tally(
        posts=_count(db, "SELECT count(*) FROM posts WHERE received_at >= ?", start),
        matched=_count(db, "SELECT count(*) FROM matches WHERE decided_at >= ?", start),
        alerts=_count(db, "SELECT count(*) FROM incidents WHERE alerted_at >= ?", start),
        corrected=_count(db, "SELECT count(*) FROM incidents WHERE corrected_at >= ?", start),
        false_alarms=_count(
            db, "SELECT count(DISTINCT incident_id) FROM events WHERE at >= ? AND did = ?", start, Did.FALSE_ALARM
        ),
        to_owner=_median(
            db,
            """
            SELECT incidents.alerted_at, min(events.at) FROM events JOIN incidents ON incidents.id = events.incident_id
            WHERE events.at >= ? AND events.did = ? AND incidents.alerted_at IS NOT NULL
            GROUP BY incidents.id
            """,
            start,
            Did.TOOK_ON,
        ),
        to_correction=_median(db, "SELECT first_seen, corrected_at FROM incidents WHERE corrected_at >= ?", start),
    )


def _count(db: Database, query: str, *values: str | None) -> int:
    return int(db.execute(query, values).fetchone()[0])


def _median(db: Database, query: str, *values: str | None) -> timedelta | None:
    """Of the time between the two moments of each row."""
    seconds = [
        (known_time(end) - known_time(begin)).total_seconds() for begin, end in db.execute(query, values).fetchall()
    ]
    return timedelta(seconds=median(seconds)) if seconds else None
