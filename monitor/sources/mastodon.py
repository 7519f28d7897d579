"""Hashtag timelines, and search, of Mastodon and the servers that speak its client API (GoToSocial, Pleroma, snac ...).

A timeline is newest first and can be resumed in two ways:
- forward with `min_id`, page after page, where the server says so in its Link header (Mastodon, GoToSocial, Pleroma);
- backward with `max_id` from the newest page down to what is known, where it does not: snac answers `min_id` with [].
Either way the last statuses are read again. Mastodon sorts a post that arrives late from another server by the time at
which it was written, behind ones that were already read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

import httpx
import msgspec

from monitor.config import MastodonSource
from monitor.errors import PostError, SourceRefused
from monitor.model import LookedUp, Page
from monitor.sources.backward import TRIES
from monitor.sources.fields import read_cursor, write_cursor
from monitor.sources.http import Answer, client, expect_success, failure, request
from monitor.sources.mastodon_status import SHAPE, address, post_from_status, post_within
from monitor.sources.mastodon_timeline import Batch, State, Timeline, advance, named, search_batch, tag_batch
from monitor.sources.pace import Pace
from monitor.sources.reading import page_of
from monitor.sources.report import what_came

PAGE_SIZE = 40
"""The most statuses that Mastodon sends at once."""
SECONDS_BETWEEN = 1.0
"""A server allows 300 requests in 5 minutes."""
EMPTY = (
    "the server answers with no posts at all: it may show hashtags to its own users only, or search only to a user's "
    "token; open the hashtag in a browser without logging in"
)
KNOWN = 20
"""Statuses of a timeline that are read again each round: half a page, so that they cost no request of their own."""
KNOWN_OF_SEARCH = 100
"""More than one page: a search need not be sorted by time."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_BACKWARD = 25
"""Pages that are read backward before the rest is given up, and told as a gap."""


