"""Bluesky: its stream of all posts (Jetstream), and its search to fill what the stream could not bring."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

from monitor.config import BlueskySource
from monitor.errors import PostError, SourceError, SourceRefused, SourceUnavailable
from monitor.model import LookedUp, Page
from monitor.sources.bluesky_record import COLLECTION
from monitor.sources.bluesky_search import Session, look_up, search
from monitor.sources.fields import added, read_cursor, write_cursor
from monitor.sources.frames import drift_of_frame
from monitor.sources.http import Answer, client, expect_success, failure, user_agent
from monitor.sources.jetstream import (
    LARGEST_EVENT,
    Event,
    Place,
    address,
    batches,
    position,
    read_frame,
)
from monitor.sources.pace import Pace
from monitor.sources.samples import samples_of

LOOKUP_SECONDS = 1.0
"""Between two look-ups; 3,000 in five minutes are allowed."""
GAP_SECONDS = 60.0
"""Somebody on Bluesky posts every second: a stream whose first event is this much later than its cursor left some out.
Version 1 does so without a word where the cursor is older than its look-back."""


class Bluesky:
    """Every public post on Bluesky, and what was deleted."""

    kind = "bluesky"
    every_seconds = 1.0
    at_once = 25

    def __init__(self, config: BlueskySource, pace: Pace | None = None) -> None:
        self.name = config.name
        self._server = config.jetstream if "://" in config.jetstream else f"wss://{config.jetstream}"
        self._wire = config.wire
        self._queries = config.search
        self._pace = pace or Pace(LOOKUP_SECONDS)
        self._session: Session | None = None
        if config.identifier is not None and config.app_password is not None:
            self._session = Session(config.pds, config.identifier, config.app_password)

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """The stream after the cursor, a page per fraction of a second, without end; from now on where there is none.

        Where the stream could not resume at the cursor, the gap is searched first. Those pages carry the old cursor, so
        that a crash among them searches again.
        """
        place = None if cursor is None else read_cursor(cursor, Place, self.name)
        resume_at = place
        missing: list[str] = []
        async with self._connected(place, missing) as socket, aclosing(batches(socket)) as stream:
            async for frames in stream:
                events, troubles = self._read(frames, place)
                missing += [event.info for event in events if event.info]
                places = [event.place for event in events if event.place]
                if resume_at is not None and places:
                    async with aclosing(self._fill(resume_at, places[0], missing)) as filling:
                        async for page in filling:
                            yield page
                    resume_at = None
                place = places[-1] if places else place
                if place is not None:
                    drifts = [(frame, drift_of_frame(frame, self._wire)) for frame in frames]
                    yield Page(
                        tuple(event.post for event in events if event.post),
                        write_cursor(place),
                        deletions=tuple(event.deletion for event in events if event.deletion),
                        skipped=len(troubles),
                        skip_reason=troubles[-1] if troubles else None,
                        everything=True,
                        drift=added((), *(drift for _, drift in drifts)),
                        samples=samples_of(drifts),
                        raw=b"\n".join(frames) if any(drift for _, drift in drifts) else b"",
                    )

    async def check(self) -> str:
        """Waits for the first events of the stream, and logs in where there is an account."""
        async with self._connected(None, []) as socket, aclosing(batches(socket)) as stream:
            frames = await anext(stream)
        said = [f"the stream runs ({len(frames)} events at once)"]
        if self._session is not None:
            async with client() as http:
                said.append(f"logged in as {await self._session.login(http)}")
        if self._queries and self._session is None:
            said.append("gaps cannot be searched: no identifier and app password are set")
        return ", ".join(said)

    def knows(self, name: str) -> bool:
        return name.startswith("at://") and name.split("/")[3:4] == [COLLECTION]

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """None counts as gone: the stream tells deletions, and a new post is not shown at once."""
        await self._pace.turn()
        async with client() as http:
            return LookedUp(await look_up(http, names))

    @asynccontextmanager
    async def _connected(self, place: Place | None, missing: list[str]) -> AsyncIterator[ClientConnection]:
        """A subscription at `place`. Says in `missing` where the server would not resume there.

        Raises SourceUnavailable, also when an open connection breaks, or SourceRefused.
        """
        at = None if place is None else position(place, self._server, self._wire)
        try:
            try:
                socket = await self._connect(at)
            except InvalidStatus as error:
                if place is None or failure(_answer(error, self._server)) != "CursorTooOld":
                    raise
                # A time, unlike a number, is moved up to the oldest event that the server still has.
                missing.append("the server has forgotten the event at which to resume")
                socket = await self._connect(place.time_us)
            async with socket:
                yield socket
        except InvalidStatus as error:
            expect_success(_answer(error, self._server))
            raise SourceUnavailable(f"{self._server} answers without a stream") from error
        except InvalidURI as error:
            raise SourceRefused(
                f"{self._server} is no address of a stream (wss://...); mend it in the config"
            ) from error
        except (WebSocketException, OSError, TimeoutError) as error:
            raise SourceUnavailable(f"the stream of {self._server} broke: {error}") from error

    async def _connect(self, at: int | None) -> ClientConnection:
        return await connect(
            address(self._server, self._wire, at), user_agent_header=user_agent(), max_size=2 * LARGEST_EVENT
        )

    def _read(self, frames: Sequence[bytes], after: Place | None) -> tuple[list[Event], list[str]]:
        """The events in some frames, and why others could not be read."""
        events: list[Event] = []
        troubles: list[str] = []
        for frame in frames:
            try:
                event = read_frame(frame, self._server, self._wire)
            except PostError as error:
                troubles.append(str(error))
                continue
            if event.trouble:
                troubles.append(event.trouble)
            # A cursor of version 2 brings its own event once more. In version 1 another may have the same time.
            if event.place is None or event.place.seq is None or event.place != after:
                events.append(event)
        return events, troubles

    async def _fill(self, place: Place, first: Place, missing: Sequence[str]) -> AsyncGenerator[Page, None]:
        """What search finds of a gap between the cursor and the first event after it; nothing where there is no gap.

        That the search fails is told, and does not hold up the stream.
        """
        late = (first.moment - place.moment).total_seconds() > GAP_SECONDS
        if not missing and not late:
            return
        since, until = f"{place.moment:%Y-%m-%d %H:%M}", f"{first.moment:%Y-%m-%d %H:%M}"
        gap = "; ".join([f"the stream brought nothing between {since} and {until} UTC", *missing])
        cursor = write_cursor(place)
        if self._session is None or not self._queries:
            yield Page((), cursor, gap=f"{gap}; not searched: that needs an account and search words in the config")
            return
        found = 0
        try:
            for query in self._queries:
                async with aclosing(search(self._session, query, place.moment, first.moment)) as pages:
                    async for page in pages:
                        found += len(page.posts)
                        yield replace(page, cursor=cursor)
        except SourceError as error:
            gap = f"{gap}; searching it failed: {error}"
        yield Page((), cursor, gap=f"{gap}; search found {found} posts in it")


def _answer(error: InvalidStatus, server: str) -> Answer:
    """A refused handshake in the shape of any other answer."""
    response = error.response
    return Answer(
        response.status_code, httpx.Headers(list(response.headers.raw_items())), bytes(response.body or b""), server
    )
