from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from structlog.testing import capture_logs

from monitor.alert.outbox import BURST, LONGEST_BACK_OFF, REFUSED_AGAIN, Outbox, Pace
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown
from monitor.model import Alert, Notification, NotificationKind, Receipt, Severity
from monitor.store import outbox as rows
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Note = Callable[..., Notification]


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.time = NOON
        self.waits: list[float | None] = []

    def now(self) -> datetime:
        return self.time

    async def wait(self, events: Sequence[asyncio.Event], seconds: float | None) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)
        if any(event.is_set() for event in events):
            return
        if seconds is None:
            await asyncio.wait(
                [asyncio.ensure_future(event.wait()) for event in events], return_when=asyncio.FIRST_COMPLETED
            )
        else:
            self.time += timedelta(seconds=seconds)


@dataclass
class ScriptedNotifier:
    """Fails as it is told to, in order, and remembers what came through. `lost`: delivers, and fails all the same."""

    clock: Clock
    failures: list[Exception] = field(default_factory=list)
    find_failures: list[Exception] = field(default_factory=list)
    lost: bool = False
    seconds_between: float = 0.0
    shown: dict[str, Receipt] = field(default_factory=dict)
    deliveries: list[tuple[str, datetime]] = field(default_factory=list)
    roots: dict[str, Receipt | None] = field(default_factory=dict)
    searches: list[tuple[str, datetime]] = field(default_factory=list)
    hangs: bool = False
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        if self.hangs:
            self.hanging.set()
            await asyncio.Event().wait()
        receipt = Receipt("C1", str(len(self.deliveries)))
        if self.failures and not self.lost:
            raise self.failures.pop(0)
        self.deliveries.append((notification.delivery_id, self.clock.now()))
        self.roots[notification.delivery_id] = root
        self.shown[notification.delivery_id] = receipt
        if self.failures:
            raise self.failures.pop(0)
        return receipt

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        self.searches.append((notification.delivery_id, since))
        if self.find_failures:
            raise self.find_failures.pop(0)
        return self.shown.get(notification.delivery_id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        return None

    @property
    def delivered(self) -> list[str]:
        return [name for name, _ in self.deliveries]


@dataclass
class AwayUntil(ScriptedNotifier):
    """Gives no answer before it is `back`; for the notification `troubled` not before `mended`."""

    seconds_between: float = 1.2
    back: datetime = NOON
    troubled: str = ""
    mended: datetime = NOON

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        until = self.mended if notification.delivery_id == self.troubled else self.back
        if self.clock.now() < until:
            raise DeliveryUnknown("no answer")
        return await super().deliver(notification, root)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notifier(clock: Clock) -> ScriptedNotifier:
    return ScriptedNotifier(clock)


@pytest.fixture
def note(alert: Alert) -> Note:
    def make(name: str, kind: NotificationKind = NotificationKind.MESSAGE, incident: str = "i1") -> Notification:
        return Notification(name, kind, (replace(alert, incident=replace(alert.incident, id=incident)),))

    return make


def put(store: Store, *notifications: Notification, due_at: datetime = NOON) -> None:
    with store.transaction() as db:
        for notification in notifications:
            rows.enqueue(db, notification, NOON, due_at)


async def drain(store: Store, notifier: ScriptedNotifier, clock: Clock) -> None:
    """Run the loop until everything is delivered that can be."""
    outbox = Outbox(store, notifier, now=clock.now, wait=clock.wait, jitter=lambda: 1.0)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.deliver_until(stop, drain_seconds=600))
        await outbox.empty(stop)
        stop.set()


async def test_what_waits_is_delivered(store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note) -> None:
    put(store, note("a"))
    await drain(store, notifier, clock)
    put(store, note("r", NotificationKind.REPLY), note("u", NotificationKind.UPDATE))

    await drain(store, notifier, clock)

    assert notifier.delivered == ["a", "r", "u"]
    assert notifier.roots["r"] == notifier.shown["a"]


async def test_a_notification_that_comes_later_wakes_the_loop(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    outbox = Outbox(store, notifier, now=clock.now, wait=clock.wait)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.deliver_until(stop, drain_seconds=600))
        await outbox.empty(stop)
        put(store, note("a"))
        outbox.wake()
        await outbox.empty(stop)
        stop.set()

    assert notifier.delivered == ["a"]


