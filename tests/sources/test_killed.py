"""kill -9 of every source at random moments: once it has caught up, the store holds each post exactly once.

A child process runs the real source, poller and store against the one fake server, whose time goes on where the last
child left it, on bad days. It kills itself after a random share of work, counted in calls of functions: on a busy or a
fast machine as often as on any other. Then another is started on the same database.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from ctypes import c_double
from datetime import UTC, datetime, timedelta
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest
import respx

from monitor.errors import SourceError
from monitor.model import Mention, Page
from monitor.sources.pace import Pace
from monitor.sources.poller import poll
from monitor.sources.source import Source
from monitor.store import posts, sources
from monitor.store.db import Store
from tests.sources.fake_server import HOST, START, FakeServer, Item, moods
from tests.sources.test_every_source import PLATFORMS

NOW = datetime.fromtimestamp(START, UTC)
THERE, A_ROUND, ROUNDS = 30, 20, 30
"""Posts that are there before us, and those that come in each round of the poller."""
POSTS = THERE + A_ROUND * ROUNDS
KILLS = 7
STEPS = (2_000, 200_000)
"""Calls and returns of functions until a child is killed: from before its first request to well into its rounds."""
MOST_STEPS = 100_000_000
FORK = multiprocessing.get_context("fork")


class Clock:
    """The server's time, which outlives a child that is killed."""

    def __init__(self) -> None:
        self._elapsed: Any = FORK.RawValue(c_double, 0.0)

    def now(self) -> float:
        return float(self._elapsed.value)

    def pass_by(self, seconds: float) -> None:
        self._elapsed.value += seconds

    async def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)


class Timed(FakeServer):
    """The fake server with a day's posts by their time."""

    def show(self, clock: Clock, every: float) -> None:
        self.elapsed = clock.now()
        shown = min(POSTS, THERE + int(self.elapsed / every * A_ROUND))
        self.items += [
            Item(number, START + max(0, int((number - THERE + 1) / A_ROUND * every)))
            for number in range(len(self.items), shown)
        ]


def stored(store: Store) -> list[int]:
    found = [re.search(r"post (\d+)", text) for (text,) in store.db.execute(
        "SELECT json_extract(CAST(body AS TEXT), '$.text') FROM posts"
    )]  # fmt: skip
    return sorted(int(match[1]) for match in found if match)


async def catch_up(
    source: Source, store: Store, expected: int, now: Callable[[], float], sleep: Callable[[float], Any], seed: int
) -> None:
    """Polls until the store has so many posts."""
    stop = asyncio.Event()

    def moment() -> datetime:
        return NOW + timedelta(seconds=now())

    async def accept(name: str, page: Page) -> None:
        kept = [(post, Mention()) for post in page.posts]
        await asyncio.to_thread(posts.save_page, store, name, source.kind, page, kept, moment())
        if len(stored(store)) >= expected:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        await asyncio.to_thread(sources.save_failure, store, name, source.kind, str(error), retry_at, moment())

    await poll(
        source, cursor=sources.cursor(store, source.name), accept=accept, failed=failed, stop=stop,
        now=moment, sleep=sleep, rng=random.Random(seed),
    )  # fmt: skip


def live(name: str, database: Path, clock: Clock, killed: int) -> None:
    """A child's whole life. The first brings what is there before us: only the newest posts are, the first time."""
    platform = PLATFORMS[name]
    bad = moods(random.Random(killed)) if killed else repeat(None)
    server = Timed(platform.dress, mood=lambda: next(bad))
    source = platform.build(Pace(platform.apart, clock=clock.now, sleep=clock.sleep))

    def answer(request: Any) -> Any:
        server.show(clock, source.every_seconds)
        return server.answer(request)

    unread = THERE if platform.starts_new else 0
    expected = (POSTS if killed else THERE) - unread
    with respx.mock, closing(Store(database)) as store:
        respx.route(host=HOST).mock(side_effect=answer)
        asyncio.run(catch_up(source, store, expected, clock.now, clock.sleep, killed))


def life(steps: int, target: Callable[..., None], args: tuple[object, ...]) -> None:
    """A child that ends without a word, by kill -9, once its threads have taken so many steps. They count, not seconds:
    at a process's own the kernel looks only with its ticks, which on a busy machine fall into others."""
    taken = count(1)

    def step(*_: object) -> None:
        if next(taken) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(step)
    sys.setprofile(step)
    target(*args)


def die_often(target: Callable[..., None], *args: object, seed: str) -> int:
    """Children until one comes to its end, after a first one that is let be; how many were killed before."""
    chance = random.Random(seed)
    lives = [MOST_STEPS, *(chance.randint(*STEPS) for _ in range(KILLS)), MOST_STEPS]
    for number, steps in enumerate(lives):
        child = FORK.Process(target=life, args=(steps, target, (*args, number)))
        child.start()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL), f"the child ended with {child.exitcode}"
        killed = child.exitcode != 0
        assert not (killed and steps == MOST_STEPS), "posts are missing: it never came to its end"
        if number and not killed:
            break
    return number - 1


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_source_that_is_killed_again_and_again_brings_each_post_exactly_once(name: str, tmp_path: Path) -> None:
    database = tmp_path / "monitor.db"
    killed = die_often(live, name, database, Clock(), seed=name)
    with closing(Store(database)) as store:
        first = THERE if PLATFORMS[name].starts_new else 0
        assert stored(store) == list(range(first, POSTS))
        (rows,) = store.db.execute("SELECT count(*) FROM posts").fetchone()
        assert sources.health(store)[0].posts_kept == rows, "each was counted once"
    assert killed >= 3
