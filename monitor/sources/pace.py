"""Keeps the requests of one source apart, where its platform says how far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """`await turn()` comes back when the turn before it is at least `seconds` ago. First come, first served."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        async with self._turn:
            wait = self._next - self._clock()
            if wait > 0:
                await self._sleep(wait)
            self._next = self._clock() + self._seconds

    def hold(self, seconds: float) -> None:
        """No turn for so long: the platform said so."""
        self._next = max(self._next, self._clock() + seconds)
