"""The posts that were counted on incidents, read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Post
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
    rows = db.execute(
        """
        SELECT incidents.claim_id, posts.body, sightings.post_key, sightings.platform, sightings.author,
            sightings.seen_at, (
                SELECT count(*) FROM alerts WHERE alerts.incident_id = sightings.incident_id
                    AND alerts.post_key = sightings.post_key AND alerts.kinds NOT IN ('', 'update'))
        FROM sightings JOIN incidents ON incidents.id = sightings.incident_id
            LEFT JOIN posts ON posts.key = sightings.post_key
        WHERE sightings.seen_at >= ? ORDER BY sightings.seen_at DESC, sightings.rowid DESC
        """,
        [to_text(moment)],
    ).fetchall()
    return [
        Sighted(claim_id, _post(body, key, platform, author), known_time(seen_at), alerts)
        for claim_id, body, key, platform, author, seen_at, alerts in rows
    ]


def times(db: Database, incident_id: str) -> list[datetime]:
    """When each post of an incident was seen, the earliest first."""
    rows = db.execute("SELECT seen_at FROM sightings WHERE incident_id = ? ORDER BY seen_at", [incident_id])
    return [known_time(seen_at) for (seen_at,) in rows.fetchall()]


def _post(body: bytes | None, key: str, platform: str, author: str | None) -> Post:
    if body is not None:
        return msgspec.json.decode(body, type=Post)
    return Post(key.removeprefix(f"{platform}:"), "", platform, author)
