"""By when an incident needs an owner and a correction. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.config import DeskConfig
from monitor.model import Incident


def owner_due(incident: Incident, settings: DeskConfig) -> datetime | None:
    """Counted from the alert; None while nobody was told."""
    if incident.alerted_at is None:
        return None
    return incident.alerted_at + timedelta(minutes=settings.own_minutes)


def correction_due(incident: Incident, settings: DeskConfig) -> datetime | None:
    """Counted from the first post, or from the alert where the first post was found later than that: nobody can keep a
    deadline that was over before it was known. None while nobody was told."""
    if incident.alerted_at is None:
        return None
    allowed = timedelta(minutes=settings.correct_minutes)
    found_late = incident.alerted_at > incident.first_seen + allowed
    return (incident.alerted_at if found_late else incident.first_seen) + allowed
