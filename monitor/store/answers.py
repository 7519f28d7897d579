"""Posts of an incident that somebody has answered. The first one to say so stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import Person
from monitor.store.db import known_time, to_text
from monitor.store.people import known_person, person_to_text


@dataclass(frozen=True, slots=True)
class Answer:
    post_key: str
    by: Person
    at: datetime


def add(db: Database, incident_id: str, answer: Answer) -> Answer:
    """Record that a post was answered. Returns the answer that stands: an earlier one where there is one."""
    db.execute(
        "INSERT INTO answers (incident_id, post_key, by, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [incident_id, answer.post_key, person_to_text(answer.by), to_text(answer.at)],
    )
    return get(db, incident_id, answer.post_key) or answer


def get(db: Database, incident_id: str, post_key: str) -> Answer | None:
    row = db.execute(
        "SELECT by, at FROM answers WHERE incident_id = ? AND post_key = ?", [incident_id, post_key]
    ).fetchone()
    return None if row is None else Answer(post_key, known_person(row[0]), known_time(row[1]))


def of_incident(db: Database, incident_id: str) -> list[Answer]:
    """An incident's answered posts, the first answered first."""
    rows = db.execute(
        "SELECT post_key, by, at FROM answers WHERE incident_id = ? ORDER BY at, rowid", [incident_id]
    ).fetchall()
    return [Answer(post_key, known_person(by), known_time(at)) for post_key, by, at in rows]
