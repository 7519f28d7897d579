"""Notifications on their way to people: written in the transaction that decides on them, delivered afterwards.

pending ──> sending ──> sent
   ^           ├──────> pending     certainly not delivered: again at `due_at`
   │           ├──────> ambiguous   may have been delivered, or we died while sending: looked for before sending again
   │           └──────> failed      refused until somebody acts: tried again rarely, for GIVE_UP
   └── enqueue

An UPDATE or a REPLY waits until its incident's MESSAGE is sent. A row's body quotes posts: it is blanked once sent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.model import Alert, Notification, NotificationKind, Receipt
from monitor.store.db import Store, from_text, to_text

GIVE_UP = timedelta(hours=24)
"""A refused notification is tried again for so long after its first attempt: mend the token and it still comes."""
SETTLE = timedelta(seconds=2)
"""After a crash: how long a request that had just been sent may still take to show in the channel."""


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver. `root` is the receipt of the incident's MESSAGE, for an UPDATE or a REPLY.

    `attempt` counts from 1. `search_since` is set when an earlier attempt may have got through: the time of the first.
    """

    notification: Notification
    root: Receipt | None
    attempt: int
    search_since: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A notification that the receiver refused, for `monitor status`."""

    delivery_id: str
    incident_id: str | None
    kind: NotificationKind
    error: str
    attempts: int
    first_sent_at: datetime | None


def enqueue(db: Database, notification: Notification, now: datetime, due_at: datetime) -> None:
    """Write a notification down for delivery from `due_at` on, inside the caller's transaction.

    A waiting UPDATE of the same incident is replaced by the newer one, and a waiting DIGEST takes the alerts of a
    second one in; both keep the moment at which they were due.
    """
    if notification.kind is NotificationKind.DIGEST:
        waiting = db.execute(
            "SELECT delivery_id, body, due_at FROM outbox WHERE kind = ? AND state = ? AND attempts = 0",
            [NotificationKind.DIGEST.value, OutboxState.PENDING.value],
        ).fetchone()
        if waiting is not None:
            merged = _merge(_decode(waiting[0], waiting[1]), notification)
            db.execute("UPDATE outbox SET body = ? WHERE delivery_id = ?", [_encode(merged), waiting[0]])
            return
    incident_id = None if notification.kind is NotificationKind.DIGEST else notification.alerts[0].incident.id
    due = to_text(due_at)
    if notification.kind is NotificationKind.UPDATE:
        due = _take_over_update(db, incident_id) or due
    db.execute(
        """
        INSERT INTO outbox (delivery_id, incident_id, kind, body, state, created_at, due_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
            notification.delivery_id,
            incident_id,
            notification.kind.value,
            _encode(notification),
            OutboxState.PENDING.value,
            to_text(now),
            due,
        ],
    )


def claim_due(store: Store, now: datetime, limit: int, kinds: Collection[NotificationKind]) -> list[Delivery]:
    """Mark up to `limit` due rows of these kinds as `sending` and return them: updates last, else the oldest first."""
    with store.transaction() as db:
        _replace_lost_roots(db, now)
        rows = db.execute(
            f"""
            SELECT row.delivery_id, row.body, row.attempts, row.state, row.first_sent_at, row.error,
                root.channel, root.ts
            {_READY} AND row.due_at <= :now AND row.kind IN ({", ".join(f"'{kind.value}'" for kind in kinds)})
            ORDER BY row.kind = 'update', row.due_at, row.created_at, row.rowid LIMIT :limit
            """,
            {"now": to_text(now), "give_up": to_text(now - GIVE_UP), "limit": limit},
        ).fetchall()
        deliveries = []
        for delivery_id, body, attempts, state, first_sent_at, error, channel, ts in rows:
            db.execute(
                """
                UPDATE outbox SET state = 'sending', attempts = attempts + 1,
                    first_sent_at = coalesce(first_sent_at, ?) WHERE delivery_id = ?
                """,
                [to_text(now), delivery_id],
            )
            deliveries.append(
                Delivery(
                    notification=_decode(delivery_id, body),
                    root=None if ts is None else Receipt(channel, ts),
                    attempt=attempts + 1,
                    search_since=from_text(first_sent_at) if state == OutboxState.AMBIGUOUS else None,
                    last_error=error,
                )
            )
    return deliveries


