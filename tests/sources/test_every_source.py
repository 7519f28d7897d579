"""What holds for every source that asks over HTTP, each against the same fake server in another dress."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import respx

from monitor.config import (
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    LemmySource,
    MastodonSource,
    RedditSource,
    RssSource,
    Secret,
    ThreadsSource,
    XSource,
    YouTubeSource,
)
from monitor.errors import SourceError
from monitor.model import Page
from monitor.sources import fourchan, gdelt, hackernews, lemmy, mastodon, reddit, threads, x, youtube
from monitor.sources.caps import Budget, Cap, in_memory
from monitor.sources.fourchan import Fourchan
from monitor.sources.gdelt import Gdelt
from monitor.sources.googlenews import GoogleNews
from monitor.sources.hackernews import HackerNews
from monitor.sources.lemmy import Lemmy
from monitor.sources.mastodon import Mastodon
from monitor.sources.pace import Pace
from monitor.sources.poller import poll
from monitor.sources.reddit import Reddit
from monitor.sources.rss import Feed
from monitor.sources.source import Source
from monitor.sources.threads import Threads
from monitor.sources.x import X
from monitor.sources.youtube import YouTube
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import HOST, SERVER, Dress, FakeServer, moods

WORDS = ("Ana Rivera",)
KEY = Secret("a key")


def plenty(of: str) -> Budget:
    return in_memory(Cap("a", of, 10**9))


@dataclass(frozen=True)
class Platform:
    """`apart`: seconds that two requests must be apart. `starts_new`: what was there before us is left unread."""

    dress: Dress
    build: Callable[[Pace], Source]
    apart: float = 0.0
    starts_new: bool = False


PLATFORMS = {
    "mastodon": Platform(
        fake_server.mastodon, lambda pace: Mastodon(MastodonSource("a", SERVER, ("rivera",)), pace),
        mastodon.SECONDS_BETWEEN,
    ),
    "rss": Platform(fake_server.feed, lambda _: Feed(RssSource("a", f"{SERVER}/feed"))),
    "googlenews": Platform(fake_server.feed, lambda _: GoogleNews(GoogleNewsSource("a", WORDS, server=SERVER))),
    "hackernews": Platform(
        fake_server.hackernews, lambda pace: HackerNews(HackerNewsSource("a", WORDS, SERVER), pace),
        hackernews.SECONDS_BETWEEN,
    ),
    "lemmy 3": Platform(
        fake_server.lemmy_3, lambda pace: Lemmy(LemmySource("a", SERVER, WORDS), pace), lemmy.SECONDS_BETWEEN
    ),
    "lemmy 4": Platform(
        fake_server.lemmy_4, lambda pace: Lemmy(LemmySource("a", SERVER, WORDS), pace), lemmy.SECONDS_BETWEEN
    ),
    "gdelt": Platform(
        fake_server.gdelt, lambda pace: Gdelt(GdeltSource("a", WORDS, SERVER), pace), gdelt.SECONDS_BETWEEN
    ),
    "4chan": Platform(
        fake_server.fourchan, lambda pace: Fourchan(FourchanSource("a", ("news",), SERVER), pace),
        fourchan.SECONDS_BETWEEN, starts_new=True,
    ),
    "x": Platform(
        fake_accounts.x, lambda pace: X(XSource("a", KEY, WORDS, 10**6, server=SERVER), plenty("posts"), pace),
        x.SECONDS_BETWEEN,
    ),
    "reddit": Platform(
        fake_accounts.reddit,
        lambda pace: Reddit(RedditSource("a", "app", KEY, WORDS, server=SERVER), pace, SERVER),
        reddit.SECONDS_BETWEEN,
    ),
    "youtube": Platform(
        fake_accounts.youtube,
        lambda pace: YouTube(
            YouTubeSource("a", KEY, WORDS, 10**6, 10**6, SERVER), plenty("searches"), plenty("units"), pace, pace._clock
        ),
        youtube.SECONDS_BETWEEN,
    ),
    "threads": Platform(
        fake_accounts.threads, lambda pace: Threads(ThreadsSource("a", KEY, WORDS, SERVER), pace),
        threads.SECONDS_BETWEEN,
    ),
}  # fmt: skip


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Platform:
    return PLATFORMS[request.param]


@pytest.fixture
def server(platform: Platform) -> Iterator[FakeServer]:
    fake = FakeServer(platform.dress)
    with respx.mock:
        respx.route(host=HOST).mock(side_effect=fake.answer)
        yield fake


def source(platform: Platform, server: FakeServer) -> Source:
    """The source with its real pace, on the server's clock."""
    return platform.build(Pace(platform.apart, clock=server.clock, sleep=server.sleep))


def numbers(page: Page) -> list[int]:
    found = [re.search(r"post (\d+)$", post.text) for post in page.posts]
    return [int(match[1]) for match in found if match]


