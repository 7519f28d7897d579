"""What the clock has already done about an incident: each reminder and each escalation comes once."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.model import Nudge, NudgeKind
from monitor.store.db import known_time, to_text


def add(db: Database, incident_id: str, nudge: Nudge) -> bool:
    """Record a nudge; its `at` is when it was done. False when it was done before."""
    cursor = db.execute(
        "INSERT INTO nudges (incident_id, kind, about, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [incident_id, nudge.kind.value, nudge.about, to_text(nudge.at)],
    )
    return cursor.rowcount == 1


def of_incident(db: Database, incident_id: str) -> frozenset[Nudge]:
    rows = db.execute("SELECT kind, about, at FROM nudges WHERE incident_id = ?", [incident_id]).fetchall()
    return frozenset(Nudge(NudgeKind(kind), about, known_time(at)) for kind, about, at in rows)
