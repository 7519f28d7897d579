"""When and why people were told of an incident, read back. `incidents.record_alert` writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import Reason
from monitor.store.db import known_time


@dataclass(frozen=True, slots=True)
class Told:
    """People were told `reason` because of a post. `kinds`: the notifications, "message" or "reply update", say."""

    at: datetime
    reason: Reason
    kinds: str
    post_key: str
    score: float


def of_incident(db: Database, incident_id: str) -> list[Told]:
    """Each time that people were told of an incident, in order; posts that only moved its counters are left out."""
    rows = db.execute(
        """
        SELECT decided_at, reason, kinds, post_key, score FROM alerts
        WHERE incident_id = ? AND kinds NOT IN ('', 'update') ORDER BY id
        """,
        [incident_id],
    ).fetchall()
    return [Told(known_time(at), Reason(reason), kinds, key, score) for at, reason, kinds, key, score in rows]
