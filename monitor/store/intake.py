"""Posts from `monitor intake` that the service has not read yet. The command writes, the service reads and deletes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from monitor.model import Post
from monitor.store.db import Store


@dataclass(frozen=True, slots=True)
class WaitingIntake:
    """`number` rises with every post and is never used again."""

    number: int
    post: Post


def add(store: Store, new: Sequence[Post]) -> int:
    """Leave posts for the service. Returns how many are new: those that wait or are stored already are left out."""
    with store.transaction() as db:
        before = db.conn.total_changes
        for post in new:
            db.execute(
                """
                INSERT INTO intake (key, body) SELECT :key, :body
                WHERE NOT EXISTS (SELECT 1 FROM posts WHERE key = :key)
                ON CONFLICT (key) DO NOTHING
                """,
                {"key": post.key, "body": msgspec.json.encode(post)},
            )
        return int(db.conn.total_changes - before)


def waiting(store: Store, limit: int) -> list[WaitingIntake]:
    """The posts that wait, oldest first."""
    with store.reading() as db:
        rows = db.execute("SELECT number, body FROM intake ORDER BY number LIMIT ?", [limit]).fetchall()
    return [WaitingIntake(number, msgspec.json.decode(body, type=Post)) for number, body in rows]


def forget(store: Store, up_to: int) -> None:
    """Delete what the service has stored."""
    with store.transaction() as db:
        db.execute("DELETE FROM intake WHERE number <= ?", [up_to])


def count(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM intake").fetchone()[0])
