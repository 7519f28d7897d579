from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, repeat

import httpx
import pytest
import respx

from monitor.config import MastodonSource, Secret
from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import Page
from monitor.sources.mastodon import EMPTY, MOST_BACKWARD, PAGE_SIZE, Mastodon
from monitor.sources.pace import Pace
from monitor.sources.poller import poll

SERVER = "https://social.example"


class FakeServer:
    """One hashtag. With `links` it pages as Mastodon does, without as snac does: `min_id` finds nothing."""

    def __init__(self, *, links: bool) -> None:
        self.links = links
        self.ids: list[int] = []
        self.found: list[int] = []
        self.requests: list[httpx.Request] = []
        self.trouble: Callable[[], httpx.Response | None] = lambda: None

    def add(self, count: int) -> None:
        start = max(self.ids, default=-10) + 10
        self.ids += range(start, start + 10 * count, 10)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (trouble := self.trouble()) is not None:
            return trouble
        if request.url.path == "/api/v2/search":
            return httpx.Response(200, json={"statuses": [self.status(number) for number in self.found]})
        page = self.page(request.url.params)
        link = f'<{SERVER}/x?max_id={page[-1]}>; rel="next", <{SERVER}/x?min_id={page[0]}>; rel="prev"' if page else ""
        headers = {"link": link} if self.links and page else {}
        return httpx.Response(200, json=[self.status(number) for number in page], headers=headers)

    def page(self, params: httpx.QueryParams) -> list[int]:
        ids = sorted(self.ids)
        limit = int(params["limit"])
        if "min_id" in params:
            newer = [number for number in ids if number > int(params["min_id"])]
            return newer[:limit][::-1] if self.links else []
        older = [number for number in ids if "max_id" not in params or number < int(params["max_id"])]
        return older[-limit:][::-1]

    def status(self, number: int) -> dict[str, object]:
        account = {"acct": "ana", "followers_count": 3}
        return {"id": str(number), "uri": f"{SERVER}/{number}", "account": account, "content": f"<p>post {number}</p>"}


