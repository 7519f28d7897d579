"""The task that tells people when a source goes blind, and when it sees again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from monitor.alert.blind_news import blind_news, what_is_blind
from monitor.alert.blind_words import notices
from monitor.alert.outbox import first_event
from monitor.model import BlindKind, NewsKind, Notification, NotificationKind
from monitor.store import blind, enqueue
from monitor.store.db import Store

log = structlog.get_logger()

LOOK_SECONDS = 20.0

Wait = Callable[[Sequence[asyncio.Event], float | None], Awaitable[None]]


class BlindWatch:
    """Looks at the sources of these names every LOOK_SECONDS. `wake` tells the outbox that something was enqueued."""

    def __init__(
        self,
        store: Store,
        names: Sequence[str],
        wake: Callable[[], None],
        now: Callable[[], datetime],
        wait: Wait = first_event,
    ) -> None:
        self._store = store
        self._names = names
        self._wake = wake
        self._now = now
        self._wait = wait
        self._started = now()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await asyncio.to_thread(self.look):
                self._wake()
            await self._wait((stop,), LOOK_SECONDS)

    def look(self) -> int:
        """Enqueue what people do not know yet, and remember that they do, in one transaction: a restart repeats
        nothing. Returns how many notices that were. Blocking."""
        now = self._now()
        with self._store.transaction() as db:
            watched = blind.watched(self._store, self._names, self._started)
            before = blind.told(db)
            decided = blind_news(watched, before, self._names, now)
            if decided.told != tuple(before):
                blind.save_told(db, decided.told)
            if not decided.news:
                return 0
            caught_up = {
                news: blind.caught_up(db, news.source, news.since, news.until or now)
                for news in decided.news
                if news.kind is NewsKind.BACK
            }
            unseen = {
                one.source for source in watched for one in what_is_blind(source, now)
                if one.kind is not BlindKind.CHANGED
            }  # fmt: skip
            said = notices(decided.news, caught_up, set(self._names) - unseen, now)
            for number, notice in enumerate(said):
                digest = hashlib.sha256(f"{now.isoformat()} {number} {notice.title}".encode()).hexdigest()
                notification = Notification(f"blind-{digest[:12]}", NotificationKind.NOTICE, notice=notice)
                enqueue.enqueue(db, notification, now, now)
        for one in decided.news:
            log.warning("blindness", what=one.kind.value, source=one.source, of=one.blind.value, why=one.why)
        return len(said)
