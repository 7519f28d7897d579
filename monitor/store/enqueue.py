"""Writes notifications down for delivery: what waits together is put together, so that people are told once.

`outbox.py` delivers what stands here and draws the states of a row.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.model import Notice, Notification, NotificationKind, Receipt
from monitor.store import gathering
from monitor.store.db import from_text, to_text

GIVE_UP = timedelta(hours=24)
"""A refused notification is tried again for so long after its first attempt, a MESSAGE after the last news of its
incident: mend the token and it still comes."""


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    FAILED = "failed"


_ON_THE_WAY = "('sending', 'ambiguous', 'sent')"


def enqueue(db: Database, notification: Notification, now: datetime, due_at: datetime) -> None:
    """Write a notification down for delivery from `due_at` on, inside the caller's transaction.

    What waits already takes the newer in: a DIGEST and a REPLY its alerts; an UPDATE or an EDIT gives way to the newer
    one; the incident's MESSAGE, where it is certainly not delivered, is rewritten by an UPDATE or a REPLY. All keep the
    moment at which they were due, except that a REPLY may become due earlier.
    """
    match notification.kind:
        case NotificationKind.DIGEST:
            taken_in = _join_digest(db, notification)
        case NotificationKind.UPDATE:
            taken_in = _fold(db, notification, now, due_at)
        case NotificationKind.REPLY:
            taken_in = _fold(db, notification, now, due_at) or _join_reply(db, notification, due_at)
        case _:
            taken_in = False
    if not taken_in:
        _insert(db, notification, now, due_at)


def amend(db: Database, delivery_id: str, notice: Notice, now: datetime) -> bool:
    """Have a NOTICE say something else: in its row while it is certainly not delivered, by an EDIT once it is.

    False, and nothing changed, where it is on its way and may arrive or not: ask again. One that was purged stays.
    """
    row = db.execute("SELECT state, body, channel, ts FROM outbox WHERE delivery_id = ?", [delivery_id]).fetchone()
    if row is None:
        return True
    match row[0]:
        case OutboxState.SENT:
            edit = Notification(
                f"{delivery_id}.{NotificationKind.EDIT}.{secrets.token_hex(6)}",
                NotificationKind.EDIT,
                notice=notice,
                target=Receipt(row[2], row[3]),
            )
            enqueue(db, edit, now, now)
        case OutboxState.PENDING | OutboxState.FAILED:
            _rewrite(db, delivery_id, replace(decode(delivery_id, row[1]), notice=notice))
        case _:
            return False
    return True


def withdraw(db: Database, claim_id: str) -> int:
    """Take back what waits to be told of a claim and is certainly not delivered. Returns how many notifications."""
    return db.execute(
        """
        DELETE FROM outbox WHERE kind IN ('message', 'update', 'reply') AND state IN ('pending', 'failed')
            AND incident_id IN (SELECT id FROM incidents WHERE claim_id = ?)
        """,
        [claim_id],
    ).rowcount


def last_reply_at(db: Database, incident_id: str, *, or_message: bool = False) -> datetime | None:
    """When an incident's last REPLY was on its way (or its MESSAGE, where that is later), None where none was yet."""
    kinds = "('reply', 'message')" if or_message else "('reply')"
    row = db.execute(
        f"SELECT max(due_at) FROM outbox WHERE incident_id = ? AND kind IN {kinds} AND state IN {_ON_THE_WAY}",  # noqa: S608
        [incident_id],
    ).fetchone()
    return from_text(row[0])


def encode(notification: Notification) -> bytes:
    return msgspec.json.encode(notification)


def decode(delivery_id: str, body: bytes) -> Notification:
    try:
        return msgspec.json.decode(body, type=Notification)
    except msgspec.DecodeError as error:
        raise StoreError(
            f"the notification {delivery_id} in the outbox cannot be read: {error}; "
            "it was written by another version of monitor, or the database is damaged"
        ) from error


def _join_digest(db: Database, notification: Notification) -> bool:
    """Whether a DIGEST that waits has taken this one in."""
    row = db.execute(
        "SELECT delivery_id, body FROM outbox WHERE kind = 'digest' AND state = 'pending' AND attempts = 0"
    ).fetchone()
    if row is None:
        return False
    _rewrite(db, row[0], gathering.merged_digest(decode(*row), notification))
    return True


