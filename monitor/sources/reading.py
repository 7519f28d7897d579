"""A page from the JSON of its posts: what cannot be read is counted and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from monitor.errors import PostError
from monitor.model import Page, Post

Read = Callable[[msgspec.Raw], Post | None]
"""The JSON of a post as a post, None where it is not to be kept. Raises PostError."""


def page_of(
    raws: Iterable[msgspec.Raw], read: Read, cursor: str, *, gap: str | None = None, everything: bool = False
) -> Page:
    posts: list[Post] = []
    skipped, skip_reason = 0, None
    for raw in raws:
        try:
            post = read(raw)
        except PostError as error:
            skipped, skip_reason = skipped + 1, str(error)
        else:
            posts += [post] if post else []
    return Page(tuple(posts), cursor, (), skipped, skip_reason, gap, everything)
