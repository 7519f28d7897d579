"""Corrections that responders posted: every version of each, with its address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from monitor.model import PostedText
from monitor.store.db import known_time, to_text
from monitor.store.people import known_person, person_to_text

_COLUMNS = "by, at, platform, lang, text, url"


def add(db: Database, incident_id: str, posted: PostedText) -> None:
    db.execute(
        f"INSERT INTO corrections (incident_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            incident_id,
            person_to_text(posted.by),
            to_text(posted.at),
            posted.platform,
            posted.lang,
            posted.text,
            posted.url,
        ],
    )


def of_incident(db: Database, incident_id: str) -> list[PostedText]:
    """An incident's corrections, in the order in which they were posted or changed."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM corrections WHERE incident_id = ? ORDER BY id", [incident_id])  # noqa: S608
    return [_posted(row) for row in rows.fetchall()]


def of_claim(db: Database, claim_id: str) -> list[PostedText]:
    """The corrections of all of a claim's incidents as they stand, the oldest first: of each address the last text."""
    rows = db.execute(
        f"""
        SELECT {_COLUMNS} FROM corrections WHERE id IN (
            SELECT max(corrections.id) FROM corrections JOIN incidents ON incidents.id = incident_id
            WHERE claim_id = ? GROUP BY url)
        ORDER BY id
        """,  # noqa: S608
        [claim_id],
    ).fetchall()
    return [_posted(row) for row in rows]


def latest(db: Database, incident_id: str) -> PostedText | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM corrections WHERE incident_id = ? ORDER BY id DESC LIMIT 1",  # noqa: S608
        [incident_id],
    ).fetchone()
    return None if row is None else _posted(row)


def _posted(row: Sequence[str]) -> PostedText:
    by, at, platform, lang, text, url = row
    return PostedText(known_person(by), known_time(at), platform, lang, text, url)
