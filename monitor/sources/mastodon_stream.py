"""Hashtags of a Mastodon server as they are written: server-sent events, for which a user's token is needed.

A stream replays nothing. So its timelines are also polled, by `min_id`: once the streams are open, so that nothing is
lost between the two, and every few minutes. Streamed pages carry the cursor of the last poll: a crash reads them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError

from monitor.config import MastodonSource
from monitor.errors import SourceError, SourceUnavailable
from monitor.model import Deletion, LookedUp, Page, Post
from monitor.sources.arrivals import EVENTS_PER_PAGE, Arrived, opened, some
from monitor.sources.http import Answer, client, expect_success
from monitor.sources.mastodon import Mastodon
from monitor.sources.mastodon_instance import streaming_address
from monitor.sources.mastodon_status import SHAPE, address, post_within
from monitor.sources.pace import Pace
from monitor.sources.reading import Within, page_of

POLL_SECONDS = 300.0
SILENT_SECONDS = 60.0
"""A server sends a sign of life every 15 seconds."""
MOST_REMEMBERED = 50_000
"""Posts that are known when another of their hashtags, a poll or the next stream brings them again."""
WRITTEN = ("update", "status.update")


class MastodonStream:
    """Public posts with the hashtags as they come, their edits and deletions; searches are polled."""

    kind = "mastodon"
    every_seconds = 1.0
    at_once = Mastodon.at_once

    def __init__(self, config: MastodonSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self._polling = Mastodon(config, pace)
        self._server = config.server
        self._host = config.server.partition("://")[2]
        self._tags = tuple(tag.removeprefix("#") for tag in config.hashtags)
        self._token = config.token.reveal() if config.token else ""
        self._brought: dict[str, str] = {}

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """Polled pages, then streamed ones; ends after POLL_SECONDS only to poll again. A broken stream raises."""
        arrived: Arrived = asyncio.Queue(EVENTS_PER_PAGE)
        streams = [asyncio.create_task(self._listen(tag, arrived), name=f"{self.name}:#{tag}") for tag in self._tags]
        try:
            early = await opened(arrived, len(streams))
            while True:
                async with aclosing(self._polling.pages(cursor)) as pages:
                    async for page in pages:
                        cursor = page.cursor
                        yield replace(page, posts=tuple(post for post in page.posts if self._is_new(post)))
                if early:
                    yield self._page(early, cursor or "{}")
                    early = []
                clock = asyncio.get_running_loop().time
                until = clock() + POLL_SECONDS
                while (left := until - clock()) > 0:
                    events = await some(arrived, left)
                    if events:
                        yield self._page(events, cursor or "{}")
        finally:
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    async def check(self) -> str:
        """Opens the stream of the first hashtag, and polls."""
        said = [await self._polling.check()]
        if self._tags:
            async with client() as http, self._open(http, self._tags[0]):
                said.insert(0, "the stream is open")
        return "; ".join(said)

    def knows(self, name: str) -> bool:
        return self._polling.knows(name)

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        return await self._polling.look_up(names)

    async def _listen(self, tag: str, arrived: Arrived) -> None:
        """Puts None once the stream is open, then its events, and at its end why it ended."""
        try:
            async with client() as http, self._open(http, tag) as events:
                await arrived.put(None)
                async for event in events.aiter_sse():
                    await arrived.put(event)
            await arrived.put(SourceUnavailable(f"the stream of #{tag} at {self._host} ended"))
        except SourceError as error:
            await arrived.put(error)
        except (httpx.HTTPError, SSEError, UnicodeDecodeError) as error:
            reason = str(error) or type(error).__name__
            await arrived.put(SourceUnavailable(f"the stream of #{tag} at {self._host} broke: {reason}"))

    @asynccontextmanager
    async def _open(self, http: httpx.AsyncClient, tag: str) -> AsyncIterator[EventSource]:
        base = await streaming_address(http, self._server)
        url = f"{base}/api/v1/streaming/hashtag"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream"}
        timeout = httpx.Timeout(20.0, read=SILENT_SECONDS)
        async with http.stream("GET", url, params={"tag": tag}, headers=headers, timeout=timeout) as response:
            if response.status_code != 200:
                body = (await response.aread())[:1000]
                expect_success(Answer(response.status_code, response.headers, body, f"{self._host}/api/v1/streaming"))
            yield EventSource(response)

    def _is_new(self, post: Post) -> bool:
        """Whether a post, or its edit, has not come since this process began."""
        if self._brought.get(post.id) == post.text:
            return False
        self._brought[post.id] = post.text
        if len(self._brought) > MOST_REMEMBERED:
            del self._brought[next(iter(self._brought))]
        return True

    def _page(self, events: Sequence[ServerSentEvent], cursor: str) -> Page:
        written = [event.data.encode("utf-8", "replace") for event in events if event.event in WRITTEN]
        page = page_of((msgspec.Raw(status) for status in written), self._read, cursor, shape=SHAPE)
        gone = [event.data.strip() for event in events if event.event == "delete"]
        # A deletion names an id of this server alone.
        deletions = tuple(Deletion("mastodon", post_id=address(self._host, status_id)) for status_id in gone)
        return replace(page, deletions=deletions)

    def _read(self, status: msgspec.Raw) -> Post | Within | None:
        """A streamed status as a post, unless it came already: from another of its hashtags, or from a poll."""
        found = post_within(status, self._host)
        post = found.post if isinstance(found, Within) else found
        return found if post is not None and self._is_new(post) else None
