"""What people are told of blind sources, through the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.blind_watch import BlindWatch
from monitor.model import Mention, Notice, NoticeKind, NotificationKind, Page, Post, Receipt
from monitor.store import outbox, posts, sources
from monitor.store.db import Store

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def at(self, minutes: float) -> datetime:
        self.now = NOW + minutes * MINUTE
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watch(store: Store, clock: Clock, *names: str) -> BlindWatch:
    return BlindWatch(store, names or ("sky", "feed"), lambda: None, clock)


def fail(store: Store, at: datetime, source: str = "sky", error: str = "timed out") -> None:
    sources.save_failure(store, source, "bluesky", f"{source}: {error}", at, at)


def bring(store: Store, at: datetime, *written: datetime, source: str = "sky", page: Page | None = None) -> None:
    found = [Post(f"{source}-{moment}", "Ana Rivera is out", created_at=moment) for moment in written]
    page = page or Page(tuple(found), "c")
    posts.save_page(store, source, "bluesky", page, [(post, Mention(("rivera",))) for post in page.posts], at)


def told(store: Store, now: datetime) -> list[Notice]:
    found = []
    for delivery in outbox.claim_due(store, now, 100, (NotificationKind.NOTICE,)):
        outbox.mark_sent(store, delivery.notification.delivery_id, Receipt("C1", "1.0"))
        notice = delivery.notification.notice
        assert notice is not None
        assert notice.kind is NoticeKind.SERVICE
        found.append(notice)
    return found


def test_people_are_told_that_a_source_is_blind_and_that_it_is_back(store: Store, clock: Clock) -> None:
    watching = watch(store, clock)
    bring(store, clock.at(1), source="feed")
    for minute in (10, 11, 12):
        fail(store, clock.at(minute))
        watching.look()
    [blind] = told(store, clock.now)
    assert blind.title == "sky is blind"
    assert blind.lines[0] == "sky, since 03:10 UTC (60 s): timed out."
    assert blind.lines[1].endswith("Still seen: feed.")
    assert "monitor doctor" in blind.lines[2]
    bring(store, clock.at(52), NOW + 9 * MINUTE, NOW + 15 * MINUTE, NOW + 50 * MINUTE)
    watching.look()
    assert told(store, clock.now) == []
    clock.at(53)
    watching.look()
    [back] = told(store, clock.now)
    assert back.title == "sky is back"
    read = "2 posts from that time that name a candidate or the vote were read since."
    assert back.lines == (f"sky was blind for 42 min (03:10-03:52 UTC). {read}",)
    assert watching.look() == 0


def test_sources_that_go_together_are_told_together(store: Store, clock: Clock) -> None:
    watching = watch(store, clock)
    for minute in (1, 3):
        fail(store, clock.at(minute))
        fail(store, clock.now, "feed", "503")
    assert watching.look() == 1
    [notice] = told(store, clock.now)
    assert notice.title == "feed, sky are blind"
    assert [line.split(",")[0] for line in notice.lines[:2]] == ["feed", "sky"]
    assert notice.lines[2].startswith("What it means: monitor sees nothing now.")


def test_a_restart_repeats_nothing_and_tells_what_came_back_meanwhile(store: Store, clock: Clock) -> None:
    fail(store, clock.at(0))
    fail(store, clock.at(0))
    before = watch(store, clock)
    for minute in (1, 5):
        fail(store, clock.at(minute))
        before.look()
    assert [notice.title for notice in told(store, clock.now)] == ["sky is blind"]
    clock.at(30)
    after = watch(store, clock)
    assert after.look() == 0, "nothing is known of it yet"
    fail(store, clock.at(31))
    assert after.look() == 0
    bring(store, clock.at(40))
    after.look()
    clock.at(42)
    after.look()
    [back] = told(store, clock.now)
    assert back.lines[0].startswith("sky was blind for 40 min (03:00-03:40 UTC). No post from that time")


def test_a_service_that_dies_between_its_words_and_its_memory_has_neither(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = watch(store, clock)
    for minute in (1, 4):
        fail(store, clock.at(minute))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("monitor.store.enqueue.enqueue", die)
        with pytest.raises(KeyboardInterrupt):
            watching.look()
    assert told(store, clock.now) == []
    assert watching.look() == 1


def steady(store: Store, clock: Clock) -> None:
    """A day and an hour in which each quarter of an hour brought a post."""
    for quarter in range(-100, 1):
        bring(store, clock.at(quarter * 15), clock.now)


def test_a_steady_source_that_brings_nothing_is_told_and_its_first_post_too(store: Store, clock: Clock) -> None:
    clock.at(-2000)
    watching = watch(store, clock)
    steady(store, clock)
    for minute in (20, 40, 44):
        bring(store, clock.at(minute))
        assert watching.look() == 0
    bring(store, clock.at(46))
    watching.look()
    [blind] = told(store, clock.now)
    assert blind.lines[0].startswith("sky, since 03:00 UTC (46 min): it answers, and brings nothing; ")
    fail(store, clock.at(50))
    bring(store, clock.at(60))
    clock.at(70)
    assert watching.look() == 0
    bring(store, clock.at(80), NOW + 30 * MINUTE)
    watching.look()
    clock.at(82)
    watching.look()
    [back] = told(store, clock.now)
    assert "80 min (03:00-04:20 UTC). 1 post from that time" in back.lines[0]


def test_a_night_without_the_service_is_no_silence_of_its_sources(store: Store, clock: Clock) -> None:
    steady(store, clock)
    clock.at(600)
    watching = watch(store, clock)
    bring(store, clock.at(601))
    assert watching.look() == 0
    bring(store, clock.at(644))
    assert watching.look() == 0
    bring(store, clock.at(646))
    assert watching.look() == 1


def drifting(number: int, *, there: bool = False) -> Page:
    found = tuple(Post(f"{number}-{n}", "hello", url=f"https://a.example/{number}-{n}") for n in range(4))
    drift = () if there else (("missing: author.handle", 4), ("unknown: author.name", 4))
    return Page(found, "c", drift=drift)


def test_a_field_that_goes_away_is_told_with_an_example_and_told_when_it_is_there_again(
    store: Store, clock: Clock
) -> None:
    watching = watch(store, clock)
    bring(store, clock.at(5), page=drifting(1, there=True))
    assert watching.look() == 0
    for minute in (10, 20):
        bring(store, clock.at(minute), page=drifting(minute))
        watching.look()
    [changed] = told(store, clock.now)
    assert changed.title == "sky sends posts in another shape"
    assert changed.lines[0] == (
        "sky, since 03:10 UTC (0 s): its posts lack author.handle (in 4 of 4); new and unknown: author.name; "
        "for example https://a.example/10-0."
    )
    for minute in (30, 81, 83):
        bring(store, clock.at(minute), page=drifting(minute, there=True))
        watching.look()
    [back] = told(store, clock.now)
    assert back.lines == ("sky: its posts are as they were again, after 71 min (03:10-04:21 UTC).",)


async def test_it_looks_until_it_is_stopped_and_wakes_the_outbox(store: Store, clock: Clock) -> None:
    stop, woken, looks = asyncio.Event(), [], []

    async def wait(_: Sequence[asyncio.Event], __: float | None) -> None:
        looks.append(clock.now)
        fail(store, clock.at(2 * len(looks)))
        if len(looks) == 4:
            stop.set()

    await BlindWatch(store, ["sky"], lambda: woken.append(clock.now), clock, wait).run(stop)
    assert len(looks) == 4
    assert woken == [NOW + 4 * MINUTE]
