"""The list of a board's threads (4chan/4chan-API, pages/Threadlist.md). Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.sources.fields import Shape, read_json
from monitor.sources.http import Answer, decode


class Listed(msgspec.Struct):
    no: int
    last_modified: int

    IGNORED: ClassVar[str] = "replies"


class _Listing(msgspec.Struct):
    threads: list[Listed]

    IGNORED: ClassVar[str] = "page"


class _Pages(msgspec.Struct):
    threads: list[msgspec.Raw]


LISTING = Shape(_Listing)


def threads_of(answer: Answer) -> list[Listed]:
    """The threads of a board, those that changed first first."""
    listed = []
    for raw in (raw for page in decode(answer, list[_Pages]) for raw in page.threads):
        # One that cannot be read is told as drift.
        with suppress(PostError):
            listed.append(read_json(raw, Listed, "a thread"))
    return sorted(listed, key=lambda thread: thread.last_modified)
