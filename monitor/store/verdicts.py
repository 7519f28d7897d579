"""What responders said about posts that alerted: right, or a false alarm. Forgotten together with the post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Post
from monitor.store.db import Store, to_text


@dataclass(frozen=True, slots=True)
class HumanVerdict:
    """Whether a post asserts a claim, as a person saw it."""

    post: Post
    claim_id: str
    asserts: bool


def add(db: Database, post_key: str, claim_id: str, asserts: bool, now: datetime) -> None:
    """Record a verdict on a stored post. A later one on the same post and claim replaces it."""
    db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)", [post_key, claim_id, int(asserts), to_text(now)])


def take_back(db: Database, post_key: str, claim_id: str) -> None:
    """Forget a verdict: it was a slip."""
    db.execute("DELETE FROM verdicts WHERE post_key = ? AND claim_id = ?", [post_key, claim_id])


def every(store: Store) -> list[HumanVerdict]:
    """All verdicts on posts that are still stored, oldest first."""
    with store.reading() as db:
        rows = db.execute(
            """
            SELECT posts.body, verdicts.claim_id, verdicts.asserts
            FROM verdicts JOIN posts ON posts.key = verdicts.post_key ORDER BY verdicts.given_at, verdicts.rowid
            """
        ).fetchall()
    return [
        HumanVerdict(msgspec.json.decode(body, type=Post), claim_id, bool(asserts)) for body, claim_id, asserts in rows
    ]
