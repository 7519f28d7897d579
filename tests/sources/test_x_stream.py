from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator

import httpx
import pytest
import respx

from monitor.config import Secret, XSource
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import Page
from monitor.sources.caps import Cap, Spent, in_memory
from monitor.sources.pace import Pace
from monitor.sources.x_rules import TAG
from monitor.sources.x_stream import XStream
from tests.sources import fake_accounts
from tests.sources.fake_accounts import X_USERS, x_post
from tests.sources.fake_server import SERVER, FakeServer, Item
from tests.sources.test_every_source import numbers

STREAM = f"{SERVER}/2/tweets/search/stream"
RULES = f"{STREAM}/rules"
OURS = {"id": "1", "value": "Ana Rivera", "tag": TAG}


class Lines(httpx.AsyncByteStream):
    """What a stream sends; it then breaks off with `end`."""

    def __init__(self, lines: Iterable[bytes], end: Exception | None) -> None:
        self.lines, self.end = lines, end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for one in self.lines:
            yield one + b"\r\n"
        if self.end:
            raise self.end


def line(item: Item) -> bytes:
    matching = [{"id": "1", "tag": TAG}]
    return json.dumps({"data": x_post(item), "includes": {"users": X_USERS}, "matching_rules": matching}).encode()


class Bench:
    """X with its search, its rules and a stream that is scripted for each connection."""

    def __init__(self, per_day: int = 1000) -> None:
        self.server = FakeServer(fake_accounts.x)
        self.streams: list[httpx.Response | Lines] = []
        config = XSource("x", Secret("bearer-1"), ("Ana Rivera",), per_day, stream=True, server=SERVER)
        self.reader = XStream(config, in_memory(Cap("x", "posts", per_day)), Pace(0))
        self.rules = respx.get(RULES).respond(200, json={"data": [OURS]})
        respx.get(STREAM).mock(side_effect=self.connect)
        respx.get(f"{SERVER}/2/tweets/search/recent").mock(side_effect=self.server.answer)

    def connect(self, request: httpx.Request) -> httpx.Response:
        answer = self.streams.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, stream=answer)

    def sends(self, count: int, end: Exception | None = None, drop: int = 0) -> None:
        """The next connection brings so many new posts, all but the last `drop`, the last two the other way round."""

        def lines() -> Iterator[bytes]:
            yield b""
            first = len(self.server.items)
            self.server.add(count)
            *items, last_but_one, last = self.server.items[first : len(self.server.items) - drop]
            yield from map(line, [*items, last, last_but_one])

        self.streams.append(Lines(lines(), end))

    async def read(self, cursor: str | None) -> tuple[list[Page], Exception]:
        pages = []
        try:
            async for page in self.reader.pages(cursor):
                pages.append(page)  # noqa: PERF401 - what came before it breaks is wanted
        except (SourceUnavailable, SourceRefused) as error:
            return pages, error
        raise AssertionError("a stream does not end by itself")


@respx.mock
async def test_what_came_between_two_connections_is_searched_for_and_nothing_comes_twice() -> None:
    bench = Bench()
    cursor, received = None, []
    for round_ in range(20):
        await bench.server.sleep(5)
        bench.sends(10, httpx.ReadError("reset") if round_ % 2 else None, drop=3)
        pages, error = await bench.read(cursor)
        assert isinstance(error, SourceUnavailable), error
        received += [number for page in pages for number in numbers(page)]
        cursor = pages[-1].cursor
    bench.sends(2)
    pages, _ = await bench.read(cursor)
    received += [number for page in pages for number in numbers(page)]
    assert sorted(received) == list(range(202))


@respx.mock
async def test_a_sign_of_life_is_an_empty_page() -> None:
    bench = Bench()
    bench.streams.append(Lines([b"", b""], None))
    pages, error = await bench.read(None)
    assert [page.posts for page in pages] == [(), (), ()]
    assert str(error) == "X ended the stream"


@respx.mock
async def test_the_days_money_ends_the_stream() -> None:
    bench = Bench(per_day=40)
    bench.sends(60)
    pages, error = await bench.read(None)
    assert isinstance(error, Spent)
    assert sum(len(page.posts) for page in pages) <= 40
    _, error = await bench.read(pages[-1].cursor)
    assert isinstance(error, Spent), "no connection is made at all"


@respx.mock
async def test_what_was_paid_ahead_is_given_back() -> None:
    bench = Bench()
    bench.sends(5)
    await bench.read(None)
    assert bench.reader._budget.left() == 995


@respx.mock
async def test_rules_that_are_not_wanted_go_and_missing_ones_come_and_others_stay() -> None:
    bench = Bench()
    old, foreign = {"id": "2", "value": "Old Name", "tag": TAG}, {"id": "3", "value": "theirs", "tag": "other"}
    bench.rules.respond(200, json={"data": [old, foreign]})
    change = respx.post(RULES).respond(201, json={"meta": {}})
    bench.streams.append(Lines([], None))
    await bench.read(None)
    assert [json.loads(call.request.content) for call in change.calls] == [
        {"delete": {"ids": ["2"]}},
        {"add": [{"value": "Ana Rivera", "tag": TAG}]},
    ]


@respx.mock
async def test_a_search_that_is_no_rule_is_told() -> None:
    bench = Bench()
    bench.rules.respond(200, json={"meta": {"result_count": 0}})
    respx.post(RULES).respond(201, json={"errors": [{"title": "UnprocessableEntity", "detail": "missing )"}]})
    _, error = await bench.read(None)
    assert isinstance(error, SourceRefused)
    assert "missing )" in str(error)


@respx.mock
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"errors": [{"title": "operational-disconnect", "detail": "too slow"}]}', "operational-disconnect too slow"),
        (b"", "X ended the stream"),
    ],
)
async def test_why_x_ends_a_stream_is_told(sent: bytes, said: str) -> None:
    bench = Bench()
    bench.streams.append(Lines([sent], None))
    _, error = await bench.read(None)
    assert said in str(error)


@respx.mock
async def test_a_line_that_cannot_be_read_is_counted_and_the_next_is_read() -> None:
    bench = Bench()
    item = Item(1, bench.server.now)
    broken = {"data": {**x_post(item), "id": None}}
    bench.streams.append(Lines([b"{", json.dumps(broken).encode(), b"{}", line(item)], None))
    pages, _ = await bench.read(None)
    assert sum(page.skipped for page in pages) == 3
    assert [number for page in pages for number in numbers(page)] == [1]


@respx.mock
async def test_a_second_connection_is_refused_by_x_and_told() -> None:
    bench = Bench()
    taken = {"title": "ConnectionException", "detail": "maximum allowed connection limit", "status": 429}
    bench.streams.append(httpx.Response(429, json=taken))
    _, error = await bench.read(None)
    assert isinstance(error, SourceUnavailable)
    assert "maximum allowed connection limit" in str(error)


@respx.mock
async def test_the_stream_is_asked_in_the_other_vocabulary_after_a_refusal() -> None:
    bench = Bench()
    bench.streams += [httpx.Response(400, json={"errors": [{"message": "[tweet.fields] unknown"}]}), Lines([], None)]
    await bench.read(None)
    await bench.read(None)
    asked = [call.request.url.params for call in respx.calls if call.request.url.path.endswith("/stream")]
    assert ["post.fields" in params for params in asked] == [False, True]
