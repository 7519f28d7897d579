"""Which notifications show a post, waiting or delivered: what is rewritten once it was deleted or edited."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import msgspec
from sqlite_utils import Database

from monitor.model import Notification, NotificationKind, Reason, Receipt
from monitor.store.enqueue import decode, encode


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post that a delivered notification shows, and why people were told of it."""

    key: str
    reason: Reason
    incident_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivered REPLY or DIGEST: where it stands, and the posts in it."""

    kind: NotificationKind
    receipt: Receipt
    posts: tuple[ShownPost, ...]


def kept_of(notification: Notification) -> bytes:
    """What is kept of a notification once it is delivered: of a REPLY and a DIGEST which posts they show, no more."""
    match notification.kind:
        case NotificationKind.REPLY:
            return msgspec.json.encode([(alert.post.key, alert.reason) for alert in notification.alerts])
        case NotificationKind.DIGEST:
            return msgspec.json.encode(
                [ShownPost(alert.post.key, alert.reason, alert.incident.id) for alert in notification.alerts]
            )
        case _:
            return b""


def replies(db: Database, incident_id: str, keys: Collection[str]) -> list[Shown]:
    """The delivered REPLYs of an incident in which one of the posts stands, the latest first."""
    rows = db.execute(
        """
        SELECT channel, ts, body FROM outbox WHERE incident_id = ? AND kind = 'reply' AND state = 'sent'
        ORDER BY rowid DESC
        """,
        [incident_id],
    ).fetchall()
    found = []
    for channel, ts, body in rows:
        pairs = msgspec.json.decode(body, type=tuple[tuple[str, Reason], ...]) if body else ()
        posts = tuple(ShownPost(key, reason, incident_id) for key, reason in pairs)
        found.append(Shown(NotificationKind.REPLY, Receipt(channel, ts), posts))
    return _showing(found, keys)


def digests(db: Database, keys: Collection[str]) -> list[Shown]:
    """The delivered DIGESTs in which one of the posts stands."""
    rows = db.execute(
        "SELECT channel, ts, body FROM outbox WHERE kind = 'digest' AND state = 'sent' AND body != x''"
    ).fetchall()
    found = [
        Shown(NotificationKind.DIGEST, Receipt(channel, ts), msgspec.json.decode(body, type=tuple[ShownPost, ...]))
        for channel, ts, body in rows
    ]
    return _showing(found, keys)


def undelivered(db: Database, keys: Collection[str]) -> Iterator[Notification]:
    """What waits, or is on its way, and shows one of the posts."""
    rows = db.execute("SELECT delivery_id, body FROM outbox WHERE state != 'sent'").fetchall()
    for delivery_id, body in rows:
        notification = decode(delivery_id, body)
        if any(alert.post.key in keys for alert in notification.alerts):
            yield notification


def rewrite(db: Database, notification: Notification) -> None:
    """Put another in the place of an undelivered notification. One on its way may arrive as it was: see `mark_sent`."""
    db.execute(
        "UPDATE outbox SET body = ?, rewritten = state IN ('sending', 'ambiguous') WHERE delivery_id = ?",
        [encode(notification), notification.delivery_id],
    )


def _showing(found: list[Shown], keys: Collection[str]) -> list[Shown]:
    return [shown for shown in found if any(post.key in keys for post in shown.posts)]
