"""How a person is written in a column."""

from __future__ import annotations

import msgspec

from monitor.model import Person


def person_to_text(person: Person | None) -> str | None:
    return None if person is None else msgspec.json.encode(person).decode()


def person_from_text(text: object) -> Person | None:
    return None if text is None else known_person(str(text))


def known_person(text: str) -> Person:
    """`person_from_text` for a column that is never empty."""
    return msgspec.json.decode(text, type=Person)
