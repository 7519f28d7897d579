"""Rules files that are not in use as they stand, of which the channel was told, and by which notice."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Told:
    """What the channel was told of a file. `lines`: as the notice shows them now."""

    file: str
    delivery_id: str
    lines: tuple[str, ...]


def every(db: Database) -> dict[str, Told]:
    rows = db.execute("SELECT file, delivery_id, lines FROM mending ORDER BY file").fetchall()
    return {file: Told(file, delivery_id, _lines(lines)) for file, delivery_id, lines in rows}


def save(db: Database, told: Told) -> None:
    db.execute(
        "INSERT INTO mending VALUES (?, ?, ?) ON CONFLICT (file) DO UPDATE SET lines = excluded.lines",
        [told.file, told.delivery_id, msgspec.json.encode(told.lines).decode()],
    )


def drop(db: Database, file: str) -> None:
    db.execute("DELETE FROM mending WHERE file = ?", [file])


def _lines(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
