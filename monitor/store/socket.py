"""How the connection stands on which clicks arrive: one row."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import SocketHealth, SocketState
from monitor.store.db import Store, from_text, to_text


def save(store: Store, health: SocketHealth) -> None:
    with store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO socket VALUES (1, ?, ?, ?, ?, ?, ?)",
            [
                health.state.value,
                to_text(health.since),
                health.rebuilt,
                health.connections,
                health.last_error,
                to_text(health.last_error_at),
            ],
        )


def health(store: Store) -> SocketHealth | None:
    """None where the service never opened one."""
    with store.reading() as db:
        row = db.execute("SELECT state, since, rebuilt, connections, last_error, last_error_at FROM socket").fetchone()
    if row is None:
        return None
    state, since, rebuilt, connections, error, error_at = row
    began = from_text(since) or datetime.min.replace(tzinfo=UTC)
    return SocketHealth(SocketState(state), began, rebuilt, connections, error, from_text(error_at))
