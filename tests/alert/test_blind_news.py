from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.blind_news import APART, SETTLED, Decided, blind_news, step, what_is_blind
from monitor.model import Blind, BlindKind, Drifted, News, NewsKind, Rhythm, SourceHealth, Told, Watched

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
STEADY = Rhythm(15 * MINUTE, 96)
RARE = Rhythm(9 * HOUR, 5)


def watched(
    *,
    health: SourceHealth | None = None,
    quiet: timedelta = MINUTE,
    day: Rhythm = STEADY,
    week: Rhythm = STEADY,
    drift: tuple[Drifted, ...] = (),
) -> Watched:
    fine = SourceHealth("sky", "bluesky", last_page_at=NOW, last_post_at=NOW - quiet)
    return Watched(health or fine, NOW - quiet, day, week, drift)


def failing(count: int, lasted: timedelta) -> Watched:
    return watched(
        health=SourceHealth("sky", "bluesky", error="timed out", error_since=NOW - lasted, error_count=count)
    )


def kinds(of: Watched) -> list[BlindKind]:
    return [one.kind for one in what_is_blind(of, NOW)]


@pytest.mark.parametrize(
    ("count", "lasted", "is_blind"),
    [
        (1, MINUTE, False),
        (2, 30 * SECOND, False),
        (2, MINUTE, True),
        (1, 2 * MINUTE, True),
        (9, HOUR, True),
    ],
)
def test_a_source_that_fails_again_or_for_two_minutes_is_blind(count: int, lasted: timedelta, is_blind: bool) -> None:
    assert kinds(failing(count, lasted)) == ([BlindKind.FAILING] if is_blind else [])


def test_a_source_that_is_told_to_wait_for_long_is_blind_after_its_one_request() -> None:
    limited = failing(1, 3 * MINUTE)
    [blind] = what_is_blind(replace(limited, health=replace(limited.health, retry_at=NOW + HOUR)), NOW)
    assert (blind.kind, blind.why, blind.since) == (BlindKind.FAILING, "timed out", NOW - 3 * MINUTE)


@pytest.mark.parametrize(
    ("quiet", "day", "is_blind"),
    [
        (44 * MINUTE, STEADY, False),
        (45 * MINUTE, STEADY, True),
        (2 * HOUR, Rhythm(HOUR, 40), False),
        (3 * HOUR, Rhythm(HOUR, 40), True),
        (20 * HOUR, Rhythm(61 * MINUTE, 40), False),
        (20 * HOUR, RARE, False),
    ],
)
def test_a_steady_source_that_brings_nothing_for_three_times_its_longest_silence_is_blind(
    quiet: timedelta, day: Rhythm, is_blind: bool
) -> None:
    assert kinds(watched(quiet=quiet, day=day)) == ([BlindKind.SILENT] if is_blind else [])


def test_nothing_from_a_platform_that_refuses_like_that_counts_sooner() -> None:
    quiet = watched(quiet=7 * HOUR, day=RARE, week=Rhythm(2 * HOUR, 30))
    assert kinds(quiet) == []
    suspected = replace(quiet, health=replace(quiet.health, suspicious="it answers so when it refuses"))
    [blind] = what_is_blind(suspected, NOW)
    assert (blind.kind, blind.why) == (BlindKind.SILENT, "it answers so when it refuses")
    assert kinds(replace(suspected, last_week=Rhythm(3 * HOUR, 30))) == [], "it was silent for so long before"
    assert kinds(replace(suspected, last_week=Rhythm(2 * HOUR, 7))) == [], "it hardly ever brought anything"


def lacking(posts: int, of_posts: int, *, wide: bool = False, name: str = "missing: author.handle") -> Drifted:
    return Drifted("sky", name, NOW - HOUR, NOW - MINUTE, posts, of_posts, wide, "at://post")


@pytest.mark.parametrize(
    ("drifted", "is_blind"),
    [
        (lacking(2, 3, wide=True), True),
        (lacking(19, 100), False),
        (lacking(20, 100), True),
        (lacking(20, 3000), False),
        (lacking(90, 100, wide=True, name="unknown: author.name"), False),
    ],
)
def test_a_field_that_is_missing_often_is_a_change_of_shape(drifted: Drifted, is_blind: bool) -> None:
    assert kinds(watched(drift=(drifted,))) == ([BlindKind.CHANGED] if is_blind else [])


def test_a_change_names_what_is_missing_what_is_new_and_an_example() -> None:
    [blind] = what_is_blind(watched(drift=(lacking(9, 9, wide=True), lacking(9, 9, name="unknown: author.name"))), NOW)
    assert blind.why == (
        "its posts lack author.handle (in 9 of 9); new and unknown: author.name; for example at://post"
    )


def test_a_field_that_is_there_again_for_an_hour_is_no_change() -> None:
    old = replace(lacking(90, 100, wide=True), last_seen=NOW - HOUR - 2 * MINUTE)
    assert kinds(watched(drift=(old,))) == []


def look(of: Watched | None, told: tuple[Told, ...], now: datetime) -> Decided:
    return blind_news([of] if of else [], told, ["sky"], now)


