"""Hacker News, stories and comments, through the search that Algolia runs for it (hn.algolia.com/api).

Its answers reach back about a thousand posts however they are paged, so older ones are asked for by time instead. They
keep what was deleted: single posts are asked for where Hacker News itself shows them (github.com/HackerNews/API).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import ClassVar

import httpx
import msgspec

from monitor.config import HackerNewsSource
from monitor.model import LookedUp, Media, Page, Post
from monitor.sources.backward import Answered, found_in
from monitor.sources.fields import Shape, read_json
from monitor.sources.http import client, decode, expect_success, request
from monitor.sources.markup import to_text
from monitor.sources.pace import Pace
from monitor.sources.report import moment
from monitor.sources.searching import checked, searched

POSTS_PER_ANSWER = 100
SECONDS_BETWEEN = 0.4
"""The limit is 10,000 requests an hour for one address."""
ITEM = "https://news.ycombinator.com/item?id="
ITEMS = "https://hacker-news.firebaseio.com"
SLOWER = 3
"""Single posts are asked for as often as every third turn: Hacker News sets no limit."""


class _Place(msgspec.Struct):
    id: str = msgspec.field(name="objectID")
    second: int = msgspec.field(name="created_at_i")


class _Hits(msgspec.Struct):
    hits: list[msgspec.Raw]

    IGNORED: ClassVar[str] = (
        "exhaustive exhaustiveNbHits exhaustiveTypo hitsPerPage nbHits nbPages page params processingTimeMS "
        "processingTimingsMS query serverTimeMS"
    )


class _Hit(_Place):
    author: str | None = None
    title: str | None = None
    url: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    parent_id: int | None = None

    ALWAYS: ClassVar[str] = "author"
    IGNORED: ClassVar[str] = (
        "_highlightResult _tags children created_at num_comments points story_id story_title story_url updated_at"
    )


class _Item(msgspec.Struct):
    """A post as Hacker News shows it. Of one that was deleted only the id is left; one that is dead is hidden."""

    id: int
    deleted: bool = False
    dead: bool = False
    by: str | None = None
    time: int | None = None
    title: str | None = None
    text: str | None = None
    url: str | None = None
    parent: int | None = None


SHAPE, AROUND = Shape(_Hit), Shape(_Hits)


class HackerNews:
    """What a search finds, newest first."""

    kind = "hackernews"
    at_once = 1

    def __init__(self, config: HackerNewsSource, pace: Pace | None = None, items: str = ITEMS) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._items = f"{items}/v0/item/"
        self._look_ups = self._pace.slower(SLOWER)

    def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest posts of each."""
        return searched(self.name, self._searches, self._ask, post_from_hit, cursor, SHAPE)

    async def check(self) -> str:
        """Asks the first search."""
        return await checked(self._searches[0], self._ask)

    def knows(self, name: str) -> bool:
        return name.isascii() and name.isdecimal()

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """One post. Gone: deleted, or hidden by moderators or readers. `null` says nothing: a new post is not shown at
        once."""
        [name] = names
        await self._look_ups.turn()
        async with client() as http:
            answer = expect_success(await request(http, "GET", f"{self._items}{name}.json"))
        if answer.body.strip() == b"null":
            return LookedUp()
        item = decode(answer, _Item)
        if str(item.id) != name:
            return LookedUp()
        if item.deleted or item.dead:
            return LookedUp(gone=(name,))
        hit = _Hit(name, item.time or 0, item.by, item.title, item.url, item.text, None, item.parent)
        return LookedUp((_post(hit),)) if item.title or item.text else LookedUp()

    async def _ask(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        await self._pace.turn()
        params = {
            "query": search,
            "tags": "(story,comment)",
            "hitsPerPage": str(POSTS_PER_ANSWER),
            "advancedSyntax": "true",  # so that quotation marks make a phrase
            "typoTolerance": "false",
        }
        if older is not None:
            params["numericFilters"] = f"created_at_i<={older}"
        answer = expect_success(await request(http, "GET", f"{self._server}/api/v1/search_by_date", params=params))
        found = found_in(decode(answer, _Hits).hits, _placed)
        last = next((one.second for one in reversed(found) if one.second is not None), None)
        older = str(last) if last is not None and len(found) >= POSTS_PER_ANSWER else None
        return Answered(found, older, answer.headers, AROUND.drift(answer.body))


def _placed(raw: msgspec.Raw) -> tuple[str, int]:
    place = read_json(raw, _Place, "a post of Hacker News")
    return place.id, place.second


def post_from_hit(raw: msgspec.Raw) -> Post:
    """A hit as a post. Raises PostError."""
    return _post(read_json(raw, _Hit, "a post of Hacker News"))


def _post(hit: _Hit) -> Post:
    body = to_text(hit.comment_text or hit.story_text or "")
    return Post(
        id=hit.id,
        text=f"{hit.title or ''}\n{body}".strip(),
        platform="hackernews",
        author=hit.author,
        created_at=moment(hit.second),
        url=f"{ITEM}{hit.id}",
        reply_to=None if hit.parent_id is None else str(hit.parent_id),
        media=(Media(url=hit.url),) if hit.url else (),
    )