async def read(reader: Source, cursor: str | None = None) -> tuple[list[int], str]:
    received: list[int] = []
    async for page in reader.pages(cursor):
        received += numbers(page)
        cursor = page.cursor
    assert cursor is not None
    return received, cursor


async def busy(server: FakeServer, count: int) -> None:
    """So many posts, ten a second."""
    for _ in range(count // 10):
        await server.sleep(1)
        server.add(10)


async def run(
    platform: Platform, server: FakeServer, posts: int, chance: random.Random
) -> tuple[list[int], list[SourceError]]:
    """The poller with a source, until the server has had so many posts and all of them should have come."""
    reader = source(platform, server)
    received: list[int] = []
    failures: list[SourceError] = []
    stop = asyncio.Event()
    quiet_rounds = 0

    async def accept(name: str, page: Page) -> None:
        received.extend(numbers(page))

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        failures.append(error)

    async def sleep(seconds: float) -> None:
        nonlocal quiet_rounds
        await server.sleep(seconds)
        if seconds != reader.every_seconds:
            return
        quiet_rounds = quiet_rounds + 1 if len(server.items) == posts else 0
        # A feed that was cut short is read in full at its next chance.
        if quiet_rounds == 5:
            stop.set()
        for _ in range(5):  # not all in one second
            server.add(min(chance.randrange(60), posts - len(server.items)))
            await server.sleep(1)

    async with asyncio.timeout(600):
        await poll(
            reader, cursor=None, accept=accept, failed=failed, stop=stop,
            now=lambda: datetime(2026, 10, 1, tzinfo=UTC), sleep=sleep, rng=chance,
        )  # fmt: skip
    return received, failures


@pytest.mark.parametrize(("posts", "skew"), [(10_000, 0), (2000, -7200), (2000, 7200)])
async def test_ten_thousand_posts_come_without_gap_or_double_on_bad_days(
    platform: Platform, server: FakeServer, posts: int, skew: int
) -> None:
    chance = random.Random(posts)
    server.skew = skew
    server.add(30)
    bad = moods(chance)
    server.mood = lambda: next(bad)
    received, failures = await run(platform, server, posts, chance)
    assert sorted(received) == list(range(30 if platform.starts_new else 0, posts))
    assert len(failures) >= posts // 2000
    assert server.early == 0, "a 429 said how long to wait"


async def test_requests_are_as_far_apart_as_the_platform_asks(platform: Platform, server: FakeServer) -> None:
    server.add(30)
    reader = source(platform, server)
    _, cursor = await read(reader)
    await busy(server, 700)
    await read(reader, cursor)
    assert all(later - earlier >= platform.apart - 1e-6 for earlier, later in pairwise(server.seconds))


async def test_any_page_can_be_the_last_before_a_crash(platform: Platform, server: FakeServer) -> None:
    server.add(30)
    _, start = await read(source(platform, server))
    await busy(server, 270)
    pages = [page async for page in source(platform, server).pages(start)]
    for index, page in enumerate(pages):
        before = [number for earlier in pages[: index + 1] for number in numbers(earlier)]
        after, _ = await read(source(platform, server), page.cursor)
        assert sorted(before + after) == list(range(30, 300))


async def test_the_same_cursor_brings_the_same_posts_again(platform: Platform, server: FakeServer) -> None:
    server.add(30)
    _, start = await read(source(platform, server))
    await busy(server, 150)
    once, _ = await read(source(platform, server), start)
    again, _ = await read(source(platform, server), start)
    assert once == again


async def test_nothing_new_is_said_with_an_empty_page(platform: Platform, server: FakeServer) -> None:
    server.add(30)
    _, cursor = await read(source(platform, server))
    pages = [page async for page in source(platform, server).pages(cursor)]
    assert pages
    assert all(page.posts == () for page in pages)


async def test_the_check_says_what_came_back(platform: Platform, server: FakeServer) -> None:
    server.add(30)
    said = await source(platform, server).check()
    assert re.search(r"\b(30|15|10|3) (posts|entries|videos)|\b1 thread", said)
    assert re.search(r"the newest \d+ \w+ old|dated in the future", said)


@pytest.mark.parametrize("mood", fake_server.MOODS)
async def test_the_check_fails_as_polling_would(platform: Platform, server: FakeServer, mood: str) -> None:
    server.add(30)
    server.mood = lambda: mood
    if (platform.dress, mood) == (fake_server.feed, "cut short"):
        assert "entries" in await source(platform, server).check()  # the entries before the cut are read
        return
    with pytest.raises(SourceError):
        await source(platform, server).check()


def test_each_source_file_is_under_two_hundred_lines() -> None:
    folder = Path(__file__).parents[2] / "monitor" / "sources"
    assert [path.name for path in folder.glob("*.py") if len(path.read_text("utf-8").splitlines()) >= 200] == []
