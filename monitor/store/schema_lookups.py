"""The tables, continued: what posts are asked for by name.

parents  posts that stored ones quote or answer, by the name that these give them; `body` is NULL until one is known
wanted   which stored post is read again once its parent is known

and the file in which the page is kept where a field was first not as expected.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.schema import migrations

__all__ = ["migrations"]


@migrations()
def m011_lookups(db: Database) -> None:
    db.execute("ALTER TABLE posts ADD COLUMN alias TEXT")
    db.execute("CREATE INDEX posts_alias ON posts (alias) WHERE alias IS NOT NULL")
    # When its platform was last asked whether it is still there.
    db.execute("ALTER TABLE posts ADD COLUMN looked_at TEXT")
    db.execute(
        """
        CREATE TABLE parents (
            name TEXT PRIMARY KEY,
            key TEXT NOT NULL,
            platform TEXT NOT NULL,
            author TEXT,
            body BLOB,
            since TEXT NOT NULL,
            asked INTEGER NOT NULL DEFAULT 0,
            again_at TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX parents_key ON parents (key)")
    db.execute("CREATE INDEX parents_author ON parents (platform, author)")
    db.execute(
        """
        CREATE TABLE wanted (
            post_key TEXT NOT NULL REFERENCES posts (key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            PRIMARY KEY (post_key, name)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX wanted_name ON wanted (name)")


@migrations()
def m012_raw_pages(db: Database) -> None:
    db.execute("ALTER TABLE drift ADD COLUMN page TEXT")
