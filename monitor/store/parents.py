"""Posts that stored ones quote or answer, which no source brought by itself: context, forgotten like any post."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Named, Post
from monitor.store.db import to_text

MOST_ASKED = 3
"""Times that one is asked for where no answer comes."""


def get(db: Database, name: str) -> Post | None:
    """The parent that others name so, where it is known."""
    row = db.execute("SELECT body FROM parents WHERE name = ? AND body IS NOT NULL", [name]).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Post)


def keep(db: Database, parent: Post, now: datetime) -> None:
    """Keep a parent under everything that it goes by."""
    for name in parent.names:
        db.execute(
            """
            INSERT INTO parents (name, key, platform, author, body, since) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET key = excluded.key, author = excluded.author, body = excluded.body
            """,
            [name, parent.key, parent.platform, parent.author, msgspec.json.encode(parent), to_text(now)],
        )


def want(db: Database, post: Post, now: datetime) -> None:
    """Note that a stored post says nothing without the post above it, which is not known."""
    for name in post.parents:
        if name == post.key:
            continue
        db.execute(
            "INSERT OR IGNORE INTO parents (name, key, platform, since, again_at) VALUES (?, ?, ?, ?, ?)",
            [name, name, post.platform, to_text(now), to_text(now)],
        )
        db.execute("INSERT OR IGNORE INTO wanted VALUES (?, ?)", [post.key, name])


def due(db: Database, since: datetime, now: datetime) -> list[Named]:
    """The parents to ask for now, of posts that came since a moment, those of the newest posts first."""
    rows = db.execute(
        """
        SELECT parents.platform, parents.name FROM parents
            JOIN wanted ON wanted.name = parents.name JOIN posts ON posts.key = wanted.post_key
        WHERE parents.body IS NULL AND parents.again_at <= ? AND parents.asked < ? AND posts.received_at >= ?
        GROUP BY parents.name ORDER BY max(posts.received_at) DESC
        """,
        [to_text(now), MOST_ASKED, to_text(since)],
    ).fetchall()
    return [Named(platform, key.removeprefix(f"{platform}:"), key) for platform, key in rows]


def put_off(db: Database, wanted: Named, again_at: datetime) -> None:
    """Ask for one no earlier: an answer said nothing of it."""
    db.execute("UPDATE parents SET asked = asked + 1, again_at = ? WHERE name = ?", [to_text(again_at), wanted.key])


def give_up(db: Database, wanted: Named) -> None:
    """Never ask for one again: it is gone."""
    db.execute("UPDATE parents SET again_at = NULL WHERE name = ?", [wanted.key])


def read_again(db: Database, wanted: Named) -> None:
    """Have the posts that want a parent read again, now that it is known."""
    children = "SELECT post_key FROM wanted WHERE name = ?"
    db.execute(f"UPDATE posts SET decided = NULL WHERE key IN ({children})", [wanted.key])  # noqa: S608
    db.execute(f"DELETE FROM wanted WHERE post_key IN ({children})", [wanted.key])  # noqa: S608
