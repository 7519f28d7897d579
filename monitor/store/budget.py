"""What may be spent in a day, counted across restarts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from monitor.store.db import Store

_NAME = "second opinions "


class DailyBudget:
    """So many second opinions a day; a day ends at midnight UTC."""

    def __init__(self, store: Store, per_day: int, now: Callable[[], datetime]) -> None:
        self._store = store
        self._per_day = per_day
        self._now = now

    def take(self) -> bool:
        """Take one from today's budget. False where nothing is left."""
        today = f"{_NAME}{self._now().astimezone(UTC):%Y-%m-%d}"
        with self._store.transaction() as db:
            db.execute("DELETE FROM counters WHERE substr(name, 1, ?) = ? AND name != ?", [len(_NAME), _NAME, today])
            row = db.execute("SELECT value FROM counters WHERE name = ?", [today]).fetchone()
            if row is not None and row[0] >= self._per_day:
                return False
            db.execute("INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", [today])
        return True
