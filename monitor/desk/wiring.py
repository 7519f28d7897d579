"""What every flow at the desk needs, wired together once by the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.config import Config
from monitor.model import Person, Rules
from monitor.pipeline import Pipeline
from monitor.store.db import Store


@dataclass(frozen=True, slots=True)
class Asker:
    """Who presses, by which click, and where a private answer can reach them (`channel` empty: nowhere but in a
    direct message)."""

    person: Person
    key: str
    channel: str = ""
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Wiring. `rules()` are the rules as they are now; `woken()` is called once something was enqueued."""

    store: Store
    pipeline: Pipeline
    config: Config
    rules: Callable[[], Rules]
    now: Callable[[], datetime]
    woken: Callable[[], None]
