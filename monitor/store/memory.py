"""What was computed from stored posts, in a file of its own beside the database, so that a backtest need not again.

Values hang on pages, the posts that were read together. Once any post of a page is gone or was changed, the whole page
goes: nothing that was computed from a forgotten post outlives it, and the rest of the page is computed again. Deleting
the file loses nothing but time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from monitor.errors import StoreError
from monitor.model import Post
from monitor.text import fingerprint

ASKED_AT_ONCE = 500
"""Keys in one query: SQLite takes no more than some thousands."""
_TABLES = """
CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS read_posts (page INTEGER NOT NULL, post_key TEXT NOT NULL, text_hash TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS read_posts_page ON read_posts (page);
CREATE TABLE IF NOT EXISTS remembered (key BLOB PRIMARY KEY, page INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS remembered_page ON remembered (page);
"""


class MemoryFile:
    """The file of one database, open. Not for use from two threads at once. Raises StoreError."""

    def __init__(self, database: Path) -> None:
        path = file_beside(database)
        self._new: dict[bytes, bytes] | None = None
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            # What is deleted is overwritten: a vector says much of the text that it was made from.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {path}: {error}; delete it, it holds nothing but spared time") from error

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), ASKED_AT_ONCE):
            some = keys[start : start + ASKED_AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, value FROM remembered WHERE key IN ({marks})"  # noqa: S608 - question marks
            found |= dict(self._connection.execute(query, some))
        return found

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        """Remember these with the page in hand. Outside of one nothing is kept: no post would take it along."""
        if self._new is not None:
            self._new.update(found)

    @contextmanager
    def page(self, posts: Sequence[Post]) -> Iterator[None]:
        """What is kept meanwhile was computed from these posts."""
        self._new = {}
        try:
            yield
            if self._new:
                self._write(posts, self._new)
        finally:
            self._new = None

    def forget(self, database: Path) -> int:
        """Drop every page with a post that is no longer stored as it was read. Returns how many."""
        connection = self._connection
        connection.execute("ATTACH ? AS main_store", [str(database)])
        try:
            connection.execute("BEGIN IMMEDIATE")
            gone = connection.execute(
                """
                DELETE FROM pages WHERE page IN (
                    SELECT page FROM read_posts LEFT JOIN main_store.posts
                        ON posts.key = post_key AND posts.text_hash = read_posts.text_hash
                    WHERE posts.key IS NULL)
                """
            ).rowcount
            if gone:
                connection.execute("DELETE FROM read_posts WHERE page NOT IN (SELECT page FROM pages)")
                connection.execute("DELETE FROM remembered WHERE page NOT IN (SELECT page FROM pages)")
            connection.execute("COMMIT")
        finally:
            connection.execute("DETACH main_store")
        if gone:
            # The log would still hold what was deleted.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        self._connection.close()

    def _write(self, posts: Sequence[Post], found: Mapping[bytes, bytes]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        page = connection.execute("INSERT INTO pages DEFAULT VALUES").lastrowid
        connection.executemany(
            "INSERT INTO read_posts VALUES (?, ?, ?)", [(page, post.key, fingerprint(post.text)) for post in posts]
        )
        connection.executemany(
            "INSERT OR IGNORE INTO remembered VALUES (?, ?, ?)", [(key, page, value) for key, value in found.items()]
        )
        connection.execute("COMMIT")


def file_beside(database: Path) -> Path:
    """Where what was computed from a database's posts is remembered."""
    return database.with_name(f"{database.name}.vectors")


def forget(database: Path) -> None:
    """Drop what was computed from posts that are gone, where anything was; the whole file where that cannot be done."""
    path = file_beside(database)
    if not path.exists():
        return
    try:
        with closing(MemoryFile(database)) as memory:
            memory.forget(database)
    except (StoreError, sqlite3.Error):
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
