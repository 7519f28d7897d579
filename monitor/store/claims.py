"""How much each claim has been about lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import IncidentState
from monitor.store.db import to_text


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """Incidents of a claim: the id of one that is open now; `alerts`, how many people were told of; `false_alarms`, how
    many of these people said are not the claim."""

    open_incident: str | None = None
    alerts: int = 0
    false_alarms: int = 0


def figures(db: Database, since: datetime) -> dict[str, ClaimFigures]:
    """Of each claim that had an incident, by its id: what is open now, and what people were told of after a moment."""
    rows = db.execute(
        """
        SELECT claim_id, min(CASE WHEN state = :open THEN id END), sum(alerted_at >= :since),
               sum(alerted_at >= :since AND state = :false_alarm)
        FROM incidents GROUP BY claim_id
        """,
        {
            "open": IncidentState.OPEN.value,
            "false_alarm": IncidentState.FALSE_ALARM.value,
            "since": to_text(since),
        },
    ).fetchall()
    return {claim_id: ClaimFigures(opened, alerts or 0, false or 0) for claim_id, opened, alerts, false in rows}
