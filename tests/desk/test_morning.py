from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import DeskConfig
from monitor.desk import chart
from monitor.desk.morning import LATE, STILL_WANTED, Morning, Planned, first_morning, next_digest
from monitor.model import Incident, IncidentState, NoticeKind, Notification, Post, Rules
from monitor.store import digests, enqueue, incidents
from monitor.store.db import Store

DESK = DeskConfig(digest_at=time(8), timezone=ZoneInfo("America/New_York"))
EIGHT = datetime(2026, 11, 3, 13, tzinfo=UTC)
"""08:00 in New York."""
TODAY = date(2026, 11, 3)
YESTERDAY = date(2026, 11, 2)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def test_the_digest_is_due_at_its_time_by_the_clock_of_its_zone() -> None:
    assert next_digest(EIGHT - MINUTE, YESTERDAY, DESK) == Planned(TODAY, EIGHT)
    assert next_digest(EIGHT, YESTERDAY, DESK) == Planned(TODAY, EIGHT)
    assert next_digest(EIGHT, TODAY, DESK) == Planned(date(2026, 11, 4), EIGHT + 24 * HOUR)


def test_a_missed_digest_is_wanted_for_twelve_hours() -> None:
    assert next_digest(EIGHT + 12 * HOUR - MINUTE, YESTERDAY, DESK) == Planned(TODAY, EIGHT)
    assert next_digest(EIGHT + 12 * HOUR, YESTERDAY, DESK) == Planned(date(2026, 11, 4), EIGHT + 24 * HOUR)


def test_an_evening_digest_that_was_missed_over_midnight_is_still_wanted() -> None:
    evening = DeskConfig(digest_at=time(22), timezone=ZoneInfo("UTC"))
    planned = next_digest(datetime(2026, 11, 3, 2, tzinfo=UTC), date(2026, 11, 1), evening)
    assert planned == Planned(YESTERDAY, datetime(2026, 11, 2, 22, tzinfo=UTC))


def test_many_missed_days_are_one_digest() -> None:
    assert next_digest(EIGHT + HOUR, date(2025, 1, 1), DESK) == Planned(TODAY, EIGHT)


def test_a_first_start_makes_up_for_nothing() -> None:
    assert first_morning(EIGHT - HOUR, DESK) == YESTERDAY
    assert first_morning(EIGHT, DESK) == TODAY
    assert first_morning(EIGHT + HOUR, DESK) == TODAY


def test_no_time_in_the_config_means_never() -> None:
    assert next_digest(EIGHT, YESTERDAY, DeskConfig(digest_at=None)) is None


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # there is no 02:30: 03:30
        (date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # the first of two
        (date(2026, 7, 1), time(8), datetime(2026, 7, 1, 12, tzinfo=UTC)),
        (date(2026, 12, 1), time(8), datetime(2026, 12, 1, 13, tzinfo=UTC)),
    ],
)
def test_a_morning_on_which_clocks_change_has_one_digest(day: date, at: time, utc: datetime) -> None:
    desk = DeskConfig(digest_at=at, timezone=ZoneInfo("America/New_York"))
    assert next_digest(utc - MINUTE, day - timedelta(days=1), desk) == Planned(day, utc)
    following = next_digest(utc, day, desk)
    assert following is not None
    assert following.day == day + timedelta(days=1)


ZONES = st.sampled_from(
    ["UTC", "America/New_York", "America/St_Johns", "Europe/Dublin", "Asia/Kathmandu", "Australia/Lord_Howe"]
).map(ZoneInfo)
DESKS = st.builds(lambda at, zone: DeskConfig(digest_at=at, timezone=zone), st.times(), ZONES)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(now=MOMENTS, behind=st.integers(-3, 60), desk=DESKS)
def test_a_digest_is_never_planned_twice_nor_too_late(now: datetime, behind: int, desk: DeskConfig) -> None:
    last = now.astimezone(desk.timezone).date() - timedelta(days=behind)
    planned = next_digest(now, last, desk)
    assert planned is not None
    assert planned.day > last
    assert now - planned.at < STILL_WANTED
    at = planned.at.astimezone(desk.timezone)
    shifted = timedelta(hours=at.hour, minutes=at.minute) - timedelta(
        hours=desk.digest_at.hour if desk.digest_at else 0, minutes=desk.digest_at.minute if desk.digest_at else 0
    )
    assert shifted in (timedelta(), timedelta(hours=1), timedelta(minutes=30), timedelta(hours=-23)), "a missing hour"


@given(start=MOMENTS, desk=DESKS, waits=st.lists(st.integers(1, 20 * 3600), min_size=5, max_size=60))
def test_a_service_that_never_stops_longer_than_twelve_hours_posts_once_for_every_morning(
    start: datetime, desk: DeskConfig, waits: list[int]
) -> None:
    now, last, posted = start, first_morning(start, desk), []
    for seconds in waits:
        now += timedelta(seconds=min(seconds, STILL_WANTED.total_seconds() - 1))
        while (planned := next_digest(now, last, desk)) is not None and planned.at <= now:
            posted.append(planned.day)
            last = planned.day
    assert posted == [first_morning(start, desk) + timedelta(days=n + 1) for n in range(len(posted))]
    today = now.astimezone(desk.timezone).date()
    assert last >= today - timedelta(days=1)


