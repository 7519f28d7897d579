from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest
import respx

from monitor.config import Secret, YouTubeSource
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import LookedUp, Media, Page
from monitor.sources.caps import Budget, Cap, in_memory
from monitor.sources.pace import Pace
from monitor.sources.youtube import YouTube
from monitor.sources.youtube_item import comment_from, comments_in, video_from
from tests.sources import fake_accounts
from tests.sources.fake_server import HOST, SERVER, FakeServer
from tests.sources.test_every_source import numbers

API = f"{SERVER}/youtube/v3"


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


@dataclass
class Bench:
    """A source with a clock and two small budgets."""

    searches: Budget = field(default_factory=lambda: in_memory(Cap("youtube", "searches", 4)))
    units: Budget = field(default_factory=lambda: in_memory(Cap("youtube", "units", 1000)))
    now: float = 0.0
    server: FakeServer = field(default_factory=lambda: FakeServer(fake_accounts.youtube))

    def source(self, per_day: int = 4) -> YouTube:
        config = YouTubeSource("youtube", Secret("key-1"), ("Ana Rivera",), per_day, 1000, SERVER)
        return YouTube(config, self.searches, self.units, Pace(0), lambda: self.now)

    async def read(self, cursor: str | None = None) -> list[Page]:
        return [page async for page in self.source().pages(cursor)]


def test_a_video_is_its_title_and_description_as_people_read_them() -> None:
    snippet = {"title": "Rivera &amp; the vote", "description": "She&#39;s out", "channelTitle": "A&amp;B"}
    post = video_from(raw({"id": {"videoId": "abc"}, "snippet": snippet}))
    assert (post.text, post.author) == ("Rivera & the vote\nShe's out", "A&B")
    assert post.url == "https://www.youtube.com/watch?v=abc"
    assert post.media == ()


def test_a_video_shows_its_picture() -> None:
    pictures = {"default": {"url": "https://i.example/1.jpg"}, "high": {"url": "https://i.example/2.jpg", "width": 480}}
    assert video_from(raw({"id": {"videoId": "abc"}, "snippet": {"thumbnails": pictures}})).media == (
        Media("https://i.example/2.jpg"),
    )


def test_an_answer_names_the_comment_that_it_answers() -> None:
    top = {"id": "c1", "snippet": {"textDisplay": "She is out", "authorDisplayName": "@a"}}
    reply = {"id": "c1.r1", "snippet": {"textDisplay": "No", "parentId": "c1"}}
    thread = {"id": "c1", "snippet": {"topLevelComment": top}, "replies": {"comments": [reply]}}
    first, second = (comment_from(comment, "abc") for _, comment in comments_in(raw(thread)))
    assert (first.reply_to, second.reply_to) == ("abc", "abc/c1")
    assert second.url == "https://www.youtube.com/watch?v=abc&lc=c1.r1"


@respx.mock
async def test_searches_are_spread_over_the_day_and_comments_read_in_between() -> None:
    bench = Bench()
    respx.route(host=HOST).mock(side_effect=bench.server.answer)
    cursor = None
    received: list[int] = []
    for _ in range(288):
        bench.server.add(1)
        pages = await bench.read(cursor)
        received += [number for page in pages for number in numbers(page)]
        cursor = pages[-1].cursor
        bench.now += 300
    asked = [call.request.url.path.rsplit("/", 1)[-1] for call in respx.calls]
    assert asked.count("search") == 4, "every six hours"
    assert bench.units.left() == 1000 - (len(asked) - 4)
    # A video that no search has found yet has comments that nobody reads.
    assert received == sorted(set(received))
    assert len(received) > 200


@respx.mock
async def test_when_the_searches_are_used_up_comments_go_on_and_no_video_is_lost() -> None:
    bench = Bench(searches=in_memory(Cap("youtube", "searches", 1)))
    respx.route(host=HOST).mock(side_effect=bench.server.answer)
    bench.server.add(5)
    cursor = (await bench.read())[-1].cursor
    bench.server.add(25)
    bench.now += 86_400
    pages = await bench.read(cursor)
    assert [number for page in pages for number in numbers(page)] == [5, 6, 7, 8, 9]
    bench.searches = in_memory(Cap("youtube", "searches", 1))
    pages = await bench.read(pages[-1].cursor)
    assert [number for page in pages for number in numbers(page)] == list(range(10, 30))


