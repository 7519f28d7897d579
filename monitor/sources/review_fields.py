"""Small readings that everything about fact checks shares: one line of text, an address, whose site it is. Pure."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

from monitor.toml import is_address


def line(text: str) -> str:
    """A text as one line in which every character can be seen."""
    seen = "".join(character if character.isprintable() else " " for character in html.unescape(text))
    return " ".join(seen.split())


def address(text: str) -> str | None:
    """A web address that leads where it says, None where it is none."""
    if not is_address(text) or not text.isprintable() or "@" in urlsplit(text).netloc:
        return None
    return text


def site_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