class Clock:
    """A clock that the task's own waiting moves."""

    def __init__(self, now: datetime, until: datetime) -> None:
        self.now = now
        self.until = until
        self.waited: list[float | None] = []

    def __call__(self) -> datetime:
        return self.now

    async def wait(self, events: Sequence[asyncio.Event], seconds: float | None) -> None:
        self.waited.append(seconds)
        assert seconds is not None
        self.now += timedelta(seconds=seconds)
        if self.now >= self.until:
            events[-1].set()


Run = Callable[[datetime, datetime], Clock]


@pytest.fixture
def run(store: Store) -> Run:
    """Runs the task from one moment to another, as a service that starts at the one and stops at the other."""

    def run_between(start: datetime, end: datetime) -> Clock:
        clock = Clock(start, end)
        task = Morning(store, lambda: Rules((), (), "v"), DESK, lambda: None, now=clock, wait=clock.wait)
        asyncio.run(task.run(asyncio.Event()))
        return clock

    return run_between


def posted(store: Store) -> dict[str, Notification]:
    with store.reading() as db:
        rows = db.execute("SELECT delivery_id, body FROM outbox ORDER BY rowid").fetchall()
    return {name: msgspec.json.decode(body, type=Notification) for name, body in rows}


def told(store: Store, name: str, at: datetime) -> None:
    incident = Incident(name, "withdrawn", IncidentState.OPEN, "x:1", at, at, alerted_at=at)
    with store.transaction() as db:
        incidents.save(db, incident)
        incidents.add_sighting(db, name, Post("1", "text"), at, None)


def test_a_digest_is_posted_every_morning_about_the_day_before(store: Store, run: Run) -> None:
    told(store, "a", EIGHT - 12 * HOUR)
    clock = run(EIGHT - HOUR, EIGHT + 25 * HOUR)
    found = posted(store)
    assert list(found) == ["digest-2026-11-03", "digest-2026-11-04"]
    notice = found["digest-2026-11-03"].notice
    assert notice is not None
    assert notice.kind is NoticeKind.REPORT
    assert notice.title == "Monday 02 November: 1 incident"
    assert notice.picture is not None
    assert "late" not in notice.lines[0]
    assert max(seconds or 0 for seconds in clock.waited) <= 60, "the clock may be set"


def test_a_restart_posts_nothing_twice(store: Store, run: Run) -> None:
    run(EIGHT - HOUR, EIGHT + MINUTE)
    run(EIGHT + MINUTE, EIGHT + HOUR)
    run(EIGHT - MINUTE, EIGHT + HOUR)
    assert list(posted(store)) == ["digest-2026-11-03"]


def test_a_crash_before_the_digest_was_written_down_posts_it_at_the_next_start(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(enqueue, "enqueue", fail)
        with pytest.raises(RuntimeError, match="killed"):
            run(EIGHT - HOUR, EIGHT + HOUR)
    assert digests.last(store) == YESTERDAY
    run(EIGHT + MINUTE, EIGHT + HOUR)
    assert list(posted(store)) == ["digest-2026-11-03"]


def test_a_digest_that_was_missed_comes_late_and_says_so(store: Store, run: Run) -> None:
    run(EIGHT - 3 * HOUR, EIGHT - 2 * HOUR)
    run(EIGHT + 2 * HOUR, EIGHT + 3 * HOUR)
    notice = posted(store)["digest-2026-11-03"].notice
    assert notice is not None
    assert notice.title.endswith("This comes late: monitor was not running at 08:00 (America/New_York).")


def test_a_first_start_in_the_afternoon_posts_nothing_that_day(store: Store, run: Run) -> None:
    run(EIGHT + HOUR, EIGHT + 20 * HOUR)
    assert posted(store) == {}


def test_a_digest_that_is_minutes_behind_is_not_called_late() -> None:
    planned = Planned(TODAY, EIGHT)
    assert not planned.is_late(EIGHT + LATE - MINUTE)
    assert planned.is_late(EIGHT + LATE)


def test_a_picture_that_cannot_be_drawn_costs_no_digest(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(chart, "draw", fail)
    told(store, "a", EIGHT - 12 * HOUR)
    run(EIGHT - HOUR, EIGHT + MINUTE)
    notice = posted(store)["digest-2026-11-03"].notice
    assert notice is not None
    assert notice.picture is None
    assert len(notice.lines) > 1


def test_no_digest_is_wanted_where_the_config_says_never(store: Store) -> None:
    task = Morning(store, lambda: Rules((), (), "v"), DeskConfig(digest_at=None), lambda: None, lambda: EIGHT)
    asyncio.run(task.run(asyncio.Event()))
    assert posted(store) == {}
