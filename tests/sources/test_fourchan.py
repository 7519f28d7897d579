from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import respx

from monitor.config import FourchanSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp, Media, Page, Post
from monitor.sources import fourchan
from monitor.sources.fourchan import Fourchan
from monitor.sources.fourchan_post import post_from_json
from monitor.sources.pace import Pace
from tests.sources import fake_server
from tests.sources.fake_server import FakeServer, http_date

BOARD = "https://a.4cdn.org/pol"
START = 1_790_000_000


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def threads(*listed: tuple[int, int], modified: int = START) -> httpx.Response:
    page = {"page": 1, "threads": [{"no": no, "last_modified": changed, "replies": 1} for no, changed in listed]}
    return httpx.Response(200, json=[page], headers={"last-modified": http_date(modified)})


def thread(*posts: tuple[int, int], modified: int | None = None) -> httpx.Response:
    body = {"posts": [{"no": no, "resto": 1, "time": time, "com": f"post {no}"} for no, time in posts]}
    headers = {"last-modified": http_date(modified)} if modified else {}
    return httpx.Response(200, json=body, headers=headers)


async def read(cursor: str | None = None) -> list[Page]:
    return [page async for page in Fourchan(FourchanSource("4chan", ("pol",)), Pace(0)).pages(cursor)]


def ids(pages: list[Page]) -> list[str]:
    return [post.id for page in pages for post in page.posts]


def test_the_post_in_the_documentation_is_read() -> None:
    post = {
        "no": 570370, "now": "12/31/18(Mon)17:14:56", "name": "Anonymous", "time": 1546294496, "resto": 570368,
        "com": '<b>FAQs</b><br>\n<a href="#p1" class="quotelink">&gt;&gt;1</a><br>glue &#039;em<wbr>well',
        "sub": "Paper &amp; craft",
    }  # fmt: skip
    assert post_from_json(raw(post), "po", 570368) == Post(
        id="po/570370",
        text="Paper & craft\nFAQs\n>>1\nglue 'emwell",
        platform="4chan",
        created_at=datetime(2018, 12, 31, 22, 14, 56, tzinfo=UTC),
        url="https://boards.4chan.org/po/thread/570368#p570370",
        reply_to="po/570368/570368",
        alias="po/570368/570370",
    )


def test_a_tripcode_is_a_name() -> None:
    assert post_from_json(raw({"no": 1, "time": 1, "trip": "!Ep8pui8Vw2"}), "po", 1).author == "Anonymous!Ep8pui8Vw2"


@pytest.mark.parametrize("bad", [{}, {"no": "1", "time": 1}, {"no": 1, "time": 1, "com": 7}, []])
def test_what_is_no_post_is_told(bad: object) -> None:
    with pytest.raises(PostError, match="a post on /po/ cannot be read"):
        post_from_json(raw(bad), "po", 1)


@respx.mock
async def test_what_was_there_before_us_is_left_and_only_changed_threads_are_asked_for() -> None:
    board = respx.get(f"{BOARD}/threads.json")
    board.mock(return_value=threads((1, START), (2, START - 50)))
    first = await read()
    assert (ids(first), board.call_count, first[0].everything) == ([], 1, True)
    board.mock(return_value=threads((1, START), (2, START + 60), (30, START + 70)))
    old = respx.get(f"{BOARD}/thread/2.json").mock(
        return_value=thread((2, START - 99), (20, START - 50), (31, START + 60))
    )
    respx.get(f"{BOARD}/thread/30.json").mock(return_value=thread((30, START + 65), (32, START + 70)))
    second = await read(first[-1].cursor)
    assert ids(second) == ["pol/31", "pol/30", "pol/32"]
    assert old.calls.last.request.headers["if-modified-since"] == http_date(START - 50)


@respx.mock
async def test_a_board_that_did_not_change_costs_one_request() -> None:
    board = respx.get(f"{BOARD}/threads.json")
    board.mock(return_value=threads((1, START)))
    first = await read()
    board.mock(return_value=httpx.Response(304))
    second = await read(first[-1].cursor)
    assert second == [Page((), first[-1].cursor, everything=True)]
    assert board.calls.last.request.headers["if-modified-since"] == http_date(START)


@respx.mock
async def test_an_old_copy_of_a_thread_is_asked_for_again() -> None:
    board = respx.get(f"{BOARD}/threads.json")
    board.mock(return_value=threads((1, START)))
    cursor = (await read())[-1].cursor
    board.mock(return_value=threads((1, START + 100), modified=START + 100))
    one = respx.get(f"{BOARD}/thread/1.json").mock(
        return_value=thread((1, START), (5, START + 40), modified=START + 40)
    )
    pages = await read(cursor)
    assert ids(pages) == ["pol/5"]
    one.mock(return_value=thread((1, START), (5, START + 40), (9, START + 100), modified=START + 100))
    again = await read(pages[-1].cursor)
    assert ids(again) == ["pol/9"]
    assert board.calls.last.request.headers["if-modified-since"] == http_date(START), "the board was not caught up"


