"""Interactions as Slack sent them: stored before they are acknowledged, handled from here, each once.

A click that failed is kept with its error and is not tried again: what it asked for may no longer be what its presser
wants. A crash is no failure: the click still waits, and nothing of it was done.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from monitor.model import Click, ClickKind
from monitor.store.db import Store, known_time, to_text


def add(store: Store, click: Click) -> bool:
    """Store a click. False when its key is known: Slack sent it twice."""
    with store.transaction() as db:
        cursor = db.execute(
            "INSERT INTO clicks (key, kind, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            [click.key, click.kind.value, click.body, to_text(click.received_at)],
        )
        return cursor.rowcount == 1


def waiting(store: Store, limit: int) -> list[Click]:
    """Up to `limit` clicks that are not handled yet, in the order in which they came."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT key, kind, body, received_at FROM clicks WHERE handled_at IS NULL "
            "ORDER BY received_at, rowid LIMIT ?",
            [limit],
        ).fetchall()
    return [Click(key, ClickKind(kind), body, known_time(received_at)) for key, kind, body, received_at in rows]


def handled(db: Database, key: str, now: datetime) -> bool:
    """Mark a click handled, inside the transaction that does what it asks. False when it was handled already, or is not
    known: then nothing may be done for it. What it says is forgotten: it may quote a post."""
    cursor = db.execute(
        "UPDATE clicks SET handled_at = ?, body = x'' WHERE key = ? AND handled_at IS NULL", [to_text(now), key]
    )
    return cursor.rowcount == 1


def failed(db: Database, key: str, error: str, now: datetime) -> bool:
    """Mark a click handled that could not be, with what went wrong. False when it was handled before."""
    cursor = db.execute(
        "UPDATE clicks SET handled_at = ?, error = ? WHERE key = ? AND handled_at IS NULL", [to_text(now), error, key]
    )
    return cursor.rowcount == 1


def purge(store: Store, before: datetime) -> int:
    """Forget the clicks that were handled before a moment. Returns how many there were."""
    with store.transaction() as db:
        return db.execute("DELETE FROM clicks WHERE handled_at < ?", [to_text(before)]).rowcount
