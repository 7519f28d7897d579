"""The running service: named tasks in one TaskGroup, stopped by an event, drained within a deadline.

source:NAME   polls one source and stores its pages
judge         settles stored posts: match, judge, incident, alert
rules:watch   puts rules files that are saved to use (monitor/desk/rules_watch.py)
outbox        delivers notifications
lookups       asks for the posts that others answer, and whether posts still stand (monitor/sources/lookups.py)
housekeeping  sign of life, retention, incidents that ended
blindness     tells when a source goes blind, and when it sees again
desk:...      reminders and the digest; with Slack's app token also clicks and commands (monitor/desk/open.py)
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog

from monitor.alert.blind_watch import BlindWatch
from monitor.alert.notifier import Notifier
from monitor.alert.outbox import Outbox, first_event
from monitor.config import Config
from monitor.errors import SourceError
from monitor.model import Page
from monitor.pipeline import Pipeline
from monitor.sources.lookups import Lookups
from monitor.sources.poller import poll, unless_stopped
from monitor.sources.source import Source
from monitor.store import checks, clicks, drift, incidents, memory, outages, posts, sources, summary
from monitor.store import outbox as outbox_rows
from monitor.store.db import Store

log = structlog.get_logger()

DRAIN_SECONDS = 8.0
"""How long a stopping service goes on settling and delivering; what is left then waits in the store."""
BEAT_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 600.0
LOOK_UP_SECONDS = 60.0
CHECKS_KEPT = timedelta(days=1)
Task = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""
NOTHING: Mapping[str, Task] = {}
BATCH = 32
"""Posts read together: large enough to use the model well, small enough to alert early."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """Wires sources, pipeline and outbox together. `run` is the service, `replay` one pass over one source."""

    def __init__(
        self,
        config: Config,
        store: Store,
        pipeline: Pipeline,
        notifier: Notifier,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._config = config
        self._store = store
        self._pipeline = pipeline
        self._outbox = Outbox(store, notifier, now=now)
        self._now = now
        self._arrived = asyncio.Event()
        self._read = asyncio.Event()
        self._settled: Callable[[], None] | None = None

    def wake(self) -> None:
        """Something was enqueued for delivery."""
        self._outbox.wake()

    async def run(
        self,
        from_sources: Sequence[Source],
        stop: asyncio.Event,
        beside: Mapping[str, Task] = NOTHING,
        settled: Callable[[], None] | None = None,
    ) -> None:
        """Serve until `stop` is set, then drain and return within about DRAIN_SECONDS. `beside`: more tasks; `settled`
        is called once posts were settled."""
        self._settled = settled
        drained = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for source in from_sources:
                tasks.create_task(self._poll(source, stop), name=f"source:{source.name}")
            tasks.create_task(self._judge(stop, drained), name="judge")
            tasks.create_task(self._outbox.deliver_until(drained, DRAIN_SECONDS / 2), name="outbox")
            tasks.create_task(self._keep_house(stop), name="housekeeping")
            lookups = Lookups(self._store, from_sources, self._pipeline.revisit, self._now)
            tasks.create_task(self._look_up(lookups, stop), name="lookups")
            watch = BlindWatch(self._store, [source.name for source in from_sources], self._outbox.wake, self._now)
            tasks.create_task(watch.run(stop), name="blindness")
            for name, task in beside.items():
                tasks.create_task(_until(task, stop), name=name)
            log.info("started", sources=[source.name for source in from_sources], rules=self._pipeline.rules_version)
        log.info("stopped", waiting=posts.count_waiting(self._store))

    async def replay(self, source: Source, stop: asyncio.Event) -> None:
        """Send all that a source has now through the pipeline, deliver it, and return."""
        delivered = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._outbox.deliver_until(delivered, DRAIN_SECONDS), name="outbox")
            cursor = await asyncio.to_thread(sources.cursor, self._store, source.name)
            await self._settle_all(stop)
            async for page in source.pages(cursor):
                await self._accept(source.name, source.kind, page)
                await self._settle_all(stop)
                if stop.is_set():
                    break
            # A digest waits for the end of its minute; a replayed minute is over.
            await asyncio.to_thread(outbox_rows.hasten, self._store, self._now())
            self._outbox.wake()
            await self._outbox.empty(stop)
            delivered.set()

    async def _poll(self, source: Source, stop: asyncio.Event) -> None:
        async def accept(name: str, page: Page) -> None:
            await self._accept(name, source.kind, page)

        async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
            in_a_row = await asyncio.to_thread(
                sources.save_failure, self._store, name, source.kind, str(error), retry_at, self._now()
            )
            log.warning("source failed", source=name, error=str(error), in_a_row=in_a_row, retry_at=str(retry_at))

        cursor = await asyncio.to_thread(sources.cursor, self._store, source.name)
        await poll(source, cursor=cursor, accept=accept, failed=failed, stop=stop, now=self._now)

    async def _accept(self, name: str, kind: str, page: Page) -> None:
        new = await asyncio.to_thread(self._pipeline.accept, name, kind, page, self._now())
        if page.gap:
            log.warning("posts are missing", source=name, gap=page.gap)
        if page.skipped:
            log.warning("posts skipped", source=name, skipped=page.skipped, last=page.skip_reason)
        if new:
            self._arrived.set()

    async def _judge(self, stop: asyncio.Event, drained: asyncio.Event) -> None:
        while not stop.is_set():
            self._arrived.clear()
            await self._settle_all(stop)
            await first_event((self._arrived, stop), None)
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS / 2
        while asyncio.get_running_loop().time() < deadline and await self._settle_batch():
            pass
        drained.set()

    async def _settle_all(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and await self._settle_batch():
            pass

    async def _settle_batch(self) -> bool:
        settled = await asyncio.to_thread(self._pipeline.advance, self._now(), BATCH)
        if settled:
            self._outbox.wake()
            self._read.set()
            if self._settled is not None:
                self._settled()
        return settled > 0

    async def _look_up(self, lookups: Lookups, stop: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        checked_at = -LOOK_UP_SECONDS
        while not stop.is_set():
            self._read.clear()
            while await unless_stopped(lookups.fetch_parents(), stop):
                self._arrived.set()
            if clock() - checked_at >= LOOK_UP_SECONDS:
                checked_at = clock()
                await unless_stopped(lookups.check_posts(), stop)
            await first_event((stop, self._read), LOOK_UP_SECONDS)

    async def _keep_house(self, stop: asyncio.Event) -> None:
        beats = 0
        away = await asyncio.to_thread(outages.resume, self._store, self._now())
        if away is not None:
            log.warning("monitor was not running", since=str(away.began_at))
        while not stop.is_set():
            now = self._now()
            await asyncio.to_thread(summary.beat, self._store, now)
            if beats % round(HOUSEKEEPING_SECONDS / BEAT_SECONDS) == 0:
                await asyncio.to_thread(self._tidy, now)
            beats += 1
            await first_event((stop,), BEAT_SECONDS)

    def _tidy(self, now: datetime) -> None:
        expired = now - timedelta(days=self._config.store.keep_days)
        forgotten = posts.purge(self._store, expired)
        outbox_rows.purge(self._store, expired)
        checks.purge(self._store, now - CHECKS_KEPT)
        clicks.purge(self._store, expired)
        outages.purge(self._store, expired)
        drift.purge(self._store, expired)
        memory.forget(self._store.path)
        ended = incidents.close_quiet(self._store, now - timedelta(hours=self._config.alerts.window_hours))
        if forgotten or ended:
            log.info("tidied", posts_forgotten=forgotten, incidents_closed=ended)


async def _until(task: Task, stop: asyncio.Event) -> None:
    await task(stop)


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM sets `stop`; a second one ends the process at once, as if nothing were installed."""
    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM)

    def on_signal() -> None:
        log.info("stopping", hint="once more to stop at once")
        stop.set()
        for number in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in caught:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
