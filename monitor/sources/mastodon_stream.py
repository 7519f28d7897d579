"""Hashtags of a Mastodon server as they are written: server-sent events, for which a user's token is needed.

A stream replays nothing. So its timelines are also polled, by `min_id`: once the streams are open, so that nothing is
lost between the two, and every few minutes. Streamed pages carry the cursor of the last poll: a crash reads them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError

from monitor.config import MastodonSource
from monitor.errors import PostError, SourceError, SourceUnavailable
from monitor.model import Deletion, Page, Post
from monitor.sources.arrivals import EVENTS_PER_PAGE, Arrived, opened, some
from monitor.sources.fields import Drift, added, read_json
from monitor.sources.http import Answer, client, decode, expect_success, request
from monitor.sources.mastodon import Mastodon
from monitor.sources.mastodon_status import SHAPE, post_from_status
from monitor.sources.pace import Pace

POLL_SECONDS = 300.0
SILENT_SECONDS = 60.0
"""A server sends a sign of life every 15 seconds."""
MOST_REMEMBERED = 50_000
"""Streamed posts whose deletion can be understood: a deletion names an id of this server alone."""


class _Urls(msgspec.Struct):
    streaming: str = ""


class _Configuration(msgspec.Struct):
    urls: _Urls = msgspec.field(default_factory=_Urls)


class _Instance(msgspec.Struct):
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


class _Id(msgspec.Struct):
    id: str


class MastodonStream:
    """Public posts with the hashtags as they come, their edits and deletions; searches are polled."""

    kind = "mastodon"
    every_seconds = 1.0

    def __init__(self, config: MastodonSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self._polling = Mastodon(config, pace)
        self._server = config.server
        self._host = config.server.partition("://")[2]
        self._tags = tuple(tag.removeprefix("#") for tag in config.hashtags)
        self._token = config.token.reveal() if config.token else ""
        self._streamed: dict[str, Post] = {}

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
                        yield replace(page, posts=tuple(post for post in page.posts if not self._is_streamed(post)))
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
        base = await self._address(http)
        url = f"{base}/api/v1/streaming/hashtag"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream"}
        timeout = httpx.Timeout(20.0, read=SILENT_SECONDS)
        async with http.stream("GET", url, params={"tag": tag}, headers=headers, timeout=timeout) as response:
            if response.status_code != 200:
                body = (await response.aread())[:1000]
                expect_success(Answer(response.status_code, response.headers, body, f"{self._host}/api/v1/streaming"))
            yield EventSource(response)

    async def _address(self, http: httpx.AsyncClient) -> str:
        """Where the server streams: many do on a host of their own. The token goes to the server's own domain only."""
        answer = await request(http, "GET", f"{self._server}/api/v2/instance")
        if answer.status != 200:
            return self._server
        named = urlsplit(decode(answer, _Instance).configuration.urls.streaming)
        own = urlsplit(self._server)
        if named.hostname and own.hostname and f".{named.hostname}".endswith(f".{own.hostname}"):
            return f"{own.scheme}://{named.netloc}"
        return self._server

    def _is_streamed(self, post: Post) -> bool:
        known = self._streamed.get(post.id)
        return known is not None and known.text == post.text

    def _page(self, events: Sequence[ServerSentEvent], cursor: str) -> Page:
        posts: list[Post] = []
        deletions: list[Deletion] = []
        skipped, skip_reason = 0, None
        drift: Drift = ()
        for event in events:
            try:
                if event.event in ("update", "status.update"):
                    drift = added(drift, SHAPE.drift(event.data.encode("utf-8", "replace")))
                    posts += self._post(event.data)
                elif event.event == "delete" and (gone := self._streamed.pop(event.data.strip(), None)):
                    self._streamed.pop(gone.id, None)
                    deletions.append(Deletion(gone.platform, post_id=gone.id))
            except PostError as error:
                skipped, skip_reason = skipped + 1, str(error)
        return Page(tuple(posts), cursor, tuple(deletions), skipped=skipped, skip_reason=skip_reason, drift=drift)

    def _post(self, status: str) -> list[Post]:
        """A streamed status as a post, unless it came already from the stream of another of its hashtags."""
        raw = status.encode("utf-8", "replace")
        post = post_from_status(raw, self._host)
        if post is None or self._is_streamed(post):
            return []
        # By its id here, which deletions name, and by its address, which polled pages have.
        self._streamed[post.id] = post
        with suppress(PostError):
            self._streamed[read_json(raw, _Id, "a status").id] = post
        while len(self._streamed) > MOST_REMEMBERED:
            del self._streamed[next(iter(self._streamed))]
        return [post]
