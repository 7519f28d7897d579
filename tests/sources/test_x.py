from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import respx

from monitor.config import Secret, XSource
from monitor.errors import PostError, SourceError, SourceRefused, SourceUnavailable
from monitor.model import Media, Page, Post
from monitor.sources.caps import Cap, Spent, in_memory
from monitor.sources.pace import Pace
from monitor.sources.reading import Within
from monitor.sources.x import X
from monitor.sources.x_answer import Found, known_of
from monitor.sources.x_post import post_from, post_within
from tests.sources import fake_accounts
from tests.sources.fake_accounts import x_id
from tests.sources.fake_server import HOST, SERVER, FakeServer

SEARCH = f"{SERVER}/2/tweets/search/recent"
POST = {
    "id": "1", "text": "RT @ana: Rivera is out, they s…", "author_id": "7", "created_at": "2026-10-01T12:00:00.000Z",
    "lang": "en", "edit_history_tweet_ids": ["1"],
}  # fmt: skip


def source(per_day: int = 1000, pace: Pace | None = None, *searches: str) -> X:
    config = XSource("x", Secret("bearer-1"), searches or ("Ana Rivera",), per_day, server=SERVER)
    return X(config, in_memory(Cap("x", "posts", per_day, usd=0.005)), pace or Pace(0))


async def read(reader: X, cursor: str | None = None) -> list[Page]:
    return [page async for page in reader.pages(cursor)]


def post(**fields: object) -> Post:
    includes = {
        "users": [{"id": "7", "name": "Ana", "username": "ana", "public_metrics": {"followers_count": 60_000}}],
        "media": [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "A ballot"}],
    }
    answer = msgspec.json.decode(json.dumps({"data": [{**POST, **fields}], "includes": includes}), type=Found)
    return post_from(answer.data[0], known_of(answer.includes))


def test_a_post_has_its_author_by_name() -> None:
    assert post() == Post(
        id="1", text="RT @ana: Rivera is out, they s…", platform="x", author="ana",
        created_at=datetime(2026, 10, 1, 12, tzinfo=UTC), url="https://x.com/ana/status/1", lang="en", followers=60_000,
    )  # fmt: skip


def test_a_long_post_is_read_whole_and_its_pictures_with_their_words() -> None:
    read = post(note_tweet={"text": "all of it"}, attachments={"media_keys": ["3_1", "3_2"]})
    assert (read.text, read.media) == ("all of it", (Media("https://pbs.example/1.jpg", "A ballot"),))


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("Rivera&#39;s out &amp; gone", "Rivera's out & gone"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("how to write &amp;eacute;", "how to write &eacute;"),
        ("R&D AT&T; nothing & more", "R&D AT&T; nothing & more"),
    ],
)
def test_the_signs_that_x_escapes_are_read_as_their_author_wrote_them(sent: str, meant: str) -> None:
    assert post(text=sent).text == meant
    assert post(note_tweet={"text": sent}).text == meant


@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
def test_in_either_vocabulary_a_post_says_what_it_passes_on(name: str) -> None:
    kinds = [{"type": "retweeted", "id": "5"}, {"type": "replied_to", "id": "6"}, {"type": "quoted", "id": "8"}]
    read = post(**{name: kinds})
    assert (read.repost_of, read.reply_to, read.quote_of) == ("5", "6", "8")
    assert read.media == (Media("https://x.com/i/status/8"),)


