"""Delivers what the outbox holds: paced, retried, and never twice when the outcome of an attempt is unknown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from monitor.alert.notifier import Notifier
from monitor.errors import DeliveryError, DeliveryPermanent, DeliveryRetryable, DeliveryUnknown
from monitor.model import NotificationKind, Receipt
from monitor.store import outbox
from monitor.store.db import Store
from monitor.store.outbox import Delivery

log = structlog.get_logger()

ALERTS = (NotificationKind.MESSAGE, NotificationKind.REPLY, NotificationKind.DIGEST, NotificationKind.NOTICE)
UPDATES = (NotificationKind.UPDATE, NotificationKind.EDIT)
BURST = 5
"""Messages that may go out at once before the pace sets in."""
LONGEST_BACK_OFF = 60.0
OUTAGE = 3
"""Failures in a row that are more than one notification's own trouble."""
REFUSED_AGAIN = timedelta(minutes=10)
"""How often a refused notification is tried again, in case somebody has mended the cause."""

Answer = TypeVar("Answer")
Wait = Callable[[Sequence[asyncio.Event], float | None], Awaitable[None]]


class Pace:
    """One message each `seconds_between`, after a burst of `burst` (a leaky bucket)."""

    def __init__(self, seconds_between: float, burst: int) -> None:
        self._between = timedelta(seconds=seconds_between)
        self._slack = self._between * (burst - 1)
        self._full_at: datetime | None = None

    def ready_at(self, now: datetime) -> datetime:
        return now if self._full_at is None else max(now, self._full_at - self._slack)

    def take(self, now: datetime) -> None:
        self._full_at = max(self._full_at or now, now) + self._between

    def hold_until(self, moment: datetime) -> None:
        """The receiver asked us to wait: nothing before `moment`, and no burst after it."""
        self._full_at = max(self._full_at or moment, moment + self._slack)


