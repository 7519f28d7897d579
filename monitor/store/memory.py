"""What was computed from stored posts, in a file of its own beside the database, so that a backtest need not again.

The service writes it as posts come; a backtest adds what it finds missing.

Values hang on pages, the posts that were read together. Once any post of a page is gone or was changed, the whole page
goes: nothing that was computed from a forgotten post outlives it, and the rest of the page is computed again. Deleting
the file loses nothing but time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Lock, get_ident

import msgspec
import structlog

from monitor.errors import StoreError
from monitor.model import Post
from monitor.text import fingerprint

log = structlog.get_logger()

ASKED_AT_ONCE = 512
"""Keys in one query: SQLite takes no more than some thousands."""
MAPPED = 1 << 32
"""Bytes of the file that are read without being copied."""
_TABLES = """
CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS read_posts (page INTEGER NOT NULL, post_key TEXT NOT NULL, text_hash TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS read_posts_page ON read_posts (page);
CREATE TABLE IF NOT EXISTS remembered (key BLOB PRIMARY KEY, page INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS remembered_page ON remembered (page);
"""


PageOf = Callable[[Sequence[Post]], AbstractContextManager[None]]
"""Entered while these posts are judged."""


@contextmanager
def no_page(posts: Sequence[Post]) -> Iterator[None]:  # noqa: ARG001
    """Where nothing is kept."""
    yield


class MemoryFile:
    """The file of one database, open. For threads that take turns at each call. Raises StoreError."""

    def __init__(self, database: Path) -> None:
        path = file_beside(database)
        self._new: dict[bytes, bytes] | None = None
        self._reader = 0
        self._turn = Lock()
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            # What is deleted is overwritten: a vector says much of the text that it was made from.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(f"PRAGMA mmap_size = {MAPPED}")
            self._connection.create_function("hash_of", 1, _hash_of, deterministic=True)
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {path}: {error}; delete it, it holds nothing but spared time") from error

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), ASKED_AT_ONCE):
            some = keys[start : start + ASKED_AT_ONCE]
            # A few lengths of query, so that SQLite knows each of them already.
            marks = 1 << (len(some) - 1).bit_length()
            query = f"SELECT key, value FROM remembered WHERE key IN ({', '.join('?' * marks)})"  # noqa: S608 - marks
            with self._turn:
                found |= dict(self._connection.execute(query, [*some, *[some[0]] * (marks - len(some))]))
        return found

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        """Remember these with the page in hand. Outside of one nothing is kept, and nothing that another thread found
        than the one that reads it: no post would take it along."""
        if self._new is not None and self._reader == get_ident():
            self._new.update(found)

    @contextmanager
    def page(self, posts: Sequence[Post]) -> Iterator[None]:
        """What is kept meanwhile was computed from these posts."""
        self.begin()
        try:
            yield
            self.end(posts)
        finally:
            self._new = None

    def begin(self) -> None:
        """What this thread keeps from now on belongs to one page."""
        self._new, self._reader = {}, get_ident()

    def end(self, posts: Sequence[Post]) -> None:
        """Write what was kept since `begin`, computed from these posts."""
        new, self._new = self._new, None
        if new:
            with self._turn:
                self._write(posts, new)

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
                    WHERE posts.key IS NULL AND NOT EXISTS (
                        SELECT 1 FROM main_store.parents
                        WHERE parents.name = post_key AND hash_of(body) = read_posts.text_hash))
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
        try:
            page = connection.execute("INSERT INTO pages DEFAULT VALUES").lastrowid
            connection.executemany(
                "INSERT INTO read_posts VALUES (?, ?, ?)", [(page, post.key, fingerprint(post.text)) for post in posts]
            )
            # What was made by an earlier version, or with other rules, makes room.
            connection.executemany(
                "INSERT OR REPLACE INTO remembered VALUES (?, ?, ?)",
                [(key, page, value) for key, value in found.items()],
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _hash_of(body: bytes | None) -> str | None:
    """The `text_hash` of a stored post."""
    return None if body is None else fingerprint(msgspec.json.decode(body, type=Post).text)


class Spared:
    """The file as the service uses it: where it fails, posts are judged all the same, and what is lost is time."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        self._failed = False

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        if self._failed:
            return {}
        try:
            return self._memory.recall(keys)
        except sqlite3.Error as error:
            self._give_up(error)
            return {}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        """Remember these with the page in hand."""
        self._memory.keep(found)

    @contextmanager
    def page(self, posts: Sequence[Post]) -> Iterator[None]:
        """What is kept meanwhile was computed from these posts."""
        self._memory.begin()
        yield
        try:
            if not self._failed:
                self._memory.end(posts)
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        self._failed = True
        log.warning(
            "what posts were computed into is no longer kept until the next start: a backtest will take longer",
            error=str(error),
            hint="is the disk full? the file beside the database whose name ends in .vectors may be deleted",
        )


@contextmanager
def open_spared(database: Path) -> Iterator[Spared | None]:
    """The file of one database for the service; None, and a line in the log, where it cannot be used."""
    try:
        memory = MemoryFile(database)
    except StoreError as error:
        log.warning("what posts are computed into is not kept: a backtest will take longer", error=str(error))
        yield None
        return
    with closing(memory):
        yield Spared(memory)


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
