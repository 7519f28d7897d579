"""What sources used up of their caps, counted in the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.sources.caps import Budget, Cap, caps_of
from monitor.store.budget import DailyBudget
from monitor.store.db import Store


def kept_in(store: Store) -> Callable[[Cap], Budget]:
    """Makes budgets that outlive the process."""

    def budget(cap: Cap) -> Budget:
        daily = _daily(store, cap)
        return Budget(cap, daily.take_up_to, daily.left)

    return budget


def spent_today(config: Config) -> dict[str, tuple[str, ...]]:
    """For each source that has caps, what it used up of each today, in words."""
    caps = [cap for source in config.sources for cap in caps_of(source)]
    if not caps or not config.store.path.exists():
        return {cap.source: tuple(other.says(0) for other in caps if other.source == cap.source) for cap in caps}
    with closing(Store(config.store.path)) as store:
        used = {cap: cap.says(_daily(store, cap).used()) for cap in caps}
    return {cap.source: tuple(says for other, says in used.items() if other.source == cap.source) for cap in caps}


def _daily(store: Store, cap: Cap) -> DailyBudget:
    return DailyBudget(store, cap.per_day, lambda: datetime.now(UTC), cap.counter, ZoneInfo(cap.zone))
