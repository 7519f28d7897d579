"""How each source does: its cursor, its counts, its last error."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from monitor.model import SourceHealth
from monitor.store import outages
from monitor.store.db import Store, from_text, to_text


def cursor(store: Store, source: str) -> str | None:
    """Where a source resumes, None at its start."""
    with store.reading() as db:
        row = db.execute("SELECT cursor FROM sources WHERE name = ?", [source]).fetchone()
    return None if row is None else row[0]


def save_failure(store: Store, source: str, kind: str, error: str, retry_at: datetime, now: datetime) -> int:
    """Count a failed request. Returns how many have failed in a row."""
    with store.transaction() as db:
        db.execute(
            """
            INSERT INTO sources (name, kind, error, error_since, error_count, retry_at,
                                 last_error, last_error_at, errors_total)
            VALUES (:name, :kind, :error, :now, 1, :retry_at, :error, :now, 1)
            ON CONFLICT (name) DO UPDATE SET error = excluded.error, error_count = error_count + 1,
                error_since = coalesce(error_since, excluded.error_since), retry_at = excluded.retry_at,
                last_error = excluded.last_error, last_error_at = excluded.last_error_at,
                errors_total = errors_total + 1
            """,
            {"name": source, "kind": kind, "error": error, "now": to_text(now), "retry_at": to_text(retry_at)},
        )
        outages.begin(db, source, error, now)
        return int(db.execute("SELECT error_count FROM sources WHERE name = ?", [source]).fetchone()[0])


_TIMES = ("last_page_at", "last_post_at", "error_since", "retry_at", "last_error_at", "gap_at", "suspicious_since")


def health(store: Store) -> list[SourceHealth]:
    """Every source that was ever polled, by name."""
    names = [column.name for column in fields(SourceHealth)]
    with store.reading() as db:
        rows = db.execute(f"SELECT {', '.join(names)} FROM sources ORDER BY name").fetchall()  # noqa: S608
    found = []
    for row in rows:
        values = dict(zip(names, row, strict=True))
        values.update({name: from_text(values[name]) for name in _TIMES})
        found.append(SourceHealth(**values))
    return found
