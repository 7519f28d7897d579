"""Posts that people said are not the claim that they were taken for."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.model import LookAlike
from monitor.store.db import Store, known_time, to_text
from monitor.store.people import known_person, person_to_text


def add(db: Database, look_alike: LookAlike) -> None:
    """Record one. A later one of the same claim and post replaces it."""
    db.execute(
        "INSERT OR REPLACE INTO look_alikes (claim_id, text, post_key, by, at) VALUES (?, ?, ?, ?, ?)",
        [
            look_alike.claim_id,
            look_alike.text,
            look_alike.post_key,
            person_to_text(look_alike.by),
            to_text(look_alike.at),
        ],
    )


def take_back(db: Database, claim_id: str, post_key: str) -> None:
    """Forget one: it was a slip, and the post does make the claim."""
    db.execute("DELETE FROM look_alikes WHERE claim_id = ? AND post_key = ?", [claim_id, post_key])


def every(store: Store) -> list[LookAlike]:
    """All of them, oldest first."""
    with store.reading() as db:
        rows = db.execute("SELECT claim_id, text, post_key, by, at FROM look_alikes ORDER BY at, rowid").fetchall()
    return [
        LookAlike(claim_id, text, post_key, known_person(by), known_time(at))
        for claim_id, text, post_key, by, at in rows
    ]
