"""The order in which alerts were written down and tried, as the database itself saw it: one transaction at a time."""

from __future__ import annotations

from monitor.store.db import Store

WRITTEN, TRIED = "written", "tried"


def note_steps(store: Store) -> None:
    """From now on, note in which order alerts are written and first tried. SQLite has one writer at a time, so that
    what is noted before an attempt was there to be seen by it."""
    store.db.execute(
        "CREATE TABLE benchmark_steps (number INTEGER PRIMARY KEY AUTOINCREMENT, step TEXT, delivery_id TEXT)"
    )
    for step, event in (
        (WRITTEN, "AFTER INSERT ON outbox WHEN new.kind = 'message'"),
        (TRIED, "AFTER UPDATE OF state ON outbox WHEN new.state = 'sending' AND old.first_sent_at IS NULL"),
    ):
        store.db.execute(
            f"CREATE TRIGGER benchmark_{step} {event} BEGIN "
            f"INSERT INTO benchmark_steps (step, delivery_id) VALUES ('{step}', new.delivery_id); END"
        )
