"""Threads: public posts that a keyword search finds (developers.facebook.com/docs/threads/keyword-search).

Threads refuses without a word: an app that was not approved is shown its own posts only, a word that is held to be
sensitive finds nothing at all. So an empty answer is never taken for silence.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import ClassVar

import httpx
import msgspec

from monitor.config import ThreadsSource
from monitor.model import Media, Page, Post
from monitor.sources.backward import Answered, found_in
from monitor.sources.fields import Shape, read_json, utc_from_iso
from monitor.sources.http import decode, expect_success, request, rest
from monitor.sources.pace import Pace
from monitor.sources.searching import checked, searched

POSTS_PER_ANSWER = 100
SECONDS_BETWEEN = 40.0
"""A user may search 2,200 times in 24 hours."""
FIELDS = (
    "id,text,permalink,timestamp,username,alt_text,link_attachment_url,media_url,quoted_post,replied_to,reposted_post"
)
EMPTY = (
    "Threads also answers with nothing where it holds a word to be sensitive, and where Meta has not approved the app "
    "for threads_keyword_search; search for the same words in the Threads app"
)


class _Id(msgspec.Struct):
    id: str

    IGNORED: ClassVar[str] = ""


class _Post(msgspec.Struct):
    id: str
    text: str = ""
    permalink: str | None = None
    timestamp: str | None = None
    username: str | None = None
    alt_text: str | None = None
    link_attachment_url: str | None = None
    media_url: str | None = None
    quoted_post: _Id | None = None
    replied_to: _Id | None = None
    reposted_post: _Id | None = None

    ALWAYS: ClassVar[str] = "permalink timestamp username"
    IGNORED: ClassVar[str] = "media_type media_product_type has_replies is_quote_post is_reply shortcode"


class _Posts(msgspec.Struct):
    data: list[msgspec.Raw]

    IGNORED: ClassVar[str] = "paging"


SHAPE, AROUND = Shape(_Post), Shape(_Posts)


class Threads:
    """What searches find, newest first."""

    kind = "threads"

    def __init__(self, config: ThreadsSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._address = f"{config.server}/v1.0/keyword_search"
        self._headers = {"Authorization": f"Bearer {config.token.reveal()}"}
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)

    def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest posts of each."""
        return searched(self.name, self._searches, self._ask, post_from, cursor, SHAPE)

    async def check(self) -> str:
        """Asks the first search."""
        return await checked(self._searches[0], self._ask)

    async def _ask(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        await self._pace.turn()
        params = {"q": search, "search_type": "RECENT", "fields": FIELDS, "limit": str(POSTS_PER_ANSWER)}
        params |= {"until": older} if older else {}
        answer = await request(http, "GET", self._address, params=params, headers=self._headers)
        self._pace.hold(rest(answer.headers, datetime.now(UTC)))
        found = found_in(decode(expect_success(answer), _Posts).data, _placed)
        seconds = [one.second for one in found if one.second is not None]
        more = str(seconds[-1]) if seconds and len(found) >= POSTS_PER_ANSWER else None
        return Answered(found, more, answer.headers, AROUND.drift(answer.body), EMPTY)


def _placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    post = read_json(raw, _Post, "a post of Threads")
    written = utc_from_iso(post.timestamp)
    return post.id, int(written.timestamp()) if written else None


def post_from(raw: bytes | msgspec.Raw) -> Post:
    """A post of Threads as a post. Raises PostError."""
    post = read_json(raw, _Post, "a post of Threads")
    shown = Media(post.media_url, post.alt_text) if post.media_url or post.alt_text else None
    link = Media(post.link_attachment_url) if post.link_attachment_url else None
    return Post(
        id=post.id,
        text=post.text,
        platform="threads",
        author=post.username,
        created_at=utc_from_iso(post.timestamp),
        url=post.permalink,
        repost_of=post.reposted_post.id if post.reposted_post else None,
        reply_to=post.replied_to.id if post.replied_to else None,
        quote_of=post.quoted_post.id if post.quoted_post else None,
        media=tuple(media for media in (shown, link) if media),
    )
