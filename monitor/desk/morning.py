"""The morning's digest: once a day, whatever restarts, by the clock of the config's time zone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import structlog

from monitor.alert.outbox import first_event
from monitor.config import DeskConfig
from monitor.desk import chart
from monitor.desk.report import report
from monitor.model import Curves, Notice, Notification, NotificationKind, Picture, Rules
from monitor.store import digests, enqueue, figures
from monitor.store.db import Store

log = structlog.get_logger()

STILL_WANTED = timedelta(hours=12)
"""A digest that was missed is posted for so long after its time."""
LATE = timedelta(minutes=10)
"""From so long after its time on, a digest says that it is late."""
LOOK_AGAIN = 60.0
"""Seconds after which the clock is read again: it may have been set, or the machine have slept."""

Wait = Callable[[Sequence[asyncio.Event], float | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A digest that is posted on the morning of `day`, about the day before, from `at` on."""

    day: date
    at: datetime

    def is_late(self, now: datetime) -> bool:
        return now - self.at >= LATE


def next_digest(now: datetime, last: date, settings: DeskConfig) -> Planned | None:
    """The digest that is due, or the next that will be; None where the config wants none.

    `last` is the morning of the last one. One that was missed by less than STILL_WANTED is due at once, an older one
    never. A time that a morning does not have, because clocks go forward over it, is that much later; of one that it
    has twice the first counts.
    """
    if settings.digest_at is None:
        return None
    today = now.astimezone(settings.timezone).date()
    day = max(last + timedelta(days=1), today - timedelta(days=1))
    planned = _on(day, settings)
    while planned is not None and now - planned.at >= STILL_WANTED:
        planned = _on(planned.day + timedelta(days=1), settings)
    return planned


def _on(day: date, settings: DeskConfig) -> Planned | None:
    if settings.digest_at is None:
        return None
    return Planned(day, datetime.combine(day, settings.digest_at, settings.timezone).astimezone(UTC))


def first_morning(now: datetime, settings: DeskConfig) -> date:
    """What counts as the last digest where there was none yet: a first start makes up for nothing."""
    today = now.astimezone(settings.timezone).date()
    planned = _on(today, settings)
    return today if planned is not None and planned.at <= now else today - timedelta(days=1)


def compose(store: Store, rules: Rules, settings: DeskConfig, day: date, now: datetime, late: str | None) -> Notice:
    """The digest of a day, with its picture. Blocking: about a second."""
    with store.reading() as db:
        found = figures.of_day(db, day, now, settings.timezone)
        curves = figures.week(db, day, settings.timezone)
    plain = report(found, rules, settings, late=late)
    if not plain.lines:
        return plain
    return replace(plain, picture=_picture(curves, rules, settings))


def _picture(curves: Curves, rules: Rules, settings: DeskConfig) -> Picture | None:
    try:
        return chart.draw(curves, rules, settings.timezone)
    except Exception:
        # The words are the digest: nothing that is wrong with a picture may cost them.
        log.exception("the picture of the digest could not be drawn; the digest goes out without it")
        return None


class Morning:
    """The task that posts the digest. `wake` tells the outbox that something was enqueued."""

    def __init__(
        self,
        store: Store,
        rules: Callable[[], Rules],
        settings: DeskConfig,
        wake: Callable[[], None],
        now: Callable[[], datetime],
        wait: Wait = first_event,
    ) -> None:
        self._store = store
        self._rules = rules
        self._settings = settings
        self._wake = wake
        self._now = now
        self._wait = wait

    async def run(self, stop: asyncio.Event) -> None:
        """Post every digest that becomes due until `stop` is set."""
        if self._settings.digest_at is None:
            return
        await asyncio.to_thread(digests.start, self._store, first_morning(self._now(), self._settings))
        while not stop.is_set():
            seconds = await asyncio.to_thread(self.post_if_due)
            if seconds:
                await self._wait((stop,), min(seconds, LOOK_AGAIN))

    def post_if_due(self) -> float:
        """Enqueue the digest that is due, if one is. Returns the seconds until the next is. Blocking."""
        now = self._now()
        planned = next_digest(now, digests.last(self._store), self._settings)
        if planned is None:
            return LOOK_AGAIN
        if planned.at > now:
            return (planned.at - now).total_seconds()
        notice = compose(
            self._store,
            self._rules(),
            self._settings,
            planned.day - timedelta(days=1),
            now,
            _excuse(planned, self._settings) if planned.is_late(now) else None,
        )
        notification = Notification(f"digest-{planned.day}", NotificationKind.NOTICE, notice=notice)
        with self._store.transaction() as db:
            digests.posted(db, planned.day)
            enqueue.enqueue(db, notification, now, now)
        log.info("the morning's digest", day=str(planned.day), late=planned.is_late(now))
        self._wake()
        return 0.0


def _excuse(planned: Planned, settings: DeskConfig) -> str:
    """Its zone is named as the config names it: people in several read this."""
    at = planned.at.astimezone(settings.timezone)
    return f"This comes late: monitor was not running at {at:%H:%M} ({settings.timezone.key})."
