from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import (
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Reason,
    Receipt,
    Severity,
)
from monitor.store import outbox
from monitor.store.db import Store
from monitor.store.gathering import SHOWN
from tests.store.outgoing import NOON, ROOT, alert, claim_all, claim_only, claimed, note, notice, put

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SAID = Notice(NoticeKind.DONE, "Ana has it")
MESSAGE, UPDATE, REPLY = NotificationKind.MESSAGE, NotificationKind.UPDATE, NotificationKind.REPLY


def sent(store: Store, name: str) -> None:
    outbox.mark_sent(store, name, ROOT)


@pytest.fixture
def with_message(store: Store) -> Store:
    """A store in which the message of i1 is delivered."""
    put(store, note("m"))
    claim_only(store)
    sent(store, "m")
    return store


def pending(store: Store) -> None:
    """Nothing was tried yet."""


def unreachable(store: Store) -> None:
    claim_only(store)
    outbox.mark_retry(store, "m", "cannot be reached", NOON)


def refused(store: Store) -> None:
    claim_only(store)
    outbox.mark_failed(store, "m", "not in the channel", NOON)


def sending(store: Store) -> None:
    claim_only(store)


def ambiguous(store: Store) -> None:
    claim_only(store)
    outbox.mark_ambiguous(store, "m", "no answer", NOON)


Happened = Callable[[Store], None]
CERTAINLY_NOT_DELIVERED = [pending, unreachable, refused]
MAYBE_DELIVERED = [sending, ambiguous]


@pytest.mark.parametrize("happened", CERTAINLY_NOT_DELIVERED)
@pytest.mark.parametrize("kind", [UPDATE, REPLY])
def test_news_rewrite_a_message_that_is_certainly_not_delivered(
    store: Store, happened: Happened, kind: NotificationKind
) -> None:
    put(store, note("m"))
    happened(store)
    put(store, note("news", kind, alert(posts=12, post_id="9", reason=Reason.COUNTED)))

    delivery = claim_only(store)

    (shown,) = delivery.notification.alerts
    assert (delivery.notification.delivery_id, delivery.notification.kind) == ("m", MESSAGE)
    assert (shown.incident.posts, shown.reason) == (12, Reason.FIRST)
    assert (shown.post.id == "9") == (kind is UPDATE), "an update says what the message shows, a reply is about others"


@pytest.mark.parametrize("happened", MAYBE_DELIVERED)
def test_news_follow_a_message_that_may_be_delivered_as_one_update(store: Store, happened: Happened) -> None:
    put(store, note("m"))
    happened(store)
    put(store, note("r", REPLY, alert(posts=2, post_id="2")))
    put(store, note("u", UPDATE, alert(posts=2)))
    put(store, note("r2", REPLY, alert(posts=3, post_id="3")))
    if happened is ambiguous:
        claim_only(store)
    sent(store, "m")

    delivery = claim_only(store)

    (shown,) = delivery.notification.alerts
    assert (delivery.notification.kind, shown.incident.posts, shown.post.id) == (UPDATE, 3, "1")
    assert claimed(store, NOON + MINUTE) == []


def test_an_update_from_when_a_message_was_in_doubt_does_not_come_after_newer_news(store: Store) -> None:
    put(store, note("m"))
    ambiguous(store)
    put(store, note("u", UPDATE, alert(posts=2)))
    claim_only(store)
    outbox.mark_retry(store, "m", "not found, and slow down", NOON)
    put(store, note("u2", UPDATE, alert(posts=3)))

    assert claim_only(store).notification.alerts[0].incident.posts == 3
    sent(store, "m")
    assert claimed(store, NOON + MINUTE) == []


