"""Lemmy: posts and comments that one server's search finds, its own and those that reached it from others.

Servers up to 0.19 speak version 3 of the API, which pages by number and searches posts and comments apart; from 1.0 on
they speak version 4, which has one search and cursors (LemmyNet/lemmy, crates/db_views/search_combined).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import ClassVar

import httpx
import msgspec

from monitor.config import LemmySource
from monitor.errors import SourceUnavailable
from monitor.model import Page
from monitor.sources.backward import Answered, follow, found_in
from monitor.sources.fields import Shape
from monitor.sources.http import Answer, client, decode, expect_success, failure, request
from monitor.sources.lemmy_view import SHAPE, placed, post_within
from monitor.sources.pace import Pace
from monitor.sources.searching import said_of

POSTS_PER_ANSWER = 50
SECONDS_BETWEEN = 10.0
"""A server allows 60 searches in 10 minutes unless its operator says otherwise."""
LIMITED = ("rate_limit_error", "too_many_requests")
"""What servers call a request over the limit, with status 400."""
LIMITED_SECONDS = 600.0


class _Found(msgspec.Struct):
    """`posts` and `comments` of version 3; `search` of version 4, once called `results`, among them no other views."""

    posts: list[msgspec.Raw] = []
    comments: list[msgspec.Raw] = []
    search: list[msgspec.Raw] = []
    results: list[msgspec.Raw] = []
    next_page: str | None = None

    IGNORED: ClassVar[str] = "communities prev_page resolve type_ users"


AROUND = Shape(_Found)


class Lemmy:
    """What searches find on one server, newest first."""

    kind = "lemmy"

    def __init__(self, config: LemmySource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._version: int | None = None

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest posts and comments of each."""
        async with client() as http:
            keys = await self._keys(http)
            asking = follow(self.name, keys, partial(self._ask, http), post_within, cursor, SHAPE)
            async with aclosing(asking) as pages:
                async for page in pages:
                    yield page

    async def check(self) -> str:
        """Asks the first search."""
        async with client() as http:
            key = (await self._keys(http))[0]
            answer = await self._ask(http, key, None)
        return f"{said_of(key.partition(':')[2], answer)}; version {self._version} of the API"

    async def _keys(self, http: httpx.AsyncClient) -> list[str]:
        """A listing for each search, "Posts:Ana Rivera" say. Asks the server once which version it speaks."""
        if self._version is None:
            answer = await self._get(http, "/api/v4/site", {})
            if answer.status != 404:
                # A server that cannot answer now has not said which.
                expect_success(answer)
            self._version = 3 if answer.status == 404 else 4
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
        if failure(answer) in LIMITED:
            raise SourceUnavailable(f"{answer.where} asks us to slow down ({failure(answer)})", LIMITED_SECONDS)
        said = decode(expect_success(answer), _Found)
        raws = said.posts + said.comments + said.search + said.results
        found, drift = found_in(raws, partial(placed, kind=kind)), AROUND.drift(answer.body)
        if self._version == 3:
            more = str(int(page) + 1) if len(raws) >= POSTS_PER_ANSWER else None
            return Answered(found, more, answer.headers, drift)
        return Answered(found, said.next_page, answer.headers, drift)

    async def _get(self, http: httpx.AsyncClient, path: str, params: dict[str, str]) -> Answer:
        await self._pace.turn()
        return await request(http, "GET", self._server + path, params=params)
