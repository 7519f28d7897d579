"""X API v2: what its recent search finds, newest first and for seven days back. Every post read is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx
import msgspec

from monitor.config import XSource
from monitor.errors import SourceUnavailable
from monitor.model import LookedUp, Page
from monitor.sources.backward import TRIES
from monitor.sources.caps import Budget, Spent
from monitor.sources.fields import Drift, added, read_cursor, write_cursor
from monitor.sources.http import Answer, client, decode, expect_success, request, rest
from monitor.sources.pace import Pace
from monitor.sources.reading import page_of
from monitor.sources.report import what_came
from monitor.sources.searching import QUIET
from monitor.sources.x_answer import AROUND, POSTS, TWEETS, Found, Known, id_of, known_of, number_of
from monitor.sources.x_lookup import AT_ONCE, look_up
from monitor.sources.x_post import SHAPE, post_from, post_within

PATH = "/2/tweets/search/recent"
SECONDS_BETWEEN = 2.0
"""An app may search 450 times in 15 minutes."""
LEAST, MOST = 10, 100
"""Posts that an answer may be asked to hold."""
MOST_REMEMBERED = 10_000
MOST_ANSWERS = 50
"""Answers that are read backward at once before the rest is given up, and told as a gap."""


@dataclass(frozen=True, slots=True)
class State:
    """The cursor: the newest id that each search was read up to."""

    newest: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, newest first. `older`: what to ask with for those before them. `gap`: what will not be asked for."""

    posts: tuple[msgspec.Raw, ...]
    newest: str | None
    older: str | None
    known: Known
    drift: Drift
    headers: httpx.Headers


class X:
    """Posts that searches find, until the day's money is spent."""

    kind = "x"
    at_once = AT_ONCE

    def __init__(self, config: XSource, posts: Budget, pace: Pace | None = None) -> None:
        self.name, self.every_seconds = config.name, config.every_seconds
        self._server = config.server
        self._headers = {"Authorization": f"Bearer {config.token.reveal()}"}
        self._searches = config.search
        self._budget, self._pace = posts, pace or Pace(SECONDS_BETWEEN)
        self._words: Mapping[str, str] = TWEETS
        self._charged: dict[str, str] = {}

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search, oldest first. The first time, the newest posts of each."""
        state = State() if cursor is None else read_cursor(cursor, State, self.name)
        newest = {search: state.newest[search] for search in self._searches if search in state.newest}
        # A search that was rewritten goes on where those were whose place it takes.
        former = {search: post_id for search, post_id in state.newest.items() if search not in newest}
        since = min(former.values(), key=number_of, default=None)
        async with client() as http:
            for search in self._searches:
                answers, gap = await self._read_back(http, search, newest.get(search) or since)
                former = {} if search == self._searches[-1] else former
                for answer in reversed(answers):
                    newest |= {search: answer.newest} if answer.newest else {}
                    cursor = write_cursor(State(former | newest))
                    yield page_of(
                        reversed(answer.posts), partial(post_within, known=answer.known), cursor,
                        shape=SHAPE, drift=added(answer.drift, answer.known.drift), gap=gap,
                    )  # fmt: skip
                    gap = None

    async def check(self) -> str:
        """Asks the first search for the fewest posts that X sends, and pays for them."""
        search = self._searches[0]
        async with client() as http:
            answer = await self._ask(http, search, None, None, most=LEAST)
        times = [read.created_at for raw in answer.posts if (read := post_from(raw, answer.known)).created_at]
        newest = max(times, default=None)
        said = what_came(len(answer.posts), newest, answer.headers, datetime.now(UTC), of=search)
        said = said if answer.posts else f"{said}; {QUIET}"
        cap = self._budget.cap
        return f"{said}; {cap.says(cap.per_day - self._budget.left())}"

    def knows(self, name: str) -> bool:
        return name.isdecimal()

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        async with client() as http:
            return await look_up(self, self._budget, http, names)

    async def _read_back(
        self, http: httpx.AsyncClient, search: str, since: str | None
    ) -> tuple[list[Answered], str | None]:
        """What is newer than `since`, newest answer first, and what was left out of it: all at once, as the search goes
        backward and a later search would begin at the newest."""
        answers: list[Answered] = []
        older: str | None = None
        gap, empty = None, 0
        # A backlog may take half of what is left, so that a day is not spent on yesterday.
        room = min(MOST * MOST_ANSWERS, await asyncio.to_thread(self._budget.left) // 2) if since else 0
        while not answers or (room > 0 and older):
            try:
                answer = await self._ask(http, search, since, older)
            except _TooOld:
                gap = f"{search}: X searches seven days back; what is older was not read"
                since = None
                continue
            except Spent as error:
                if not answers:
                    raise
                return answers, f"{search}: there is more that was not read: {error}"
            if older and not answer.posts and (empty := empty + 1) < TRIES:
                continue
            answers.append(answer)
            older = answer.older
            room -= len(answer.posts)
        if older and since:
            gap = f"{search}: more new posts than may be read at once; older ones were not read"
        return answers, gap

    async def _ask(
        self, http: httpx.AsyncClient, search: str, since: str | None, older: str | None, most: int = MOST
    ) -> Answered:
        """Pays for the posts of one answer. Raises Spent where that cannot be paid today."""
        reserved = await self._budget.reserve(most, LEAST)
        used = 0
        params = {"query": search, "max_results": str(reserved)}
        params |= {"since_id": since} if since else {}
        params |= {"next_token": older} if older else {}
        try:
            answer = await self.get(http, PATH, params)
            found = decode(expect_success(answer), Found)
            used = self.charged(found.data)
        finally:
            # An answer that broke is asked for again, and X charges for a post once a day.
            await self._budget.give_back(reserved - used)
        drift = AROUND.drift(answer.body)
        if found.meta.result_count and not found.data:
            names = ", ".join(name for name, _ in drift)
            raise SourceUnavailable(f"{answer.where} counts {found.meta.result_count} posts and shows none ({names})")
        if found.data and not any(b'"created_at"' in bytes(raw) for raw in found.data):
            self._speak_otherwise()
        known = known_of(found.includes)
        return Answered(tuple(found.data), found.meta.newest_id, found.meta.next_token, known, drift, answer.headers)

    def charged(self, posts: Iterable[msgspec.Raw]) -> int:
        """How many of some posts X charges for: not those that it has charged for today."""
        new = self.unpaid({id_of(raw) for raw in posts})
        self._charged |= dict.fromkeys(new, f"{datetime.now(UTC):%Y-%m-%d}")
        self._charged = dict(list(self._charged.items())[-MOST_REMEMBERED:])
        return len(new)

    def unpaid(self, ids: Iterable[str]) -> list[str]:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        return [post_id for post_id in ids if self._charged.get(post_id) != today]

    async def get(self, http: httpx.AsyncClient, path: str, params: Mapping[str, str]) -> Answer:
        """The answer, asked in the other vocabulary where X does not know the words of this one."""
        for _ in range(2):
            await self._pace.turn()
            words, url = {**params, **self._words}, self._server + path
            answer = await request(http, "GET", url, params=words, headers=self._headers)
            self._pace.hold(rest(answer.headers, datetime.now(UTC), limited=answer.status == 429))
            if answer.status != 400:
                break
            if "since_id" in params and b"since_id" in answer.body:
                raise _TooOld
            if not any(name in answer.body for name in (b".fields", b"expansions")):
                break
            self._speak_otherwise()
        return answer

    def _speak_otherwise(self) -> None:
        self._words = POSTS if self._words is TWEETS else TWEETS


class _TooOld(Exception):
    """X no longer searches from there on."""