def test_a_source_is_told_once_and_told_back_once_it_has_settled() -> None:
    first = look(failing(3, 5 * MINUTE), (), NOW)
    assert [(news.kind, news.since) for news in first.news] == [(NewsKind.BLIND, NOW - 5 * MINUTE)]
    assert look(failing(4, 5 * MINUTE), first.told, NOW + SECOND).news == ()
    over = look(watched(), first.told, NOW + MINUTE)
    assert over.news == ()
    back = look(watched(), over.told, NOW + MINUTE + SETTLED)
    assert back.news == (News(NewsKind.BACK, "sky", BlindKind.FAILING, NOW - 5 * MINUTE, NOW + MINUTE),)
    assert look(watched(), back.told, NOW + 3 * MINUTE).news == ()


def test_of_a_source_of_which_nothing_is_known_yet_nothing_is_told() -> None:
    told = look(failing(3, HOUR), (), NOW).told
    assert look(None, told, NOW + HOUR) == Decided((), told)


def test_a_source_that_the_config_no_longer_has_is_forgotten() -> None:
    told = look(failing(3, HOUR), (), NOW).told
    assert blind_news([], told, ["feed"], NOW) == Decided((), ())


def test_a_silence_ends_with_a_post_not_with_an_error_or_a_restart() -> None:
    told = look(watched(quiet=HOUR), (), NOW).told
    assert [one.kind for one in told] == [BlindKind.SILENT]
    for looks_fine in (failing(1, SECOND), replace(watched(quiet=HOUR), quiet_since=NOW)):
        health = replace(looks_fine.health, last_post_at=NOW - HOUR)
        assert look(replace(looks_fine, health=health), told, NOW).told == told
    assert look(watched(quiet=SECOND), told, NOW).told[0].over_since == NOW


BLIND = Blind("sky", BlindKind.FAILING, NOW, "timed out")


def test_a_source_that_comes_and_goes_is_told_in_one_sum() -> None:
    told: Told | None = Told("sky", BlindKind.FAILING, NOW, NOW, back_at=NOW + 5 * MINUTE)
    for minute in (10, 20, 30):
        for blind, at in ((replace(BLIND, since=NOW + minute * MINUTE), minute), (None, minute + 4)):
            news, told = step(told, blind, NOW + at * MINUTE)
            assert news is None
    news, told = step(told, None, NOW + HOUR)
    assert news == News(
        NewsKind.FLAPPING, "sky", BlindKind.FAILING, NOW + 5 * MINUTE, NOW + HOUR,
        again=3, again_for=12 * MINUTE,
    )  # fmt: skip
    assert step(told, None, NOW + 2 * HOUR) == (None, None)


def test_what_is_still_blind_after_the_hour_is_told_with_what_was_not() -> None:
    told: Told | None = Told("sky", BlindKind.FAILING, NOW, NOW, back_at=NOW + 5 * MINUTE)
    for blind, minute in (
        (replace(BLIND, since=NOW + 10 * MINUTE), 10),
        (None, 14),
        (replace(BLIND, since=NOW + 50 * MINUTE), 52),
    ):
        news, told = step(told, blind, NOW + minute * MINUTE)
        assert news is None
    news, told = step(told, replace(BLIND, since=NOW + 50 * MINUTE), NOW + HOUR)
    assert news == News(NewsKind.BLIND, "sky", BlindKind.FAILING, NOW + 50 * MINUTE, None, "timed out", 1, 4 * MINUTE)
    assert told == Told("sky", BlindKind.FAILING, NOW + 50 * MINUTE, NOW + HOUR)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 2000)), max_size=120))
def test_whatever_comes_and_goes_nobody_is_told_twice_and_each_is_told_back(looks: list[tuple[bool, int]]) -> None:
    now, told, said, since = NOW, None, [], None
    for is_blind, seconds in looks:
        now += seconds * SECOND
        since = (since or now) if is_blind else None
        news, told = step(told, replace(BLIND, since=since) if since else None, now)
        said += [(now, news)] if news else []
    alone = [(at, news.kind) for at, news in said if news.kind is not NewsKind.FLAPPING]
    assert all(kind is (NewsKind.BLIND, NewsKind.BACK)[number % 2] for number, (_, kind) in enumerate(alone)), (
        "blind and back by turns"
    )
    begun = [at for at, news in said if news.kind is not NewsKind.BACK]
    assert all(later - earlier >= APART for earlier, later in pairwise(begun))
    last = None
    for later in (SECOND, SECOND + SETTLED, 3 * HOUR, 6 * HOUR):
        news, told = step(told, None, now + later)
        last = news or last
    blind_at_end = len(alone) % 2 == 1
    assert (last is not None and last.kind is NewsKind.BACK) or not blind_at_end, "the last is told back"
    assert told is None


@given(st.lists(st.booleans(), min_size=1, max_size=90))
def test_every_time_that_is_not_told_by_itself_is_counted(spells: list[bool]) -> None:
    told: Told | None = None
    counted, blind_before, times = 0, False, 0
    for number, is_blind in enumerate([*spells, *([False] * 200)]):
        now = NOW + number * 2 * MINUTE
        times += is_blind and not blind_before
        blind_before = is_blind
        news, told = step(told, replace(BLIND, since=now) if is_blind else None, now)
        if news and news.kind is not NewsKind.BACK:
            counted += news.again + (news.kind is NewsKind.BLIND)
    assert counted <= times, "nothing is made up"
    assert counted >= times - sum(spells[n : n + 3] == [True, False, True] for n in range(len(spells)))
