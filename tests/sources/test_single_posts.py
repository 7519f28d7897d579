"""What holds for every source that is asked for single posts, each against the same fake server in another dress."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx

from monitor.errors import SourceError
from monitor.model import LookedUp, Post
from monitor.sources.pace import Pace
from monitor.sources.source import Lookup, Source
from tests.sources.fake_server import FakeServer
from tests.sources.test_every_source import PLATFORMS, Platform

ASKED = ("hackernews", "lemmy 3", "lemmy 4", "4chan", "youtube", "threads", "reddit")
NO_ANSWERS = {
    "out of order": httpx.Response(500),
    "over the limit": httpx.Response(429, headers={"retry-after": "300"}),
    "no token": httpx.Response(401, json={"error": {"message": "Unauthorized", "type": "x", "code": 190}}),
    "no permission": httpx.Response(403, json={"error": {"message": "No", "code": 10, "errors": [{"reason": "x"}]}}),
    "closed": httpx.Response(400, json={"error": "instance_is_private"}),
    "not here, without words": httpx.Response(404, text="<h1>nginx</h1>"),
    "not here, or its database is away": httpx.Response(400, json={"error": "couldnt_find_post"}),
    "none, or no permission": httpx.Response(400, json={"error": {"message": "No", "code": 100, "error_subcode": 33}}),
    "a page": httpx.Response(200, text="<html>"),
    "null": httpx.Response(200, text="null"),
    "nothing": httpx.Response(200, json={}),
    "an empty list": httpx.Response(200, json=[]),
    "no items": httpx.Response(200, json={"items": []}),
    "no posts": httpx.Response(200, json={"posts": []}),
    "no children": httpx.Response(200, json={"kind": "Listing", "data": {"children": [], "after": None}}),
}


@pytest.fixture(params=ASKED)
def platform(request: pytest.FixtureRequest) -> Platform:
    return PLATFORMS[request.param]


@pytest.fixture
def server(platform: Platform) -> Iterator[FakeServer]:
    fake = FakeServer(platform.dress)
    with respx.mock:
        respx.route().mock(side_effect=fake.answer)
        yield fake


async def read(platform: Platform, server: FakeServer) -> tuple[Lookup, dict[str, Post]]:
    """A source that has read thirty posts, and what they go by there."""
    pace = Pace(platform.apart, clock=server.clock, sleep=server.sleep)
    source: Source = platform.build(pace)
    server.add(1)
    cursor = [page.cursor async for page in source.pages(None)][-1]
    await server.sleep(60)
    server.add(29)
    found = [post async for page in source.pages(cursor) for post in page.posts]
    assert isinstance(source, Lookup)
    return source, {post.alias or post.id: post for post in found if post.text.startswith("Ana Rivera, post")}


async def ask(source: Lookup, names: list[str]) -> LookedUp:
    posts: list[Post] = []
    gone: list[str] = []
    for start in range(0, len(names), source.at_once):
        answer = await source.look_up(names[start : start + source.at_once])
        posts += answer.posts
        gone += answer.gone
    return LookedUp(tuple(posts), tuple(gone))


async def test_a_post_that_stands_is_the_one_that_was_read(platform: Platform, server: FakeServer) -> None:
    source, posts = await read(platform, server)
    answer = await ask(source, list(posts)[-5:])
    assert answer.gone == ()
    assert [(post.key, post.says, post.reply_to, post.url) for post in answer.posts] == [
        (post.key, post.says, post.reply_to, post.url) for post in list(posts.values())[-5:]
    ]


async def test_a_post_that_was_deleted_is_gone_also_when_it_is_asked_for_alone(
    platform: Platform, server: FakeServer
) -> None:
    source, posts = await read(platform, server)
    names = [name for name, post in posts.items() if post.text.endswith(("post 13", "post 14", "post 15"))]
    server.taken = {13, 14}
    assert len(names) == 3
    assert (await ask(source, names)).gone == tuple(name for name in names if not posts[name].text.endswith("15"))
    server.taken = {15}
    await server.sleep(120)
    source, posts = await read(platform, server) if source.kind == "4chan" else (source, posts)
    assert (await ask(source, names[2:])).gone == tuple(names[2:])


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_no_refusal_and_no_empty_answer_is_a_deletion(
    platform: Platform, server: FakeServer, answer: httpx.Response
) -> None:
    source, posts = await read(platform, server)
    if source.kind == "threads":
        await source.look_up(list(posts)[:1])  # by now it knows whose token it has
    server.dress = lambda *_: httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    for name in list(posts)[-2:]:
        try:
            said = await source.look_up([name])
        except SourceError:
            continue
        assert said == LookedUp()
