"""Opens the database and hands out transactions.

SQLite calls block, so async code calls store functions through `asyncio.to_thread`; a lock lets one thread in at
a time.
"""

from __future__ import annotations

import fcntl
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.store.schema_lookups import migrations

_DAMAGED = re.compile("not a database|malformed")
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Store:
    """One open database file. Raises StoreError when the file cannot be opened or is not a database of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Autocommit: every transaction below is begun and ended by name.
            connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL in WAL mode survives a killed process; only a power cut can undo the last commits.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self.db = Database(connection)
            migrations.apply(self.db)
        except (sqlite3.Error, OSError) as error:
            mend = "check that the account that runs monitor may write it and its folder"
            if _DAMAGED.search(str(error)):
                mend = "it is no database of monitor, or it is damaged: put a copy back in its place"
            other = "or name another file under [store] path in the config"
            raise StoreError(f"cannot open the database {path}: {error}; {mend}, {other}") from error

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """All or nothing. Nested use joins the outer transaction."""
        with self._lock:
            if self._depth:
                yield self.db
                return
            self.db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            else:
                self.db.execute("COMMIT")
            finally:
                self._depth -= 1

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Rows as they stand. Joins the transaction if one is open."""
        with self._lock:
            yield self.db

    def close(self) -> None:
        with self._lock:
            self.db.close()


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Holds the database for one process: two would deliver the same alerts. A killed process lets go by itself.

    Raises StoreError when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"another monitor is running on {path}: stop it first, or name another file under [store] path"
            ) from error
        yield


def to_text(moment: datetime | None) -> str | None:
    """UTC, fixed width, so that text order is time order."""
    return None if moment is None else moment.astimezone(UTC).strftime(_FORMAT)


def from_text(moment: str | None) -> datetime | None:
    return None if moment is None else known_time(moment)


def known_time(moment: str) -> datetime:
    """`from_text` for a column that is never empty."""
    return datetime.fromisoformat(moment)
