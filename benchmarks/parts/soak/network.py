"""The network of the soak: every request of ours is answered by the fake of its host, on the loop's time."""

from __future__ import annotations

import asyncio
import random
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from benchmarks.parts.soak.places import Limit, Place, host_of
from tests.sources.fake_server import EMPTY, HOST, MOODS, START, FakeServer, Item

AWAY = "broken"
"""The mood of an outage."""
TIMEOUT = 20.0
RESTS = 45
"""Seconds that a 429 asks for."""


class Served:
    """One platform: its posts by their time, what goes wrong, and when each request came."""

    def __init__(self, place: Place, items: Sequence[Item], away: tuple[float, float], of: int, seed: int) -> None:
        self.place = place
        self.name = place.config.name
        self.away = away
        self.of = of
        self.faults = 0
        self.answers = 0
        self.came: dict[tuple[Limit, str], array[float]] = defaultdict(lambda: array("d"))
        self._chance = random.Random(f"{seed} {self.name}")
        self._items = items
        self.server = FakeServer(place.dress, rest=RESTS, mood=self._mood)

    @property
    def expected(self) -> int:
        return len(self._items)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self._see(asyncio.get_running_loop().time())
        for limit in self.place.limits:
            if (bucket := limit.counts(request, moment(self.server.elapsed))) is not None:
                self.came[limit, bucket].append(self.server.elapsed)
        self.server.seconds.clear()
        try:
            good = self.server.answer(request)
        except httpx.ReadTimeout:
            await asyncio.sleep(TIMEOUT)
            raise
        # The fakes name one host for all.
        headers = {name: value for name, value in good.headers.items() if name != "content-length"}
        body = good.content.replace(HOST.encode(), host_of(self.name).encode())
        return httpx.Response(good.status_code, headers=headers, content=body)

    def _see(self, elapsed: float) -> None:
        """The posts that were written by now."""
        self.server.elapsed = elapsed
        shown = self.server.items
        while len(shown) < len(self._items) and self._items[len(shown)].second <= self.server.now:
            shown.append(self._items[len(shown)])

    def _mood(self) -> str | None:
        self.answers += 1
        if self.away[0] <= self.server.elapsed < self.away[1]:
            return AWAY
        if self.of == 0 or self._chance.randrange(self.of):
            return None
        self.faults += 1
        return self._chance.choice((*MOODS, EMPTY))


def moment(elapsed: float) -> datetime:
    return datetime.fromtimestamp(START + elapsed, UTC)


def most_in(seconds: float, moments: Sequence[float]) -> int:
    """The most moments, in order, that lie within so many seconds of each other."""
    most = start = 0
    for end, moment in enumerate(moments):
        # Two that are exactly so far apart are in two windows; a millionth is the clock's own.
        while moment - moments[start] >= seconds - 1e-6:
            start += 1
        most = max(most, end - start + 1)
    return most


def a_day_of_posts(count: int, seconds: float, seed: str) -> list[Item]:
    """Thirty that are there already, then a day: quieter at both ends, with bursts of forty within two minutes."""
    chance = random.Random(seed)
    bursts = count // 400
    moments = [chance.random() * seconds if chance.random() < 0.3 else chance.betavariate(2, 2) * seconds
               for _ in range(count - 30 - bursts * 40)]  # fmt: skip
    for _ in range(bursts):
        began = chance.random() * (seconds - 120)
        moments += [began + chance.random() * 120 for _ in range(40)]
    ordered = [0.0] * 30 + sorted(moments)
    return [Item(number, int(START + moment)) for number, moment in enumerate(ordered)]


@contextmanager
def answered_by(served: Mapping[str, Served]) -> Iterator[None]:
    """Every HTTP request goes to the platform of its host."""

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:  # noqa: ARG001
        return await served[request.url.host].answer(request)

    real = httpx.AsyncHTTPTransport.handle_async_request
    httpx.AsyncHTTPTransport.handle_async_request = handle  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx.AsyncHTTPTransport.handle_async_request = real  # type: ignore[method-assign]
