from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Did, Event, Person
from monitor.store import events
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
ANA = Person("U1", "Ana Flores")
TAKEN = Event(NOW, ANA, Did.TOOK_ON, "w-1", "", "Ana Flores (U1)")
LATE = Event(NOW + timedelta(minutes=30), None, Did.ESCALATED, "w-1", note="no correction in time")
ELSEWHERE = Event(NOW + timedelta(minutes=1), ANA, Did.ACCEPTED, None, "open", "accepted", "a note")


def keep(store: Store) -> None:
    with store.transaction() as db:
        for event in (TAKEN, ELSEWHERE, LATE):
            events.add(db, event)


def test_events_come_back_as_they_were_written_in_the_order_of_writing(store: Store) -> None:
    keep(store)

    assert events.of_incident(store.db, "w-1") == [TAKEN, LATE]
    assert events.since(store.db, NOW + timedelta(minutes=1)) == [ELSEWHERE, LATE]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE events SET who_name = 'somebody else'", "never changed"),
        ("UPDATE events SET note = note", "never changed"),
        ("DELETE FROM events", "never deleted"),
        ("DELETE FROM events WHERE id = 2", "never deleted"),
    ],
)
def test_nobody_can_change_or_delete_an_event(store: Store, statement: str, why: str) -> None:
    keep(store)

    with pytest.raises(sqlite3.IntegrityError, match=why):
        store.db.execute(statement)
    assert len(events.since(store.db, NOW)) == 3