def test_after_an_hour_without_slack_an_incident_is_one_message_and_the_most_severe_comes_first(store: Store) -> None:
    severities = {"low": Severity.LOW, "critical": Severity.CRITICAL, "medium": Severity.MEDIUM, "high": Severity.HIGH}
    for name, severity in severities.items():
        put(store, note(name, MESSAGE, alert(name, severity=severity)))
    for minute in range(60):
        for name, severity in severities.items():
            grown = alert(name, posts=2 + minute, post_id=str(minute + 2), severity=severity, reason=Reason.GROWING)
            now = NOON + minute * MINUTE
            put(store, note(f"{name}.r{minute}", REPLY, grown), note(f"{name}.u{minute}", UPDATE, grown), now=now)

    deliveries = claim_all(store, NOON + 60 * MINUTE)

    assert [one.notification.delivery_id for one in deliveries] == ["critical", "high", "medium", "low"]
    assert {one.notification.alerts[0].incident.posts for one in deliveries} == {61}


def test_of_one_severity_the_oldest_goes_first_and_updates_go_last(with_message: Store) -> None:
    low, critical = alert("i2", severity=Severity.LOW), alert("i3", severity=Severity.CRITICAL)
    put(with_message, note("u", UPDATE, alert(severity=Severity.CRITICAL)), note("late", MESSAGE, critical))
    put(with_message, note("low", MESSAGE, low), due_at=NOON - MINUTE)
    put(with_message, note("early", MESSAGE, alert("i4", severity=Severity.CRITICAL)), due_at=NOON - SECOND)

    assert claimed(with_message) == ["early", "late", "low", "u"]


def test_a_digest_ranks_like_the_worst_in_it(store: Store) -> None:
    put(store, note("d", NotificationKind.DIGEST, alert("i2", severity=Severity.LOW)))
    put(store, note("m", MESSAGE, alert("i3", severity=Severity.HIGH)))
    put(store, note("d2", NotificationKind.DIGEST, alert("i4", severity=Severity.CRITICAL)))

    assert claimed(store) == ["d", "m"]


def test_further_posts_wait_in_one_reply_the_newest_last(with_message: Store) -> None:
    put(with_message, note("r2", REPLY, alert(posts=2, post_id="2")), due_at=NOON + MINUTE)
    put(with_message, note("r3", REPLY, alert(posts=3, post_id="3")), due_at=NOON + 2 * MINUTE)

    assert claimed(with_message, NOON + 59 * SECOND) == []
    delivery = claim_only(with_message, NOON + MINUTE)

    assert delivery.notification.delivery_id == "r2"
    assert [shown.post.id for shown in delivery.notification.alerts] == ["2", "3"]
    assert delivery.root == ROOT


def test_a_reply_shows_the_newest_posts_and_the_incident_says_how_many_there_are(with_message: Store) -> None:
    for number in range(2, 50):
        put(with_message, note(f"r{number}", REPLY, alert(posts=number, post_id=str(number))))

    shown = claim_only(with_message).notification.alerts

    assert [one.post.id for one in shown] == [str(number) for number in range(50 - SHOWN, 50)]
    assert shown[-1].incident.posts == 49


def test_a_post_is_listed_once_in_a_reply(with_message: Store) -> None:
    put(with_message, note("a", REPLY, alert(posts=2, post_id="2")), note("b", REPLY, alert(posts=3, post_id="2")))

    assert [shown.incident.posts for shown in claim_only(with_message).notification.alerts] == [3]


def test_news_make_a_waiting_reply_due_earlier_and_show_it_in_the_channel(with_message: Store) -> None:
    put(with_message, note("r", REPLY, alert(post_id="2")), due_at=NOON + MINUTE)
    put(with_message, replace(note("news", REPLY, alert(post_id="3")), broadcast=True))

    assert claim_only(with_message).notification.broadcast


def test_news_do_not_cut_a_back_off_short(with_message: Store) -> None:
    put(with_message, note("r", REPLY, alert(post_id="2")))
    claim_only(with_message)
    outbox.mark_retry(with_message, "r", "slow down", NOON + 30 * SECOND)
    put(with_message, note("news", REPLY, alert(post_id="3")))

    assert claimed(with_message, NOON + 29 * SECOND) == []
    assert len(claim_only(with_message, NOON + 30 * SECOND).notification.alerts) == 2


