"""Jetstream's two wire formats: addresses to subscribe at, and frames as events. Pure, but for `batches`.

Read in bluesky-social/jetstream: docs/README.md sections 5.1, 5.2; lexicons/network/bsky/jetstream/subscribeEvents.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from monitor.errors import PostError, SourceUnavailable
from monitor.model import Deletion, Post
from monitor.sources.bluesky_record import COLLECTION, post_from_record
from monitor.sources.fields import EPOCH, micros_from_utc, utc_from_iso, utc_from_micros
from monitor.sources.frames import Account, Commit, EventV1, FrameV2

PATHS = {1: "/subscribe", 2: "/xrpc/network.bsky.jetstream.subscribeEvents"}
GONE = ("deleted", "takendown")
"""Account statuses after which an account's posts are forgotten; "deactivated" can be undone by its owner."""
LARGEST_EVENT = 1024 * 1024
"""Bytes. The server leaves out larger events; a post has a few thousand."""
BATCH_SECONDS = 0.2
BATCH_EVENTS = 200
OTHER_SERVER_MARGIN = 10_000_000
"""Microseconds. Servers see events on clocks of their own: on another one the stream is resumed a little earlier."""


@dataclass(frozen=True, slots=True)
class Place:
    """The last event that was read, and where. `time_us` is in microseconds since 1970; `seq` counts on one server."""

    server: str
    time_us: int
    seq: int | None = None

    @property
    def moment(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.time_us)


@dataclass(frozen=True, slots=True)
class Event:
    """One frame. `info` is a notice of the server, which has no place. `trouble` says why a post could not be read."""

    place: Place | None
    post: Post | None = None
    deletion: Deletion | None = None
    trouble: str | None = None
    info: str | None = None


_decoder_v1 = msgspec.json.Decoder(EventV1)
_decoder_v2 = msgspec.json.Decoder(FrameV2)


def address(server: str, wire: int, position: int | None) -> str:
    """Where to subscribe to posts and account removals, from `position` on (None: from now on)."""
    base = urlsplit(server)
    if wire == 1:
        query = [("wantedCollections", COLLECTION)]
    else:
        query = [("kinds", "commit"), ("kinds", "account"), ("collections", COLLECTION)]
    query.append(("maxMessageSizeBytes", str(LARGEST_EVENT)))
    if position is not None:
        query.append(("cursor", str(position)))
    path = base.path if base.path.strip("/") else PATHS[wire]
    return base._replace(path=path, query=urlencode(query)).geturl()


def position(place: Place, server: str, wire: int) -> int:
    """The cursor that resumes at a place: both wires take microseconds, version 2 its own sequence numbers too."""
    if place.server != server:
        return place.time_us - OTHER_SERVER_MARGIN
    return place.seq if wire == 2 and place.seq is not None else place.time_us


async def batches(socket: ClientConnection) -> AsyncGenerator[list[bytes], None]:
    """Frames as they come, gathered for BATCH_SECONDS at most. Raises ConnectionClosed at the end."""
    while True:
        frames = [await socket.recv(decode=False)]
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                while len(frames) < BATCH_EVENTS:
                    frames.append(await socket.recv(decode=False))
        except (TimeoutError, ConnectionClosed):
            # The next recv raises ConnectionClosed again; what came before it is handed on first.
            pass
        yield frames


def read_frame(frame: bytes, server: str, wire: int) -> Event:
    """Raises PostError for a frame that is no event, SourceUnavailable for one that says that the stream is over."""
    try:
        return _event_v1(frame, server) if wire == 1 else _event_v2(frame, server)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PostError(f"a frame of the stream cannot be read: {error}") from error


def _event_v1(frame: bytes, server: str) -> Event:
    event = _decoder_v1.decode(frame)
    seen = utc_from_micros(event.time_us)
    if seen is None:
        raise PostError(f"a frame of the stream has the impossible time {event.time_us}")
    return _event(Place(server, event.time_us), seen, event.did, event.commit, event.account)


def _event_v2(frame: bytes, server: str) -> Event:
    envelope = _decoder_v2.decode(frame)
    if envelope.type == "error":
        raise SourceUnavailable(f"the stream was ended by its server ({envelope.error}: {envelope.message[:200]})")
    message = envelope.payload
    if message is None:
        raise PostError(f"a frame of the stream is no message but {envelope.type[:40]!r}")
    kind = message.type.rpartition("#")[2]
    if kind == "info":
        return Event(None, info=f"{message.name}: {message.message[:200]}")
    # A cursor in microseconds is held against witnessedAt; servers that do not send it witnessed the event at `time`.
    seen = utc_from_iso(message.witnessed_at or message.time)
    if seen is None:
        raise PostError(f"a frame of the stream has the impossible time {message.time!r}")
    commit = Commit(message.operation, message.collection, message.rkey, message.record) if kind == "commit" else None
    return _event(Place(server, micros_from_utc(seen), message.seq), seen, message.did, commit, message.account)


def _event(place: Place, seen: datetime, did: str, commit: Commit | None, account: Account | None) -> Event:
    if account is not None and account.status in GONE:
        return Event(place, deletion=Deletion("bluesky", author=did))
    if commit is None or commit.collection != COLLECTION:
        return Event(place)
    uri = f"at://{did}/{COLLECTION}/{commit.rkey}"
    if commit.operation == "delete":
        return Event(place, deletion=Deletion("bluesky", post_id=uri))
    try:
        return Event(place, post=post_from_record(commit.record, uri, seen))
    except PostError as error:
        return Event(place, trouble=str(error))
