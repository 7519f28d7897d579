"""The stream against a websockets server that speaks as Jetstream's documents say: there is no Jetstream to run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx
from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.http11 import Request, Response

from monitor.config import BlueskySource, Secret
from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import Deletion, Page
from monitor.sources import bluesky
from monitor.sources.bluesky import Bluesky
from monitor.sources.jetstream import BATCH_EVENTS
from monitor.sources.poller import poll

SERVER = "ws://jetstream.example"
START = datetime(2026, 10, 1, 12, tzinfo=UTC)
START_US = int(START.timestamp()) * 1_000_000


class FakeJetstream:
    """Event number n is post n, seen n seconds after START; its seq is n. `oldest` is the look-back's end.

    Sends what lies at or after the cursor, then what `live` brings, and drops the line where `drops` says.
    `refusals` are for one connection each. With `noise` some frames come by halves before they come whole.
    """

    def __init__(self, wire: int) -> None:
        self.wire = wire
        self.events: list[int] = []
        self.oldest = 0
        self.drops: list[int] = []
        self.prologue: list[str] = []
        self.refusal: tuple[HTTPStatus, str] | None = None
        self.refusals: list[tuple[HTTPStatus, str] | None] = []
        self.noise = False
        self.cursors: list[int | None] = []
        self.queries: list[dict[str, list[str]]] = []
        self.live = asyncio.Event()

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        query = parse_qs(urlsplit(request.path).query)
        self.queries.append(query)
        cursor = int(query["cursor"][0]) if "cursor" in query else None
        self.cursors.append(cursor)
        refusal = self.refusals.pop(0) if self.refusals else self.refusal
        if refusal is not None:
            return self._refuse(connection, *refusal)
        if self.wire == 2 and cursor is not None and cursor < 10**15 and cursor < self.oldest:
            return self._refuse(connection, HTTPStatus.BAD_REQUEST, "CursorTooOld")
        return None

    async def serve(self, connection: ServerConnection) -> None:
        cursor = self.cursors[-1]
        if self.wire == 2 and cursor is not None and cursor >= 10**15 and self._number(cursor) < self.oldest:
            await connection.send(info("OutdatedCursor", f"resumed at {self.oldest}"))
        for frame in self.prologue:
            await connection.send(frame)
        first = len(self.events) if cursor is None else max(self.oldest, self._number(cursor))
        drop = self.drops.pop(0) if self.drops else None
        for sent, number in enumerate(number for number in self.events if number >= first):
            if sent == drop:
                return
            if self.noise and number % 97 == 0:
                await connection.send(event(self.wire, number)[:90])
            await connection.send(event(self.wire, number))
        await self.live.wait()

    def _number(self, cursor: int) -> int:
        return cursor if cursor < 10**15 else (cursor - START_US) // 1_000_000

    def _refuse(self, connection: ServerConnection, status: HTTPStatus, error: str) -> Response:
        return connection.respond(status, json.dumps({"error": error, "message": "no"}))


def info(name: str, message: str) -> str:
    payload = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": name, "message": message}
    return json.dumps({"$type": "message", "payload": payload})


def event(wire: int, number: int, **other: Any) -> str:
    seen = START + timedelta(seconds=number)
    record = {"text": f"post {number}", "createdAt": seen.isoformat()}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": str(number), "record": record, **other}
    if wire == 1:
        time_us = START_US + number * 1_000_000
        return json.dumps({"did": "did:plc:ana", "time_us": time_us, "kind": "commit", "commit": commit})
    payload = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": number, "did": "did:plc:ana"}
    payload |= {"time": seen.isoformat(), "witnessedAt": seen.isoformat(), **commit}
    return json.dumps({"$type": "message", "payload": payload})


@pytest.fixture(params=[1, 2], ids=["wire 1", "wire 2"])
async def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeJetstream]:
    fake = FakeJetstream(request.param)
    path = str(tmp_path / "socket")
    # A socket in the file system, because the tests may not open others.
    monkeypatch.setattr(bluesky, "connect", lambda uri, **options: unix_connect(path, uri=uri, **options))
    async with unix_serve(fake.serve, path, process_request=fake.process_request):
        yield fake
        fake.live.set()


def source(server: FakeJetstream, *, account: bool = False) -> Bluesky:
    login = ("ana.example", Secret("hunter2")) if account else (None, None)
    return Bluesky(BlueskySource("sky", SERVER, server.wire, ("Rivera",), "https://pds.example", *login))


async def read(reader: Bluesky, posts: int, cursor: str | None = None) -> list[Page]:
    """Pages until so many posts have come."""
    found: list[Page] = []
    async with asyncio.timeout(600), aclosing(reader.pages(cursor)) as pages:
        while len(ids(found)) < posts:
            found.append(await anext(pages))
    return found


def ids(pages: list[Page]) -> list[int]:
    return [int(post.id.rsplit("/", 1)[-1]) for page in pages for post in page.posts]


async def cursor_after(server: FakeJetstream, number: int) -> str:
    """The cursor that a reader has who saw everything up to an event."""
    server.prologue = [event(server.wire, number)]
    cursor = (await read(source(server), 1))[-1].cursor
    server.prologue = []
    server.cursors.clear()
    server.queries.clear()
    return cursor


async def test_a_new_reader_starts_now_and_asks_for_posts_only(server: FakeJetstream) -> None:
    server.events = [0, 1, 2]
    server.prologue = [event(server.wire, 3)]
    assert ids(await read(source(server), 1)) == [3]
    assert server.cursors == [None]
    assert "app.bsky.feed.post" in str(server.queries)


async def test_a_reader_goes_on_where_it_was(server: FakeJetstream) -> None:
    server.events = list(range(10))
    cursor = await cursor_after(server, 4)
    expected = list(range(4, 10)) if server.wire == 1 else list(range(5, 10))
    pages = await read(source(server), len(expected), cursor)
    assert ids(pages) == expected
    assert all(page.gap is None for page in pages)


async def test_pages_stay_small_when_much_comes_at_once(server: FakeJetstream) -> None:
    server.prologue = [event(server.wire, number) for number in range(3 * BATCH_EVENTS)]
    pages = await read(source(server), 3 * BATCH_EVENTS)
    assert ids(pages) == list(range(3 * BATCH_EVENTS))
    assert max(len(page.posts) for page in pages) <= BATCH_EVENTS


async def test_deletions_come_with_the_page(server: FakeJetstream) -> None:
    server.prologue = [event(server.wire, 1, operation="delete", record=None), event(server.wire, 2)]
    pages = await read(source(server), 1)
    deletions = [deletion for page in pages for deletion in page.deletions]
    assert deletions == [Deletion("bluesky", post_id="at://did:plc:ana/app.bsky.feed.post/1")]


async def test_bad_frames_are_counted_and_skipped(server: FakeJetstream) -> None:
    server.prologue = ["oops", event(server.wire, 1, record={"text": 5}), event(server.wire, 2)]
    pages = await read(source(server), 1)
    assert sum(page.skipped for page in pages) == 2
    assert "3kabc" not in str(pages[-1].skip_reason)


async def test_a_cursor_that_the_server_forgot_is_told_as_a_gap(server: FakeJetstream) -> None:
    server.events = list(range(10_000))
    cursor = await cursor_after(server, 10)
    server.oldest = 9_990
    pages = await read(source(server), 10, cursor)
    assert ids(pages) == list(range(9_990, 10_000))
    gap = pages[0].gap
    assert gap is not None
    assert gap.startswith("the stream brought nothing between 2026-10-01 12:00 and 2026-10-01 14:46 UTC")
    assert "not searched: that needs an account and search words" in gap
    assert pages[0].cursor == cursor
    assert [page.gap for page in pages[1:]] == [None] * (len(pages) - 1)


@pytest.mark.parametrize("server", [2], indirect=True)
async def test_what_the_server_says_of_the_gap_is_passed_on(server: FakeJetstream) -> None:
    server.events = list(range(30))
    cursor = await cursor_after(server, 10)
    server.oldest = 20
    gap = (await read(source(server), 10, cursor))[0].gap
    assert gap is not None
    assert "has forgotten the event at which to resume; OutdatedCursor: resumed at 20" in gap
    assert server.cursors == [10, START_US + 10_000_000]


@respx.mock
async def test_a_gap_is_searched_before_the_stream_goes_on(server: FakeJetstream) -> None:
    respx.post("https://pds.example/xrpc/com.atproto.server.createSession").respond(
        200, json={"accessJwt": "a", "refreshJwt": "r", "handle": "ana.example"}
    )
    view = {
        "uri": "at://did:plc:bo/app.bsky.feed.post/555",
        "record": {"text": "found"},
        "indexedAt": "2026-10-01T12:09:15Z",
    }
    asked = respx.get("https://pds.example/xrpc/app.bsky.feed.searchPosts").respond(200, json={"posts": [view]})
    server.events = list(range(1000))
    cursor = await cursor_after(server, 10)
    server.oldest = 990
    pages = await read(source(server, account=True), 11, cursor)
    assert ids(pages) == [555, *range(990, 1000)]
    assert [page.cursor for page in pages[:2]] == [cursor, cursor]
    assert pages[1].gap is not None
    assert pages[1].gap.endswith("search found 1 posts in it")
    params = dict(asked.calls.last.request.url.params)
    assert (params["since"], params["until"]) == ("2026-10-01T12:00:10Z", "2026-10-01T12:16:30Z")


@respx.mock
async def test_a_search_that_fails_is_told_and_does_not_hold_up_the_stream(server: FakeJetstream) -> None:
    respx.post("https://pds.example/xrpc/com.atproto.server.createSession").mock(side_effect=httpx.ConnectError("no"))
    server.events = list(range(1000))
    cursor = await cursor_after(server, 10)
    server.oldest = 990
    pages = await read(source(server, account=True), 10, cursor)
    assert ids(pages) == list(range(990, 1000))
    assert pages[0].gap is not None
    assert "searching it failed: pds.example" in pages[0].gap


async def test_what_came_before_the_line_broke_is_kept(server: FakeJetstream) -> None:
    server.events = list(range(10))
    cursor = await cursor_after(server, 0)
    server.drops = [5]
    pages = source(server).pages(cursor)
    found = [await anext(pages)]
    with pytest.raises(SourceUnavailable, match=r"the stream of ws://jetstream\.example broke"):
        await anext(pages)
    assert ids(found)[-1] == 4


async def test_through_many_broken_lines_every_post_comes(server: FakeJetstream) -> None:
    server.events = list(range(10_000))
    cursor = await cursor_after(server, 0)
    server.drops = [7, 0, 1, 900, 333, 2500, 0, 1]
    busy, broken = (HTTPStatus.TOO_MANY_REQUESTS, "slow down"), (HTTPStatus.BAD_GATEWAY, "no")
    server.refusals = [None, busy, None, None, broken, broken, None, None, busy]
    server.noise = True
    stop = asyncio.Event()
    received: list[int] = []
    skipped = 0
    failures: list[SourceError] = []

    async def accept(name: str, page: Page) -> None:
        nonlocal skipped
        skipped += page.skipped
        received.extend(ids([page]))
        if received[-1:] == [9_999]:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        failures.append(error)

    now, sleep = partial(datetime.now, UTC), partial(asyncio.sleep, 0)
    async with asyncio.timeout(600):
        await poll(
            source(server),
            cursor=cursor,
            accept=accept,
            failed=failed,
            stop=stop,
            now=now,
            sleep=lambda _seconds: sleep(),
        )
    assert sorted(set(received)) == list(range(0 if server.wire == 1 else 1, 10_000))
    # Version 1 brings the event at its cursor again: at most once for each broken line.
    assert len(received) - len(set(received)) <= (len(failures) if server.wire == 1 else 0)
    assert len(failures) == 8 + 4
    assert skipped >= 10_000 // 97


@pytest.mark.parametrize(
    ("status", "kind", "what"),
    [
        (HTTPStatus.SERVICE_UNAVAILABLE, SourceUnavailable, "cannot answer now"),
        (HTTPStatus.TOO_MANY_REQUESTS, SourceUnavailable, "slow down"),
        (HTTPStatus.BAD_REQUEST, SourceRefused, "InvalidRequest"),
        (HTTPStatus.FORBIDDEN, SourceRefused, "refuses us"),
    ],
)
async def test_a_refused_subscription_is_told_like_any_refused_request(
    server: FakeJetstream, status: HTTPStatus, kind: type[SourceError], what: str
) -> None:
    server.refusal = (status, "InvalidRequest")
    with pytest.raises(kind, match=what):
        await read(source(server), 1)


async def test_a_server_that_is_not_there_may_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = str(tmp_path / "nothing")
    monkeypatch.setattr(bluesky, "connect", lambda uri, **options: unix_connect(nowhere, uri=uri, **options))
    with pytest.raises(SourceUnavailable, match=r"jetstream\.example broke"):
        await read(source(FakeJetstream(1)), 1)


async def test_what_is_no_address_of_a_stream_must_be_mended() -> None:
    with pytest.raises(SourceRefused, match="no address of a stream"):
        await read(Bluesky(BlueskySource("sky", "https://jetstream.example")), 1)


@respx.mock
async def test_the_check_waits_for_the_stream_and_logs_in(server: FakeJetstream) -> None:
    respx.post("https://pds.example/xrpc/com.atproto.server.createSession").respond(
        200, json={"accessJwt": "a", "refreshJwt": "r", "handle": "ana.example"}
    )
    server.prologue = [event(server.wire, 1)]
    assert "logged in as ana.example" in await source(server, account=True).check()
    assert "gaps cannot be searched" in await source(server).check()
