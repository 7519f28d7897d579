from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.model import (
    Notification,
    NotificationKind,
    Post,
    Severity,
)
from monitor.store import outbox
from monitor.store.db import Store
from monitor.store.outbox import GIVE_UP, SETTLE, Delivery
from tests.store.outgoing import EVERYTHING, NOON, ROOT, alert, claim_one, claimed, note, notice, put

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def sent(store: Store, notification: Notification) -> None:
    put(store, notification)
    claim_one(store)
    outbox.mark_sent(store, notification.delivery_id, ROOT)


def given_up(store: Store, name: str) -> None:
    """A message that was refused for so long that nobody tries it any more."""
    put(store, note(name))
    claim_one(store)
    outbox.mark_failed(store, name, "refused", NOON + 2 * GIVE_UP)


def states(store: Store) -> dict[str, str]:
    return dict(store.db.execute("SELECT delivery_id, state FROM outbox").fetchall())


def test_what_is_enqueued_comes_back_whole_and_only_once(store: Store) -> None:
    put(store, note("a"))

    delivery = claim_one(store)

    assert delivery == Delivery(note("a"), root=None, attempt=1, search_since=None, last_error=None)
    assert claimed(store) == []


def test_nothing_is_enqueued_when_the_transaction_that_decided_fails(store: Store) -> None:
    def decide() -> None:
        with store.transaction() as db:
            outbox.enqueue(db, note("a"), NOON, NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        decide()

    assert claimed(store) == []


def test_a_notification_waits_until_it_is_due(store: Store) -> None:
    put(store, note("a"), due_at=NOON + SECOND)

    assert claimed(store) == []
    assert outbox.next_due(store, NOON, EVERYTHING) == NOON + SECOND
    assert claimed(store, NOON + SECOND) == ["a"]


def test_what_is_written_while_somebody_waits_to_look_goes_before_what_is_less_severe(store: Store) -> None:
    low = note("low", about=alert(severity=Severity.LOW))
    critical = note("critical", about=alert("i2", severity=Severity.CRITICAL))
    put(store, low)
    put(store, critical, now=NOON + SECOND)

    assert claim_one(store).notification.delivery_id == "critical"


def test_only_the_kinds_asked_for_are_claimed(store: Store) -> None:
    sent(store, note("root"))
    put(store, note("u", NotificationKind.UPDATE), note("r", NotificationKind.REPLY))

    assert outbox.claim_due(store, NOON, 10, (NotificationKind.MESSAGE,)) == []
    assert claimed(store) == ["r", "u"], "an alert goes before a counter"


def test_a_reply_waits_for_its_message_and_gets_its_receipt(store: Store) -> None:
    put(store, note("r", NotificationKind.REPLY), note("a"))

    assert claimed(store) == ["a"]
    assert claimed(store) == []
    outbox.mark_sent(store, "a", ROOT)
    assert claim_one(store).root == ROOT


def test_a_reply_to_one_incident_does_not_use_the_message_of_another(store: Store) -> None:
    sent(store, note("root"))
    put(store, note("a", about=alert("i2")), note("r", NotificationKind.REPLY, alert("i2")))

    assert claimed(store) == ["a"]
    assert claimed(store) == []


def test_a_newer_update_replaces_the_one_that_waits_and_is_due_when_that_one_was(store: Store) -> None:
    sent(store, note("root"))
    put(store, note("u1", NotificationKind.UPDATE, alert(posts=2)), due_at=NOON + SECOND)
    put(store, note("u2", NotificationKind.UPDATE, alert(posts=3)), due_at=NOON + 5 * SECOND)

    delivery = claim_one(store, NOON + SECOND)

    assert delivery.notification.alerts[0].incident.posts == 3
    assert "u1" not in states(store)


def test_an_update_that_failed_gives_way_to_one_that_came_meanwhile(store: Store) -> None:
    sent(store, note("root"))
    put(store, note("u1", NotificationKind.UPDATE))
    claim_one(store)
    put(store, note("u2", NotificationKind.UPDATE))
    outbox.mark_retry(store, "u1", "slow down", NOON)

    assert claimed(store) == ["u2"]


def test_two_digests_of_one_minute_become_one(store: Store) -> None:
    put(store, note("d1", NotificationKind.DIGEST, alert("i1")), due_at=NOON + SECOND)
    put(store, note("d2", NotificationKind.DIGEST, alert("i2")), due_at=NOON + 5 * SECOND)
    put(store, note("d3", NotificationKind.DIGEST, alert("i1", posts=3)), due_at=NOON + 5 * SECOND)

    delivery = claim_one(store, NOON + SECOND)

    shown = [(shown.incident.id, shown.incident.posts) for shown in delivery.notification.alerts]
    assert shown == [("i2", 1), ("i1", 3)]
    put(store, note("d4", NotificationKind.DIGEST, alert("i3")))
    assert claimed(store) == ["d4"], "a digest that is on its way takes nothing more in"


def test_what_was_sent_is_no_longer_quoted_in_the_database(store: Store) -> None:
    sent(store, note("a", about=alert(text="a very private sentence")))

    assert store.db.execute("SELECT body FROM outbox").fetchone() == (b"",)


def test_a_retry_comes_back_with_its_error_and_its_attempt(store: Store) -> None:
    put(store, note("a"))
    claim_one(store)
    outbox.mark_retry(store, "a", "slow down", NOON + SECOND)

    assert claimed(store) == []
    delivery = claim_one(store, NOON + SECOND)
    assert (delivery.attempt, delivery.last_error, delivery.search_since) == (2, "slow down", None)


def test_an_ambiguous_notification_is_looked_for_from_its_first_attempt_on(store: Store) -> None:
    put(store, note("a"))
    claim_one(store, NOON)
    outbox.mark_ambiguous(store, "a", "no answer", NOON + SECOND)

    assert claim_one(store, NOON + SECOND).search_since == NOON


def test_what_a_dead_process_was_sending_is_ambiguous_and_an_update_is_just_sent_again(store: Store) -> None:
    sent(store, note("root"))
    put(store, note("a", about=alert("i2")), note("u", NotificationKind.UPDATE))
    assert len(claimed(store)) == 2

    assert outbox.recover(store, NOON) == 2
    assert states(store) == {"root": "sent", "a": "ambiguous", "u": "pending"}
    assert claimed(store) == [], "a request in flight gets a moment to arrive"
    assert set(claimed(store, NOON + SETTLE)) == {"a", "u"}


def test_a_refused_notification_is_shown_and_tried_again_until_it_is_given_up(store: Store) -> None:
    put(store, note("a"))
    claim_one(store)
    outbox.mark_failed(store, "a", "invite the bot", NOON + 600 * SECOND)

    (failed,) = outbox.failed(store)
    assert (failed.delivery_id, failed.error, failed.attempts) == ("a", "invite the bot", 1)
    assert claimed(store) == []
    assert claimed(store, NOON + 600 * SECOND) == ["a"]
    outbox.mark_failed(store, "a", "invite the bot", NOON + 1200 * SECOND)
    assert claimed(store, NOON + GIVE_UP) == []


def test_when_a_message_is_given_up_the_next_notification_takes_its_place(store: Store) -> None:
    given_up(store, "a")
    put(store, note("r", NotificationKind.REPLY), notice("n", "i1"), now=NOON + GIVE_UP)

    delivery = claim_one(store, NOON + GIVE_UP)

    assert (delivery.notification.delivery_id, delivery.notification.kind) == ("r", NotificationKind.MESSAGE)
    outbox.mark_sent(store, "r", ROOT)
    assert claim_one(store, NOON + GIVE_UP).root == ROOT


def test_an_update_takes_the_place_of_a_message_that_was_given_up_before_a_reply_does(store: Store) -> None:
    given_up(store, "a")
    two = replace(note("r", NotificationKind.REPLY), alerts=(alert(post_id="2"), alert(post_id="3")))
    put(store, two, note("u", NotificationKind.UPDATE), now=NOON + GIVE_UP)

    delivery = claim_one(store, NOON + GIVE_UP)

    assert (delivery.notification.delivery_id, delivery.notification.kind) == ("u", NotificationKind.MESSAGE)


def test_a_notice_about_an_incident_without_a_message_stands_in_the_channel(store: Store) -> None:
    put(store, notice("n", "i1"))

    assert claim_one(store).root is None


def test_a_refused_message_is_tried_for_as_long_again_after_news(store: Store) -> None:
    put(store, note("a"))
    claim_one(store)
    outbox.mark_failed(store, "a", "invite the bot", NOON + SECOND)
    put(store, note("u", NotificationKind.UPDATE, alert(posts=9)), now=NOON + 23 * HOUR)

    delivery = claim_one(store, NOON + 30 * HOUR)

    assert (delivery.notification.delivery_id, delivery.notification.alerts[0].incident.posts) == ("a", 9)


def test_one_refused_message_holds_up_no_other_incident(store: Store) -> None:
    put(store, note("a"))
    claim_one(store)
    outbox.mark_failed(store, "a", "refused", NOON + SECOND)
    put(store, notice("n", "i1"), note("b", about=alert("i2")))

    assert claimed(store) == ["b"]


def test_a_replayed_minute_is_over_at_once(store: Store) -> None:
    put(store, note("d", NotificationKind.DIGEST), due_at=NOON + 60 * SECOND)

    outbox.hasten(store, NOON)

    assert claimed(store) == ["d"]


def test_the_outbox_is_empty_when_only_refused_notifications_and_what_hangs_on_them_are_left(store: Store) -> None:
    put(store, note("a"), notice("n", "i1"))
    assert not outbox.is_empty(store)
    claim_one(store)
    assert not outbox.is_empty(store)
    outbox.mark_failed(store, "a", "refused", NOON)

    assert outbox.is_empty(store)


def test_old_rows_are_forgotten_delivered_or_not(store: Store) -> None:
    sent(store, note("a"))
    put(store, note("b", about=alert("i2")))

    assert outbox.purge(store, NOON) == 0
    assert outbox.purge(store, NOON + SECOND) == 2


def test_settling_what_another_process_settled_is_an_error(store: Store) -> None:
    sent(store, note("a"))

    with pytest.raises(StoreError, match="run only one monitor"):
        outbox.mark_sent(store, "a", ROOT)


def test_a_body_that_cannot_be_read_is_a_loud_error(store: Store) -> None:
    put(store, note("a"))
    store.db.execute("UPDATE outbox SET body = x'7b'")

    with pytest.raises(StoreError, match="cannot be read"):
        claimed(store)


@given(st.text(max_size=50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_text_that_is_text_survives_the_outbox(text: str) -> None:
    notification = note("a", about=replace(alert(), post=Post(id="1", text=text)))

    assert msgspec.json.decode(msgspec.json.encode(notification), type=Notification) == notification
