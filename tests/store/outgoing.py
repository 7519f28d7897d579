"""Notifications on their way out, for the tests of the outbox: what is made, enqueued and claimed."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import (
    Alert,
    Claim,
    Decision,
    Incident,
    IncidentState,
    Match,
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Post,
    Reason,
    Receipt,
    Severity,
    Stance,
)
from monitor.store import outbox
from monitor.store.db import Store
from monitor.store.outbox import Delivery

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
EVERYTHING = tuple(NotificationKind)
ROOT = Receipt("C1", "1.1")


def alert(
    incident_id: str = "i1",
    posts: int = 1,
    text: str = "she is out",
    post_id: str = "1",
    severity: Severity = Severity.MEDIUM,
    reason: Reason = Reason.FIRST,
) -> Alert:
    post = Post(id=post_id, text=text)
    return Alert(
        reason=reason,
        incident=Incident(incident_id, "withdrawn", IncidentState.OPEN, post.key, NOON, NOON, posts=posts),
        claim=Claim(id="withdrawn", claim="She is out.", truth="She is not.", severity=severity),
        post=post,
        match=Match(post.key, "withdrawn", "out", 0.9, Stance.SUPPORT, Decision.ALERT, text, "near"),
        correction=None,
        rules_version="v1",
        decided_at=NOON,
    )


def note(name: str, kind: NotificationKind = NotificationKind.MESSAGE, about: Alert | None = None) -> Notification:
    return Notification(name, kind, (about or alert(),))


def notice(name: str, incident_id: str | None = None, channel: str | None = None) -> Notification:
    said = Notice(NoticeKind.DONE, "Ana has it")
    return Notification(name, NotificationKind.NOTICE, incident_id=incident_id, notice=said, channel=channel)


def put(store: Store, *notifications: Notification, now: datetime = NOON, due_at: datetime | None = None) -> None:
    with store.transaction() as db:
        for notification in notifications:
            outbox.enqueue(db, notification, now, due_at or now)


def claim_all(store: Store, now: datetime = NOON) -> list[Delivery]:
    return outbox.claim_due(store, now, 50, EVERYTHING)


def claim_one(store: Store, now: datetime = NOON) -> Delivery:
    """The most urgent one that is due."""
    (delivery,) = outbox.claim_due(store, now, 1, EVERYTHING)
    return delivery


def claim_only(store: Store, now: datetime = NOON) -> Delivery:
    """The only one that is due."""
    (delivery,) = claim_all(store, now)
    return delivery


def claimed(store: Store, now: datetime = NOON) -> list[str]:
    return [delivery.notification.delivery_id for delivery in claim_all(store, now)]
