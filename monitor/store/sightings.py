"""The posts that were counted on incidents, read back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Post, Reason
from monitor.store.db import known_time, to_text


@dataclass(frozen=True, slots=True)
class Sighted:
    """A post on an incident. `alerts`: how often people were told because of it. Of a post that was deleted or has
    expired the text is gone."""

    claim_id: str
    post: Post
    seen_at: datetime
    alerts: int


def since(db: Database, moment: datetime) -> list[Sighted]:
    """The posts that were seen from a moment on, the newest first."""
    return _sighted(db, "sightings.seen_at >= ?", to_text(moment))


def of_incident(db: Database, incident_id: str) -> list[Sighted]:
    """The posts that are counted on an incident, the newest first."""
    return _sighted(db, "sightings.incident_id = ?", incident_id)


def _sighted(db: Database, which: str, value: str | None) -> list[Sighted]:
    rows = db.execute(
        f"""
        SELECT incidents.claim_id, posts.body, sightings.post_key, sightings.platform, sightings.author,
            sightings.seen_at, (
                SELECT count(*) FROM alerts WHERE alerts.incident_id = sightings.incident_id
                    AND alerts.post_key = sightings.post_key AND alerts.kinds NOT IN ('', 'update'))
        FROM sightings JOIN incidents ON incidents.id = sightings.incident_id
            LEFT JOIN posts ON posts.key = sightings.post_key
        WHERE {which} ORDER BY sightings.seen_at DESC, sightings.rowid DESC
        """,  # noqa: S608
        [value],
    ).fetchall()
    return [
        Sighted(claim_id, _post(body, key, platform, author), known_time(seen_at), alerts)
        for claim_id, body, key, platform, author, seen_at, alerts in rows
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """A post that is counted on an incident.

    `taken_for`: the claim for which it was; the incident may have been moved to another since. `is_reported`: a person
    said so. `is_copy`: it repeats another post there. `is_alone`: its account has no other there.
    """

    incident_id: str
    taken_for: str
    is_reported: bool
    is_copy: bool
    is_alone: bool


def of_post(db: Database, key: str) -> list[Taken]:
    """The incidents on which a post is counted."""
    rows = db.execute(
        """
        SELECT one.incident_id, coalesce(told.claim_id, ''), coalesce(told.reason = :reported, 0),
            one.duplicate_of IS NOT NULL, NOT EXISTS (
                SELECT 1 FROM sightings AS other WHERE other.incident_id = one.incident_id
                    AND other.platform = one.platform AND other.author = one.author AND other.post_key != one.post_key)
        FROM sightings AS one LEFT JOIN alerts AS told ON told.id = (
            SELECT min(id) FROM alerts WHERE incident_id = one.incident_id AND post_key = one.post_key)
        WHERE one.post_key = :key ORDER BY one.rowid
        """,
        {"key": key, "reported": Reason.REPORTED.value},
    ).fetchall()
    return [Taken(incident, claim, *map(bool, rest)) for incident, claim, *rest in rows]


def incidents_of(db: Database, keys: Collection[str]) -> list[str]:
    """The ids of the incidents on which one of the posts is counted."""
    found = (db.execute("SELECT incident_id FROM sightings WHERE post_key = ?", [key]).fetchall() for key in keys)
    return list(dict.fromkeys(incident_id for rows in found for (incident_id,) in rows))


def take_off(db: Database, incident_id: str, key: str) -> None:
    """Count a post on an incident no more."""
    db.execute("DELETE FROM sightings WHERE incident_id = ? AND post_key = ?", [incident_id, key])


def times(db: Database, incident_id: str) -> list[datetime]:
    """When each post of an incident was seen, the earliest first."""
    rows = db.execute("SELECT seen_at FROM sightings WHERE incident_id = ? ORDER BY seen_at", [incident_id])
    return [known_time(seen_at) for (seen_at,) in rows.fetchall()]


def _post(body: bytes | None, key: str, platform: str, author: str | None) -> Post:
    if body is not None:
        return msgspec.json.decode(body, type=Post)
    return Post(key.removeprefix(f"{platform}:"), "", platform, author)
