"""Which posts of open incidents are to be asked for again: not every platform tells deletions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from monitor.model import IncidentState, Named
from monitor.store.db import to_text

MOST_LOOKED_THROUGH = 5000
"""Posts of open incidents, the newest: what is behind them waits until incidents end."""


def due(db: Database, platforms: Iterable[str], before: datetime) -> list[Named]:
    """The stored posts of open incidents that came, and were last asked for, before a moment; those of the incidents
    that were seen last first. By their alias, where they have one."""
    rows = db.execute(
        """
        SELECT posts.key, posts.platform, coalesce(posts.alias, posts.key)
        FROM incidents JOIN sightings ON sightings.incident_id = incidents.id
            JOIN posts ON posts.key = sightings.post_key
        WHERE incidents.state = ? AND coalesce(posts.looked_at, posts.received_at) <= ?
        ORDER BY incidents.last_seen DESC, sightings.seen_at DESC LIMIT ?
        """,
        [IncidentState.OPEN.value, to_text(before), MOST_LOOKED_THROUGH],
    ).fetchall()
    asked = set(platforms)
    found = [Named(platform, name.removeprefix(f"{platform}:"), key) for key, platform, name in rows]
    return list(dict.fromkeys(one for one in found if one.platform in asked))


def note(db: Database, asked: Iterable[Named], now: datetime) -> None:
    """These were asked for now."""
    for one in asked:
        db.execute("UPDATE posts SET looked_at = ? WHERE key = ?", [to_text(now), one.key])
