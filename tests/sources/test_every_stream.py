"""Streams on bad days, 10,000 posts each, and streams whose platform renames a field."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
import respx

from monitor.config import MastodonSource, Secret, TelegramSource, XSource
from monitor.errors import SourceError
from monitor.model import Page
from monitor.sources.caps import Cap, in_memory
from monitor.sources.mastodon_stream import MastodonStream
from monitor.sources.pace import Pace
from monitor.sources.poller import poll
from monitor.sources.source import Source
from monitor.sources.telegram import Telegram
from monitor.sources.x_stream import XStream
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import HOST, SERVER, FakeServer, Item, moods
from tests.sources.fake_streams import THERE, Streaming
from tests.sources.test_drift import Path_, paths, renamed
from tests.sources.test_telegram import FloodError, Message, ServerError, scripted
from tests.sources.test_x_stream import OURS, RULES, STREAM, Lines, line

POSTS = 10_000
Frame = Callable[[Item], bytes]


class Broken(FakeServer):
    """A platform that streams until the connection breaks."""

    def connect(self, frame: Frame, posts: int, headers: dict[str, str] | None = None) -> httpx.Response:
        """The next connection: so many new posts."""
        shown = len(self.items)
        self.add(posts)
        lines = [frame(item) for item in self.items[shown:]]
        return httpx.Response(200, headers=headers, stream=Lines([b"", *lines], httpx.ReadError("reset")))


def status(item: Item) -> bytes:
    """As the timeline shows it."""
    shown = fake_server.mastodon(
        FakeServer(fake_server.mastodon, items=[item]), httpx.Request("GET", f"{SERVER}/x?limit=1")
    )
    [body] = json.loads(shown.content)
    return b"event: update\ndata: " + json.dumps(body).encode() + b"\n"


def x_stream(server: Broken, posts: int) -> Source:
    respx.get(RULES).respond(200, json={"data": [OURS]})
    respx.get(STREAM).mock(side_effect=lambda _: server.connect(line, posts))
    respx.get(f"{SERVER}/2/tweets/search/recent").mock(side_effect=server.answer)
    config = XSource("x", Secret("bearer-1"), (OURS["value"],), 10**6, stream=True, server=SERVER)
    return XStream(config, in_memory(Cap("x", "posts", 10**6)), Pace(0))


def mastodon_stream(server: Broken, posts: int) -> Source:
    headers = {"content-type": "text/event-stream"}
    respx.get(f"{SERVER}/api/v2/instance").respond(200, json={})
    respx.get(f"{SERVER}/api/v1/streaming/hashtag").mock(side_effect=lambda _: server.connect(status, posts, headers))
    respx.route(host=HOST).mock(side_effect=server.answer)
    return MastodonStream(MastodonSource("a", SERVER, ("rivera",), token=Secret("t"), stream=True), Pace(0))


STREAMS = {"x stream": (fake_accounts.x, x_stream), "mastodon stream": (fake_server.mastodon, mastodon_stream)}


def numbers(page: Page) -> list[int]:
    found = [re.search(r"post (\d+)", post.text) for post in page.posts]
    return [int(match[1]) for match in found if match]


async def read_all(
    source: Source, expected: int, sleep: Callable[[float], Awaitable[None]], chance: random.Random
) -> tuple[list[int], int]:
    """What the poller receives until so many posts came, and how often it failed."""
    received: list[int] = []
    failures = 0
    stop = asyncio.Event()

    async def accept(name: str, page: Page) -> None:
        received.extend(numbers(page))
        if len(received) >= expected:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        nonlocal failures
        failures += 1

    async def slept(seconds: float) -> None:
        await sleep(seconds)

    async with asyncio.timeout(600):
        await poll(
            source, cursor=None, accept=accept, failed=failed, stop=stop,
            now=lambda: datetime(2026, 10, 1, tzinfo=UTC), sleep=slept, rng=chance,
        )  # fmt: skip
    return received, failures


async def test_ten_thousand_messages_of_telegram_come_without_gap_or_double_on_bad_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(1)
    script = scripted(monkeypatch)
    script.messages = [Message(number) for number in range(1, 31)]

    async def sleep(_: float) -> None:
        come = range(len(script.messages) + 1, min(POSTS, len(script.messages) + chance.randrange(150)) + 1)
        script.messages += [Message(number) for number in come]
        errors = (FloodError("wait"), ServerError("-503"), ConnectionError("reset"), TimeoutError(), OSError("cut"))
        script.trouble = chance.choice(errors) if chance.randrange(6) == 0 else None

    config = TelegramSource("telegram", Secret("session-1"), 12345, Secret("hash-1"), ("news",))
    received, failures = await read_all(Telegram(config, sleep), POSTS, sleep, chance)
    assert received == list(range(1, POSTS + 1))
    assert failures > 10


def x_on_bad_days(server: Streaming) -> Source:
    server.frame = lambda item: line(item) + b"\r\n"
    server.farewell = b'{"errors": [{"title": "operational-disconnect", "detail": "too slow"}]}\r\n'
    respx.get(RULES).respond(200, json={"data": [OURS]})
    respx.get(STREAM).mock(side_effect=server.connect)
    respx.get(f"{SERVER}/2/tweets/search/recent").mock(side_effect=server.answer)
    config = XSource("x", Secret("bearer-1"), (OURS["value"],), 10**6, stream=True, server=SERVER)
    return XStream(config, in_memory(Cap("x", "posts", 10**6)), Pace(0, clock=server.clock, sleep=server.sleep))


def mastodon_on_bad_days(server: Streaming) -> Source:
    pace = Pace(0, clock=server.clock, sleep=server.sleep)
    server.frame, server.alive = lambda item: status(item) + b"\n", b":thump\n"
    server.headers = {"content-type": "text/event-stream"}
    respx.get(f"{SERVER}/api/v2/instance").respond(200, json={})
    respx.get(f"{SERVER}/api/v1/streaming/hashtag").mock(side_effect=server.connect)
    respx.route(host=HOST).mock(side_effect=server.answer)
    return MastodonStream(MastodonSource("a", SERVER, ("rivera",), token=Secret("t"), stream=True), pace)


ON_BAD_DAYS = {
    "x stream": (fake_accounts.x, x_on_bad_days),
    "mastodon stream": (fake_server.mastodon, mastodon_on_bad_days),
}


@pytest.mark.parametrize("name", ON_BAD_DAYS)
@pytest.mark.parametrize(("posts", "skew"), [(POSTS, 0), (2000, -7200), (2000, 7200)])
@respx.mock
async def test_ten_thousand_streamed_posts_come_without_gap_or_double_on_bad_days(
    name: str, posts: int, skew: int
) -> None:
    dress, build = ON_BAD_DAYS[name]
    chance = random.Random(f"{name} {posts}")
    server = Streaming(dress, skew=skew, posts=posts, chance=chance)
    server.add(THERE)
    bad = moods(chance)
    server.mood = lambda: next(bad) if server.connections > 1 else None
    received: list[int] = []
    gaps: list[str] = []
    failures: list[SourceError] = []
    stop = asyncio.Event()

    async def accept(name: str, page: Page) -> None:
        received.extend(numbers(page))
        gaps.extend([page.gap] if page.gap else [])
        if server.is_over:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        failures.append(error)

    await poll(
        build(server), cursor=None, accept=accept, failed=failed, stop=stop,
        now=lambda: datetime(2026, 10, 1, tzinfo=UTC), sleep=server.sleep, rng=chance,
    )  # fmt: skip
    assert sorted(received) == list(range(posts))
    assert gaps == []
    assert len(failures) >= posts // 100
    assert not [error for error in failures if "mistake in monitor" in str(error)]
    assert server.early == 0, "a 429 said how long to wait"


def first_renamed(frame: Frame, path: Path_) -> Frame:
    """The first post of a stream comes with a field renamed."""
    done: list[int] = []

    def changed(item: Item) -> bytes:
        sent = frame(item)
        if done:
            return sent
        done.append(item.number)
        start = sent.index(b"{")
        body = json.loads(sent[start:])
        renamed(body, path)
        return sent[:start] + json.dumps(body).encode() + (b"\n" if sent.endswith(b"\n") else b"")

    return changed


def ways(frame: Frame) -> Sequence[Path_]:
    sent = frame(Item(1, fake_server.START))
    return sorted(set(paths(json.loads(sent[sent.index(b"{") :]))))


def read_by_us(name: str) -> Iterator[Path_]:
    """The fields of a streamed post whose loss is a loss: others of it are not read."""
    if name == "x stream":
        yield from [("data",), ("data", "id"), ("data", "text"), ("data", "author_id"), ("data", "created_at"),
                    ("includes", "users", "username")]  # fmt: skip
    else:
        yield from [("id",), ("content",), ("account",), ("account", "acct"), ("created_at",), ("visibility",)]


FRAMES: dict[str, Frame] = {"x stream": line, "mastodon stream": status}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in STREAMS for path in read_by_us(name)])
@respx.mock
async def test_a_field_renamed_in_a_stream_is_named_and_other_posts_are_read(
    name: str, path: Path_, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert path in ways(FRAMES[name])
    dress, build = STREAMS[name]
    frame = first_renamed(FRAMES[name], path)
    monkeypatch.setitem(globals(), "line" if name == "x stream" else "status", frame)
    server = Broken(dress)
    pages: list[Page] = []
    with suppress(SourceError):
        async for page in build(server, 20).pages(None):
            pages.append(page)  # noqa: PERF401 - what came before it breaks is wanted
    said = str([page.drift for page in pages])
    assert path[-1] in said
    assert len([number for page in pages for number in numbers(page)]) >= 15
