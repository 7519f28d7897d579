"""Which morning had the last digest, so that none has two."""

from __future__ import annotations

from datetime import date

from sqlite_utils import Database

from monitor.store.db import Store

_LAST = "morning of the last digest"
"""A counter that holds a date, as the number of its day in the calendar."""


def start(store: Store, before: date) -> None:
    """Remember a morning as that of the last digest, where there was none yet."""
    with store.transaction() as db:
        db.execute("INSERT OR IGNORE INTO counters VALUES (?, ?)", [_LAST, before.toordinal()])


def last(store: Store) -> date:
    """The morning of the last digest. `start` comes first."""
    with store.reading() as db:
        row = db.execute("SELECT value FROM counters WHERE name = ?", [_LAST]).fetchone()
    return date.fromordinal(row[0])


def posted(db: Database, morning: date) -> None:
    db.execute("UPDATE counters SET value = ? WHERE name = ?", [morning.toordinal(), _LAST])