def test_a_link_counts_with_the_title_that_its_card_shows() -> None:
    card = {"expanded_url": "https://news.example/a", "title": "Rivera quits", "description": "It is said."}
    links = [
        {**card, "url": "https://t.co/1", "start": 0, "end": 9, "display_url": "news.example/a"},
        {"expanded_url": "https://x.com/ana/status/8"},
        {"expanded_url": "https://x.com/ana/status/1/photo/1", "media_key": "3_1"},
        {"expanded_url": "https://short.example/b", "unwound_url": "https://long.example/b"},
    ]
    quote = [{"type": "quoted", "id": "8"}]
    read = post(entities={"urls": links, "hashtags": []}, referenced_tweets=quote)
    assert read.media == (
        Media("https://x.com/i/status/8"),
        Media("https://news.example/a", "Rivera quits - It is said."),
        Media("https://long.example/b"),
    )
    long = post(note_tweet={"text": "all of it", "entities": {"urls": links[:1]}})
    assert long.media == (Media("https://news.example/a", "Rivera quits - It is said."),)


@pytest.mark.parametrize("name", ["tweets", "posts"])
def test_a_post_that_x_sends_along_is_the_parent_of_what_quotes_or_answers_it(name: str) -> None:
    quote = {**POST, "referenced_tweets": [{"type": "quoted", "id": "8"}, {"type": "replied_to", "id": "9"}]}
    includes = {name: [{**POST, "id": "8", "text": "she quit"}, {"id": "9"}]}
    answer = msgspec.json.decode(json.dumps({"data": [quote], "includes": includes}), type=Found)
    found = post_within(answer.data[0], known_of(answer.includes))
    assert isinstance(found, Within)
    assert [(parent.id, parent.text) for parent in found.parents] == [("8", "she quit")]


def test_an_author_that_the_answer_does_not_name_stays_a_number() -> None:
    read = post(author_id="9", lang="und")
    assert (read.author, read.url, read.lang, read.followers) == ("9", "https://x.com/i/status/1", None, None)


@pytest.mark.parametrize("raw", ['{"id": "1"}', '{"id": 1, "text": "x"}', "[]", '{"id": "1", "text": null}'])
def test_what_is_no_post_is_refused(raw: str) -> None:
    with pytest.raises(PostError):
        post_from(raw.encode(), known_of(Found().includes))


@pytest.fixture
def server() -> FakeServer:
    return FakeServer(fake_accounts.x)


@respx.mock
async def test_the_cap_is_never_exceeded_and_what_was_left_out_is_told(server: FakeServer) -> None:
    respx.route(host=HOST).mock(side_effect=server.answer)
    reader = source(150)
    server.add(30)
    [first] = await read(reader)
    await server.sleep(10)
    server.add(500)
    later = await read(reader, first.cursor)
    assert sum(len(page.posts) for page in later) <= 120
    assert [page.gap is not None for page in later] == [True] + [False] * (len(later) - 1)
    while reader._budget.left() >= 10:
        await server.sleep(10)
        server.add(500)
        await read(reader, later[-1].cursor)
    with pytest.raises(Spent, match=r"today's 150 posts are used up; it goes on at midnight \(UTC\)") as caught:
        await read(reader, later[-1].cursor)
    assert 0 < (caught.value.retry_after or 0) <= 86_400


@respx.mock
async def test_a_backlog_takes_half_of_what_is_left_the_newest_of_it(server: FakeServer) -> None:
    respx.route(host=HOST).mock(side_effect=server.answer)
    reader = source(1030)
    server.add(30)
    [first] = await read(reader)
    for _ in range(20):
        await server.sleep(10)
        server.add(100)
    pages = await read(reader, first.cursor)
    assert sum(len(page.posts) for page in pages) == 500
    assert pages[-1].posts[-1].id == x_id(server.items[-1])
    assert pages[0].gap == "Ana Rivera: more new posts than may be read at once; older ones were not read"


@respx.mock
async def test_an_answer_that_broke_is_not_paid_for_twice() -> None:
    respx.get(SEARCH).mock(side_effect=[httpx.Response(200, content=b'{"data": [{'), httpx.Response(503)])
    reader = source(100)
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            await read(reader)
    assert reader._budget.left() == 100