async def test_a_rate_limit_is_waited_out_by_everything_behind_it(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [DeliveryRetryable("slow down", retry_after=30)]
    put(store, note("a"), note("b", incident="i2"))

    await drain(store, notifier, clock)

    assert sorted(notifier.delivered) == ["a", "b"]
    assert all(at >= NOON + 30 * SECOND for _, at in notifier.deliveries)
    assert notifier.searches == [], "what was certainly not delivered is not looked for"


async def test_failures_in_a_row_back_off_further_each_time(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [DeliveryRetryable("cannot be reached") for _ in range(8)]
    put(store, note("a"))

    await drain(store, notifier, clock)

    pauses = [wait for wait in clock.waits if wait]
    assert pauses == sorted(pauses)
    assert pauses[0] == pytest.approx(2)
    assert pauses[-1] == pytest.approx(60)


def severe(notification: Notification, severity: Severity) -> Notification:
    (alert,) = notification.alerts
    return replace(notification, alerts=(replace(alert, claim=replace(alert.claim, severity=severity)),))


@pytest.mark.parametrize(
    "failure",
    [
        DeliveryRetryable("cannot be reached", away=True),
        DeliveryRetryable("slow down", 3),
        DeliveryUnknown("no answer"),
    ],
)
async def test_after_an_outage_the_most_severe_go_first(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note, failure: Exception
) -> None:
    notifier.failures = [failure for _ in range(40)]
    order = [Severity.LOW, Severity.CRITICAL, Severity.MEDIUM, Severity.HIGH] * 5
    put(store, *(severe(note(f"{one}-{number}", incident=f"i{number}"), one) for number, one in enumerate(order)))

    await drain(store, notifier, clock)

    severities = [name.partition("-")[0] for name in notifier.delivered]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low"].index)


@pytest.mark.parametrize("seconds", [60, 75, 90, 140, 300, 1234, 3600])
async def test_the_only_severe_one_finds_out_that_the_receiver_is_back(
    store: Store, clock: Clock, note: Note, seconds: int
) -> None:
    notifier = AwayUntil(clock, back=NOON + timedelta(seconds=seconds))
    low = [severe(note(f"low-{number}", incident=f"i{number}"), Severity.LOW) for number in range(12)]
    put(store, *low[:6], severe(note("critical", incident="i99"), Severity.CRITICAL), *low[6:])

    await drain(store, notifier, clock)

    (first, at), *others = notifier.deliveries
    assert first == "critical"
    assert at <= notifier.back + timedelta(seconds=LONGEST_BACK_OFF)
    assert len(others) == len(low)


async def test_a_severe_one_with_a_trouble_of_its_own_holds_nobody_up_after_an_outage(
    store: Store, clock: Clock, note: Note
) -> None:
    back = NOON + timedelta(minutes=20)
    notifier = AwayUntil(clock, back=back, troubled="bad", mended=NOON + timedelta(hours=2))
    put(
        store, severe(note("bad", incident="i0"), Severity.CRITICAL), note("a", incident="i1"), note("b", incident="i2")
    )

    await drain(store, notifier, clock)

    assert notifier.delivered in (["a", "b", "bad"], ["b", "a", "bad"])
    assert notifier.deliveries[1][1] <= back + timedelta(seconds=2 * LONGEST_BACK_OFF)


async def test_one_notification_with_a_trouble_of_its_own_does_not_hold_the_others_up(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [DeliveryRetryable("the file server does not answer")]
    put(store, severe(note("bad"), Severity.CRITICAL), note("a", incident="i2"), note("b", incident="i3"))

    await drain(store, notifier, clock)

    assert notifier.deliveries[:2] == [("a", NOON), ("b", NOON)]
    assert notifier.delivered == ["a", "b", "bad"]


async def test_a_message_whose_answer_was_lost_is_found_and_not_sent_again(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures, notifier.lost = [DeliveryUnknown("no answer")], True
    put(store, note("n", NotificationKind.NOTICE), note("a"))

    await drain(store, notifier, clock)

    assert notifier.delivered == ["a", "n"]
    assert notifier.searches == [("a", NOON)]
    assert notifier.roots["n"] == notifier.shown["a"], "the receipt that was found is the root"


async def test_a_message_that_is_not_found_is_sent_again(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [DeliveryUnknown("no answer")]
    put(store, note("a"))

    await drain(store, notifier, clock)

    assert (notifier.delivered, len(notifier.searches)) == (["a"], 1)


@pytest.mark.parametrize("failure", [DeliveryRetryable("slow down"), DeliveryUnknown("no answer")])
async def test_a_search_that_fails_is_repeated_before_anything_is_sent(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note, failure: Exception
) -> None:
    notifier.failures, notifier.lost, notifier.find_failures = [DeliveryUnknown("no answer")], True, [failure]
    put(store, note("a"))

    await drain(store, notifier, clock)

    assert (notifier.delivered, len(notifier.searches)) == (["a"], 2)


async def test_an_alert_comes_twice_rather_than_never_when_nobody_may_look(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures, notifier.find_failures = [DeliveryUnknown("no answer")], [DeliveryPermanent("missing_scope")]
    put(store, note("a"))

    with capture_logs() as logs:
        await drain(store, notifier, clock)

    assert notifier.delivered == ["a"]
    assert any("cannot look" in entry["event"] for entry in logs)


async def test_an_update_of_unknown_outcome_is_sent_again_without_a_search(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    put(store, note("a"))
    await drain(store, notifier, clock)
    notifier.failures, notifier.lost = [DeliveryUnknown("no answer")], True
    put(store, note("u", NotificationKind.UPDATE))

    await drain(store, notifier, clock)

    assert (notifier.delivered, notifier.searches) == (["a", "u", "u"], [])


async def test_a_refusal_is_loud_once_and_tried_again_later(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [DeliveryPermanent("not_in_channel: invite the bot") for _ in range(2)]
    put(store, note("a"))
    outbox = Outbox(store, notifier, now=clock.now, wait=clock.wait)

    with capture_logs() as logs:
        assert await outbox.deliver_next()
        assert not await outbox.deliver_next()
        clock.time += REFUSED_AGAIN
        assert await outbox.deliver_next()
        clock.time += REFUSED_AGAIN
        assert await outbox.deliver_next()

    assert [entry["error"] for entry in logs if entry["log_level"] == "error"] == ["not_in_channel: invite the bot"]
    assert notifier.delivered == ["a"]


async def test_a_notification_on_which_the_notifier_stumbles_does_not_silence_the_others(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.failures = [ZeroDivisionError()]
    put(store, note("a"), note("b", incident="i2"))

    with capture_logs() as logs:
        await drain(store, notifier, clock)

    assert notifier.delivered == ["b"]
    assert [failed.delivery_id for failed in rows.failed(store)] == ["a"]
    assert any("mistake in monitor" in entry["event"] for entry in logs)


async def test_what_the_last_run_was_sending_is_looked_for_first(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    put(store, note("a"), note("b", incident="i2"))
    rows.claim_due(store, NOON, 2, tuple(NotificationKind))
    notifier.shown["a"] = Receipt("C1", "7")

    await drain(store, notifier, clock)

    assert notifier.delivered == ["b"], "a had got through, b had not"


async def test_stop_delivers_what_is_due_and_leaves_what_is_not(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.seconds_between = 1.0
    many = [note(f"m{number}", incident=f"i{number}") for number in range(BURST + 3)]
    put(store, *many)
    put(store, note("later", incident="later"), due_at=NOON + timedelta(hours=1))
    stop = asyncio.Event()
    stop.set()

    await Outbox(store, notifier, now=clock.now, wait=clock.wait).deliver_until(stop, drain_seconds=600)

    assert notifier.delivered == [notification.delivery_id for notification in many]


async def test_a_delivery_that_hangs_is_cut_off_at_the_deadline_and_looked_for_at_the_next_start(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.hangs = True
    put(store, note("a"))
    stop = asyncio.Event()
    outbox = Outbox(store, notifier, now=clock.now, wait=clock.wait)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.deliver_until(stop, drain_seconds=0))
        await notifier.hanging.wait()
        stop.set()

    assert rows.recover(store, NOON) == 1


async def test_alerts_keep_the_pace_and_counters_do_not_hold_them_up(
    store: Store, notifier: ScriptedNotifier, clock: Clock, note: Note
) -> None:
    notifier.seconds_between = 1.0
    incidents = [f"i{number}" for number in range(BURST + 2)]
    put(store, *(note(f"u-{name}", NotificationKind.UPDATE, name) for name in incidents))
    put(store, *(note(f"m-{name}", incident=name) for name in incidents))

    await drain(store, notifier, clock)

    at = [moment for name, moment in notifier.deliveries if name.startswith("m")]
    assert at[:BURST] == [NOON] * BURST
    assert at[BURST:] == [NOON + SECOND, NOON + 2 * SECOND]


def test_a_pace_allows_a_burst_and_then_one_at_a_time() -> None:
    pace = Pace(1.0, burst=2)
    now = NOON
    taken = []
    for _ in range(4):
        now = pace.ready_at(now)
        pace.take(now)
        taken.append(now - NOON)

    assert taken == [0 * SECOND, 0 * SECOND, SECOND, 2 * SECOND]


def test_a_pace_that_was_held_has_no_burst_afterwards() -> None:
    pace = Pace(1.0, burst=5)
    pace.hold_until(NOON + 10 * SECOND)

    assert pace.ready_at(NOON) == NOON + 10 * SECOND
    pace.take(NOON + 10 * SECOND)
    assert pace.ready_at(NOON + 10 * SECOND) == NOON + 11 * SECOND
