"""Incidents, the sightings that make them up, and the alerts they led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Alert, Incident, IncidentState, NotificationKind, Post, Reason
from monitor.store.db import Store, from_text, to_text
from monitor.store.people import person_from_text, person_to_text
from monitor.text import fingerprint

_NAMES = tuple(column.name for column in fields(Incident))
_COLUMNS = ", ".join(_NAMES)
_SAVE = f"""
    INSERT INTO incidents ({_COLUMNS}) VALUES ({", ".join("?" * len(_NAMES))})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])}
"""  # noqa: S608 - names of our own fields


_TIMES = ("first_seen", "last_seen", "alerted_at", "owned_at", "owner_active_at", "corrected_at")


def _from_row(row: Sequence[object]) -> Incident:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    for name in _TIMES:
        value = values[name]
        values[name] = None if value is None else from_text(str(value))
    values["platforms"] = msgspec.json.decode(bytes(str(values["platforms"]), "utf-8"), type=tuple[str, ...])
    values["has_message"] = bool(values["has_message"])
    values["owner"] = person_from_text(values["owner"])
    values["corrected_by"] = person_from_text(values["corrected_by"])
    return msgspec.convert(values, type=Incident)


def latest(db: Database, claim_id: str) -> Incident | None:
    """A claim's newest incident, whatever its state."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM incidents WHERE claim_id = ? ORDER BY last_seen DESC, rowid DESC LIMIT 1",  # noqa: S608
        [claim_id],
    ).fetchone()
    return None if row is None else _from_row(row)


def get(db: Database, incident_id: str) -> Incident | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM incidents WHERE id = ?", [incident_id]).fetchone()  # noqa: S608
    return None if row is None else _from_row(row)


def open_incidents(store: Store) -> list[Incident]:
    """Every open incident, the one seen last first."""
    with store.reading() as db:
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM incidents WHERE state = ? ORDER BY last_seen DESC",  # noqa: S608
            [IncidentState.OPEN.value],
        ).fetchall()
    return [_from_row(row) for row in rows]


def of_claim(db: Database, claim_id: str, state: IncidentState) -> list[Incident]:
    """A claim's incidents in a state, the oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM incidents WHERE claim_id = ? AND state = ? ORDER BY first_seen, rowid",  # noqa: S608
        [claim_id, state.value],
    ).fetchall()
    return [_from_row(row) for row in rows]


def alerted_between(db: Database, since: datetime, until: datetime) -> list[Incident]:
    """The incidents of which people were first told in a time, the oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM incidents WHERE alerted_at >= ? AND alerted_at < ? ORDER BY alerted_at, rowid",  # noqa: S608
        [to_text(since), to_text(until)],
    ).fetchall()
    return [_from_row(row) for row in rows]


def every(store: Store) -> list[Incident]:
    """Every incident, the one seen last first."""
    with store.reading() as db:
        rows = db.execute(f"SELECT {_COLUMNS} FROM incidents ORDER BY last_seen DESC, rowid DESC").fetchall()  # noqa: S608
    return [_from_row(row) for row in rows]


def on_the_clock(db: Database) -> list[Incident]:
    """The open incidents that people were told of and nobody has corrected, the one told first first."""
    rows = db.execute(
        f"""
        SELECT {_COLUMNS} FROM incidents
        WHERE state = ? AND alerted_at IS NOT NULL AND corrected_at IS NULL AND has_message ORDER BY alerted_at, rowid
        """,  # noqa: S608
        [IncidentState.OPEN.value],
    ).fetchall()
    return [_from_row(row) for row in rows]


def save(db: Database, incident: Incident) -> None:
    db.execute(
        _SAVE,
        [
            incident.id,
            incident.claim_id,
            incident.state.value,
            incident.first_post,
            to_text(incident.first_seen),
            to_text(incident.last_seen),
            incident.posts,
            incident.duplicates,
            incident.accounts,
            msgspec.json.encode(incident.platforms).decode(),
            incident.growth_per_hour,
            incident.alerted_posts,
            incident.alerted_followers,
            int(incident.has_message),
            to_text(incident.alerted_at),
            person_to_text(incident.owner),
            to_text(incident.owned_at),
            to_text(incident.owner_active_at),
            to_text(incident.corrected_at),
            person_to_text(incident.corrected_by),
            incident.correction_url,
        ],
    )


def is_sighted(db: Database, post_key: str) -> bool:
    """Whether a post is already counted on an incident."""
    return db.execute("SELECT 1 FROM sightings WHERE post_key = ? LIMIT 1", [post_key]).fetchone() is not None


def sighted_on(db: Database, post_key: str, claim_id: str) -> Incident | None:
    """The incident of a claim on which a post is counted."""
    row = db.execute(
        f"""
        SELECT {_COLUMNS} FROM incidents WHERE claim_id = ? AND EXISTS (
            SELECT 1 FROM sightings WHERE incident_id = incidents.id AND post_key = ?)
        """,  # noqa: S608
        [claim_id, post_key],
    ).fetchone()
    return None if row is None else _from_row(row)


