"""Threads: public posts that a keyword search finds (developers.facebook.com/docs/threads/keyword-search).

Threads refuses without a word: an app that was not approved is shown its own posts only, a word that is held to be
sensitive finds nothing at all. So an empty answer is never taken for silence. Single posts are asked for by their ids
(developers.facebook.com/docs/threads/reference/media-retrieval), which is no search.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import httpx
import msgspec

from monitor.config import ThreadsSource
from monitor.errors import PostError
from monitor.model import LookedUp, Page
from monitor.sources.backward import Answered, Found, found_in
from monitor.sources.fields import Shape
from monitor.sources.http import Answer, client, decode, expect_success, request, rest
from monitor.sources.pace import Pace
from monitor.sources.searching import checked, searched
from monitor.sources.threads_post import SHAPE, placed, post_from
from monitor.sources.witness import Witnesses

POSTS_PER_ANSWER = 100
SECONDS_BETWEEN = 40.0
"""A user may search 2,200 times in 24 hours."""
SLOWER = 0.05
"""A user's other requests are 48,000 in 24 hours at least: those for single posts are 2 seconds apart."""
MOST_WITNESSES = 10
NOT_THERE = (100, 33)
"""Code and sub-code of Meta's words for a post that does not exist, or that we may not see."""
FIELDS = (
    "id,text,permalink,timestamp,username,alt_text,link_attachment_url,media_url,quoted_post,replied_to,reposted_post"
)
EMPTY = (
    "Threads also answers with nothing where it holds a word to be sensitive, and where Meta has not approved the app "
    "for threads_keyword_search; search for the same words in the Threads app"
)


class _Posts(msgspec.Struct):
    data: list[msgspec.Raw]

    IGNORED: ClassVar[str] = "paging"


class _Reason(msgspec.Struct):
    code: int = 0
    error_subcode: int = 0


class _Refusal(msgspec.Struct):
    error: _Reason


class _Me(msgspec.Struct):
    username: str


AROUND = Shape(_Posts)


class Threads:
    """What searches find, newest first."""

    kind = "threads"
    at_once = 1

    def __init__(self, config: ThreadsSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = f"{config.server}/v1.0"
        self._headers = {"Authorization": f"Bearer {config.token.reveal()}"}
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._look_ups = self._pace.slower(SLOWER)
        self._witnesses = Witnesses()
        self._lately: dict[str, str | None] = {}
        self._me: str | None = None

    def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest posts of each."""
        return searched(self.name, self._searches, self._ask, post_from, cursor, SHAPE)

    async def check(self) -> str:
        """Asks the first search."""
        return await checked(self._searches[0], self._ask)

    def knows(self, name: str) -> bool:
        return name.isascii() and name.isdecimal()

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """One post. Meta says the same of a post that is gone and of one that we may not see: where it shows us another
        of somebody else's, it is gone."""
        [name] = names
        async with client() as http:
            if self._me is None:
                answer = await self._get(http, "me", {"fields": "username"}, self._look_ups)
                self._me = decode(expect_success(answer), _Me).username
            # Our own user's posts are shown to an app that may see no others.
            self._witnesses.saw(post_id for post_id, author in self._lately.items() if author not in (None, self._me))
            return await self._witnesses.confirmed(name, partial(self._show, http))

    async def _show(self, http: httpx.AsyncClient, name: str) -> LookedUp | None:
        answer = await self._get(http, name, {"fields": FIELDS}, self._look_ups)
        if answer.status in (400, 404) and _is_not_there(answer.body):
            return None
        body = expect_success(answer).body
        try:
            post = post_from(body)
        except PostError:
            return LookedUp()
        # Without its words it would read as edited.
        is_whole = post.id == name and post.text and not SHAPE.is_lacking(body)
        return LookedUp((post,)) if is_whole else LookedUp()

    async def _ask(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        params = {"q": search, "search_type": "RECENT", "fields": FIELDS, "limit": str(POSTS_PER_ANSWER)}
        params |= {"until": older} if older else {}
        answer = await self._get(http, "keyword_search", params, self._pace)
        found = found_in(decode(expect_success(answer), _Posts).data, placed)
        self._lately = _authors(found[:MOST_WITNESSES]) or self._lately
        seconds = [one.second for one in found if one.second is not None]
        more = str(seconds[-1]) if seconds and len(found) >= POSTS_PER_ANSWER else None
        return Answered(found, more, answer.headers, AROUND.drift(answer.body), EMPTY)

    async def _get(self, http: httpx.AsyncClient, path: str, params: Mapping[str, str], pace: Pace) -> Answer:
        await pace.turn()
        answer = await request(http, "GET", f"{self._server}/{path}", params=params, headers=self._headers)
        pace.hold(rest(answer.headers, datetime.now(UTC), limited=answer.status == 429))
        return answer


def _authors(found: Sequence[Found]) -> dict[str, str | None]:
    authors: dict[str, str | None] = {}
    for one in found:
        with suppress(PostError):
            post = post_from(one.raw)
            authors[post.id] = post.author
    return authors


def _is_not_there(body: bytes) -> bool:
    try:
        said = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return (said.code, said.error_subcode) == NOT_THERE