@respx.mock
@pytest.mark.parametrize("word", ["tweet.fields", "post.fields", "expansions"])
async def test_where_x_does_not_know_the_words_it_is_asked_in_the_others(word: str) -> None:
    complaint = {"errors": [{"message": f"The query parameter [{word}] is not one of ..."}], "title": "Invalid Request"}
    answer = {"data": [POST], "meta": {"result_count": 1, "newest_id": "1"}}
    route = respx.get(SEARCH).mock(side_effect=[httpx.Response(400, json=complaint), httpx.Response(200, json=answer)])
    [page] = await read(source())
    assert len(page.posts) == 1
    asked = [set(call.request.url.params) for call in route.calls]
    assert ["tweet.fields" in params for params in asked] == [True, False]
    assert ["post.fields" in params for params in asked] == [False, True]


@respx.mock
async def test_where_the_words_are_ignored_it_is_asked_in_the_others_the_next_time() -> None:
    bare = {"id": "1", "text": "x"}
    route = respx.get(SEARCH).respond(200, json={"data": [bare], "meta": {"result_count": 1, "newest_id": "1"}})
    reader = source()
    [page] = await read(reader)
    assert ("missing: created_at", 1) in page.drift
    await read(reader, page.cursor)
    assert "post.fields" in route.calls.last.request.url.params


@respx.mock
async def test_a_place_that_x_no_longer_searches_is_told_as_a_gap() -> None:
    complaint = {"errors": [{"message": "'since_id' must be a tweet id created after ..."}], "title": "Invalid Request"}
    answer = {"data": [POST], "meta": {"result_count": 1, "newest_id": "1"}}
    route = respx.get(SEARCH).mock(side_effect=[httpx.Response(400, json=complaint), httpx.Response(200, json=answer)])
    [page] = await read(source(), '{"newest": {"Ana Rivera": "0"}}')
    assert page.gap == "Ana Rivera: X searches seven days back; what is older was not read"
    assert len(page.posts) == 1
    assert "since_id" not in route.calls.last.request.url.params


@respx.mock
async def test_when_no_request_is_left_the_next_waits_for_the_reset() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    headers = {"date": "Thu, 01 Oct 2026 12:00:00 GMT", "x-rate-limit-remaining": "0", "x-rate-limit-limit": "450"}
    reset = str(int(datetime(2026, 10, 1, 12, 10, tzinfo=UTC).timestamp()))
    respx.get(SEARCH).respond(200, json={"meta": {"result_count": 0}}, headers={**headers, "x-rate-limit-reset": reset})
    await read(source(1000, Pace(0, clock=lambda: 0.0, sleep=sleep), "one", "two"))
    assert waited == [pytest.approx(600)]


@respx.mock
async def test_a_limit_is_obeyed_as_x_tells_it() -> None:
    reset = str(int(datetime(2026, 10, 1, 12, 5, tzinfo=UTC).timestamp()))
    headers = {"date": "Thu, 01 Oct 2026 12:00:00 GMT", "x-rate-limit-reset": reset, "x-rate-limit-remaining": "0"}
    respx.get(SEARCH).respond(429, json={"title": "Too Many Requests", "detail": "Too Many Requests"}, headers=headers)
    with pytest.raises(SourceUnavailable, match="Too Many Requests") as caught:
        await read(source())
    assert caught.value.retry_after == 300


@respx.mock
@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refusal_says_what_x_says_and_never_the_token(status: int) -> None:
    respx.get(SEARCH).respond(status, json={"title": "Unauthorized", "detail": "No credit", "status": status})
    with pytest.raises(SourceRefused, match="No credit") as caught:
        await read(source())
    assert "bearer-1" not in str(caught.value)


@respx.mock
async def test_an_answer_that_counts_posts_and_shows_none_is_no_silence() -> None:
    respx.get(SEARCH).respond(200, json={"tweets": [POST], "meta": {"result_count": 1, "newest_id": "1"}})
    with pytest.raises(SourceError, match=r"counts 1 posts and shows none \(unknown: tweets"):
        await read(source())
