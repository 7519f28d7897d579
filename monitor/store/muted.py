"""What a silence would have muted, had it run before: shown before one is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import SilenceScope


@dataclass(frozen=True, slots=True)
class Muted:
    """`sightings`: posts that were counted; `alerts`: how often people were told of them; `examples`: texts."""

    sightings: int
    alerts: int
    examples: tuple[str, ...]


def would_have_muted(db: Database, scope: SilenceScope, value: str, since: datetime) -> Muted:
    raise NotImplementedError
