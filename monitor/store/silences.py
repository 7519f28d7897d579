"""Time-limited mutes: who set them, why, until when, and whether their end was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Silence
from monitor.store.db import Store, from_text, to_text
from monitor.store.people import person_from_text, person_to_text

_COLUMNS = ("id", "scope", "value", "by", "reason", "starts_at", "until", "ended_at")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM silences"  # noqa: S608 - names of our own columns


def add(db: Database, silence: Silence) -> None:
    db.execute(
        f"INSERT INTO silences ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            silence.id,
            silence.scope.value,
            silence.value,
            person_to_text(silence.by),
            silence.reason,
            to_text(silence.starts_at),
            to_text(silence.until),
            to_text(silence.ended_at),
        ],
    )


def get(db: Database, silence_id: str) -> Silence | None:
    row = db.execute(f"{_SELECT} WHERE id = ?", [silence_id]).fetchone()
    return None if row is None else _from_row(row)


def active(db: Database, now: datetime) -> list[Silence]:
    """The silences that mute at `now`, the oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE ended_at IS NULL AND starts_at <= :now AND :now < until ORDER BY starts_at, rowid",
        {"now": to_text(now)},
    ).fetchall()
    return [_from_row(row) for row in rows]


def from_on(db: Database, moment: datetime) -> list[Silence]:
    """The silences that muted at a moment or later, the oldest first."""
    rows = db.execute(f"{_SELECT} WHERE until > ? ORDER BY starts_at, rowid", [to_text(moment)]).fetchall()
    return [_from_row(row) for row in rows]


def ended_unannounced(db: Database, now: datetime) -> list[Silence]:
    """The silences whose time is over at `now` and whose end nobody was told yet."""
    rows = db.execute(
        f"{_SELECT} WHERE ended_at IS NULL AND until <= ? ORDER BY until, rowid", [to_text(now)]
    ).fetchall()
    return [_from_row(row) for row in rows]


def end(db: Database, silence_id: str, now: datetime) -> bool:
    """Let a silence end now. Its end is announced, and written down, like that of one whose time is over. False where
    it is not known or was announced before."""
    cursor = db.execute(
        "UPDATE silences SET until = min(until, ?) WHERE id = ? AND ended_at IS NULL", [to_text(now), silence_id]
    )
    return cursor.rowcount == 1


def mark_ended(db: Database, silence_id: str, now: datetime) -> bool:
    """Write down that a silence ended and that people are told. False where that was done before."""
    cursor = db.execute(
        "UPDATE silences SET ended_at = ? WHERE id = ? AND ended_at IS NULL", [to_text(now), silence_id]
    )
    return cursor.rowcount == 1


def every(store: Store) -> list[Silence]:
    """Every silence that ever was, the newest first."""
    with store.reading() as db:
        return [_from_row(row) for row in db.execute(f"{_SELECT} ORDER BY starts_at DESC, rowid DESC").fetchall()]


def _from_row(row: Sequence[object]) -> Silence:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("starts_at", "until", "ended_at"):
        value = values[name]
        values[name] = None if value is None else from_text(str(value))
    values["by"] = person_from_text(values["by"])
    return msgspec.convert(values, type=Silence)
