"""Keeps the requests of one source apart, where its platform says how far."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


def seconds_of_loop() -> float:
    return asyncio.get_running_loop().time()


class Pace:
    """`await turn()` comes back when the turn before it is at least `seconds` ago, by the event loop's clock. First
    come, first served."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = seconds_of_loop,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._turn = asyncio.Lock()

    def slower(self, times: float) -> Pace:
        """A pace of its own, so many times as slow, for what its platform limits apart; below one it is faster."""
        return Pace(self._seconds * times, clock=self._clock, sleep=self._sleep)

    async def turn(self) -> None:
        async with self._turn:
            wait = self._next - self._clock()
            if wait > 0:
                await self._sleep(wait)
            self._next = self._clock() + self._seconds

    def hold(self, seconds: float) -> None:
        """No turn for so long: the platform said so."""
        self._next = max(self._next, self._clock() + seconds)
