"""When an incident is overdue, and who is told. Pure."""

from __future__ import annotations

from datetime import datetime

from monitor.config import DeskConfig
from monitor.model import Incident, Nudge


def due(incident: Incident, told: frozenset[Nudge], settings: DeskConfig, now: datetime) -> list[Nudge]:
    raise NotImplementedError


def next_at(incident: Incident, told: frozenset[Nudge], settings: DeskConfig, now: datetime) -> datetime | None:
    raise NotImplementedError


def owner_deadline(incident: Incident, settings: DeskConfig) -> datetime | None:
    raise NotImplementedError


def correction_deadline(incident: Incident, settings: DeskConfig) -> datetime | None:
    raise NotImplementedError