@respx.mock
async def test_when_the_units_are_used_up_it_waits_for_midnight_in_california() -> None:
    bench = Bench(units=in_memory(Cap("youtube", "units", 1, "America/Los_Angeles")))
    respx.route(host=HOST).mock(side_effect=bench.server.answer)
    bench.server.add(5)
    with pytest.raises(SourceUnavailable, match="units are used up") as caught:
        await bench.read()
    assert 0 < (caught.value.retry_after or 0) <= 25 * 3600


@respx.mock
async def test_a_quota_that_others_used_up_is_not_asked_again_before_midnight() -> None:
    error = {"code": 403, "message": "The request cannot be completed", "errors": [{"reason": "quotaExceeded"}]}
    respx.get(f"{API}/search").respond(403, json={"error": error})
    with pytest.raises(SourceUnavailable, match="quotaExceeded") as caught:
        await Bench().read()
    assert (caught.value.retry_after or 0) > 0


@respx.mock
async def test_a_wrong_key_is_a_refusal_and_not_repeated() -> None:
    error = {"code": 400, "message": "API key not valid.", "errors": [{"reason": "badRequest"}]}
    route = respx.get(f"{API}/search").respond(400, json={"error": error})
    with pytest.raises(SourceRefused, match="API key not valid") as caught:
        await Bench().read()
    assert "key-1" not in str(caught.value)
    assert "key-1" not in str(route.calls.last.request.url), "addresses are logged"


@respx.mock
async def test_comments_that_are_switched_off_are_asked_for_once() -> None:
    bench = Bench()
    bench.server.add(5)
    error = {"code": 403, "message": "disabled", "errors": [{"reason": "commentsDisabled"}]}
    off = respx.get(f"{API}/commentThreads").respond(403, json={"error": error})
    respx.route(host=HOST).mock(side_effect=bench.server.answer)
    pages = await bench.read()
    await bench.read(pages[-1].cursor)
    assert off.call_count == 1


@respx.mock
async def test_a_video_that_is_gone_is_told_and_an_answer_without_any_says_nothing() -> None:
    bench = Bench()
    bench.server.add(15)
    looks = respx.get(f"{API}/videos").mock(
        side_effect=[counts(v0=5, v10=5), httpx.Response(200, json={"items": []}), counts(v10=5)]
    )
    respx.route(host=HOST).mock(side_effect=bench.server.answer)
    pages = await bench.read()
    assert await deleted(bench, pages[-1].cursor) == []
    assert await deleted(bench, pages[-1].cursor) == ["v0"]
    assert looks.call_count == 3


async def deleted(bench: Bench, cursor: str) -> list[str | None]:
    return [deletion.post_id for page in await bench.read(cursor) for deletion in page.deletions]


def counts(**videos: int) -> httpx.Response:
    items = [{"id": video, "statistics": {"commentCount": str(count)}} for video, count in videos.items()]
    return httpx.Response(200, json={"items": items})


@respx.mock
async def test_comments_are_asked_for_fifty_at_a_time_and_cost_one_unit() -> None:
    bench = Bench()
    answer = {"items": [{"id": "Ug1", "snippet": {"textDisplay": "Not out", "parentId": "Ug0"}}]}
    route = respx.get(f"{API}/comments").respond(200, json=answer)
    source = bench.source()
    found = await source.look_up(["dQw4w9WgXcQ/Ug1", "dQw4w9WgXcQ/Ug2"])
    assert [(post.id, post.text, post.reply_to) for post in found.posts] == [("Ug1", "Not out", "dQw4w9WgXcQ/Ug0")]
    assert found.posts[0].url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ug1"
    assert found.gone == ("dQw4w9WgXcQ/Ug2",)
    assert (route.calls.last.request.url.params["id"], bench.units.left()) == ("Ug1,Ug2", 999)
    names = ("dQw4w9WgXcQ", "dQw4w9WgXcQ/Ug1.x-y_", "Ug1", "a video/Ug1")
    assert [source.knows(name) for name in names] == [True, True, False, False]


@respx.mock
async def test_the_last_tenth_of_a_day_is_for_what_is_new() -> None:
    bench = Bench(units=in_memory(Cap("youtube", "units", 10)))
    route = respx.get(f"{API}/videos").respond(200, json={"items": [{"id": "dQw4w9WgXcQ"}]})
    source = bench.source()
    for _ in range(9):
        assert await source.look_up(["dQw4w9WgXcQ"]) == LookedUp()
    with pytest.raises(SourceUnavailable, match="too little is left of today's 10 units"):
        await source.look_up(["dQw4w9WgXcQ"])
    assert route.call_count == 9
