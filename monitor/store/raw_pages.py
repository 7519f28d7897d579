"""Pages as platforms sent them when a field was first not as expected: files beside the database, for whoever repairs
the source. Nobody else may read them, and one goes with the first of its posts that is deleted."""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

FOR_US_ALONE, FOLDER_FOR_US_ALONE = 0o600, 0o700


def folder_of(db: Database) -> Path:
    """Beside the database's file."""
    database = Path(db.execute("PRAGMA database_list").fetchone()[2])
    return database.with_name(f"{database.name}.pages")


def keep(db: Database, source: str, field: str, page: bytes) -> str:
    """Write a page. Returns the name of its file."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", f"{source} {field}").strip("-")[:80]
    known = blake2b(f"{source} {field}".encode(), digest_size=4).hexdigest()
    name = f"{readable}-{known}.txt"
    folder = folder_of(db)
    folder.mkdir(mode=FOLDER_FOR_US_ALONE, exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_US_ALONE), "wb") as file:
        file.write(page)
    return name


def naming(db: Database, names: list[str], tail: str) -> list[str]:
    """Those of some pages in which the last part of a post's or an account's id stands."""
    folder = folder_of(db)
    return [name for name in names if (folder / name).exists() and tail.encode() in (folder / name).read_bytes()]


def drop(db: Database, names: list[str]) -> None:
    for name in names:
        (folder_of(db) / name).unlink(missing_ok=True)


def drop_others(db: Database, names: list[str]) -> None:
    """Drop every page but these."""
    folder = folder_of(db)
    others = [path.name for path in folder.iterdir()] if folder.exists() else []
    drop(db, [name for name in others if name not in names])