class Mastodon:
    """Public posts with the hashtags, and those that a search finds, as one server sees them."""

    kind = "mastodon"
    at_once = 1

    def __init__(self, config: MastodonSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        server = config.server if "://" in config.server else f"https://{config.server}"
        self._server = server.rstrip("/")
        self._host = self._server.split("://")[1]
        self._headers = {"Authorization": f"Bearer {config.token.reveal()}"} if config.token else {}
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._read = partial(post_within, server=self._host)
        # Without a token a search finds nothing: servers answer it with [].
        searches = config.search if config.token else ()
        self._keys = [f"#{tag.removeprefix('#')}" for tag in config.hashtags] + [f"?{query}" for query in searches]

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, hashtag by hashtag and search by search. The first time, the newest page of each.

        Where one is refused, the others are still read before SourceRefused is raised.
        """
        state = State() if cursor is None else read_cursor(cursor, State, self.name)
        refused: SourceRefused | None = None
        async with client() as http:
            for key in self._keys:
                timeline = state.timelines.get(key, Timeline())
                suspicious: str | None = EMPTY
                try:
                    async with aclosing(self._batches(http, key, timeline)) as batches:
                        async for batch in batches:
                            new = [raw for post_id, raw in reversed(batch.statuses) if post_id not in timeline.known]
                            timeline = advance(timeline, batch, KNOWN if key[0] == "#" else KNOWN_OF_SEARCH)
                            state = State({**state.timelines, key: timeline})
                            suspicious = None if batch.statuses else suspicious
                            yield await asyncio.to_thread(
                                page_of, new, self._read, write_cursor(state),
                                shape=SHAPE, drift=batch.drift, gap=batch.gap, suspicious=suspicious,
                            )  # fmt: skip
                            suspicious = None
                except SourceRefused as error:
                    refused = refused or error
        if refused:
            raise refused

    async def check(self) -> str:
        """Reads the newest page of every hashtag and search."""
        said = []
        is_empty = False
        async with client() as http:
            for key in self._keys:
                batch = await (self._tag(http, key) if key[0] == "#" else self._search(http, key))
                now, of = datetime.now(UTC), key.removeprefix("?")
                said.append(what_came(len(batch.statuses), batch.newest, batch.headers, now, of=of))
                is_empty = is_empty or not batch.statuses
        found = ", ".join(said) or "nothing to read: give this source hashtags, or a token and searches"
        return f"{found}; {EMPTY}" if is_empty else found

    def knows(self, name: str) -> bool:
        prefix = address(self._host, "")
        return name.startswith(prefix) and _ID.fullmatch(name.removeprefix(prefix)) is not None

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """One status by its address on this server. Gone: the server has no such record, or shows it to some only."""
        [name] = names
        await self._pace.turn()
        path = f"/api/v1/statuses/{name.removeprefix(address(self._host, ''))}"
        async with client() as http:
            answer = await request(http, "GET", self._server + path, headers=self._headers)
        # A 404 without words may be anything's between the server and us.
        if answer.status in (404, 410) and failure(answer):
            return LookedUp(gone=(name,))
        try:
            post = post_from_status(expect_success(answer).body, self._host)
        except PostError:
            return LookedUp()
        return LookedUp((post,)) if post else LookedUp(gone=(name,))

    async def _batches(self, http: httpx.AsyncClient, key: str, timeline: Timeline) -> AsyncGenerator[Batch, None]:
        """What follows on the known statuses, oldest batch first; the newest page where none are known."""
        if key[0] == "?":
            yield await self._search(http, key)
        elif named(timeline.known) is None:
            yield await self._tag(http, key)
        elif timeline.forward:
            after = named(timeline.known)
            newest = timeline.known[-1]
            while after:
                batch = await self._tag(http, key, {"min_id": after})
                yield batch
                if not batch.statuses or batch.statuses[0][0] == newest:
                    return
                newest, after = batch.statuses[0][0], batch.newer
        else:
            found = await self._backward(http, key, timeline.known)
            # In pages, oldest first: a crash between two of them loses nothing.
            gap = found.gap
            for end in range(len(found.statuses), 0, -PAGE_SIZE) or (0,):
                yield Batch(found.statuses[max(0, end - PAGE_SIZE) : end], gap=gap)
                gap = None

    async def _backward(self, http: httpx.AsyncClient, key: str, known: Sequence[str]) -> Batch:
        """From the newest status down to the oldest known one that is met."""
        found: dict[str, msgspec.Raw] = {}
        gap = None
        older: dict[str, str] = {}
        empty = 0
        for _ in range(MOST_BACKWARD):
            batch = await self._tag(http, key, older)
            if older and not batch.statuses and (empty := empty + 1) < TRIES:
                continue
            found |= batch.statuses
            oldest = named(post_id for post_id, _ in reversed(batch.statuses))
            if oldest is None or any(post_id in known for post_id, _ in batch.statuses):
                break
            older = {"max_id": oldest}
        else:
            gap = f"{key} on {self._host} had more than {MOST_BACKWARD * PAGE_SIZE} new posts; older ones were not read"
        ids = list(found)
        last_known = max((place for place, post_id in enumerate(ids) if post_id in known), default=len(ids))
        return Batch(tuple(found.items())[: last_known + 1], gap=gap)

    async def _tag(self, http: httpx.AsyncClient, key: str, place: Mapping[str, str] | None = None) -> Batch:
        answer = await self._get(http, f"/api/v1/timelines/tag/{quote(key[1:], safe='')}", place or {})
        return tag_batch(answer)

    async def _search(self, http: httpx.AsyncClient, key: str) -> Batch:
        answer = await self._get(http, "/api/v2/search", {"q": key[1:], "type": "statuses"})
        return search_batch(answer)

    async def _get(self, http: httpx.AsyncClient, path: str, params: Mapping[str, str]) -> Answer:
        await self._pace.turn()
        params = {**params, "limit": str(PAGE_SIZE)}
        return expect_success(await request(http, "GET", self._server + path, params=params, headers=self._headers))
