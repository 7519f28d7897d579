"""After an outage: every source goes on where it stopped, what is old alerts nobody, and a burst is one message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config as configuration
from monitor import service as services
from monitor.config import AlertConfig
from monitor.errors import SourceUnavailable
from monitor.model import NotificationKind, Page, Post
from monitor.pipeline import Pipeline, Stages
from monitor.service import Service
from monitor.sources import poller
from monitor.store import incidents, posts, sources
from monitor.store.db import Store
from tests.test_service import RULES, AssertingMatcher, Desk

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HISTORY = 40
"""Posts on the server, an hour apart, the newest an hour old."""


class Server:
    """Holds posts and brings ten a page, after the cursor; fails while it is told to."""

    kind = "scripted"

    def __init__(self, name: str, failures: int, ages: list[timedelta]) -> None:
        self.name = name
        self.every_seconds = 3600.0
        self.asked: list[str | None] = []
        self.read = asyncio.Event()
        self._failures = failures
        self._ages = ages

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        self.asked.append(cursor)
        start = 0 if cursor is None else int(cursor)
        while start < len(self._ages):
            if start >= 10 and self._failures:
                self._failures -= 1
                raise SourceUnavailable("down", retry_after=0)
            found = [
                Post(str(n), f"Ana Rivera is out {n}", self.name, f"u{n}", NOW - self._ages[n])
                for n in range(start, min(start + 10, len(self._ages)))
            ]
            start += len(found)
            yield Page(tuple(found), str(start))
        self.read.set()

    async def check(self) -> str:
        return "fine"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that broke is asked again without a wait, and a stop drains to the end, however slow the machine is."""
    monkeypatch.setattr(poller, "AGAIN", 0.0)
    monkeypatch.setattr(services, "DRAIN_SECONDS", 3600.0)


async def run(store: Store, folder: Path, desk: Desk, *servers: Server) -> None:
    pipeline = Pipeline(Stages(RULES, AssertingMatcher()), store, AlertConfig())
    service = Service(configuration.default(folder), store, pipeline, desk, now=lambda: NOW)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(servers, stop))
    for server in servers:
        await server.read.wait()
    stop.set()
    await running


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_each_source_goes_on_from_its_cursor_after_an_outage(store: Store, tmp_path: Path, desk: Desk) -> None:
    ages = [n * HOUR for n in range(HISTORY, 0, -1)]
    first, second = Server("sky", 3, ages), Server("feed", 2, ages)
    await run(store, tmp_path, desk, first, second)
    assert first.asked == [None, "10", "10", "10"]
    assert second.asked == [None, "10", "10"]
    assert [health.posts_kept for health in sources.health(store)] == [HISTORY, HISTORY]
    assert posts.count_waiting(store) == 0


async def test_a_service_that_was_away_goes_on_from_the_cursor(store: Store, tmp_path: Path, desk: Desk) -> None:
    ages = [n * HOUR for n in range(HISTORY, 0, -1)]
    posts.save_page(store, "sky", "scripted", Page((), "30"), [], NOW - 5 * HOUR)
    server = Server("sky", 0, ages)
    await run(store, tmp_path, desk, server)
    assert server.asked == ["30"]
    assert sources.health(store)[0].posts_seen == 10


async def test_caught_up_posts_older_than_the_alert_window_alert_nobody(
    store: Store, tmp_path: Path, desk: Desk
) -> None:
    await run(store, tmp_path, desk, Server("sky", 1, [n * HOUR for n in range(90, 48, -1)]))
    assert [one.kind for one in desk.delivered] == []
    # An incident of old posts may be tidied away, as quiet, while they come.
    found = store.db.execute("SELECT sum(posts), max(alerted_posts), max(has_message) FROM incidents").fetchone()
    assert found == (42, 0, 0), "they are counted"


async def test_a_burst_of_caught_up_posts_is_one_message_for_each_incident(
    store: Store, tmp_path: Path, desk: Desk
) -> None:
    await run(store, tmp_path, desk, *(Server(name, 1, [HOUR] * 300) for name in ("sky", "feed")))
    kinds = [notification.kind for notification in desk.delivered]
    assert kinds.count(NotificationKind.MESSAGE) == 1
    assert kinds.count(NotificationKind.DIGEST) == 0
    assert kinds.count(NotificationKind.REPLY) <= 1
    [incident] = incidents.open_incidents(store)
    assert incident.posts == 600
