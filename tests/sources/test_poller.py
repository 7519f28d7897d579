from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError, SourceRefused, SourceUnavailable, StoreError
from monitor.model import Page, Post
from monitor.sources.poller import AGAIN, REFUSED_MOST, UNAVAILABLE_MOST, backoff, poll

START = datetime(2026, 10, 1, tzinfo=UTC)


class FakeSource:
    """A source that serves `total` posts in pages; before each page, `trouble()` may return what goes wrong with it."""

    name = "fake"
    kind = "fake"

    def __init__(self, total: int, trouble: Callable[[], Exception | None] = lambda: None) -> None:
        self.total = total
        self.trouble = trouble
        self.every_seconds = math.inf
        self.rounds = 0

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        self.rounds += 1
        start = int(cursor or 0)
        while start < self.total:
            if (error := self.trouble()) is not None:
                raise error
            end = min(start + 40, self.total)
            yield Page(tuple(Post(id=str(number), text="") for number in range(start, end)), cursor=str(end))
            start = end

    async def check(self) -> str:
        return "fake"


class World:
    """Time that passes only while somebody sleeps, and everything that the poller did in it."""

    def __init__(self, sleeps: int = 100_000) -> None:
        self.time = START
        self.stop = asyncio.Event()
        self.slept: list[float] = []
        self.posts: list[str] = []
        self.cursor: str | None = None
        self.failures: list[tuple[SourceError, float]] = []
        self._sleeps = sleeps

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        if len(self.slept) >= self._sleeps:
            self.stop.set()

    async def accept(self, name: str, page: Page) -> None:
        self.posts.extend(post.id for post in page.posts)
        self.cursor = page.cursor

    async def failed(self, name: str, error: SourceError, retry_at: datetime) -> None:
        self.failures.append((error, (retry_at - self.time).total_seconds()))

    async def poll(self, source: FakeSource, cursor: str | None = None) -> None:
        await poll(
            source,
            cursor=cursor,
            accept=self.accept,
            failed=self.failed,
            stop=self.stop,
            now=self.now,
            sleep=self.sleep,
            rng=random.Random(1),
        )


def scripted(*outcomes: Exception | None) -> Callable[[], Exception | None]:
    left = list(outcomes)
    return lambda: left.pop(0) if left else None


async def test_every_page_is_accepted_in_order_and_a_source_that_ended_is_left() -> None:
    world = World()
    await world.poll(FakeSource(100))
    assert world.posts == [str(number) for number in range(100)]
    assert world.slept == []


async def test_it_starts_at_the_cursor() -> None:
    world = World()
    await world.poll(FakeSource(100), cursor="80")
    assert world.posts == [str(number) for number in range(80, 100)]


async def test_between_rounds_it_waits_as_long_as_the_source_says() -> None:
    world = World(sleeps=3)
    source = FakeSource(10)
    source.every_seconds = 30.0
    await world.poll(source)
    assert (world.slept, source.rounds) == ([30.0, 30.0, 30.0], 3)


async def test_ten_thousand_posts_come_without_gap_or_double_through_all_kinds_of_trouble() -> None:
    chance = random.Random(7)
    kinds: list[Callable[[], Exception]] = [
        lambda: SourceUnavailable("429", retry_after=30.0),
        lambda: SourceUnavailable("503"),
        lambda: SourceUnavailable("time-out"),
        lambda: SourceUnavailable("malformed"),
        lambda: SourceRefused("401"),
        lambda: KeyError("a bug"),
    ]
    world = World()
    await world.poll(FakeSource(10_000, lambda: chance.choice(kinds)() if chance.random() < 0.3 else None))
    assert world.posts == [str(number) for number in range(10_000)]
    assert len(world.failures) > 50


async def test_a_source_is_never_asked_earlier_than_it_said() -> None:
    world = World()
    await world.poll(FakeSource(10, scripted(SourceUnavailable("429", retry_after=290.0))))
    assert 290.0 <= world.slept[0] <= 319.0
    assert world.failures[0][1] == pytest.approx(world.slept[0])


async def test_a_page_that_came_through_starts_the_back_off_afresh() -> None:
    outage = [SourceUnavailable("down")] * 12
    world = World()
    await world.poll(FakeSource(80, scripted(*outage, None, SourceUnavailable("down"))))
    assert max(world.slept[:12]) > 100
    assert world.slept[12] <= 1.0


