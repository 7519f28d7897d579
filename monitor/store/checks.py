"""Texts that somebody held against the claims, kept for as long as they may be reported from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Post
from monitor.store.db import Store, to_text


@dataclass(frozen=True, slots=True)
class Check:
    """`scores`: the claims that are near, likeliest first, by id, with the probability that the post asserts each."""

    token: str
    post: Post
    scores: tuple[tuple[str, float], ...] = ()


def add(db: Database, check: Check, now: datetime) -> None:
    db.execute(
        "INSERT OR REPLACE INTO checks (token, body, claims, checked_at) VALUES (?, ?, ?, ?)",
        [check.token, msgspec.json.encode(check.post), msgspec.json.encode(check.scores).decode(), to_text(now)],
    )


def get(db: Database, token: str) -> Check | None:
    row = db.execute("SELECT body, claims FROM checks WHERE token = ?", [token]).fetchone()
    if row is None:
        return None
    body, scores = row
    return Check(
        token, msgspec.json.decode(body, type=Post), msgspec.json.decode(scores, type=tuple[tuple[str, float], ...])
    )


def purge(store: Store, before: datetime) -> None:
    """Forget what was checked before a moment."""
    with store.transaction() as db:
        db.execute("DELETE FROM checks WHERE checked_at < ?", [to_text(before)])