def duplicate_of(db: Database, incident_id: str, post: Post) -> str | None:
    """The key of the first sighting on an incident that a post repeats: what it reposts, or one with the same text."""
    if post.repost_of is not None:
        original = f"{post.platform}:{post.repost_of}"
        row = db.execute(
            "SELECT post_key FROM sightings WHERE incident_id = ? AND post_key = ?", [incident_id, original]
        ).fetchone()
        if row is not None:
            return str(row[0])
    row = db.execute(
        "SELECT post_key FROM sightings WHERE incident_id = ? AND text_hash = ? ORDER BY seen_at, rowid LIMIT 1",
        [incident_id, fingerprint(post.text)],
    ).fetchone()
    return None if row is None else str(row[0])


def is_new_account(db: Database, incident_id: str, post: Post) -> bool:
    """Whether no earlier sighting on an incident is by the same account. A post without an author counts as new."""
    row = db.execute(
        "SELECT 1 FROM sightings WHERE incident_id = ? AND platform = ? AND author = ? LIMIT 1",
        [incident_id, post.platform, post.author],
    ).fetchone()
    return row is None


def posts_since(db: Database, incident_id: str, since: datetime) -> int:
    """Sightings on an incident after a moment."""
    row = db.execute(
        "SELECT count(*) FROM sightings WHERE incident_id = ? AND seen_at > ?", [incident_id, to_text(since)]
    ).fetchone()
    return int(row[0])


def add_sighting(db: Database, incident_id: str, post: Post, seen_at: datetime, duplicate: str | None) -> None:
    db.execute(
        "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?)",
        [incident_id, post.key, post.platform, post.author, fingerprint(post.text), to_text(seen_at), duplicate],
    )


def record_alert(db: Database, alert: Alert, kinds: Sequence[NotificationKind]) -> None:
    """Write down how and why people were told, or were not."""
    db.execute(
        """
        INSERT INTO alerts (incident_id, claim_id, post_key, reason, kinds, posts, score, rules_version, decided_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            alert.incident.id,
            alert.claim.id,
            alert.post.key,
            alert.reason.value,
            " ".join(kinds),
            alert.incident.posts,
            alert.match.score,
            alert.rules_version,
            to_text(alert.decided_at),
        ],
    )


@dataclass(frozen=True, slots=True)
class Told:
    """One recorded alert: which post made us tell, or not tell, people about which claim, and why."""

    post_key: str
    claim_id: str
    reason: Reason


def told(store: Store) -> list[Told]:
    """Every recorded alert, oldest first."""
    with store.reading() as db:
        rows = db.execute("SELECT post_key, claim_id, reason FROM alerts ORDER BY id").fetchall()
    return [Told(post_key, claim_id, Reason(reason)) for post_key, claim_id, reason in rows]


def last_told(db: Database, incident_id: str) -> tuple[Reason, datetime] | None:
    """Why and when people were last told of an incident; posts that were only counted tell nobody anything."""
    row = db.execute(
        """
        SELECT reason, decided_at FROM alerts
        WHERE incident_id = ? AND kinds != '' AND reason NOT IN (?, ?) ORDER BY id DESC LIMIT 1
        """,
        [incident_id, Reason.COUNTED.value, Reason.DUPLICATE.value],
    ).fetchone()
    if row is None:
        return None
    at = from_text(row[1])
    assert at is not None  # noqa: S101  # the column is NOT NULL
    return Reason(row[0]), at


def silenced(db: Database) -> dict[str, list[str]]:
    """The posts, by key and oldest first, that a silence kept from people, by the id of their incident; without those
    of which people were told when a silence ended."""
    rows = db.execute(
        """
        SELECT incident_id, post_key FROM alerts AS kept WHERE reason = :silenced AND id > coalesce(
            (SELECT max(id) FROM alerts WHERE incident_id = kept.incident_id AND reason = :ended), 0)
            AND EXISTS (SELECT 1 FROM sightings WHERE incident_id = kept.incident_id AND post_key = kept.post_key)
        ORDER BY id
        """,
        {"silenced": Reason.SILENCED.value, "ended": Reason.SILENCE_ENDED.value},
    ).fetchall()
    found: dict[str, list[str]] = {}
    for incident_id, post_key in rows:
        found.setdefault(incident_id, []).append(post_key)
    return found


def new_messages_since(db: Database, since: datetime) -> int:
    """How many new messages were decided on after a moment."""
    row = db.execute(
        "SELECT count(*) FROM alerts WHERE kinds = ? AND decided_at > ?",
        [NotificationKind.MESSAGE.value, to_text(since)],
    ).fetchone()
    return int(row[0])


def close_quiet(store: Store, before: datetime) -> int:
    """Close the open and corrected incidents last seen before a moment. Returns how many."""
    with store.transaction() as db:
        cursor = db.execute(
            "UPDATE incidents SET state = ? WHERE state IN (?, ?) AND last_seen < ?",
            [
                IncidentState.CLOSED.value,
                IncidentState.OPEN.value,
                IncidentState.CORRECTED.value,
                to_text(before),
            ],
        )
    return cursor.rowcount
