"""No posts are not silence where a platform is known to answer so when it refuses."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import respx

from monitor.config import GdeltSource, HackerNewsSource, MastodonSource, Secret, ThreadsSource
from monitor.model import Page
from monitor.sources.gdelt import Gdelt
from monitor.sources.hackernews import HackerNews
from monitor.sources.mastodon import Mastodon
from monitor.sources.pace import Pace
from monitor.sources.source import Source
from monitor.sources.threads import Threads
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import HOST, SERVER, Dress, FakeServer

WORDS = ("Ana Rivera",)
SUSPECTS: dict[str, tuple[Dress, Callable[[], Source], str]] = {
    "mastodon": (
        fake_server.mastodon,
        lambda: Mastodon(MastodonSource("a", SERVER, ("rivera",)), Pace(0)),
        "own users only",
    ),
    "threads": (
        fake_accounts.threads,
        lambda: Threads(ThreadsSource("a", Secret("k"), WORDS, SERVER), Pace(0)),
        "has not approved the app",
    ),
    "gdelt": (fake_server.gdelt, lambda: Gdelt(GdeltSource("a", WORDS, SERVER), Pace(0)), "does not understand"),
}


async def read(source: Source, cursor: str | None = None) -> list[Page]:
    return [page async for page in source.pages(cursor)]


@pytest.mark.parametrize("name", SUSPECTS)
@respx.mock
async def test_an_answer_without_posts_is_marked_and_one_with_only_known_ones_is_not(name: str) -> None:
    dress, build, why = SUSPECTS[name]
    server = FakeServer(dress)
    respx.route(host=HOST).mock(side_effect=server.answer)
    [empty] = await read(build())
    assert why in (empty.suspicious or "")
    server.add(5)
    [some] = await read(build(), empty.cursor)
    assert (len(some.posts), some.suspicious) == (5, None)
    [nothing_new] = await read(build(), some.cursor)
    assert (nothing_new.posts, nothing_new.suspicious) == ((), None)
    server.items.clear()
    [gone] = await read(build(), some.cursor)
    assert why in (gone.suspicious or ""), "it has shown posts before"


@respx.mock
async def test_a_platform_that_says_when_it_refuses_is_believed() -> None:
    respx.route(host=HOST).mock(return_value=httpx.Response(200, json={"hits": []}))
    [page] = await read(HackerNews(HackerNewsSource("a", WORDS, SERVER), Pace(0)))
    assert page.suspicious is None


@respx.mock
async def test_the_check_says_what_an_empty_answer_may_mean() -> None:
    respx.route(host=HOST).mock(return_value=httpx.Response(200, json={"data": []}))
    said = await Threads(ThreadsSource("a", Secret("k"), WORDS, SERVER), Pace(0)).check()
    assert said.startswith("no posts for Ana Rivera; Threads also answers with nothing where")