def next_due(store: Store, now: datetime, kinds: Collection[NotificationKind]) -> datetime | None:
    """When the next row of these kinds that can be sent is due: None when none waits, or only for its root."""
    with store.reading() as db:
        row = db.execute(
            f"""SELECT min(row.due_at) {_READY} AND row.kind IN ({", ".join(f"'{kind.value}'" for kind in kinds)})""",
            {"give_up": to_text(now - GIVE_UP)},
        ).fetchone()
    return from_text(row[0])


def mark_sent(store: Store, delivery_id: str, receipt: Receipt) -> None:
    """Delivered: keep the receipt, forget what the message quoted."""
    with store.transaction() as db:
        _settle(db, delivery_id, OutboxState.SENT)
        db.execute(
            "UPDATE outbox SET channel = ?, ts = ?, body = x'', error = NULL WHERE delivery_id = ?",
            [receipt.channel, receipt.ts, delivery_id],
        )


def mark_retry(store: Store, delivery_id: str, error: str, due_at: datetime) -> None:
    """Certainly not delivered: again at `due_at`."""
    _mark_waiting(store, delivery_id, OutboxState.PENDING, error, due_at)


def mark_ambiguous(store: Store, delivery_id: str, error: str, due_at: datetime) -> None:
    """May have been delivered: looked for at `due_at`."""
    _mark_waiting(store, delivery_id, OutboxState.AMBIGUOUS, error, due_at)


def mark_failed(store: Store, delivery_id: str, error: str, due_at: datetime) -> None:
    """Refused until somebody acts: shown by `monitor status`, tried again at `due_at` in case somebody did."""
    _mark_waiting(store, delivery_id, OutboxState.FAILED, error, due_at)


def recover(store: Store, now: datetime) -> int:
    """After a start: rows that a dead process left in `sending` may have been delivered. Returns how many there were.

    An UPDATE is simply sent again: rewriting a message twice changes nothing.
    """
    with store.transaction() as db:
        cursor = db.execute(
            """
            UPDATE outbox SET state = CASE kind WHEN 'update' THEN 'pending' ELSE 'ambiguous' END, due_at = ?,
                error = 'the process ended while it was sending' WHERE state = 'sending'
            """,
            [to_text(now + SETTLE)],
        )
        return cursor.rowcount


def hasten(store: Store, now: datetime) -> None:
    """Make due now what waits for a first attempt: a replayed minute is over at once."""
    with store.transaction() as db:
        db.execute("UPDATE outbox SET due_at = min(due_at, ?) WHERE state = 'pending' AND attempts = 0", [to_text(now)])


def is_empty(store: Store) -> bool:
    """Whether nothing is being sent and nothing waits, except for what the receiver refused and what hangs on that."""
    with store.reading() as db:
        row = db.execute(
            f"""
            SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'sending')
                OR EXISTS (SELECT 1 {_READY} AND row.state != 'failed')
            """,  # noqa: S608
            {"give_up": ""},
        ).fetchone()
    return not row[0]


def failed(store: Store) -> list[FailedDelivery]:
    """What the receiver refused and still has not taken, oldest first."""
    with store.reading() as db:
        rows = db.execute(
            """
            SELECT delivery_id, incident_id, kind, error, attempts, first_sent_at FROM outbox
            WHERE state = 'failed' ORDER BY created_at, rowid
            """
        ).fetchall()
    return [
        FailedDelivery(delivery_id, incident_id, NotificationKind(kind), error, attempts, from_text(first_sent_at))
        for delivery_id, incident_id, kind, error, attempts, first_sent_at in rows
    ]


def purge(store: Store, before: datetime) -> int:
    """Forget the rows that were decided on before a moment, delivered or not. Returns how many there were."""
    with store.transaction() as db:
        return db.execute("DELETE FROM outbox WHERE state != 'sending' AND created_at < ?", [to_text(before)]).rowcount


