"""The fake server in a stream's dress: connections that are refused, break, lose what was on its way, say things twice,
by halves and in another order."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import httpx

from tests.sources.fake_server import REFUSALS, FakeServer, Item

Frame = Callable[[Item], bytes]
"""A post as the stream sends it, with the line ends that close it."""
THERE = 30
"""Posts that are there before anybody reads."""
ENDS: tuple[Exception | None, ...] = (
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("incomplete chunked read"),
    httpx.ReadTimeout(""),
    None,
)


@dataclass
class Chunks(httpx.AsyncByteStream):
    """Bytes as they come, and how it ends."""

    chunks: Iterator[bytes]
    end: Exception | None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.end:
            raise self.end


@dataclass
class Streaming(FakeServer):
    """`alive` is the stream's sign of life, `farewell` what its platform may say before it ends one. The first
    connection is a good one, so that what was there is read; then the bad days begin."""

    frame: Frame = lambda _: b""
    alive: bytes = b"\r\n"
    farewell: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    posts: int = 10_000
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    connections: int = 0
    sent_last: list[bytes] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Everything was written, and there were connections enough since to bring it."""
        return len(self.items) == self.posts and self._idle > 20

    _idle: int = 0

    def write(self, most: int) -> list[Item]:
        """Up to so many posts, in as many seconds at most."""
        first = len(self.items)
        for _ in range(min(self.chance.randrange(most + 1), self.posts - first)):
            self.elapsed += self.chance.choice((0, 0, 1))
            self.add(1)
        return self.items[first:]

    async def sleep(self, seconds: float) -> None:
        """What is written meanwhile no stream brings."""
        await super().sleep(seconds)
        self.write(15)

    def connect(self, request: httpx.Request) -> httpx.Response:
        self.early += self.elapsed < self.resting_until
        self.connections += 1
        self._idle += len(self.items) == self.posts
        if self.connections == 1:
            return httpx.Response(200, headers=self.headers, stream=Chunks(iter([self.alive]), None))
        if self.chance.randrange(4) == 0:
            return self.refusal(self.chance.choice(REFUSALS), request)
        return httpx.Response(200, headers=self.headers, stream=Chunks(self._chunks(), self.chance.choice(ENDS)))

    def _chunks(self) -> Iterator[bytes]:
        """Frames cut where the network cuts them, which is not where they end."""
        said = b"".join(self._said())
        while said:
            cut = self.chance.randrange(1, 1500)
            yield said[:cut]
            said = said[cut:]

    def _said(self) -> Iterator[bytes]:
        # Once more what the last connection brought last.
        yield from self.sent_last[len(self.sent_last) - self.chance.randrange(4) :]
        items = self.write(60)
        lost = self.chance.randrange(8)  # on its way when the line broke
        arrived = [self.frame(item) for item in items[: max(0, len(items) - lost)]]
        for place in range(1, len(arrived)):
            if self.chance.randrange(10) == 0:
                arrived[place - 1 : place + 1] = arrived[place], arrived[place - 1]
        for frame in arrived:
            yield frame
            match self.chance.randrange(12):
                case 0:
                    yield self.alive
                case 1:
                    yield frame
                case 2:
                    yield frame[: len(frame) // 2] + b"\r\n\r\n"
        self.sent_last = arrived
        match self.chance.randrange(6):
            case 0:
                yield self.farewell
            case 1 if lost and items:
                half = self.frame(items[-1])
                yield half[: len(half) // 2]
