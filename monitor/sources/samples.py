"""What a platform sent where a field was not as expected, kept for whoever repairs the source."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.sources.fields import Drift

LONGEST = 4000
"""Characters kept of one post's JSON."""

Samples = tuple[tuple[str, str], ...]
"""For names as they stand in a drift, the JSON of a post in which it was so."""


def samples_of(posts: Iterable[tuple[bytes | msgspec.Raw, Drift]]) -> Samples:
    """For each name the first post of a page that was so. What its author wrote is no part of it."""
    samples: dict[str, str] = {}
    for raw, drift in posts:
        names = [name for name, _ in drift if name not in samples]
        if names:
            samples |= dict.fromkeys(names, _without_prose(raw))
    return tuple(samples.items())


def _without_prose(raw: bytes | msgspec.Raw) -> str:
    """JSON in which only what repairs need is left: names, numbers, dates, ids, addresses."""
    try:
        return msgspec.json.encode(_blanked(msgspec.json.decode(raw))).decode()[:LONGEST]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


def _blanked(value: object) -> object:
    if isinstance(value, dict):
        return {name: _blanked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_blanked(inner) for inner in value]
    if isinstance(value, str) and (len(value.split()) > 1 or not value.isascii()):
        return f"({len(value)} characters)"
    return value
