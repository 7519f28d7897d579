"""Lemmy: posts and comments that one server's search finds, its own and those that reached it from others.

Servers up to 0.19 speak version 3 of the API, which pages by number and searches posts and comments apart; from 1.0 on
they speak version 4, which has one search and cursors (LemmyNet/lemmy, crates/db_views/search_combined). Both show
single posts by the number that these have on the server (crates/api/api_crud/src/post/read.rs).
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import ClassVar

import httpx
import msgspec

from monitor.config import LemmySource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp, Page
from monitor.sources.backward import Answered, follow, found_in
from monitor.sources.fields import Shape
from monitor.sources.http import Answer, client, decode, expect_success, failure, request
from monitor.sources.lemmy_view import SHAPE, placed, post_from_view, post_within
from monitor.sources.pace import Pace
from monitor.sources.searching import said_of
from monitor.sources.witness import Witnesses

POSTS_PER_ANSWER = 50
SECONDS_BETWEEN = 10.0
"""A server allows 60 searches in 10 minutes unless its operator says otherwise."""
LIMITED = ("rate_limit_error", "too_many_requests")
"""What servers call a request over the limit, with status 400."""
LIMITED_SECONDS = 600.0
SLOWER = 0.2
"""Single posts are no searches: a server shows 180 a minute unless its operator says otherwise. We ask for 30."""
LOST = ("not_found", "couldnt_find_post", "couldnt_find_comment")
"""What servers call a post that they have not, or that was taken back. The first is also said of an address of an API
that they do not speak, after an upgrade say; the others, before 0.19.4, also where their database is away."""


class _Found(msgspec.Struct):
    """`posts` and `comments` of version 3; `search` of version 4, once called `results`, among them no other views."""

    posts: list[msgspec.Raw] = []
    comments: list[msgspec.Raw] = []
    search: list[msgspec.Raw] = []
    results: list[msgspec.Raw] = []
    next_page: str | None = None

    IGNORED: ClassVar[str] = "communities prev_page resolve type_ users"


class _Shown(msgspec.Struct):
    """The answer to a question for a post or a comment."""

    post_view: msgspec.Raw = msgspec.Raw(b"null")
    comment_view: msgspec.Raw = msgspec.Raw(b"null")


AROUND = Shape(_Found)


class Lemmy:
    """What searches find on one server, newest first."""

    kind = "lemmy"
    at_once = 1

    def __init__(self, config: LemmySource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._look_ups = self._pace.slower(SLOWER)
        self._version: int | None = None
        self._read = partial(post_within, server=self._server)
        self._witnesses = Witnesses()
        self._name = re.compile(rf"{re.escape(self._server)}/(post|comment)/([0-9]{{1,18}})")

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest posts and comments of each."""
        async with client() as http:
            keys = await self._keys(http)
            asking = follow(self.name, keys, partial(self._ask, http), self._read, cursor, SHAPE)
            async with aclosing(asking) as pages:
                async for page in pages:
                    self._witnesses.saw(post.alias for post in page.posts if post.alias)
                    yield page

    async def check(self) -> str:
        """Asks the first search."""
        async with client() as http:
            key = (await self._keys(http))[0]
            answer = await self._ask(http, key, None)
        return f"{said_of(key.partition(':')[2], answer)}; version {self._version} of the API"

    def knows(self, name: str) -> bool:
        return self._name.fullmatch(name) is not None

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """One post or comment by its address on this server."""
        [name] = names
        async with client() as http:
            await self._learn_version(http)
            return await self._witnesses.confirmed(name, partial(self._show, http))

    async def _show(self, http: httpx.AsyncClient, name: str) -> LookedUp | None:
        """A post as the server shows it; None where it may have none of this number, or no answer."""
        match = self._name.fullmatch(name)
        kind, number = match.groups() if match else ("post", "0")
        await self._look_ups.turn()
        path = f"{self._server}/api/v{self._version}/{kind}"
        answer = await request(http, "GET", path, params={"id": number})
        if answer.status in (400, 404) and failure(answer) in LOST:
            return None
        shown = decode(_unless_limited(answer), _Shown)
        raw = shown.comment_view if kind == "comment" else shown.post_view
        # Where fields were renamed, a post without words would be taken for an edit, and one without `deleted` for one
        # that stands.
        if SHAPE.is_lacking(raw):
            return LookedUp()
        try:
            post = post_from_view(raw, self._server)
        except PostError:
            return LookedUp()
        return LookedUp((post,)) if post else LookedUp(gone=(name,))

    async def _learn_version(self, http: httpx.AsyncClient) -> None:
        """Asks the server once which version it speaks."""
        if self._version is None:
            answer = await self._get(http, "/api/v4/site", {})
            if answer.status != 404:
                # A server that cannot answer now has not said which.
                expect_success(answer)
            self._version = 3 if answer.status == 404 else 4

    async def _keys(self, http: httpx.AsyncClient) -> list[str]:
        """A listing for each search, "Posts:Ana Rivera" say."""
        await self._learn_version(http)
        kinds = ("Posts", "Comments") if self._version == 3 else ("All",)
        return [f"{kind}:{search}" for search in self._searches for kind in kinds]

    async def _ask(self, http: httpx.AsyncClient, key: str, older: str | None) -> Answered:
        kind, _, search = key.partition(":")
        params = {"q": search, "limit": str(POSTS_PER_ANSWER)}
        if self._version == 3:
            page = older or "1"
            params |= {"type_": kind, "sort": "New", "listing_type": "All", "page": page}
        else:
            # Newest first is the default. Early versions called the words `search_term`.
            params |= {"search_term": search} | ({"page_cursor": older} if older else {})
        answer = await self._get(http, f"/api/v{self._version}/search", params)
        said = decode(_unless_limited(answer), _Found)
        raws = said.posts + said.comments + said.search + said.results
        found, drift = found_in(raws, partial(placed, kind=kind)), AROUND.drift(answer.body)
        if self._version == 3:
            more = str(int(page) + 1) if len(raws) >= POSTS_PER_ANSWER else None
            return Answered(found, more, answer.headers, drift)
        return Answered(found, said.next_page, answer.headers, drift)

    async def _get(self, http: httpx.AsyncClient, path: str, params: dict[str, str]) -> Answer:
        await self._pace.turn()
        return await request(http, "GET", self._server + path, params=params)


def _unless_limited(answer: Answer) -> Answer:
    """The answer where it is one. Raises SourceUnavailable or SourceRefused."""
    if failure(answer) in LIMITED:
        raise SourceUnavailable(f"{answer.where} asks us to slow down ({failure(answer)})", LIMITED_SECONDS)
    return expect_success(answer)
