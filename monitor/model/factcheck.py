"""What a fact checker published about a claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grade:
    """A rating as a number on the publisher's own scale. `worst` is the end at which a claim is plainly false."""

    value: float
    worst: float
    best: float


@dataclass(frozen=True, slots=True)
class FactCheck:
    """One review of one claim. Every text is one printable line; what stands in it is not to be trusted.

    `site` is the host of `url`, without "www."; `place` says where it was found ("line 12"), for messages.
    """

    claim: str
    rating: str
    url: str
    site: str
    publisher: str = ""
    grade: Grade | None = None
    lang: str | None = None
    reviewed_at: datetime | None = None
    place: str = ""
