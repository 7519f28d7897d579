"""What may be spent in a day, counted across restarts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from monitor.store.db import Store

SECOND_OPINIONS = "second opinions"


class DailyBudget:
    """So much a day of what `name` says; a day ends at midnight in `zone`. Other processes may take of it too."""

    def __init__(
        self,
        store: Store,
        per_day: int,
        now: Callable[[], datetime],
        name: str = SECOND_OPINIONS,
        zone: tzinfo = UTC,
    ) -> None:
        self._store = store
        self._per_day = per_day
        self._now = now
        self._prefix = f"{name} "
        self._zone = zone

    def take(self) -> bool:
        """Take one from today's budget. False where nothing is left."""
        return self.take_up_to(1) == 1

    def take_up_to(self, wanted: int) -> int:
        """Take so many, or what is left of today's; returns how many. A negative number gives back."""
        today = self._today()
        with self._store.transaction() as db:
            db.execute(
                "DELETE FROM counters WHERE substr(name, 1, ?) = ? AND length(name) = ? AND name != ?",
                [len(self._prefix), self._prefix, len(today), today],
            )
            row = db.execute("SELECT value FROM counters WHERE name = ?", [today]).fetchone()
            used = row[0] if row is not None else 0
            # What is given back after midnight was taken from yesterday's.
            got = max(min(wanted, self._per_day - used), -used if wanted < 0 else 0)
            if got:
                db.execute(
                    "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2",
                    [today, got],
                )
        return got

    def used(self) -> int:
        """How much of today's was taken."""
        with self._store.reading() as db:
            row = db.execute("SELECT value FROM counters WHERE name = ?", [self._today()]).fetchone()
        return 0 if row is None else int(row[0])

    def left(self) -> int:
        return max(0, self._per_day - self.used())

    def _today(self) -> str:
        return f"{self._prefix}{self._now().astimezone(self._zone):%Y-%m-%d}"
