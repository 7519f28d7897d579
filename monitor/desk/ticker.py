"""The desk's clock: reminders, escalations and releases that are due, and silences whose time has come.

It sleeps until the next of them, or until something changes what is due. What another process did (`monitor silence`)
it sees within LONGEST_SLEEP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlite_utils import Database

from monitor.alert.outbox import Wait, first_event
from monitor.desk import notices
from monitor.desk.perform import Context, next_nudge_at, nudge, say
from monitor.model import Did, Event, Silence
from monitor.pipeline import Pipeline
from monitor.store import events, silences
from monitor.store.db import Store

log = structlog.get_logger()

LONGEST_SLEEP = 30.0


class Ticker:
    """The task over one store. `now` and `wait` are the clock and the sleep; `woken` is called after every look: there
    may be something to deliver. `reminds`: whether anybody can press a button, so that deadlines mean something."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        context: Callable[[], Context],
        now: Callable[[], datetime],
        woken: Callable[[], None],
        *,
        reminds: bool = True,
        wait: Wait = first_event,
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._context = context
        self._now = now
        self._woken = woken
        self._reminds = reminds
        self._wait = wait
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Something was told, taken on, corrected or silenced: what is due next may be something else."""
        self._changed.set()

    async def tick_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._changed.clear()
            await asyncio.to_thread(self.tick)
            self._woken()
            await self._wait((self._changed, stop), await asyncio.to_thread(self.until_next))

    def tick(self) -> int:
        """Do all that is due. Returns how much that was."""
        now = self._now()
        with self._store.transaction() as db:
            ended = self._end_silences(db, now)
            return ended + (nudge(db, now, self._context()) if self._reminds else 0)

    def _end_silences(self, db: Database, now: datetime) -> int:
        """Announce each end in the channel, and show what went on meanwhile."""
        over = [silence for silence in silences.ended_unannounced(db, now) if silences.mark_ended(db, silence.id, now)]
        for silence in over:
            say(db, (notices.silence_ended(silence),), f"{silence.id}\nended", now)
            if not _was_ended(db, silence):
                events.add(db, Event(now, None, Did.SILENCE_ENDED, before=notices.muted(silence), note=silence.id))
            self._pipeline.end_silence(db, silence, now)
            log.info("a silence ended", silence=silence.id, scope=silence.scope.value)
        return len(over)

    def until_next(self) -> float:
        """Seconds until something is due, at most LONGEST_SLEEP."""
        now = self._now()
        with self._store.reading() as db:
            dues = [silence.until for silence in (*silences.ended_unannounced(db, now), *silences.active(db, now))]
            nudge_at = next_nudge_at(db, now, self._context()) if self._reminds else None
        if nudge_at is not None:
            dues.append(nudge_at)
        return min([LONGEST_SLEEP, *(max(0.0, (due - now).total_seconds()) for due in dues)])


def _was_ended(db: Database, silence: Silence) -> bool:
    """Whether a person ended it: the audit then says so already."""
    return any(
        event.did is Did.SILENCE_ENDED and event.note == silence.id for event in events.since(db, silence.starts_at)
    )
