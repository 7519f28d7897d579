"""Lemmy: posts and comments that one server's search finds, its own and those that reached it from others.

Servers up to 0.19 speak version 3 of the API, which pages by number and searches posts and comments apart; from 1.0 on
they speak version 4, which has one search and cursors (LemmyNet/lemmy, crates/db_views/search_combined).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import httpx
import msgspec

from monitor.config import LemmySource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import Media, Page, Post
from monitor.sources.backward import Answered, Found, follow
from monitor.sources.fields import utc_from_iso
from monitor.sources.http import Answer, client, decode, expect_success, failure, request
from monitor.sources.pace import Pace
from monitor.sources.report import moment, what_came

POSTS_PER_ANSWER = 50
SECONDS_BETWEEN = 10.0
"""A server allows 60 searches in 10 minutes unless its operator says otherwise."""
LIMITED = ("rate_limit_error", "too_many_requests")
"""What servers call a request over the limit, with status 400."""
LIMITED_SECONDS = 600.0


class _Item(msgspec.Struct):
    """What posts and comments have in common. The date is `published_at` in version 4, `published` before."""

    ap_id: str
    published: str | None = None
    published_at: str | None = None
    name: str = ""
    body: str | None = None
    content: str = ""
    url: str | None = None
    embed_title: str | None = None
    embed_description: str | None = None
    thumbnail_url: str | None = None
    deleted: bool = False
    removed: bool = False


class _Person(msgspec.Struct):
    name: str
    ap_id: str | None = None
    actor_id: str | None = None


class _View(msgspec.Struct):
    """A post with its author; a comment with its post and its author."""

    post: _Item | None = None
    comment: _Item | None = None
    creator: _Person | None = None


class _Found(msgspec.Struct):
    """`posts` and `comments` of version 3; `search` of version 4, once called `results`, among them no other views."""

    posts: list[msgspec.Raw] = []
    comments: list[msgspec.Raw] = []
    search: list[msgspec.Raw] = []
    results: list[msgspec.Raw] = []
    next_page: str | None = None


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
            asking = follow(self.name, keys, partial(self._ask, http), post_from_view, cursor)
            async with aclosing(asking) as pages:
                async for page in pages:
                    yield page

    async def check(self) -> str:
        """Asks the first search."""
        async with client() as http:
            key = (await self._keys(http))[0]
            answer = await self._ask(http, key, None)
        newest = moment(answer.found[0].second) if answer.found else None
        said = what_came(len(answer.found), newest, answer.headers, datetime.now(UTC), of=key.partition(":")[2])
        return f"{said}; version {self._version} of the API"

    async def _keys(self, http: httpx.AsyncClient) -> list[str]:
        """A listing for each search, "Posts:Ana Rivera" say. Asks the server once which version it speaks."""
        if self._version is None:
            answer = await self._get(http, "/api/v4/site", {})
            self._version = 3 if answer.status == 404 else 4
            expect_success(answer) if self._version == 4 else None
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
        found = tuple(place for raw in raws if (place := _place(raw, answer)))
        if self._version == 3:
            return Answered(found, str(int(page) + 1) if len(raws) >= POSTS_PER_ANSWER else None, answer.headers)
        return Answered(found, said.next_page, answer.headers)

    async def _get(self, http: httpx.AsyncClient, path: str, params: dict[str, str]) -> Answer:
        await self._pace.turn()
        return await request(http, "GET", self._server + path, params=params)


def _place(raw: msgspec.Raw, answer: Answer) -> Found | None:
    """Where a view stands in its listing, None for a community or a person that a search found too."""
    try:
        view = msgspec.json.decode(raw, type=_View)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnavailable(f"{answer.where} sent something that cannot be read ({error})") from error
    item = view.comment or view.post
    if item is None:
        return None
    written = utc_from_iso(item.published_at or item.published)
    return Found(item.ap_id, int(written.timestamp()) if written else 0, raw)


def post_from_view(raw: msgspec.Raw) -> Post | None:
    """A post or a comment with its author as a post, None where it was deleted. Raises PostError.

    Its id is its address, which is the same on every server. A comment answers the post under which it stands.
    """
    try:
        view = msgspec.json.decode(raw, type=_View)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PostError(f"a post of Lemmy cannot be read: {error}") from error
    item = view.comment or view.post
    if item is None or item.deleted or item.removed:
        return None
    return Post(
        id=item.ap_id,
        text=item.content if view.comment else f"{item.name}\n{item.body or ''}".strip(),
        platform="lemmy",
        author=_author(view.creator),
        created_at=utc_from_iso(item.published_at or item.published),
        url=item.ap_id,
        reply_to=view.post.ap_id if view.comment and view.post else None,
        media=() if view.comment else _media(item),
    )


def _media(item: _Item) -> tuple[Media, ...]:
    """What a post links to, with the title that its page has, and its picture."""
    title = " - ".join(part for part in (item.embed_title, item.embed_description) if part)
    media = (Media(item.url, title or None), Media(item.thumbnail_url))
    return tuple(one for one in media if one.url or one.alt)


def _author(creator: _Person | None) -> str | None:
    """A person as others write it: name@server."""
    if creator is None:
        return None
    host = urlsplit(creator.ap_id or creator.actor_id or "").netloc
    return f"{creator.name}@{host}" if host else creator.name
