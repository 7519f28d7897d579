"""What takes long, off the event loop: one thread has the models, and whoever asks waits in line for it.

Whoever goes away before it is his turn is never served: a newer text costs what an older one did not get to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from monitor.errors import InputError, Problem
from monitor.model import LookAlike
from monitor.rulebook.backtest import Said, compare
from monitor.store import history, look_alikes, verdicts
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.verdicts import HumanVerdict
from monitor.workbench import views
from monitor.workbench.judging import NO_DATABASE, Draft, Judging, Place
from monitor.workbench.views import TestView, TrialView, TryView

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """Posts of a backtest that are done."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Past:
    """What a backtest is held against."""

    rulings: list[Ruling]
    learned: tuple[LookAlike, ...]
    said: list[HumanVerdict]


class Bench:
    """One workbench. `now`: the clock."""

    def __init__(self, place: Place, now: Callable[[], datetime]) -> None:
        self.place = place
        self.now = now
        self._judging = Judging(place)
        self._thread = ThreadPoolExecutor(1, "models")
        self._loaded: asyncio.Future[str] = asyncio.get_running_loop().run_in_executor(self._thread, self._judging.load)

    async def ready(self) -> str:
        """Waits until the models are there. Returns what went wrong with them, "" where nothing did."""
        return await asyncio.shield(self._loaded)

    async def tried(self, text: str, draft: Draft | None) -> TryView:
        return await self._on_thread(lambda: self._judging.tried(text, draft, self.now()))

    async def tested(self, draft: Draft) -> list[TestView]:
        return await self._on_thread(lambda: self._judging.tested(draft, self.now()))

    async def meant(self, draft: Draft) -> list[Problem]:
        return await self._on_thread(lambda: self._judging.meant(draft))

    async def trial(self, draft: Draft, back: timedelta) -> AsyncIterator[Progress | TrialView]:
        """A backtest of a draft, with its progress and at last what came of it. Others get their turn between batches.

        Raises InputError where there is nothing to try it on, StoreError.
        """
        now = self.now()
        past = await asyncio.to_thread(_past, self.place.database, now - back)
        batches = self._judging.replayed(draft, past.rulings, past.learned)
        after: list[Ruling] = []
        yield Progress(0, len(past.rulings))
        while (batch := await self._on_thread(lambda: _next(batches))) is not None:
            after += batch
            yield Progress(len(after), len(past.rulings))
        since = max(now - back, past.rulings[0].at)
        yield await asyncio.to_thread(
            lambda: views.trial_view(compare(past.rulings, after, Said(past.said), since, now))
        )

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        """Waits for what is in hand. Call it once nobody asks any more."""
        await self._on_thread(self._judging.close)
        self._thread.shutdown()


@asynccontextmanager
async def open_bench(place: Place, now: Callable[[], datetime]) -> AsyncIterator[Bench]:
    bench = Bench(place, now)
    try:
        yield bench
    finally:
        await bench.close()


def _past(database: Path | None, since: datetime) -> _Past:
    if database is None:
        raise InputError(NO_DATABASE)
    with closing(Store(database)) as store:
        rulings = history.rulings(store, since)
        if not rulings:
            raise InputError(f"no post was received since {since:%Y-%m-%d %H:%M} UTC: go further back")
        return _Past(rulings, tuple(look_alikes.every(store)), list(verdicts.every(store)))


def _next(batches: Iterator[list[Ruling]]) -> list[Ruling] | None:
    return next(batches, None)
