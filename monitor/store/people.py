"""How a person is written in a column."""

from __future__ import annotations

import msgspec

from monitor.model import Person


def person_to_text(person: Person | None) -> str | None:
    return None if person is None else msgspec.json.encode(person).decode()


def person_from_text(text: object) -> Person | None:
    return None if text is None else msgspec.json.decode(str(text), type=Person)
