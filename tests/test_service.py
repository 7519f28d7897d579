from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest

from monitor import config as configuration
from monitor.config import AlertConfig
from monitor.errors import SourceUnavailable
from monitor.match.matcher import Matcher
from monitor.model import (
    Candidate,
    Claim,
    Decision,
    Match,
    Mention,
    Notification,
    NotificationKind,
    Page,
    Post,
    Receipt,
    Rules,
    Stance,
)
from monitor.pipeline import Pipeline, Stages
from monitor.service import Service, stop_on_signals
from monitor.store import posts, sources, summary
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
RULES = Rules(
    (Candidate("rivera", "Ana Rivera"),), (Claim("withdrawn", "c", "t", ("rivera",), phrasings=("p",)),), "v1"
)


class AssertingMatcher(Matcher):
    """Every post asserts the claim."""

    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [
            Match(post.key, "withdrawn", "p", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "because")
            for post, _ in posts
        ]


class Stream:
    """Yields its pages, then fails or stays open like a stream without news."""

    kind = "scripted"
    every_seconds = 0.0

    def __init__(self, name: str, *pages: Page, error: Exception | None = None) -> None:
        self.name = name
        self.asked: list[str | None] = []
        self.asked_again = asyncio.Event()
        self._pages = pages
        self._error = error

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        self.asked.append(cursor)
        if len(self.asked) == 2:
            self.asked_again.set()
            await asyncio.Event().wait()
        for page in self._pages:
            yield page
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()

    async def check(self) -> str:
        return "fine"


class Ended(Stream):
    """A file: ends after its pages."""

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        for page in self._pages:
            if cursor is None or page.cursor > cursor:
                yield page


class Desk:
    """A notifier that remembers, and says when it has been told something."""

    seconds_between = 0.0

    def __init__(self) -> None:
        self.delivered: list[Notification] = []
        self.told = asyncio.Event()

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        self.delivered.append(notification)
        self.told.set()
        return root or Receipt("desk", notification.delivery_id)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        return None


def page(*numbers: int) -> Page:
    found = tuple(Post(id=str(n), text=f"Ana Rivera is out {n}", author=f"u{n}", created_at=NOW) for n in numbers)
    return Page(posts=found, cursor=f"{numbers[-1]:03}")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def service(store: Store, desk: Desk, tmp_path: Path) -> Service:
    config = configuration.default(tmp_path)
    pipeline = Pipeline(Stages(RULES, AssertingMatcher()), store, AlertConfig())
    return Service(config, store, pipeline, desk, now=lambda: NOW)


async def test_a_post_from_a_source_reaches_people_and_a_stop_drains(
    service: Service, desk: Desk, store: Store
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(service.run([Stream("sky", page(1))], stop))
    await desk.told.wait()
    while summary.alive_at(store) is None:  # noqa: ASYNC110 - a turn of the loop, no sleep
        await asyncio.sleep(0)
    stop.set()
    await running
    assert desk.delivered[0].kind is NotificationKind.MESSAGE
    assert posts.count_waiting(store) == 0
    assert sources.cursor(store, "sky") == "001"
    assert summary.alive_at(store) == NOW


async def test_a_failing_source_does_not_stop_the_others(service: Service, desk: Desk, store: Store) -> None:
    stop = asyncio.Event()
    broken = Stream("broken", error=SourceUnavailable("broken: timed out", retry_after=0))
    running = asyncio.create_task(service.run([broken, Stream("sky", page(1))], stop))
    await desk.told.wait()
    await broken.asked_again.wait()
    stop.set()
    await running
    health = {health.name: health for health in sources.health(store)}
    assert health["broken"].error == "broken: timed out"
    assert health["sky"].error is None


async def test_a_source_resumes_from_its_stored_cursor(service: Service, desk: Desk, store: Store) -> None:
    posts.save_page(store, "sky", "scripted", page(7), [], NOW)
    stop = asyncio.Event()
    source = Stream("sky", page(8))
    running = asyncio.create_task(service.run([source], stop))
    await desk.told.wait()
    stop.set()
    await running
    assert source.asked == ["007"]


async def test_a_replay_delivers_everything_and_returns(service: Service, desk: Desk, store: Store) -> None:
    await service.replay(Ended("file", page(1), page(2, 3)), asyncio.Event())
    kinds = [notification.kind for notification in desk.delivered]
    assert kinds.count(NotificationKind.MESSAGE) == 1
    # What comes before the message is out goes into it.
    assert max(alert.incident.posts for notification in desk.delivered for alert in notification.alerts) == 3
    assert summary.summary(store).posts_seen == 3


async def test_a_replay_that_runs_again_does_nothing_twice(service: Service, desk: Desk, store: Store) -> None:
    source = Ended("file", page(1), page(2))
    await service.replay(source, asyncio.Event())
    before = list(desk.delivered)
    await service.replay(source, asyncio.Event())
    assert desk.delivered == before
    assert summary.summary(store).posts_seen == 2


async def test_the_first_signal_stops_and_the_second_is_left_to_the_system() -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    signal.signal(signal.SIGINT, signal.default_int_handler)