@respx.mock
async def test_a_thread_that_is_gone_keeps_nothing_from_being_read() -> None:
    board = respx.get(f"{BOARD}/threads.json")
    board.mock(return_value=threads((1, START)))
    cursor = (await read())[-1].cursor
    board.mock(return_value=threads((1, START + 10), (7, START + 20)))
    respx.get(f"{BOARD}/thread/1.json").respond(404)
    respx.get(f"{BOARD}/thread/7.json").mock(return_value=thread((7, START + 20)))
    assert ids(await read(cursor)) == ["pol/7"]


def test_a_picture_keeps_its_address_and_a_post_names_the_one_that_it_begins_with() -> None:
    found = {"no": 9, "time": 1, "resto": 1, "tim": 1546293948883, "ext": ".png", "com": "<a>&gt;&gt;7</a><br>true"}
    post = post_from_json(raw(found), "pol", 1)
    assert post.media == (Media("https://i.4cdn.org/pol/1546293948883.png"),)
    assert (post.quote_of, post.reply_to) == ("pol/1/7", "pol/1/1")


@respx.mock
async def test_a_thread_whose_first_request_failed_is_not_asked_for_again_within_ten_seconds() -> None:
    clock = FakeServer(fake_server.fourchan)
    asked: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(clock.elapsed)
        return httpx.Response(503)

    respx.get(f"{BOARD}/threads.json").mock(
        side_effect=[threads((1, START)), *[threads((1, START), (2, START + 5), modified=START + 5)] * 2]
    )
    respx.get(f"{BOARD}/thread/2.json").mock(side_effect=answer)
    pace = Pace(fourchan.SECONDS_BETWEEN, clock=clock.clock, sleep=clock.sleep)
    reader = Fourchan(FourchanSource("4chan", ("pol",)), pace)
    [noted] = [page async for page in reader.pages(None)]
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            _ = [page async for page in reader.pages(noted.cursor)]
    assert asked[1] - asked[0] >= 10


@respx.mock
async def test_a_thread_without_a_single_post_is_no_answer() -> None:
    respx.get(f"{BOARD}/threads.json").mock(
        side_effect=[threads((1, START)), threads((1, START), (2, START + 5), modified=START + 5)]
    )
    respx.get(f"{BOARD}/thread/2.json").mock(return_value=thread())
    [noted] = await read()
    with pytest.raises(SourceUnavailable, match="without a single post"):
        await read(noted.cursor)


def test_a_post_that_begins_with_one_of_another_thread_names_that_thread() -> None:
    com = '<a href="/pol/thread/90#p95" class="quotelink">&gt;&gt;95</a><br>true'
    assert post_from_json(raw({"no": 9, "time": 1, "resto": 1, "com": com}), "pol", 1).quote_of == "pol/90/95"


def shown(*numbers: int, **opening: int) -> httpx.Response:
    posts = [{"no": no, "resto": 0 if no == 1 else 1, "time": START, "com": f"post {no}"} for no in numbers]
    return httpx.Response(200, json={"posts": [{**posts[0], **opening}, *posts[1:]]})


@respx.mock
@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (shown(1, 7), True),
        (shown(1, 7, closed=1, archived=1), True),
        (shown(1, 7, sticky=1, sticky_cap=1000), False),
        (shown(7), False),
        (httpx.Response(404), False),
        (httpx.Response(200, json={"posts": []}), False),
        (httpx.Response(200, json={"posts": [{"no": 1, "time": 1}, {"number": 5, "time": 1}]}), False),
    ],
    ids=["live", "archived", "rolling", "without its first post", "pruned", "empty", "unreadable"],
)
async def test_a_post_is_gone_where_its_thread_stands_without_it(answer: httpx.Response, gone: bool) -> None:
    respx.get(f"{BOARD}/thread/1.json").mock(return_value=answer)
    reader = Fourchan(FourchanSource("4chan", ("pol",)), Pace(0))
    assert await reader.look_up(["pol/1/5"]) == LookedUp(gone=("pol/1/5",) if gone else ())
    assert [reader.knows(name) for name in ("pol/1/5", "pol/5", "pol/y/z", "news/1/5")] == [
        True,
        False,
        False,
        False,
    ]


@respx.mock
async def test_posts_of_one_thread_cost_one_request() -> None:
    route = respx.get(f"{BOARD}/thread/1.json").mock(return_value=shown(1, 5, 7))
    reader = Fourchan(FourchanSource("4chan", ("pol",)), Pace(0))
    found = [await reader.look_up([f"pol/1/{no}"]) for no in (1, 5, 6, 7)]
    assert [(len(answer.posts), answer.gone) for answer in found] == [
        (1, ()),
        (1, ()),
        (0, ("pol/1/6",)),
        (1, ()),
    ]
    assert found[1].posts[0].key == "4chan:pol/5"
    assert route.call_count == 1
