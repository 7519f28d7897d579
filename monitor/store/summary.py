"""Totals over the whole store, for `monitor status` and the demo's last table."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from monitor.model import Decision, Stance, Summary, Verdict
from monitor.store.db import Store, from_text, to_text

MATCHED = "matched"
DENIALS_QUIET = "denials kept quiet"


def count_verdict(db: Database, verdict: Verdict) -> None:
    """Counts outlive the posts, which are kept for a limited time only."""
    if verdict.match is None:
        return
    _add(db, MATCHED)
    if verdict.match.stance is Stance.DENY and verdict.decision is Decision.QUIET:
        _add(db, DENIALS_QUIET)


def _add(db: Database, name: str) -> None:
    db.execute("INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", [name])


def beat(store: Store, now: datetime) -> None:
    """Leave a sign of life."""
    with store.transaction() as db:
        db.execute(
            "INSERT INTO service VALUES (1, :now) ON CONFLICT (id) DO UPDATE SET alive_at = :now", {"now": to_text(now)}
        )


def alive_at(store: Store) -> datetime | None:
    """The service's last sign of life."""
    with store.reading() as db:
        row = db.execute("SELECT alive_at FROM service").fetchone()
    return None if row is None else from_text(row[0])


def summary(store: Store) -> Summary:
    with store.reading() as db:
        seen, about = db.execute(
            "SELECT coalesce(sum(posts_seen), 0), coalesce(sum(posts_kept), 0) FROM sources"
        ).fetchone()
        counters = dict(db.execute("SELECT name, value FROM counters").fetchall())
        (waiting,) = db.execute(
            "SELECT (SELECT count(*) FROM posts WHERE decided IS NULL) + (SELECT count(*) FROM intake)"
        ).fetchone()
        alerts = db.execute("SELECT reason, count(*) FROM alerts GROUP BY reason ORDER BY reason").fetchall()
        incidents = db.execute("SELECT state, count(*) FROM incidents GROUP BY state ORDER BY state").fetchall()
        outbox = db.execute("SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state").fetchall()
    return Summary(
        posts_seen=seen,
        posts_about=about,
        posts_matched=counters.get(MATCHED, 0),
        denials_quiet=counters.get(DENIALS_QUIET, 0),
        waiting=waiting,
        alerts=dict(alerts),
        incidents=dict(incidents),
        outbox=dict(outbox),
    )
