"""What is known of each source's eyesight, and what people were told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlite_utils import Database

from monitor.model import BlindKind, Drifted, Rhythm, SourceHealth, Told, Watched
from monitor.store import drift, sources
from monitor.store.db import Store, from_text, known_time, to_text

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


def watched(store: Store, names: Iterable[str], started: datetime) -> list[Watched]:
    """The sources of these names that have shown something since the service started."""
    wanted = set(names)
    with store.reading() as db:
        drifted = drift.fields(db)
        return [
            _watched(db, health, drifted, started)
            for health in sources.health(store)
            if health.name in wanted and max(health.last_page_at or started, health.last_error_at or started) > started
        ]


def _watched(db: Database, health: SourceHealth, drifted: Sequence[Drifted], started: datetime) -> Watched:
    (ended,) = db.execute(
        # What was shorter than a minute was one failed request.
        "SELECT max(ended_at) FROM outages WHERE source = ? AND julianday(ended_at) - julianday(began_at) > 1.0 / 1440",
        [health.name],
    ).fetchone()
    last_post = health.last_post_at or started
    return Watched(
        health,
        max(last_post, started, from_text(ended) or started),
        _rhythm((last_post - DAY, *_quarters(db, health.name, last_post, DAY))),
        _rhythm(_quarters(db, health.name, last_post, 7 * DAY)),
        tuple(one for one in drifted if one.source == health.name),
    )


def _rhythm(moments: Sequence[datetime]) -> Rhythm:
    between = (later - earlier for earlier, later in pairwise(moments))
    return Rhythm(max(QUARTER, *between, timedelta()), len(moments))


def _quarters(db: Database, source: str, until: datetime, span: timedelta) -> tuple[datetime, ...]:
    """The quarters of an hour in which a source brought posts."""
    rows = db.execute(
        "SELECT began_at FROM traffic WHERE source = ? AND began_at > ? AND began_at <= ? ORDER BY began_at",
        [source, to_text(until - span), to_text(until)],
    ).fetchall()
    return tuple(known_time(began_at) for (began_at,) in rows)


_TOLD = "source, kind, since, told_at, over_since, back_at, again, again_for, again_since"


def told(db: Database) -> list[Told]:
    rows = db.execute(f"SELECT {_TOLD} FROM told_blind ORDER BY source, kind").fetchall()  # noqa: S608
    return [
        Told(
            source,
            BlindKind(kind),
            known_time(since),
            known_time(told_at),
            from_text(over_since),
            from_text(back_at),
            again,
            again_for,
            from_text(again_since),
        )
        for source, kind, since, told_at, over_since, back_at, again, again_for, again_since in rows
    ]


def save_told(db: Database, now_told: Iterable[Told]) -> None:
    """What was told, as a whole: what is not among it is forgotten. Joins the transaction that enqueues the news."""
    db.execute("DELETE FROM told_blind")
    for one in now_told:
        db.execute(
            f"INSERT INTO told_blind ({_TOLD}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                one.source,
                one.kind.value,
                to_text(one.since),
                to_text(one.told_at),
                to_text(one.over_since),
                to_text(one.back_at),
                one.again,
                one.again_for,
                to_text(one.again_since),
            ],
        )


def caught_up(db: Database, source: str, since: datetime, until: datetime) -> int:
    """How many stored posts of a source were written while it was blind and came after that."""
    (count,) = db.execute(
        """
        SELECT count(*) FROM posts, json_each(CAST(body AS TEXT), '$.created_at') AS created
        WHERE source = :source AND received_at > :since
            AND julianday(created.value) > julianday(:since) AND julianday(created.value) <= julianday(:until)
        """,
        {"source": source, "since": to_text(since), "until": to_text(until)},
    ).fetchone()
    return int(count)
