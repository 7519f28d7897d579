"""Searches whose answers are newest first: read back to what is known, handed on oldest first.

Hacker News, Lemmy and GDELT answer so, and none of them can resume a search forward. Read back is told from new by id,
never by our clock or a post's date alone: servers sort a late post behind known ones, and dates may be invented.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx
import msgspec

from monitor.errors import PostError, SourceRefused
from monitor.model import Page
from monitor.sources.fields import Drift, Shape, added, read_cursor, write_cursor
from monitor.sources.reading import Read, nameless, page_of

POSTS_PER_PAGE = 100
KNOWN = 600
"""Posts of a search that are remembered: more than two of the largest answers (GDELT: 250), so that an answer whose
last post is known has nothing new behind it, also where some were deleted."""
TRIES = 3
"""So often is asked for older posts that one answer names and the next does not show: a refusal may look like that."""
MOST_ANSWERS = 50
"""Answers that are read backward before the rest is given up, and told as a gap."""


@dataclass(frozen=True, slots=True)
class Found:
    """One post of an answer: its id, the second since 1970 by which it is sorted, and its JSON.

    `second` is None where the post does not tell: then it is never older than what was read.
    """

    id: str
    second: int | None
    raw: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, newest first. `older` is what to ask with for those before them, None where there are none.

    `drift` is that of the answer around its posts. `suspicious` says why no posts may be a refusal.
    """

    found: tuple[Found, ...]
    older: str | None
    headers: httpx.Headers
    drift: Drift = ()
    suspicious: str | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """How far a search was read: the newest posts (id, second), oldest first. What is older than `floor` is old."""

    known: tuple[tuple[str, int], ...] = ()
    floor: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """The cursor: a trail for each search."""

    trails: dict[str, Trail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """New posts, oldest first, and the trail that ends with them."""

    found: tuple[Found, ...]
    trail: Trail
    gap: str | None = None
    drift: Drift = ()
    suspicious: str | None = None


Ask = Callable[[str, str | None], Awaitable[Answered]]
"""Asks a search, from the newest post on or from what `older` named."""
Placed = Callable[[msgspec.Raw], tuple[str, int | None] | None]
"""The id and the second of a post's JSON; None where it is no post at all. Raises PostError where it has no id."""


def found_in(raws: Iterable[msgspec.Raw], placed: Placed) -> tuple[Found, ...]:
    """The posts of an answer. One that cannot be placed stays among them, so that it is counted where it is read."""
    found = []
    for raw in raws:
        try:
            place = placed(raw)
        except PostError:
            place = (nameless(raw), None)
        if place is not None:
            found.append(Found(*place, raw))
    return tuple(found)


async def follow(
    source: str, searches: Sequence[str], ask: Ask, read: Read, cursor: str | None, shape: Shape
) -> AsyncGenerator[Page, None]:
    """What is new in each search since the cursor; of one that was never asked, its first answer.

    `shape` is what a post's JSON is expected to look like. Where one is refused, the others are still read before
    SourceRefused is raised.
    """
    saved = _State() if cursor is None else read_cursor(cursor, _State, source)
    trails: Mapping[str, Trail] = {search: saved.trails[search] for search in searches if search in saved.trails}
    refused: SourceRefused | None = None
    for search in searches:
        try:
            async with aclosing(_read_back(search, ask, trails.get(search))) as steps:
                async for step in steps:
                    trails = {**trails, search: step.trail}
                    raws = (found.raw for found in step.found)
                    yield page_of(
                        raws, read, write_cursor(_State(dict(trails))),
                        shape=shape, drift=step.drift, gap=step.gap, suspicious=step.suspicious,
                    )  # fmt: skip
        except SourceRefused as error:
            refused = refused or error
    if refused:
        raise refused


async def _read_back(search: str, ask: Ask, trail: Trail | None) -> AsyncGenerator[_Step, None]:
    first = trail is None
    trail = trail or Trail()
    known = {post_id for post_id, _ in trail.known}
    met: dict[str, Found] = {}
    older, gap = None, None
    drift: Drift = ()
    suspicious = None
    for turn in range(1 if first else MOST_ANSWERS):
        answer = await _insist(ask, search, older)
        drift = added(drift, answer.drift)
        suspicious = answer.suspicious if turn == 0 and not answer.found else suspicious
        grown = len(met)
        met |= {found.id: found for found in answer.found if found.id not in met}
        if older is not None and known and not answer.found:
            gap = f"{search}: no more answers before what was read last; posts in between may be missing"
        older = answer.older
        if older is None or not answer.found:
            break
        if answer.found[-1].id in known or not _is_new(answer.found[-1], trail):
            break
        if len(met) == grown:
            gap = f"{search}: more posts of one moment than an answer can hold; the others were not read"
            break
    else:
        if first and older is not None:
            trail = Trail(floor=min((found.second for found in met.values() if found.second is not None), default=0))
        elif not first:
            gap = f"{search}: more new posts than {MOST_ANSWERS} answers can hold; older ones were not read"
    new = [found for found in reversed(met.values()) if found.id not in known and _is_new(found, trail)]
    # In pages, oldest first: a crash between two of them loses nothing.
    pages = [tuple(new[start : start + POSTS_PER_PAGE]) for start in range(0, len(new), POSTS_PER_PAGE)]
    *earlier, last = pages or [()]
    for page in earlier:
        trail = Trail((*trail.known, *(_noted(found, trail) for found in page)), trail.floor)
        yield _Step(page, trail, gap, drift)
        gap, drift = None, ()
    yield _Step(last, _whole(trail, met), gap, drift, suspicious)


async def _insist(ask: Ask, search: str, older: str | None) -> Answered:
    """The answer, asked for again where it should hold older posts and holds none."""
    answer = await ask(search, older)
    for _ in range(TRIES - 1):
        if answer.found or older is None:
            break
        answer = await ask(search, older)
    return answer


def _is_new(found: Found, trail: Trail) -> bool:
    return found.second is None or found.second >= trail.floor


def _noted(found: Found, trail: Trail) -> tuple[str, int]:
    return found.id, trail.floor if found.second is None else found.second


def _whole(trail: Trail, met: dict[str, Found]) -> Trail:
    """The trail after everything that was met, in the order of the search; what falls off its end sets the floor."""
    before = [(post_id, second) for post_id, second in trail.known if post_id not in met]
    order = (*before, *(_noted(found, trail) for found in reversed(met.values())))
    kept = order[-KNOWN:]
    return Trail(kept, trail.floor if len(kept) == len(order) else max(trail.floor, kept[0][1]))
