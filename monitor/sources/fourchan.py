"""4chan: every post on some boards, thread by thread, within the rules of its API.

Read in 4chan/4chan-API: at most one request a second, a thread at most every 10 seconds, If-Modified-Since always.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import ClassVar

import httpx
import msgspec

from monitor.config import FourchanSource
from monitor.errors import SourceUnavailable
from monitor.model import LookedUp, Page
from monitor.sources.fields import Drift, Shape, read_cursor, utc_from_http, write_cursor
from monitor.sources.fourchan_listing import LISTING, Listed, threads_of
from monitor.sources.fourchan_lookup import NAME, Shown
from monitor.sources.fourchan_post import SHAPE, number_of, post_from_json
from monitor.sources.http import Answer, client, decode, expect_success, request
from monitor.sources.pace import Pace, seconds_of_loop
from monitor.sources.reading import page_of
from monitor.sources.report import moment, what_came

SECONDS_BETWEEN = 1.1
SLOWER = 11
"""A thread is asked for at most every so many turns: 11 seconds after its request, whatever turn that waited for."""


@dataclass(frozen=True, slots=True)
class _Thread:
    """How far a thread was read: up to which second it was known to have changed, and its last post's number."""

    modified: int
    last: int = 0


@dataclass(frozen=True, slots=True)
class _Board:
    """How far a board was read. Posts up to the second `since` were there before us. `modified`: its Last-Modified."""

    since: int
    threads: dict[int, _Thread]
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    boards: dict[str, _Board] = field(default_factory=dict)


class _Posts(msgspec.Struct):
    posts: list[msgspec.Raw]

    IGNORED: ClassVar[str] = ""


AROUND = Shape(_Posts)


class Fourchan:
    """Every new post on some boards."""

    kind = "4chan"
    at_once = 1

    def __init__(self, config: FourchanSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._boards = config.boards
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._threads: dict[tuple[str, int], Pace] = {}
        self._shown = Shown(self._whole, seconds_of_loop)

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """A page for each thread that changed, and one for each board. The first time, a board's threads are noted."""
        state = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        state = _State({name: state.boards[name] for name in self._boards if name in state.boards})
        async with client() as http:
            for name in self._boards:
                known = state.boards.get(name)
                answer = await self._get(http, f"/{name}/threads.json", known.modified if known else None)
                listed = [] if answer is None else threads_of(answer)
                board = _open(known, listed)
                if listed:
                    still = {(name, thread.no) for thread in listed}
                    self._threads = {key: pace for key, pace in self._threads.items() if key[0] != name or key in still}
                for thread in listed if known else ():
                    if _is_read(board, thread):
                        continue
                    new, drift, board = await self._read(http, name, board, thread)
                    state = _State({**state.boards, name: board})
                    if new:
                        read = partial(post_from_json, board=name, thread=thread.no)
                        yield page_of(new, read, write_cursor(state), shape=SHAPE, drift=drift, everything=True)
                if answer is not None and all(_is_read(board, thread) for thread in listed):
                    board = replace(board, modified=answer.headers.get("last-modified"))
                state = _State({**state.boards, name: board})
                strange = LISTING.drift(answer.body) if answer else ()
                yield Page((), write_cursor(state), everything=True, drift=strange)

    async def check(self) -> str:
        """Asks for the first board's list of threads."""
        board = self._boards[0]
        async with client() as http:
            answer = await self._get(http, f"/{board}/threads.json", None)
        listed = threads_of(answer) if answer else []
        headers = answer.headers if answer else httpx.Headers()
        newest = moment(max((thread.last_modified for thread in listed), default=0))
        said = what_came(len(listed), newest, headers, datetime.now(UTC), of=f"/{board}/", thing="thread")
        return said if listed else f"{said}; a board always has some: check its name in a browser"

    def knows(self, name: str) -> bool:
        return NAME.fullmatch(name) is not None and name.partition("/")[0] in self._boards

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """One post, in its thread."""
        [name] = names
        return await self._shown.look_up(name)

    async def _whole(self, board: str, thread: int) -> list[msgspec.Raw] | None:
        """The posts of a thread, None where it is not there any more."""
        await self._turn(board, thread)
        async with client() as http:
            answer = await self._get(http, f"/{board}/thread/{thread}.json", None, gone=True)
        return decode(answer, _Posts).posts if answer else None

    async def _turn(self, board: str, thread: int) -> None:
        await self._threads.setdefault((board, thread), self._pace.slower(SLOWER)).turn()

    async def _read(
        self, http: httpx.AsyncClient, name: str, board: _Board, thread: Listed
    ) -> tuple[list[msgspec.Raw], Drift, _Board]:
        """The new posts of a thread, and the board after them. A thread that is gone by now has none."""
        await self._turn(name, thread.no)
        known = board.threads.get(thread.no, _Thread(0))
        before = format_datetime(moment(known.modified) or datetime.fromtimestamp(0, UTC), usegmt=True)
        answer = await self._get(http, f"/{name}/thread/{thread.no}.json", before, gone=True)
        if answer is None:
            return [], (), board
        placed = [(raw, number_of(raw)) for raw in decode(answer, _Posts).posts]
        if not placed:
            raise SourceUnavailable(f"{answer.where} shows a thread without a single post")
        numbers = [number for _, number in placed if number]
        new = [
            raw
            for raw, number in placed
            if number is None or (number.no > known.last and (known.last or number.time > board.since))
        ]
        # The copy may be older than the list of threads: what it misses is asked for again.
        copied = utc_from_http(answer.headers.get("last-modified"))
        modified = min(thread.last_modified, int(copied.timestamp())) if copied else thread.last_modified
        last = max((number.no for number in numbers), default=known.last)
        return (
            new,
            AROUND.drift(answer.body),
            replace(board, threads={**board.threads, thread.no: _Thread(modified, last)}),
        )

    async def _get(self, http: httpx.AsyncClient, path: str, since: str | None, *, gone: bool = False) -> Answer | None:
        """The answer; None where nothing changed since, or, with `gone`, where there is nothing any more."""
        await self._pace.turn()
        headers = {"If-Modified-Since": since} if since else {}
        answer = await request(http, "GET", self._server + path, headers=headers)
        if answer.status == 304 or (gone and answer.status == 404):
            return None
        return expect_success(answer)


def _is_read(board: _Board, thread: Listed) -> bool:
    return thread.no in board.threads and board.threads[thread.no].modified >= thread.last_modified


def _open(known: _Board | None, listed: Sequence[Listed]) -> _Board:
    """The board as it is known, without the threads that it no longer lists; a new one as it stands now."""
    if known is None:
        since = max((thread.last_modified for thread in listed), default=0)
        return _Board(since, {thread.no: _Thread(thread.last_modified) for thread in listed})
    if not listed:
        return known
    return replace(known, threads={t.no: known.threads[t.no] for t in listed if t.no in known.threads})