_READY = """
    FROM outbox AS row
    LEFT JOIN outbox AS root
        ON root.incident_id = row.incident_id AND root.kind = 'message' AND root.state = 'sent'
    WHERE (row.state IN ('pending', 'ambiguous') OR (row.state = 'failed' AND row.first_sent_at > :give_up))
        AND (row.kind IN ('message', 'digest') OR root.ts IS NOT NULL)
"""
"""Rows that can be sent once they are due."""


def _take_over_update(db: Database, incident_id: str | None) -> str | None:
    """Drop the incident's waiting UPDATE: the newer one says all that it said. Returns when that one was due."""
    row = db.execute(
        """
        DELETE FROM outbox WHERE incident_id = ? AND kind = 'update' AND state NOT IN ('sending', 'sent')
        RETURNING due_at
        """,
        [incident_id],
    ).fetchone()
    return None if row is None else str(row[0])


def _replace_lost_roots(db: Database, now: datetime) -> None:
    """Where an incident's MESSAGE was given up, the oldest notification that waits for it becomes the message."""
    rows = db.execute(
        """
        SELECT delivery_id, body, min(rowid) FROM outbox AS row
        WHERE kind IN ('update', 'reply') AND state IN ('pending', 'ambiguous') AND NOT EXISTS (
            SELECT 1 FROM outbox AS root WHERE root.incident_id = row.incident_id AND root.kind = 'message'
                AND (root.state != 'failed' OR root.first_sent_at > ?)
        )
        GROUP BY incident_id
        """,
        [to_text(now - GIVE_UP)],
    ).fetchall()
    for delivery_id, body, _ in rows:
        message = replace(_decode(delivery_id, body), kind=NotificationKind.MESSAGE, broadcast=False)
        db.execute(
            "UPDATE outbox SET kind = 'message', body = ? WHERE delivery_id = ?", [_encode(message), delivery_id]
        )


def _mark_waiting(store: Store, delivery_id: str, state: OutboxState, error: str, due_at: datetime) -> None:
    with store.transaction() as db:
        incident_id, kind = _settle(db, delivery_id, state)
        db.execute(
            "UPDATE outbox SET error = ?, due_at = ? WHERE delivery_id = ?", [error, to_text(due_at), delivery_id]
        )
        if kind == NotificationKind.UPDATE:
            # A newer snapshot may have come in while this one was being sent; the older must not overwrite it later.
            db.execute(
                """
                DELETE FROM outbox WHERE delivery_id = ? AND EXISTS (
                    SELECT 1 FROM outbox AS newer
                    WHERE newer.incident_id = ? AND newer.kind = 'update' AND newer.rowid > outbox.rowid)
                """,
                [delivery_id, incident_id],
            )


def _settle(db: Database, delivery_id: str, state: OutboxState) -> tuple[str | None, str]:
    """Move a row out of `sending`. Raises StoreError when it is not there: two processes share the database."""
    row = db.execute(
        "UPDATE outbox SET state = ? WHERE delivery_id = ? AND state = 'sending' RETURNING incident_id, kind",
        [state.value, delivery_id],
    ).fetchone()
    if row is None:
        raise StoreError(
            f"notification {delivery_id} is not being sent by this process; "
            "run only one monitor on a database, and start it again"
        )
    return row[0], row[1]


def _merge(digest: Notification, newer: Notification) -> Notification:
    """The alerts of two digests; an incident that is in both is shown as it stands in the newer."""
    replaced = {alert.incident.id for alert in newer.alerts}
    kept: tuple[Alert, ...] = tuple(alert for alert in digest.alerts if alert.incident.id not in replaced)
    return replace(digest, alerts=(*kept, *newer.alerts))


def _encode(notification: Notification) -> bytes:
    return msgspec.json.encode(notification)


def _decode(delivery_id: str, body: bytes) -> Notification:
    try:
        return msgspec.json.decode(body, type=Notification)
    except msgspec.DecodeError as error:
        raise StoreError(
            f"the notification {delivery_id} in the outbox cannot be read: {error}; "
            "it was written by another version of monitor, or the database is damaged"
        ) from error