class HalfBroken(FakeSource):
    """Its first search answers, with `new` posts each time; its second always fails."""

    def __init__(self, new: int) -> None:
        super().__init__(0)
        self.every_seconds = 30.0
        self._new = new

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        yield Page((), cursor=str(int(cursor or 0) + self._new))
        raise SourceUnavailable("the second search is down")


async def test_a_search_that_always_fails_after_others_that_bring_nothing_new_is_asked_less_and_less() -> None:
    world = World(sleeps=30)
    await world.poll(HalfBroken(new=0), cursor="0")
    assert sum(world.slept[-10:]) > 600


async def test_what_went_well_before_a_failure_is_not_asked_for_again_at_once() -> None:
    world = World(sleeps=30)
    await world.poll(HalfBroken(new=1), cursor="0")
    assert set(world.slept) == {AGAIN}


async def test_a_stream_that_lasted_begins_the_back_off_afresh_though_it_brought_nothing() -> None:
    world = World(sleeps=30)

    class Quiet(FakeSource):
        async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
            yield Page((), cursor="0")
            world.time += timedelta(seconds=UNAVAILABLE_MOST)
            raise SourceUnavailable("the stream broke")

    await world.poll(Quiet(0), cursor="0")
    assert max(world.slept) <= 1.0


async def test_a_mistake_in_a_source_is_reported_and_survived() -> None:
    world = World()
    await world.poll(FakeSource(40, scripted(ZeroDivisionError("oops"))))
    assert "ZeroDivisionError: oops" in str(world.failures[0][0])
    assert isinstance(world.failures[0][0], SourceUnavailable)
    assert len(world.posts) == 40


async def test_a_page_that_was_not_stored_is_nobodys_but_the_stores_fault() -> None:
    class BrokenStore(World):
        async def accept(self, name: str, page: Page) -> None:
            raise StoreError("disk full")

    world = BrokenStore()
    with pytest.raises(StoreError, match="disk full"):
        await world.poll(FakeSource(40))
    assert world.failures == []


async def test_stop_ends_a_wait_at_once() -> None:
    world = World()
    waiting = asyncio.Event()

    async def endless(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    world.sleep = endless  # type: ignore[method-assign]
    source = FakeSource(10)
    source.every_seconds = 3600.0
    async with asyncio.timeout(600):
        polling = asyncio.create_task(world.poll(source))
        await waiting.wait()
        world.stop.set()
        await polling


async def test_stop_ends_a_source_that_hangs_and_lets_it_clean_up() -> None:
    world = World()
    hanging, cleaned = asyncio.Event(), asyncio.Event()

    class Hanging(FakeSource):
        async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
            try:
                hanging.set()
                await asyncio.Event().wait()
                yield Page((), cursor="1")
            finally:
                cleaned.set()

    async with asyncio.timeout(600):
        polling = asyncio.create_task(world.poll(Hanging(1)))
        await hanging.wait()
        world.stop.set()
        await polling
    assert cleaned.is_set()


async def test_stop_lets_a_page_that_is_being_stored_finish() -> None:
    world = World()
    storing, go_on = asyncio.Event(), asyncio.Event()

    async def slow(name: str, page: Page) -> None:
        storing.set()
        await go_on.wait()
        world.cursor = page.cursor

    world.accept = slow  # type: ignore[method-assign]
    async with asyncio.timeout(600):
        polling = asyncio.create_task(world.poll(FakeSource(80)))
        await storing.wait()
        world.stop.set()
        go_on.set()
        await polling
    assert world.cursor == "40"


@given(st.integers(1, 10_000), st.integers(), st.booleans())
def test_the_back_off_stays_within_its_bounds(failures: int, seed: int, refused: bool) -> None:
    error = SourceRefused("no") if refused else SourceUnavailable("not now")
    seconds = backoff(error, failures, random.Random(seed))
    assert (
        0
        <= seconds
        <= min(REFUSED_MOST if refused else UNAVAILABLE_MOST, (60 if refused else 1) * 2.0 ** min(failures, 50))
    )


@given(st.floats(0, 100_000), st.integers(1, 50))
def test_the_back_off_never_undercuts_what_the_source_asked(retry_after: float, failures: int) -> None:
    assert backoff(SourceUnavailable("429", retry_after), failures, random.Random(failures)) >= retry_after
