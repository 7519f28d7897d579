"""A simulated day of the service with all its sources, and what it left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NoReturn, Self
from zoneinfo import ZoneInfo

import structlog

from benchmarks.parts.soak.loop import JumpingLoop
from benchmarks.parts.soak.network import Served, answered_by, moment
from benchmarks.parts.soak.places import host_of
from monitor import config as configuration
from monitor.config import YouTubeSource
from monitor.match.matcher import Matcher
from monitor.model import Candidate, Claim, Match, Mention, Notification, Post, Receipt, Rules
from monitor.pipeline import Pipeline, Stages
from monitor.service import Service
from monitor.sources import build
from monitor.sources.caps import Budget, Cap, caps_of
from monitor.sources.source import Source
from monitor.sources.youtube import YouTube
from monitor.store import sources
from monitor.store.budget import DailyBudget
from monitor.store.db import Store

RULES = Rules(
    (Candidate("rivera", "Ana Rivera"),), (Claim("withdrawn", "c", "t", ("rivera",), phrasings=("p",)),), "v1"
)
HOUR = 3600.0
MISTAKE = "source failed in a way that it should not"
"""What the poller logs of an exception that no source should raise."""


class _Nothing(Matcher):
    """No post is about a claim: it is the sources that are looked at."""

    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:  # noqa: ARG002
        return [None] * len(posts)


@dataclass
class _Channel:
    """What people were told, and when, in hours."""

    seconds_between: float = 0.0
    told: list[tuple[float, str]] = field(default_factory=list)

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        if notification.notice is not None:
            self.told.append((asyncio.get_running_loop().time() / HOUR, notification.notice.title))
        return root or Receipt("channel", notification.delivery_id)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:  # noqa: ARG002
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Left:
    """What a day left behind. `dead`: tasks that should have been running at its end, and were not.

    `megabytes`: what the process held after so many hours. `told`: titles in the channel, by their hour.
    `posts`: by source, the numbers of the posts in the store.
    """

    hours: float
    dead: tuple[str, ...]
    megabytes: dict[float, float]
    told: tuple[tuple[float, str], ...]
    posts: dict[str, Counter[int]]
    gaps: dict[str, str]
    logged: Counter[str]


def live(served: Sequence[Served], folder: Path, hours: float, settle: float, looks: Sequence[float]) -> Left:
    """Run the service for so many hours, and `settle` more in which nothing goes wrong and nobody posts."""
    logged: Counter[str] = Counter()

    def count(_: object, __: str, event: structlog.typing.EventDict) -> NoReturn:
        logged[str(event["event"])] += 1
        if event["event"] == MISTAKE:
            traceback.print_exc()
        raise structlog.DropEvent

    structlog.configure(processors=[count])
    with asyncio.Runner(loop_factory=JumpingLoop) as runner, closing(Store(folder / "monitor.db")) as store:
        channel = _Channel()
        dead, megabytes = runner.run(_day(served, store, channel, hours, settle, looks))
        gaps = {health.name: health.gap for health in sources.health(store) if health.gap}
        # After the day nobody posts, and so the sources are silent.
        told = tuple((hour, title) for hour, title in channel.told if hour <= hours)
        return Left(hours, dead, megabytes, told, _numbers(store), gaps, logged)


async def _day(
    served: Sequence[Served], store: Store, channel: _Channel, hours: float, settle: float, looks: Sequence[float]
) -> tuple[tuple[str, ...], dict[float, float]]:
    loop = asyncio.get_running_loop()

    def now() -> datetime:
        return moment(loop.time())

    settings = configuration.default(store.path.parent)
    pipeline = Pipeline(Stages(RULES, _Nothing()), store, settings.alerts)
    service = Service(settings, store, pipeline, channel, now=now)
    read = [_built(one, store, now) for one in served]
    stop = asyncio.Event()
    megabytes: dict[float, float] = {}
    by_host = {host_of(one.name): one for one in served}
    with answered_by({**by_host, "www.reddit.com": by_host[host_of("reddit")]}):
        running = asyncio.create_task(service.run(read, stop))
        for look in sorted({*looks, hours}):
            await asyncio.sleep(look * HOUR - loop.time())
            gc.collect()
            megabytes[look] = _megabytes()
        for one in served:
            one.of = 0
        await asyncio.sleep(settle * HOUR)
        alive = {task.get_name() for task in asyncio.all_tasks()}
        wanted = {*(f"source:{one.name}" for one in served), "judge", "outbox", "housekeeping", "blindness"}
        stop.set()
        await running
    return tuple(sorted(wanted - alive)), megabytes


def _built(one: Served, store: Store, now: Callable[[], datetime]) -> Source:
    def budget(cap: Cap) -> Budget:
        daily = DailyBudget(store, cap.per_day, now, cap.counter, _zone(cap))
        return Budget(cap, daily.take_up_to, daily.left, now)

    config = one.place.config
    if isinstance(config, YouTubeSource):
        searches, units = map(budget, caps_of(config))
        return YouTube(config, searches, units, now=lambda: now().timestamp())
    return build(config, budget)


def _zone(cap: Cap) -> tzinfo:
    return ZoneInfo(cap.zone)


def _megabytes() -> float:
    """What the process holds in memory now (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _numbers(store: Store) -> dict[str, Counter[int]]:
    """By source, how often each numbered post is in the store."""
    found: dict[str, Counter[int]] = {}
    for source, text in store.db.execute("SELECT source, json_extract(CAST(body AS TEXT), '$.text') FROM posts"):
        if match := re.search(r"post (\d+)$", text):
            found.setdefault(source, Counter())[int(match[1])] += 1
    return found