def _join_reply(db: Database, reply: Notification, due_at: datetime) -> bool:
    """Whether the REPLY of this incident that waits has taken the posts of this one in."""
    row = db.execute(
        "SELECT delivery_id, body FROM outbox WHERE incident_id = ? AND kind = 'reply' AND state = 'pending'",
        [gathering.incident_of(reply)],
    ).fetchone()
    if row is None:
        return False
    _rewrite(db, row[0], gathering.merged_reply(decode(*row), reply))
    # After a failed attempt `due_at` is the end of the back-off, which news must not cut short.
    db.execute(
        "UPDATE outbox SET due_at = min(due_at, ?) WHERE delivery_id = ? AND attempts = 0", [to_text(due_at), row[0]]
    )
    return True


def _fold(db: Database, news: Notification, now: datetime, due_at: datetime) -> bool:
    """Whether a REPLY or an UPDATE went into the incident's MESSAGE, which is not known to be delivered yet."""
    incident_id = gathering.incident_of(news)
    row = db.execute(
        """
        SELECT delivery_id, body, state FROM outbox
        WHERE incident_id = ? AND kind = 'message' AND (state != 'failed' OR first_sent_at > ?)
        ORDER BY state = 'sent' DESC LIMIT 1
        """,
        [incident_id, to_text(now - GIVE_UP)],
    ).fetchone()
    if row is None or row[2] == OutboxState.SENT:
        return False
    message = gathering.folded(decode(row[0], row[1]), news)
    if row[2] in (OutboxState.PENDING, OutboxState.FAILED):
        _rewrite(db, row[0], message)
        # A refused message is tried for as long again: giving it up would lose the news in it.
        db.execute(
            "UPDATE outbox SET first_sent_at = ? WHERE delivery_id = ? AND state = 'failed'", [to_text(now), row[0]]
        )
        # An update that waits from when the message was in doubt is older now than the message.
        _take_over(db, "update", "incident_id = ?", [incident_id], None)
        return True
    if news.kind is NotificationKind.UPDATE:
        return False
    # The message may be on its way as it was: what is new must follow it, and the incident's message shows that too.
    waiting = db.execute(
        "SELECT delivery_id, body FROM outbox WHERE incident_id = ? AND kind = 'update' AND state = 'pending'",
        [incident_id],
    ).fetchone()
    if waiting is not None:
        _rewrite(db, waiting[0], gathering.folded(decode(*waiting), news))
    else:
        update = replace(message, kind=NotificationKind.UPDATE, delivery_id=news.delivery_id)
        _insert(db, update, now, due_at)
    return True


def _insert(db: Database, notification: Notification, now: datetime, due_at: datetime) -> None:
    incident_id = gathering.incident_of(notification)
    target = notification.target
    due = to_text(due_at)
    if notification.kind is NotificationKind.UPDATE:
        due = _take_over(db, "update", "incident_id = ?", [incident_id], due)
    elif target is not None:
        due = _take_over(db, "edit", "channel = ? AND ts = ?", [target.channel, target.ts], due)
    db.execute(
        """
        INSERT INTO outbox (delivery_id, incident_id, kind, body, state, created_at, due_at, channel, ts, rank)
        VALUES (:id, :incident, :kind, :body, 'pending', :now, :due, :channel, :ts, coalesce(
            :rank, (SELECT min(rank) FROM outbox WHERE incident_id = :incident AND kind = 'message'), :middle))
        """,
        {
            "id": notification.delivery_id,
            "incident": incident_id,
            "kind": notification.kind.value,
            "body": encode(notification),
            "now": to_text(now),
            "due": due,
            "channel": notification.channel if target is None else target.channel,
            "ts": None if target is None else target.ts,
            "rank": gathering.rank(notification),
            "middle": gathering.MIDDLE,
        },
    )


def _take_over(db: Database, kind: str, which: str, values: list[str | None], due: str | None) -> str | None:
    """Drop the waiting row that the newer one says all of. Returns when the newer is due: when the first of them was,
    or at the end of the back-off after a failed attempt."""
    row = db.execute(
        f"""
        DELETE FROM outbox WHERE kind = ? AND {which} AND state NOT IN ('sending', 'sent')
        RETURNING CASE attempts WHEN 0 THEN min(due_at, coalesce(?, due_at)) ELSE due_at END
        """,  # noqa: S608
        [kind, *values, due],
    ).fetchone()
    return due if row is None else str(row[0])


def _rewrite(db: Database, delivery_id: str, notification: Notification) -> None:
    db.execute(
        "UPDATE outbox SET body = ?, rank = coalesce(?, rank) WHERE delivery_id = ?",
        [encode(notification), gathering.rank(notification), delivery_id],
    )
