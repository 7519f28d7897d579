"""The clock: what it does when its time has come, and how long it sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import AlertConfig, DeskConfig
from monitor.desk.actions import EndSilence
from monitor.desk.perform import perform
from monitor.desk.ticker import LONGEST_SLEEP, Ticker
from monitor.desk.wiring import context
from monitor.match.matcher import Matcher
from monitor.model import Did, Event, Incident, Mention, Person, Post, Rules, Silence, SilenceScope
from monitor.pipeline import Pipeline, Stages
from monitor.store import events, incidents, posts, silences
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
SETTINGS = DeskConfig(own_minutes=5, correct_minutes=30)


class NoMatcher(Matcher):
    def __init__(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(store: Store, rules: Rules) -> Pipeline:
    return Pipeline(Stages(rules, NoMatcher()), store, AlertConfig())


@pytest.fixture
def ticker(store: Store, pipeline: Pipeline, clock: Clock) -> Ticker:
    return Ticker(store, pipeline, lambda: context(pipeline, SETTINGS), clock, lambda: None)


def silence(ana: Person, minutes: float) -> Silence:
    until = NOON + timedelta(minutes=minutes)
    return Silence("s1", SilenceScope.CLAIM, "withdrawn", ana, "the debate is on", NOON, until)


def save(
    store: Store, incident: Incident | None = None, muted: Silence | None = None, post: Post | None = None
) -> None:
    with store.transaction() as db:
        if post is not None:
            posts.add(db, "posts", post, Mention(), NOON)
        if incident is not None:
            incidents.save(db, incident)
        if muted is not None:
            silences.add(db, muted)


def audit(store: Store) -> list[Event]:
    with store.reading() as db:
        return events.since(db, NOON)


def waiting(store: Store) -> list[str]:
    return [body.decode() for (body,) in store.db.execute("SELECT body FROM outbox ORDER BY rowid").fetchall()]


def test_nothing_to_do_is_looked_for_now_and_then(ticker: Ticker) -> None:
    assert ticker.tick() == 0
    assert ticker.until_next() == LONGEST_SLEEP


def test_a_silence_whose_time_has_come_is_announced_once(
    store: Store, ticker: Ticker, clock: Clock, ana: Person
) -> None:
    save(store, muted=silence(ana, minutes=0.25))
    assert ticker.tick() == 0
    assert ticker.until_next() == 15
    clock.now = NOON + timedelta(seconds=15)
    assert ticker.until_next() == 0
    assert (ticker.tick(), ticker.tick()) == (1, 0)
    (said,) = waiting(store)
    assert "is over" in said
    assert [(event.did, event.who) for event in audit(store)] == [(Did.SILENCE_ENDED, None)]


def test_a_silence_that_a_person_ended_is_announced_and_stands_in_the_audit_once(
    store: Store, ticker: Ticker, pipeline: Pipeline, clock: Clock, ana: Person, ben: Person
) -> None:
    save(store, muted=silence(ana, minutes=60))
    clock.now = NOON + timedelta(minutes=1)
    with store.transaction() as db:
        perform(db, None, EndSilence("s1"), ben, clock.now, context(pipeline, SETTINGS))
    assert ticker.until_next() == 0
    assert ticker.tick() == 1
    assert [(event.did, event.who) for event in audit(store)] == [(Did.SILENCE_ENDED, ben)]


def test_a_deadline_is_reminded_of_and_escalated_at_its_time(
    store: Store, ticker: Ticker, clock: Clock, incident: Incident, post: Post
) -> None:
    save(store, incident, post=post)
    clock.now = NOON + timedelta(minutes=2, seconds=50)
    assert ticker.tick() == 0
    assert ticker.until_next() == 10
    clock.now = NOON + timedelta(minutes=3)
    assert ticker.tick() == 1
    clock.now = NOON + timedelta(minutes=5)
    assert ticker.tick() == 1
    assert [event.did for event in audit(store)] == [Did.REMINDED, Did.ESCALATED]


def test_nobody_is_reminded_where_nobody_can_press_a_button(
    store: Store, pipeline: Pipeline, clock: Clock, incident: Incident
) -> None:
    save(store, incident)
    ticker = Ticker(store, pipeline, lambda: context(pipeline, SETTINGS), clock, lambda: None, reminds=False)
    clock.now = NOON + timedelta(minutes=5)
    assert ticker.tick() == 0
    assert ticker.until_next() == LONGEST_SLEEP


async def test_it_sleeps_until_something_is_due_and_ends_when_told(
    store: Store, pipeline: Pipeline, clock: Clock, ana: Person
) -> None:
    save(store, muted=silence(ana, minutes=0.1))
    stop = asyncio.Event()
    slept: list[float | None] = []
    looks = 0

    def woken() -> None:
        nonlocal looks
        looks += 1

    async def wait(events: Sequence[asyncio.Event], seconds: float | None) -> None:
        slept.append(seconds)
        clock.now += timedelta(seconds=seconds or 0)
        if len(slept) == 2:
            stop.set()

    ticker = Ticker(store, pipeline, lambda: context(pipeline, SETTINGS), clock, woken, wait=wait)
    await ticker.tick_until(stop)
    assert slept == [6.0, LONGEST_SLEEP]
    assert looks == 2


async def test_it_wakes_when_something_changed(store: Store, ticker: Ticker) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(ticker.tick_until(stop))
    ticker.wake()
    stop.set()
    ticker.wake()
    await asyncio.wait_for(running, 600)
