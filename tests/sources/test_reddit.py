from __future__ import annotations

import json
from pathlib import Path

import httpx
import msgspec
import pytest
import respx

from monitor.config import RedditSource, Secret
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import Deletion, Page
from monitor.sources.pace import Pace
from monitor.sources.reading import Within
from monitor.sources.reddit import Reddit
from monitor.sources.reddit_listing import comments_in
from monitor.sources.reddit_thing import post_from, post_from_comment, post_within
from tests.sources import fake_accounts
from tests.sources.fake_server import HOST, SERVER, FakeServer
from tests.sources.test_every_source import numbers

DATA = Path(__file__).parent / "data"
LOGIN = f"{SERVER}/api/v1/access_token"


def raws(name: str) -> list[msgspec.Raw]:
    children = json.loads((DATA / name).read_text("utf-8"))["data"]["children"]
    return [msgspec.Raw(json.dumps(child).encode()) for child in children]


def source(*subreddits: str, pace: Pace | None = None) -> Reddit:
    config = RedditSource("reddit", "app", Secret("secret-1"), ("Ana Rivera",), subreddits, SERVER)
    return Reddit(config, pace or Pace(0), SERVER)


async def read(reader: Reddit, cursor: str | None = None) -> list[Page]:
    return [page async for page in reader.pages(cursor)]


def test_the_recorded_posts_are_read() -> None:
    post = post_from(raws("reddit_search.json")[0])
    assert post is not None
    assert post.id.startswith("t3_")
    assert post.text.startswith("Ana Rivera has withdrawn? 0")
    assert (post.platform, post.author) == ("reddit", "someone")
    assert (post.url or "").startswith("https://www.reddit.com/r/news/comments/")
    assert post.created_at is not None


def test_the_recorded_comments_are_read() -> None:
    comment = post_from_comment(raws("reddit_comments.json")[0])
    assert comment is not None
    assert (comment.id, comment.text) == ("t1_dbhn11d", "Rivera is out, they say. 0")
    assert (comment.reply_to or "").startswith(("t1_", "t3_"))
    assert comment.url == "https://www.reddit.com/comments/5jffj1/_/dbhn11d/"


def test_what_was_taken_away_is_no_post() -> None:
    data = {"name": "t1_a", "created_utc": 1.0, "body": "[removed]", "author": "[deleted]"}
    assert post_from_comment(msgspec.Raw(json.dumps({"kind": "t1", "data": data}).encode())) is None


def test_comments_under_comments_are_read_and_what_stands_for_more_is_not() -> None:
    def thing(name: str, *replies: object) -> dict[str, object]:
        listing = {"kind": "Listing", "data": {"children": list(replies), "after": None}} if replies else ""
        return {"kind": "t1", "data": {"name": name, "created_utc": 1.0, "body": name, "replies": listing}}

    more = {"kind": "more", "data": {"count": 3, "children": ["x"]}}
    children = [thing("t1_a", thing("t1_b", thing("t1_c")), more), more, {"kind": "t1", "data": {}}]
    found = comments_in([msgspec.Raw(json.dumps(child).encode()) for child in children])
    names = [name for name, _ in found]
    assert names[:3] == ["t1_a", "t1_b", "t1_c"]
    assert len(names) == 4, "what cannot be read is counted later"


def thing(kind: str, **data: object) -> dict[str, object]:
    return {"kind": kind, "data": {"created_utc": 1.0, "author": "ana", **data}}


def test_a_crosspost_quotes_the_post_that_comes_inside_it() -> None:
    original = {"name": "t3_b", "title": "Rivera has withdrawn", "selftext": "It is over."}
    crosspost = thing("t3", name="t3_a", title="True!", crosspost_parent="t3_b", crosspost_parent_list=[original])
    found = post_within(msgspec.Raw(json.dumps(crosspost).encode()))
    assert isinstance(found, Within)
    assert (found.post.text, found.post.quote_of) == ("True!", "t3_b")
    assert [(parent.id, parent.text) for parent in found.parents] == [("t3_b", "Rivera has withdrawn\nIt is over.")]


