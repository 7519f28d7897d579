"""The protocol that every source follows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from monitor.model import LookedUp, Page


class Source(Protocol):
    """Something that brings public posts.

    `pages(cursor)` yields what is new after `cursor` (None: start), oldest first, and ends when there is no more for
    now; the poller asks again after `every_seconds` (math.inf: never, it has ended for good). A stream does not end by
    itself. Each page carries the cursor that resumes after it; the same cursor must bring the same later posts again
    (a crash replays, never loses). Where nothing is new, one empty page says that the source answered.

    `check()` is for `monitor doctor`: one real request, and in words what came back. It moves no cursor.

    Both raise SourceUnavailable (tried again) or SourceRefused (somebody must act).
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def every_seconds(self) -> float: ...

    def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]: ...

    async def check(self) -> str: ...


@runtime_checkable
class Lookup(Protocol):
    """What a source also has that can be asked for single posts of its platform, which is its `kind`.

    `knows(name)`: whether a post that goes by this name can be asked for here: an id, or what else posts of the
    platform name each other by. `look_up` asks for up to `at_once` of them, at the source's own pace and within its
    caps. Gone is only what the platform says is gone. Raises SourceUnavailable or SourceRefused.
    """

    @property
    def kind(self) -> str: ...

    @property
    def at_once(self) -> int: ...

    def knows(self, name: str) -> bool: ...

    async def look_up(self, names: Sequence[str]) -> LookedUp: ...
