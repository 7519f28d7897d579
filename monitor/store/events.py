"""The audit: who did what, when, before and after. Triggers hold that no line of it is ever changed or deleted."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from monitor.model import Did, Event, Person
from monitor.store.db import known_time, to_text

_COLUMNS = "at, who_id, who_name, did, incident_id, before, after, note"


def add(db: Database, event: Event) -> None:
    """Append, inside the caller's transaction."""
    who = event.who
    db.execute(
        f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            to_text(event.at),
            None if who is None else who.id,
            None if who is None else who.name,
            event.did.value,
            event.incident_id,
            event.before,
            event.after,
            event.note,
        ],
    )


def of_incident(db: Database, incident_id: str) -> list[Event]:
    """What was done about an incident, in the order in which it was done."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM events WHERE incident_id = ? ORDER BY id",  # noqa: S608
        [incident_id],
    )
    return [_event(*row) for row in rows.fetchall()]


def since(db: Database, moment: datetime) -> list[Event]:
    """What was done from a moment on, in the order in which it was done."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM events WHERE at >= ? ORDER BY id", [to_text(moment)])  # noqa: S608
    return [_event(*row) for row in rows.fetchall()]


def _event(
    at: str,
    who_id: str | None,
    who_name: str,
    did: str,
    incident_id: str | None,
    before: str,
    after: str,
    note: str,
) -> Event:
    who = None if who_id is None else Person(who_id, who_name)
    return Event(known_time(at), who, Did(did), incident_id, before, after, note)