@pytest.fixture(params=[True, False], ids=["with Link", "without Link"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    fake = FakeServer(links=request.param)
    with respx.mock:
        respx.route(host="social.example").mock(side_effect=fake.answer)
        yield fake


def source(*hashtags: str, search: tuple[str, ...] = (), token: str | None = None) -> Mastodon:
    secret = Secret(token) if token else None
    return Mastodon(MastodonSource("fedi", "social.example", hashtags or ("#Rivera2026",), search, secret), Pace(0))


async def read(cursor: str | None = None, reader: Mastodon | None = None) -> list[Page]:
    return [page async for page in (reader or source()).pages(cursor)]


def ids(pages: list[Page]) -> list[int]:
    return [int(post.id.rsplit("/", 1)[-1]) for page in pages for post in page.posts]


async def test_the_first_time_only_the_newest_page_is_read_oldest_first(server: FakeServer) -> None:
    server.add(100)
    assert ids(await read()) == list(range(600, 1000, 10))
    assert server.requests[0].url.path == "/api/v1/timelines/tag/Rivera2026"


async def test_later_everything_new_is_read_page_after_page(server: FakeServer) -> None:
    server.add(5)
    first = await read()
    server.add(3 * PAGE_SIZE + 7)
    second = await read(first[-1].cursor)
    assert ids(second) == server.ids[5:]
    assert all(page.gap is None for page in second)


async def test_each_page_can_be_resumed(server: FakeServer) -> None:
    server.add(5)
    first = await read()
    server.add(3 * PAGE_SIZE)
    pages = await read(first[-1].cursor)
    assert ids(pages[:1]) + ids(await read(pages[0].cursor)) == server.ids[5:]


async def test_nothing_new_is_an_empty_page_for_one_request(server: FakeServer) -> None:
    server.add(50)
    first = await read()
    server.requests.clear()
    second = await read(first[-1].cursor)
    assert (ids(second), second[-1].cursor) == ([], first[-1].cursor)
    assert len(server.requests) == 1


async def test_a_hashtag_that_nobody_used_yet_is_read_when_somebody_does(server: FakeServer) -> None:
    first = await read()
    server.add(3)
    second = await read(first[-1].cursor)
    server.add(2)
    third = await read(second[-1].cursor)
    assert [ids(pages) for pages in (first, second, third)] == [[], [0, 10, 20], [30, 40]]


async def test_a_post_that_arrives_late_behind_known_ones_is_found_once(server: FakeServer) -> None:
    server.add(30)
    first = await read()
    server.ids.append(255)
    second = await read(first[-1].cursor)
    assert ids(second) == [255]
    assert ids(await read(second[-1].cursor)) == []


async def test_known_posts_that_were_deleted_do_no_harm(server: FakeServer) -> None:
    server.add(30)
    cursor = (await read())[-1].cursor
    server.add(10)
    server.ids = [number for number in server.ids if number not in (100, 290)]
    assert ids(await read(cursor)) == server.ids[-10:]


@pytest.mark.parametrize("server", [False], indirect=True)
async def test_a_server_without_links_is_read_backward_only_so_far_and_the_rest_is_told(server: FakeServer) -> None:
    server.add(5)
    cursor = (await read())[-1].cursor
    server.add(MOST_BACKWARD * PAGE_SIZE + 100)
    pages = await read(cursor)
    assert len(ids(pages)) == MOST_BACKWARD * PAGE_SIZE
    assert pages[0].gap == "#Rivera2026 on social.example had more than 1000 new posts; older ones were not read"
    assert all(page.gap is None for page in pages[1:])


async def test_several_hashtags_have_a_place_each(server: FakeServer) -> None:
    server.add(2)
    reader = source("one", "two")
    pages = await read(reader=reader)
    assert ids(pages) == [0, 10, 0, 10]
    server.add(1)
    assert ids(await read(pages[-1].cursor, reader)) == [20, 20]


async def test_a_broken_status_is_counted_once_and_skipped(server: FakeServer) -> None:
    server.add(3)
    good = server.status
    server.status = lambda number: {"id": "10", "content": "no uri"} if number == 10 else good(number)  # type: ignore[method-assign]
    first = await read()
    assert (ids(first), first[0].skipped) == ([0, 20], 1)
    assert first[0].skip_reason is not None
    assert "social.example cannot be read" in first[0].skip_reason
    assert [page.skipped for page in await read(first[-1].cursor)] == [0]


async def test_a_search_needs_a_token_and_brings_each_post_once(server: FakeServer) -> None:
    server.found = [30, 10, 20]
    reader = source("quiet", search=("Rivera dropped",), token="s3cret")
    pages = await read(reader=reader)
    assert sorted(ids(pages)) == [10, 20, 30]
    search = server.requests[-1]
    assert dict(search.url.params) == {"q": "Rivera dropped", "type": "statuses", "limit": "40"}
    assert search.headers["authorization"] == "Bearer s3cret"
    server.found = [40, 30, 10]
    assert ids(await read(pages[-1].cursor, reader)) == [40]


async def test_without_a_token_no_search_is_made_because_its_silence_would_prove_nothing(server: FakeServer) -> None:
    await read(reader=source("quiet", search=("Rivera",)))
    assert [request.url.path for request in server.requests] == ["/api/v1/timelines/tag/quiet"]


async def test_one_refused_hashtag_does_not_keep_the_others_from_being_read(server: FakeServer) -> None:
    server.add(1)
    outcomes = iter([httpx.Response(401, json={"error": "This API requires an authenticated user"}), None])
    server.trouble = lambda: next(outcomes)
    pages = source("one", "two").pages(None)
    assert ids([await anext(pages)]) == [0]
    with pytest.raises(SourceRefused, match=r"This API requires an authenticated user.*token"):
        await anext(pages)


async def test_a_limit_is_obeyed_as_mastodon_tells_it(server: FakeServer) -> None:
    headers = {"date": "Wed, 14 Oct 2026 19:10:00 GMT", "x-ratelimit-reset": "2026-10-14T19:15:00.448846Z"}
    server.trouble = lambda: httpx.Response(429, headers=headers)
    with pytest.raises(SourceUnavailable) as caught:
        await read()
    assert caught.value.retry_after == pytest.approx(300.4, abs=0.1)


@pytest.mark.parametrize("body", [b"[{]", b'{"error": "x"}', b""])
async def test_a_malformed_answer_is_tried_again(server: FakeServer, body: bytes) -> None:
    server.trouble = lambda: httpx.Response(200, content=body)
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await read()


async def test_the_token_is_never_sent_where_a_link_header_points(server: FakeServer) -> None:
    evil = {"link": '<https://evil.example/steal?min_id=1>; rel="prev"'}
    server.add(1)
    cursor = (await read(reader=source(token="s3cret")))[-1].cursor
    answers = chain([[server.status(500)]], repeat([]))
    server.trouble = lambda: httpx.Response(200, json=next(answers), headers=evil)
    await read(cursor, source(token="s3cret"))
    assert {request.url.host for request in server.requests} == {"social.example"}


async def test_the_check_says_what_each_hashtag_brings(server: FakeServer) -> None:
    server.add(3)
    assert await source("one", search=("out",), token="x").check() == f"3 posts for #one, no posts for out; {EMPTY}"
    assert await source("one").check() == "3 posts for #one"
    assert "nothing to read" in await Mastodon(MastodonSource("fedi", "social.example"), Pace(0)).check()


def troubles(chance: random.Random, whole: bytes) -> httpx.Response | None:
    """What a real server does on a bad day, one request in seven."""
    match chance.randrange(42):
        case 0:
            return httpx.Response(429, headers={"retry-after": "300"})
        case 1:
            return httpx.Response(503)
        case 2:
            raise httpx.ReadTimeout("slow")
        case 3:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        case 4:
            return httpx.Response(200, content=whole[:-100])
        case 5:
            return httpx.Response(200, content=b"<html>oops</html>")
        case _:
            return None


async def test_ten_thousand_posts_come_without_gap_or_double_through_a_servers_troubles(server: FakeServer) -> None:
    chance = random.Random(3)
    received: list[int] = []
    failures: list[SourceError] = []
    stop = asyncio.Event()

    async def accept(name: str, page: Page) -> None:
        received.extend(ids([page]))
        if len(received) >= 10_000:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        failures.append(error)

    async def sleep(seconds: float) -> None:
        if seconds == reader.every_seconds:
            server.add(min(200, 10_000 - len(server.ids)))

    server.add(30)
    whole = json.dumps([server.status(1)] * 20).encode()
    server.trouble = lambda: troubles(chance, whole)
    reader = source()
    async with asyncio.timeout(600):
        await poll(
            reader,
            cursor=None,
            accept=accept,
            failed=failed,
            stop=stop,
            now=lambda: datetime(2026, 10, 1, tzinfo=UTC),
            sleep=sleep,
            rng=chance,
        )
    assert received == server.ids
    assert len(failures) > 10