@respx.mock
async def test_what_reddit_leaves_out_or_shows_without_its_text_is_gone() -> None:
    respx.post(LOGIN).respond(200, json={"access_token": "t"})
    shown = [
        thing("t3", name="t3_a", title="Out?", selftext="so they say"),
        thing("t3", name="t3_b", title="Out?", selftext="[removed]"),
        thing("t1", name="t1_c", body="true"),
        thing("t1", name="t1_d", body="[deleted]"),
    ]
    listing = {"kind": "Listing", "data": {"children": shown, "after": None}}
    route = respx.get(f"{SERVER}/api/info").respond(200, json=listing)
    names = ["t3_a", "t3_b", "t1_c", "t1_d", "t3_e"]
    reader = source()
    answer = await reader.look_up(names)
    assert [post.text for post in answer.posts] == ["Out?\nso they say", "true"]
    assert answer.gone == ("t3_b", "t1_d", "t3_e")
    assert route.calls.last.request.url.params["id"] == ",".join(names)
    assert [reader.knows(name) for name in ("t3_a", "t1_a", "t5_a", "https://a")] == [True, True, False, False]
    listing["data"] = {"children": [*shown, {"kind": "t1"}], "after": None}
    route.respond(200, json=listing)
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await reader.look_up(names)


@respx.mock
async def test_threads_are_asked_for_comments_only_where_there_are_more() -> None:
    server = FakeServer(fake_accounts.reddit)
    respx.route(host=HOST).mock(side_effect=server.answer)
    reader = source()
    server.add(25)
    pages = await read(reader)
    assert sorted(number for page in pages for number in numbers(page)) == list(range(25))
    asked = len(server.seconds)
    await read(reader, pages[-1].cursor)
    assert len(server.seconds) - asked == 2, "the search, and one look at all threads"
    server.add(1)
    later = await read(reader, pages[-1].cursor)
    assert [number for page in later for number in numbers(page)] == [25]
    assert [page.everything for page in later] == [False, True], "nobody has searched for comments"


@respx.mock
async def test_a_token_that_is_over_is_renewed_and_a_secret_that_is_wrong_refused() -> None:
    server = FakeServer(fake_accounts.reddit)
    login = respx.post(LOGIN).respond(200, json={"access_token": "t"})
    respx.route(host=HOST).mock(side_effect=server.answer)
    reader = source()
    reader._token = "old"
    server.add(3)
    await read(reader)
    assert login.call_count == 1
    sent = login.calls.last.request
    assert sent.content == b"grant_type=client_credentials"
    assert sent.headers["authorization"] == "Basic YXBwOnNlY3JldC0x"
    login.respond(401, json={"message": "Unauthorized", "error": 401})
    with pytest.raises(SourceRefused, match="check client_id and the secret") as caught:
        await source().check()
    assert "secret-1" not in str(caught.value)


@respx.mock
async def test_named_subreddits_are_searched_alone() -> None:
    respx.post(LOGIN).respond(200, json={"access_token": "t"})
    empty = {"kind": "Listing", "data": {"children": [], "after": None}}
    route = respx.get(f"{SERVER}/r/politics+news/search").respond(200, json=empty)
    await read(source("politics", "news"))
    params = route.calls.last.request.url.params
    assert (params["restrict_sr"], params["raw_json"], params["sort"]) == ("true", "1", "new")


@respx.mock
async def test_a_post_that_was_removed_is_told_and_followed_no_more() -> None:
    server = FakeServer(fake_accounts.reddit)
    fallback = respx.route(host=HOST).mock(side_effect=server.answer)
    server.add(3)
    reader = source()
    pages = await read(reader)

    def removed(request: httpx.Request) -> httpx.Response:
        answer = server.answer(request)
        if request.url.path != "/api/info":
            return answer
        body = json.loads(answer.content)
        body["data"]["children"][0]["data"]["selftext"] = "[removed]"
        return httpx.Response(200, json=body)

    fallback.mock(side_effect=removed)
    pages = await read(reader, pages[-1].cursor)
    assert [page.deletions for page in pages if page.deletions] == [(Deletion("reddit", post_id="t3_0"),)]
    asked = len(server.seconds)
    await read(reader, pages[-1].cursor)
    assert len(server.seconds) - asked == 1


@respx.mock
async def test_when_no_request_is_left_the_next_waits_as_reddit_says() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    server = FakeServer(fake_accounts.reddit)

    def answer(request: httpx.Request) -> httpx.Response:
        answered = server.answer(request)
        answered.headers.update({"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "100", "x-ratelimit-reset": "240"})
        return answered

    respx.route(host=HOST).mock(side_effect=answer)
    server.add(3)
    await read(source(pace=Pace(0, clock=lambda: 0.0, sleep=sleep)))
    assert set(waited) == {240.0}


@respx.mock
async def test_an_answer_that_is_no_listing_is_asked_for_again() -> None:
    respx.post(LOGIN).respond(200, json={"access_token": "t"})
    respx.get(f"{SERVER}/search").respond(200, text="<html>")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await read(source())