class Outbox:
    """The delivery loop over one store and one notifier. `now` and `wait` are the clock and the sleep."""

    def __init__(
        self,
        store: Store,
        notifier: Notifier,
        now: Callable[[], datetime],
        wait: Wait | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._now = now
        self._wait = wait or first_event
        self._jitter = jitter
        # Counters have a pace of their own, so that an alert never waits behind them.
        self._lanes = (
            (ALERTS, Pace(notifier.seconds_between, BURST)),
            (UPDATES, Pace(notifier.seconds_between, BURST)),
        )
        self._failures = 0
        self._failed_last: str | None = None
        self._woken = asyncio.Event()
        self._progress = asyncio.Event()

    def wake(self) -> None:
        """Something was enqueued."""
        self._woken.set()

    async def empty(self, stop: asyncio.Event) -> None:
        """Return once everything is delivered that can be, or `stop` is set. `deliver_until` must be running."""
        while not stop.is_set():
            self._progress.clear()
            if await asyncio.to_thread(outbox.is_empty, self._store):
                return
            await self._wait((self._progress, stop), None)

    async def deliver_until(self, stop: asyncio.Event, drain_seconds: float) -> None:
        """Deliver until `stop` is set, then what is still due, for at most `drain_seconds`.

        An attempt that is cut off there stays `sending`, and the next start looks for it.
        """
        recovered = await asyncio.to_thread(outbox.recover, self._store, self._now())
        if recovered:
            log.warning("the last run ended while it was sending: looking for these messages", messages=recovered)
        try:
            async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(_end(stop, deadline, drain_seconds), name="outbox:deadline")
                await self._work(stop)
                watch.cancel()
        except TimeoutError:
            log.warning("stopped before everything was delivered: the rest is delivered at the next start")

    async def _work(self, stop: asyncio.Event) -> None:
        while True:
            self._woken.clear()
            if await self.deliver_next():
                self._progress.set()
                continue
            self._progress.set()
            now = self._now()
            due, ready = await self._next(now)
            if stop.is_set() and (due is None or due > now):
                return
            seconds = None if ready is None else max(0.0, (ready - now).total_seconds())
            # Once stop is set it would end every wait at once; what is waited for then is the pace alone.
            await self._wait((self._woken,) if stop.is_set() else (self._woken, stop), seconds)

    async def deliver_next(self) -> bool:
        """One attempt at the notification that is next, if there is one that is due and within the pace."""
        for kinds, pace in self._lanes:
            now = self._now()
            if pace.ready_at(now) > now:
                continue
            deliveries = await asyncio.to_thread(outbox.claim_due, self._store, now, 1, kinds)
            for delivery in deliveries:
                pace.take(now)
                await self._attempt(delivery, pace)
                return True
        return False

    async def _next(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """When something is due next, and when it may be sent."""
        dues = [
            (due, max(due, pace.ready_at(now)))
            for kinds, pace in self._lanes
            if (due := await asyncio.to_thread(outbox.next_due, self._store, now, kinds)) is not None
        ]
        return (min(due for due, _ in dues), min(ready for _, ready in dues)) if dues else (None, None)

    async def _attempt(self, delivery: Delivery, pace: Pace) -> None:
        kind = delivery.notification.kind
        try:
            receipt = await self._find(delivery)
        except (DeliveryRetryable, DeliveryUnknown) as error:
            await self._again(outbox.mark_ambiguous, delivery, error, pace)
            return
        try:
            if receipt is None:
                receipt = await _ask(self._notifier.deliver(delivery.notification, delivery.root))
        except DeliveryRetryable as error:
            await self._again(outbox.mark_retry, delivery, error, pace)
        except DeliveryUnknown as error:
            # Rewriting a message twice changes nothing, so that needs no search.
            mark = outbox.mark_retry if kind in UPDATES else outbox.mark_ambiguous
            await self._again(mark, delivery, error, pace)
        except DeliveryPermanent as error:
            await self._refused(delivery, str(error))
        else:
            await asyncio.to_thread(outbox.mark_sent, self._store, delivery.notification.delivery_id, receipt)
            log.info("delivered", **_about(delivery), channel=receipt.channel, ts=receipt.ts)
            await self._got_through()

    async def _got_through(self) -> None:
        """After an outage nothing waits for the end of its own back-off: the order is that of severity again."""
        if self._failures >= OUTAGE:
            await asyncio.to_thread(outbox.end_back_off, self._store, self._now())
        self._failures = 0

    async def _find(self, delivery: Delivery) -> Receipt | None:
        """Where an earlier attempt put the message, None when it must be sent."""
        if delivery.search_since is None:
            return None
        try:
            found = await _ask(self._notifier.find(delivery.notification, delivery.root, delivery.search_since))
        except DeliveryPermanent as error:
            # An alert that comes twice is better than one that never comes.
            log.warning("cannot look whether it was delivered: sending it again", error=str(error), **_about(delivery))
            return None
        if found is not None:
            log.info("found: an earlier attempt had got through", **_about(delivery))
        return found

    async def _again(
        self,
        mark: Callable[[Store, str, str, datetime], None],
        delivery: Delivery,
        error: DeliveryRetryable | DeliveryUnknown,
        pace: Pace,
    ) -> None:
        self._failures += 1
        name, in_outage = delivery.notification.delivery_id, self._failures >= OUTAGE
        # One that fails twice running steps aside: the trouble may be its own.
        is_everybodys = in_outage and name != self._failed_last
        self._failed_last = name
        seconds = min(LONGEST_BACK_OFF, 2.0 ** min(delivery.attempt, 6)) * (0.5 + self._jitter() / 2)
        now = self._now()
        due_at = now + timedelta(seconds=seconds)
        asked = error.retry_after if isinstance(error, DeliveryRetryable) else None
        is_away = isinstance(error, DeliveryRetryable) and error.away
        if is_everybodys or is_away or asked is not None:
            # The pause is everybody's: after it the most severe goes first, and not whoever was not tried before.
            pace.hold_until(due_at if asked is None else now + timedelta(seconds=asked + self._jitter()))
            due_at = now
        await asyncio.to_thread(mark, self._store, name, str(error), due_at)
        if is_everybodys:
            await asyncio.to_thread(outbox.end_back_off, self._store, now)
        _log_once(delivery, error, "not delivered: tried again", due_at)

    async def _refused(self, delivery: Delivery, error: str) -> None:
        due_at = self._now() + REFUSED_AGAIN
        await asyncio.to_thread(outbox.mark_failed, self._store, delivery.notification.delivery_id, error, due_at)
        if error != delivery.last_error:
            log.error("REFUSED: somebody must act", error=error, **_about(delivery))


async def first_event(events: Sequence[asyncio.Event], seconds: float | None) -> None:
    """Return when one of the events is set, or after `seconds`."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _ask(answer: Awaitable[Answer]) -> Answer:
    """A notification on which the notifier stumbles must not silence all the others: it is refused, loudly."""
    try:
        return await answer
    except DeliveryError:
        raise
    except Exception as error:
        log.exception("a notification cannot be shown, which is a mistake in monitor")
        raise DeliveryPermanent(f"a mistake in monitor, please report it: {error!r}") from error


async def _end(stop: asyncio.Event, deadline: asyncio.Timeout, seconds: float) -> None:
    await stop.wait()
    deadline.reschedule(asyncio.get_running_loop().time() + seconds)


def _log_once(delivery: Delivery, error: DeliveryError, event: str, due_at: datetime) -> None:
    """The same error in a row is told once."""
    level = log.debug if str(error) == delivery.last_error else log.warning
    level(event, error=str(error), attempt=delivery.attempt, due_at=due_at.isoformat(), **_about(delivery))


def _about(delivery: Delivery) -> dict[str, str]:
    return {"delivery_id": delivery.notification.delivery_id, "kind": delivery.notification.kind.value}