def test_a_reply_that_may_have_got_through_takes_nothing_more_in_and_the_next_keeps_its_distance(
    with_message: Store,
) -> None:
    put(with_message, note("r", REPLY, alert(post_id="2")))
    claim_only(with_message)
    outbox.mark_ambiguous(with_message, "r", "no answer", NOON + 55 * SECOND)
    put(with_message, note("r2", REPLY, alert(post_id="3")), due_at=NOON + MINUTE)

    assert claimed(with_message, NOON + 55 * SECOND) == ["r"]
    assert claimed(with_message, NOON + 114 * SECOND) == []
    assert claimed(with_message, NOON + 115 * SECOND) == ["r2"]


def test_when_a_thread_last_heard_of_posts(with_message: Store) -> None:
    db = with_message.db
    assert outbox.last_reply_at(db, "i1") is None
    assert outbox.last_reply_at(db, "i1", or_message=True) == NOON
    put(with_message, note("r", REPLY, alert(post_id="2")))
    assert outbox.last_reply_at(db, "i1") is None, "it only waits"
    claim_only(with_message, NOON + 5 * SECOND)
    assert outbox.last_reply_at(db, "i1") == NOON + 5 * SECOND


def test_an_update_that_a_person_asked_for_is_due_at_once(with_message: Store) -> None:
    put(with_message, note("counts", UPDATE), due_at=NOON + 3 * SECOND)
    put(with_message, note("pressed", UPDATE))

    assert claimed(with_message) == ["pressed"]


def test_a_notice_waits_for_the_message_of_its_incident_and_ranks_like_it(store: Store) -> None:
    put(store, note("m", MESSAGE, alert(severity=Severity.CRITICAL)), notice("n", "i1"), notice("service"))
    put(store, note("high", MESSAGE, alert("i2", severity=Severity.HIGH)))

    assert claimed(store) == ["m", "high", "service"]
    sent(store, "m")
    put(store, note("high2", MESSAGE, alert("i3", severity=Severity.HIGH)), due_at=NOON - SECOND)
    first, second = claim_all(store)

    assert (first.notification.delivery_id, first.root) == ("n", ROOT)
    assert second.notification.delivery_id == "high2"


def test_a_notice_to_another_channel_waits_for_nobody(store: Store) -> None:
    put(store, note("m"), notice("share", "i1", "CAMPLIFY"))
    outbox.claim_due(store, NOON, 1, (MESSAGE,))

    delivery = claim_only(store)

    assert (delivery.notification.channel, delivery.root) == ("CAMPLIFY", None)


def edit(name: str, title: str, target: Receipt = ROOT) -> Notification:
    said = Notice(NoticeKind.DONE, title)
    return Notification(name, NotificationKind.EDIT, incident_id="i1", notice=said, target=target)


def test_the_newest_edit_of_a_message_is_the_one_that_is_made(store: Store) -> None:
    put(store, edit("e1", "first"), edit("other", "other", Receipt("C1", "2.2")), edit("e2", "second"))

    assert claimed(store) == ["other", "e2"]


def test_an_edit_that_failed_gives_way_to_one_that_came_meanwhile(store: Store) -> None:
    put(store, edit("e1", "first"))
    claim_only(store)
    put(store, edit("e2", "second"), edit("other", "other", Receipt("C1", "2.2")))
    outbox.mark_retry(store, "e1", "slow down", NOON)

    assert claimed(store) == ["e2", "other"]


def test_what_a_dead_process_was_rewriting_is_simply_rewritten_again(store: Store) -> None:
    put(store, edit("e", "text"), notice("n"))
    assert len(claimed(store)) == 2

    outbox.recover(store, NOON)

    assert dict(store.db.execute("SELECT delivery_id, state FROM outbox").fetchall()) == {
        "e": "pending", "n": "ambiguous",
    }  # fmt: skip


def test_where_a_message_stands_is_known_once_it_is_delivered(store: Store) -> None:
    put(store, note("m"))
    assert outbox.receipt(store.db, "i1") is None
    claim_only(store)
    sent(store, "m")
    assert outbox.receipt(store.db, "i1") == ROOT
