"""The figures of a day and the claims of a week, counted in the store."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlite_utils import Database

from monitor.model import (
    Curve,
    Curves,
    Decision,
    Did,
    Figures,
    Handled,
    IncidentState,
    Person,
    Reason,
    Shadowed,
    Traffic,
    Unsure,
)
from monitor.store import incidents, outages
from monitor.store.db import from_text, known_time, to_text

DAYS = 7
STEP = timedelta(hours=6)


def day_bounds(day: date, timezone: tzinfo) -> tuple[datetime, datetime]:
    """A day from midnight to midnight by the clock of a time zone, in UTC: 23 or 25 hours when the clocks change."""
    since = datetime.combine(day, time(), timezone)
    until = datetime.combine(day + timedelta(days=1), time(), timezone)
    return since.astimezone(UTC), until.astimezone(UTC)


def today(db: Database, now: datetime, timezone: tzinfo) -> Figures:
    """Since midnight."""
    since, _ = day_bounds(now.astimezone(timezone).date(), timezone)
    return between(db, since, now)


def of_day(db: Database, day: date, now: datetime, timezone: tzinfo) -> Figures:
    """A whole day, or what there was of it by `now`."""
    since, until = day_bounds(day, timezone)
    return between(db, since, max(since, min(until, now)))


def between(db: Database, since: datetime, until: datetime) -> Figures:
    """The figures of a time: from `since` up to and without `until`."""
    span = {"since": to_text(since), "until": to_text(until)}
    (went_on,) = db.execute(
        """
        SELECT count(DISTINCT id) FROM incidents JOIN sightings ON sightings.incident_id = incidents.id
        WHERE alerted_at < :since AND seen_at >= :since AND seen_at < :until
        """,
        span,
    ).fetchone()
    (untold,) = db.execute(
        """
        SELECT count(*) FROM incidents WHERE alerted_at IS NULL AND id IN (
            SELECT incident_id FROM alerts GROUP BY incident_id
            HAVING min(decided_at) >= :since AND min(decided_at) < :until)
        """,
        span,
    ).fetchone()
    silences_set, silences_on = db.execute(
        """
        SELECT count(*) FILTER (WHERE starts_at >= :since AND starts_at < :until),
            count(*) FILTER (WHERE starts_at < :until AND until > :until AND (ended_at IS NULL OR ended_at > :until))
        FROM silences
        """,
        span,
    ).fetchone()
    actions, people = db.execute(
        """
        SELECT count(*), count(DISTINCT who_id) FROM events
        WHERE at >= :since AND at < :until AND who_id IS NOT NULL AND did != :refused
        """,
        {**span, "refused": Did.REFUSED.value},
    ).fetchone()
    (clicks_failed,) = db.execute(
        "SELECT count(*) FROM clicks WHERE received_at >= :since AND received_at < :until AND error IS NOT NULL", span
    ).fetchone()
    return Figures(
        since,
        until,
        told=_told(db, since, until),
        went_on=went_on,
        untold=untold,
        shadowed=_shadowed(db, since, until),
        watched=_watched(db, since, until),
        silences_set=silences_set,
        silences_on=silences_on,
        traffic=_traffic(db, since, until),
        outages=tuple(outages.between(db, since, until)),
        actions=actions,
        people=people,
        clicks_failed=clicks_failed,
    )


def _told(db: Database, since: datetime, until: datetime) -> tuple[Handled, ...]:
    return tuple(
        Handled(
            incident,
            _taken_for(db, incident.id) or incident.claim_id,
            *_first_owner(db, incident.id),
            ended_at=_ended_at(db, incident.id),
        )
        for incident in incidents.alerted_between(db, since, until)
    )


def _shadowed(db: Database, since: datetime, until: datetime) -> tuple[Shadowed, ...]:
    rows = db.execute(
        """
        SELECT claim_id, count(DISTINCT incident_id), count(*) FROM alerts
        WHERE reason = ? AND decided_at >= ? AND decided_at < ? GROUP BY claim_id ORDER BY count(*) DESC, claim_id
        """,
        [Reason.SHADOW.value, to_text(since), to_text(until)],
    ).fetchall()
    return tuple(Shadowed(*row) for row in rows)


def _watched(db: Database, since: datetime, until: datetime) -> tuple[Unsure, ...]:
    rows = db.execute(
        """
        SELECT claim_id, count(*) FROM matches
        WHERE decision = ? AND decided_at >= ? AND decided_at < ? GROUP BY claim_id ORDER BY count(*) DESC, claim_id
        """,
        [Decision.WATCH.value, to_text(since), to_text(until)],
    ).fetchall()
    return tuple(Unsure(*row) for row in rows)


def _first_owner(db: Database, incident_id: str) -> tuple[datetime | None, Person | None]:
    row = db.execute(
        "SELECT at, who_id, who_name FROM events WHERE incident_id = ? AND did IN (?, ?) ORDER BY id LIMIT 1",
        [incident_id, Did.TOOK_ON.value, Did.HANDED_OVER.value],
    ).fetchone()
    return (None, None) if row is None else (from_text(row[0]), Person(row[1], row[2]))


def _ended_at(db: Database, incident_id: str) -> datetime | None:
    row = db.execute(
        "SELECT min(at) FROM events WHERE incident_id = ? AND did IN (?, ?)",
        [incident_id, Did.CLOSED.value, Did.FALSE_ALARM.value],
    ).fetchone()
    return from_text(row[0])


def _taken_for(db: Database, incident_id: str) -> str | None:
    """The claim that the incident was first taken for, where a person has moved it to another."""
    row = db.execute(
        "SELECT before FROM events WHERE incident_id = ? AND did = ? ORDER BY id LIMIT 1",
        [incident_id, Did.WRONG_CLAIM.value],
    ).fetchone()
    return None if row is None else str(row[0])


def _traffic(db: Database, since: datetime, until: datetime) -> Traffic:
    span = [to_text(since), to_text(until)]
    seen, kept = db.execute(
        "SELECT coalesce(sum(seen), 0), coalesce(sum(kept), 0) FROM traffic WHERE began_at >= ? AND began_at < ?", span
    ).fetchone()
    (alerting,) = db.execute("SELECT count(*) FROM alerts WHERE decided_at >= ? AND decided_at < ?", span).fetchone()
    return Traffic(seen, kept, alerting)


def week(db: Database, last: date, timezone: tzinfo) -> Curves:
    """Posts per claim in the DAYS days that end with `last`, by steps of STEP. What people called false alarms is left
    out: those posts do not spread the claim."""
    since, _ = day_bounds(last - timedelta(days=DAYS - 1), timezone)
    _, until = day_bounds(last, timezone)
    steps = -((since - until) // STEP)
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * steps)
    rows = db.execute(
        """
        SELECT claim_id, seen_at FROM sightings JOIN incidents ON incidents.id = sightings.incident_id
        WHERE seen_at >= ? AND seen_at < ? AND state != ?
        """,
        [to_text(since), to_text(until), IncidentState.FALSE_ALARM.value],
    )
    for claim_id, seen_at in rows:
        counts[claim_id][(known_time(seen_at) - since) // STEP] += 1
    told, corrected = _moments(db, "alerted_at", since, until), _moments(db, "corrected_at", since, until)
    curves = [Curve(claim_id, tuple(posts), told[claim_id], corrected[claim_id]) for claim_id, posts in counts.items()]
    return Curves(since, STEP, steps, tuple(sorted(curves, key=lambda curve: (-curve.total, curve.claim_id))))


def _moments(db: Database, column: str, since: datetime, until: datetime) -> defaultdict[str, tuple[datetime, ...]]:
    """By claim, when its incidents came to something, oldest first."""
    found: defaultdict[str, tuple[datetime, ...]] = defaultdict(tuple)
    rows = db.execute(
        f"""
        SELECT claim_id, {column} FROM incidents
        WHERE {column} >= ? AND {column} < ? AND state != ? ORDER BY {column}
        """,  # noqa: S608 - a name of our own column
        [to_text(since), to_text(until), IncidentState.FALSE_ALARM.value],
    )
    for claim_id, at in rows:
        found[claim_id] = (*found[claim_id], known_time(at))
    return found
