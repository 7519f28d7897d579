"""X API v2: the filtered stream, which brings a post seconds after it was written. What it missed is searched for.

A stream replays nothing. So once it is open, the search brings what was written since the last post that was read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import httpx
import msgspec

from monitor.config import XSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp, Page
from monitor.sources.caps import Budget
from monitor.sources.fields import added, read_cursor, read_json, write_cursor
from monitor.sources.http import Answer, client, expect_success
from monitor.sources.pace import Pace
from monitor.sources.reading import Within
from monitor.sources.samples import samples_of
from monitor.sources.x import State, X
from monitor.sources.x_answer import AROUND_STREAMED, POSTS, TWEETS, Streamed, known_of, number_of
from monitor.sources.x_post import SHAPE, post_within
from monitor.sources.x_rules import StreamRules, Troubles

PATH = "/2/tweets/search/stream"
SILENT_SECONDS = 45.0
"""X sends a sign of life every 20 seconds."""
AT_ONCE = 20
"""Posts that are paid for ahead of their arrival."""
LATE = 30_000 << 22
"""30 seconds of X's ids, which hold the millisecond of their post: posts come out of order, so these are read again."""
MOST_REMEMBERED = 10_000


class XStream:
    """Posts that fit our rules as they come, and those that a search finds in the gaps."""

    kind = "x"
    every_seconds = 1.0
    at_once = X.at_once

    def __init__(self, config: XSource, posts: Budget, pace: Pace | None = None) -> None:
        self.name = config.name
        self._search = X(config, posts, pace)
        self._address = config.server + PATH
        self._headers = {"Authorization": f"Bearer {config.token.reveal()}"}
        self._wanted = config.search
        self._rules = StreamRules(f"{self._address}/rules", self._headers)
        self._budget = posts
        self._words: Mapping[str, str] = TWEETS
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What the search finds since the cursor, then the stream, a page for each post, without end."""
        paid = await self._budget.reserve(AT_ONCE)
        try:
            async with client() as http:
                await self._rules.agree(http, self._wanted)
                async with self._open(http) as lines:
                    async with aclosing(self._search.pages(_earlier(cursor, self.name))) as pages:
                        async for page in pages:
                            cursor = page.cursor
                            yield replace(page, posts=tuple(post for post in page.posts if self._is_new(post.id)))
                    async for line in lines:
                        page = self._page(line, cursor or write_cursor(State()))
                        paid -= self._search.charged(_posts_in(line))
                        cursor = page.cursor
                        yield replace(page, posts=tuple(post for post in page.posts if self._is_new(post.id)))
                        if paid <= 0:
                            paid += await self._budget.reserve(AT_ONCE)
            raise SourceUnavailable("X ended the stream")
        finally:
            await self._budget.give_back(max(0, paid))

    async def check(self) -> str:
        """Asks for the rules, and makes a search; a second stream beside the running one would end that."""
        async with client() as http:
            rules = await self._rules.ours(http)
        return f"{len(rules)} of {len(self._wanted)} rules are set; {await self._search.check()}"

    def knows(self, name: str) -> bool:
        return self._search.knows(name)

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        return await self._search.look_up(names)

    @asynccontextmanager
    async def _open(self, http: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of the stream. Raises SourceUnavailable, also when it breaks, or SourceRefused."""
        timeout = httpx.Timeout(20.0, read=SILENT_SECONDS)
        where = f"{httpx.URL(self._address).host}{PATH}"
        try:
            async with http.stream(
                "GET", self._address, params=self._words, headers=self._headers, timeout=timeout
            ) as response:
                if response.status_code != 200:
                    body = (await response.aread())[:10_000]
                    if response.status_code == 400 and b".fields" in body:
                        # Asked in the other vocabulary the next time.
                        self._words = POSTS if self._words is TWEETS else TWEETS
                        raise SourceUnavailable(f"{where} does not know the fields that were asked for")
                    expect_success(Answer(response.status_code, response.headers, body, where))
                yield response.aiter_lines()
        except httpx.TimeoutException as error:
            raise SourceUnavailable(f"{where} was silent for {SILENT_SECONDS:.0f} seconds") from error
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"{where} broke: {str(error) or type(error).__name__}") from error

    def _page(self, line: str, cursor: str) -> Page:
        """The post in a line; an empty page for a sign of life. Raises SourceUnavailable where X says that it ends."""
        body = line.strip().encode("utf-8", "replace")
        if not body:
            return Page((), cursor)
        try:
            streamed = read_json(body, Streamed, "a line of X's stream")
        except PostError as error:
            return Page((), cursor, skipped=1, skip_reason=str(error))
        drift = AROUND_STREAMED.drift(body)
        if bytes(streamed.data) == b"null":
            for trouble in msgspec.json.decode(body, type=Troubles).errors:
                raise SourceUnavailable(f"X ends the stream ({trouble.title} {trouble.detail})"[:300])
            return Page((), cursor, skipped=1, skip_reason="a line of X's stream has no post in it", drift=drift)
        known = known_of(streamed.includes)
        drift = added(drift, known.drift, SHAPE.drift(streamed.data))
        try:
            found = post_within(streamed.data, known)
        except PostError as error:
            return Page((), cursor, skipped=1, skip_reason=str(error), drift=drift)
        post, parents = (found.post, found.parents) if isinstance(found, Within) else (found, ())
        samples = samples_of([(body, drift)])
        return Page(
            (post,),
            self._after(cursor, post.id),
            drift=drift,
            samples=samples,
            parents=parents,
            raw=body if drift else b"",
        )

    def _after(self, cursor: str, post_id: str) -> str:
        """The cursor once a post was read: by the stream, and so for all searches."""
        newest = read_cursor(cursor, State, self.name).newest
        return write_cursor(State({rule: max(newest.get(rule, "0"), post_id, key=number_of) for rule in self._wanted}))

    def _is_new(self, post_id: str) -> bool:
        """Whether a post has not come since this process began: what was streamed is searched for again."""
        if post_id in self._seen:
            return False
        self._seen[post_id] = None
        if len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _posts_in(line: str) -> list[msgspec.Raw]:
    try:
        data = read_json(line.encode("utf-8", "replace"), Streamed, "a line of X's stream").data
    except PostError:
        return []
    return [] if bytes(data) == b"null" else [data]


def _earlier(cursor: str | None, name: str) -> str | None:
    if cursor is None:
        return None
    newest = read_cursor(cursor, State, name).newest
    return write_cursor(State({search: str(max(1, number_of(post_id) - LATE)) for search, post_id in newest.items()}))
