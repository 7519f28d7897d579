"""Notifications on their way to people: written in the transaction that decides on them, delivered afterwards.

pending ──> sending ──> sent
   ^           ├──────> pending     certainly not delivered: again at `due_at`
   │           ├──────> ambiguous   may have been delivered, or we died while sending: looked for before sending again
   │           └──────> failed      refused until somebody acts: tried again rarely, for GIVE_UP
   └── enqueue

An UPDATE, a REPLY or a NOTICE to an incident's thread waits until the incident's MESSAGE is sent; a row with a channel
of its own waits for nobody. What waits is put together (enqueue.py): however long the receiver is away, an incident
is one message afterwards. A row's body quotes posts: once it is sent, no more of it is kept than which posts a REPLY or
a DIGEST shows, so that it can be rewritten when one of them is deleted (quoting.py).

`due_at` of a row that was sent is the time of its last attempt.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.model import Notification, NotificationKind, Receipt
from monitor.store import quoting
from monitor.store.db import Store, from_text, known_time, to_text
from monitor.store.enqueue import GIVE_UP, OutboxState, decode, encode, enqueue, last_reply_at
from monitor.store.gathering import REPLIES_APART, incident_of

__all__ = [
    "GIVE_UP", "SETTLE", "Delivery", "FailedDelivery", "OutboxState", "claim_due", "end_back_off",
    "enqueue", "failed",
    "hasten", "is_empty", "last_reply_at", "mark_ambiguous", "mark_failed", "mark_retry", "mark_sent", "next_due",
    "purge", "receipt", "recover",
]  # fmt: skip

SETTLE = timedelta(seconds=2)
"""After a crash: how long a request that had just been sent may still take to show in the channel."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver. `root`: the receipt of the incident's MESSAGE, for what rewrites it or is in its thread.

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


def receipt(db: Database, incident_id: str) -> Receipt | None:
    """Where an incident's MESSAGE stands, None where it is not delivered."""
    row = db.execute(
        "SELECT channel, ts FROM outbox WHERE incident_id = ? AND kind = 'message' AND state = 'sent'", [incident_id]
    ).fetchone()
    return None if row is None else Receipt(row[0], row[1])


def claim_due(store: Store, now: datetime, limit: int, kinds: Collection[NotificationKind]) -> list[Delivery]:
    """Mark up to `limit` due rows of these kinds as `sending` and return them: what rewrites a message last, else the
    most severe first, and of these the one that is due longest.

    What was due when it was written is due: `now` was taken before the store was free, and it may be written since.
    """
    with store.transaction() as db:
        _replace_lost_roots(db, now)
        rows = db.execute(
            f"""
            SELECT row.delivery_id, row.body, row.attempts, row.state, row.first_sent_at, row.error,
                root.channel, CASE WHEN row.channel IS NULL THEN root.ts END
            {_READY} AND (row.due_at <= :now OR row.due_at <= row.created_at)
            AND row.kind IN ({", ".join(f"'{kind.value}'" for kind in kinds)})
            ORDER BY row.kind IN {_REWRITES}, row.rank, row.due_at, row.created_at, row.rowid LIMIT :limit
            """,
            {"now": to_text(now), "give_up": to_text(now - GIVE_UP), "limit": limit},
        ).fetchall()
        deliveries = []
        for delivery_id, body, attempts, state, first_sent_at, error, channel, ts in rows:
            _claim(db, delivery_id, now)
            deliveries.append(
                Delivery(
                    notification=decode(delivery_id, body),
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
    """Delivered: keep the receipt, forget what the message quoted. What was deleted or edited while a REPLY or a DIGEST
    was on its way is mended by an EDIT; an incident's message has its UPDATE by then."""
    with store.transaction() as db:
        _settle(db, delivery_id, OutboxState.SENT)
        body, rewritten, due_at = db.execute(
            "SELECT body, rewritten, due_at FROM outbox WHERE delivery_id = ?", [delivery_id]
        ).fetchone()
        sent = decode(delivery_id, body)
        db.execute(
            "UPDATE outbox SET channel = ?, ts = ?, body = ?, error = NULL WHERE delivery_id = ?",
            [receipt.channel, receipt.ts, quoting.kept_of(sent), delivery_id],
        )
        if rewritten and sent.kind in (NotificationKind.REPLY, NotificationKind.DIGEST):
            edit = replace(sent, kind=NotificationKind.EDIT, delivery_id=f"{delivery_id}.edit", target=receipt)
            edit = replace(edit, incident_id=None if sent.kind is NotificationKind.DIGEST else incident_of(sent))
            enqueue(db, edit, known_time(due_at), known_time(due_at))


def is_known(db: Database, delivery_id: str) -> bool:
    """Whether a notification was enqueued before, delivered or not."""
    return db.execute("SELECT 1 FROM outbox WHERE delivery_id = ?", [delivery_id]).fetchone() is not None


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

    What rewrites a message is simply sent again: doing it twice changes nothing.
    """
    with store.transaction() as db:
        cursor = db.execute(
            f"""
            UPDATE outbox SET state = CASE WHEN kind IN {_REWRITES} THEN 'pending' ELSE 'ambiguous' END, due_at = ?,
                error = 'the process ended while it was sending' WHERE state = 'sending'
            """,  # noqa: S608
            [to_text(now + SETTLE)],
        )
        return cursor.rowcount


def hasten(store: Store, now: datetime) -> None:
    """Make due now what waits for a first attempt: a replayed minute is over at once."""
    with store.transaction() as db:
        db.execute("UPDATE outbox SET due_at = min(due_at, ?) WHERE state = 'pending' AND attempts = 0", [to_text(now)])


def end_back_off(store: Store, now: datetime) -> None:
    """Make due now what waits after a failed attempt that was no refusal."""
    with store.transaction() as db:
        db.execute(
            "UPDATE outbox SET due_at = min(due_at, ?) WHERE state IN ('pending', 'ambiguous') AND attempts > 0",
            [to_text(now)],
        )


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
        AND (row.kind = 'message' OR row.incident_id IS NULL OR row.channel IS NOT NULL OR root.ts IS NOT NULL)
"""
"""Rows that can be sent once they are due."""

_REWRITES = "('update', 'edit')"
"""The kinds that rewrite a message in place. Doing it twice changes nothing, and only the newest counts."""


def _claim(db: Database, delivery_id: str, now: datetime) -> None:
    incident_id, kind = db.execute(
        """
        UPDATE outbox SET state = 'sending', attempts = attempts + 1, due_at = :now,
            first_sent_at = coalesce(first_sent_at, :now) WHERE delivery_id = :id RETURNING incident_id, kind
        """,
        {"now": to_text(now), "id": delivery_id},
    ).fetchone()
    if kind == NotificationKind.REPLY:
        # One whose first attempt was lost may be sent long after the next was enqueued.
        db.execute(
            "UPDATE outbox SET due_at = max(due_at, ?) WHERE incident_id = ? AND kind = 'reply' AND state = 'pending'",
            [to_text(now + REPLIES_APART), incident_id],
        )


def _replace_lost_roots(db: Database, now: datetime) -> None:
    """Where an incident's MESSAGE was given up, an UPDATE that waits for it becomes the message, or else the oldest
    REPLY. A NOTICE then has its thread; where nothing becomes the message it stands in the channel."""
    rows = db.execute(
        f"""
        SELECT delivery_id, body, min((kind = 'reply') * 1000000000000 + rowid) {_LOST} AND kind IN ('update', 'reply')
        GROUP BY incident_id
        """,
        [to_text(now - GIVE_UP)],
    ).fetchall()
    for delivery_id, body, _ in rows:
        lost = decode(delivery_id, body)
        message = replace(lost, kind=NotificationKind.MESSAGE, broadcast=False, alerts=lost.alerts[-1:])
        db.execute("UPDATE outbox SET kind = 'message', body = ? WHERE delivery_id = ?", [encode(message), delivery_id])
    db.execute(
        f"""
        UPDATE outbox SET incident_id = NULL WHERE delivery_id IN (
            SELECT delivery_id {_LOST} AND kind = 'notice' AND channel IS NULL AND incident_id IS NOT NULL)
        """,  # noqa: S608
        [to_text(now - GIVE_UP)],
    )


_LOST = """
    FROM outbox AS row
    WHERE state IN ('pending', 'ambiguous') AND NOT EXISTS (
        SELECT 1 FROM outbox AS root WHERE root.incident_id = row.incident_id AND root.kind = 'message'
            AND (root.state != 'failed' OR root.first_sent_at > ?)
    )
"""
"""Rows whose incident has no MESSAGE that is delivered or still may be."""


def _mark_waiting(store: Store, delivery_id: str, state: OutboxState, error: str, due_at: datetime) -> None:
    with store.transaction() as db:
        kind = _settle(db, delivery_id, state)
        db.execute(
            "UPDATE outbox SET error = ?, due_at = ? WHERE delivery_id = ?", [error, to_text(due_at), delivery_id]
        )
        if kind in (NotificationKind.UPDATE, NotificationKind.EDIT):
            # A newer snapshot may have come in while this one was being sent; the older must not overwrite it later.
            db.execute(
                """
                DELETE FROM outbox WHERE delivery_id = ? AND EXISTS (
                    SELECT 1 FROM outbox AS newer WHERE newer.kind = outbox.kind AND newer.rowid > outbox.rowid AND (
                        (newer.kind = 'update' AND newer.incident_id = outbox.incident_id)
                        OR (newer.kind = 'edit' AND newer.channel = outbox.channel AND newer.ts = outbox.ts)))
                """,
                [delivery_id],
            )


def _settle(db: Database, delivery_id: str, state: OutboxState) -> str:
    """Move a row out of `sending`; returns its kind. Raises StoreError when it is not there: two processes share the
    database."""
    row = db.execute(
        "UPDATE outbox SET state = ? WHERE delivery_id = ? AND state = 'sending' RETURNING kind",
        [state.value, delivery_id],
    ).fetchone()
    if row is None:
        raise StoreError(
            f"notification {delivery_id} is not being sent by this process; "
            "run only one monitor on a database, and start it again"
        )
    return str(row[0])
