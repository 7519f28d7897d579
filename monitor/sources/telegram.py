"""Telegram: public channels, through a user's account and Telethon, which is installed only where this is used.

The last messages of a channel are read again each round: that is how edits and deletions are noticed.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from monitor.config import TelegramSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Deletion, LookedUp, Page, Post
from monitor.sources.fields import read_cursor, read_json, write_cursor
from monitor.sources.pace import Pace
from monitor.sources.reading import page_of
from monitor.sources.telegram_client import channel_named, library, messages_at, told
from monitor.sources.telegram_message import SHAPE, Message, post_from, post_within

MESSAGES_PER_ANSWER = 100
AGAIN = 20
"""Messages of a channel that are read again each round; they cost no request of their own."""
LOOKUP_SECONDS = 3.0
"""Between two look-ups; Telegram does not say how many it takes, only when they were too many."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A message that was read, and when it was edited last."""

    id: int
    edited: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """The cursor: the last messages of each channel, oldest first."""

    channels: dict[str, tuple[_Read, ...]] = field(default_factory=dict)


class Telegram:
    """New messages of some public channels, edits of the last of them, and which of those are gone."""

    kind = "telegram"
    at_once = 100

    def __init__(
        self,
        config: TelegramSource,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pace: Pace | None = None,
    ) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._config = config
        self._channels = config.channels
        self._sleep = sleep
        self._pace = pace or Pace(LOOKUP_SECONDS)
        self._live: tuple[Any, dict[str, Any]] | None = None

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """Channel by channel, round after round, without end: logging in and looking up names are what Telegram limits.

        The first time, the newest messages of each channel.
        """
        state = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        async with self._connected() as client:
            entities = {channel: await channel_named(client, channel) for channel in self._channels}
            names = {int(getattr(entity, "id", 0)): channel for channel, entity in entities.items()}
            self._live = client, entities
            while True:
                for channel, entity in entities.items():
                    known = state.channels.get(channel, ())
                    first = bool(known)
                    async for raws in _messages(client, entity, known):
                        page, known = _page(channel, known, raws, first, names)
                        state = _State({**state.channels, channel: known})
                        yield replace(page, cursor=write_cursor(state))
                        first = False
                await self._sleep(self.every_seconds)

    def knows(self, name: str) -> bool:
        channel, _, number = name.partition("/")
        return channel in self._channels and number.isdecimal()

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """Messages of one channel after the other, over the connection on which new ones come."""
        if self._live is None:
            raise SourceUnavailable(f"{self.name}: there is no connection to Telegram now")
        client, entities = self._live
        posts: list[Post] = []
        gone: list[str] = []
        for channel in dict.fromkeys(name.partition("/")[0] for name in names):
            asked = [name for name in names if name.partition("/")[0] == channel]
            await self._pace.turn()
            with told(self.name, library(self.name)[1]):
                found, missing = await messages_at(client, entities[channel], asked)
            gone += missing
            for raw in found:
                with suppress(PostError):
                    post = post_from(raw, channel)
                    posts += [post] if post else []
        return LookedUp(tuple(posts), tuple(gone))

    async def check(self) -> str:
        """Logs in and looks up every channel."""
        async with self._connected() as client:
            for channel in self._channels:
                await channel_named(client, channel)
        return f"logged in; all {len(self._channels)} channels are there"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """A Telethon client that is logged in. Raises SourceUnavailable, also when it breaks, or SourceRefused."""
        telethon, errors, sessions = library(self.name)
        try:
            session = sessions.StringSession(self._config.token.reveal())
        except (ValueError, struct.error) as error:
            raise SourceRefused(f"{self.name}: the session is none; docs/sources.md says how to make one") from error
        api_hash = self._config.api_hash.reveal()
        client = telethon.TelegramClient(session, self._config.api_id, api_hash, flood_sleep_threshold=0)
        try:
            with told(self.name, errors):
                await client.connect()
                if not await client.is_user_authorized():
                    raise SourceRefused(f"{self.name}: Telegram no longer knows the session; make a new one")
                yield client
        finally:
            self._live = None
            await client.disconnect()


async def _messages(client: Any, entity: Any, known: Sequence[_Read]) -> AsyncIterator[list[msgspec.Raw]]:
    """Messages from the oldest known one on, oldest first, some at a time; the newest ones where none is known."""
    if not known:
        newest = [message async for message in client.iter_messages(entity, limit=MESSAGES_PER_ANSWER)]
        yield [msgspec.Raw(message.to_json().encode()) for message in reversed(newest)]
        return
    raws: list[msgspec.Raw] = []
    async for message in client.iter_messages(entity, min_id=known[0].id - 1, reverse=True):
        raws.append(msgspec.Raw(message.to_json().encode()))
        if len(raws) == MESSAGES_PER_ANSWER:
            yield raws
            raws = []
    yield raws


def _page(
    channel: str,
    known: tuple[_Read, ...],
    raws: Sequence[msgspec.Raw],
    again: bool,
    names: Mapping[int, str],
) -> tuple[Page, tuple[_Read, ...]]:
    """What is new or edited among some messages, and the last messages after them. `again`: the known ones are among
    them, or they are gone."""
    read: dict[int, _Read] = {}
    new = []
    for raw in raws:
        try:
            message = read_json(raw, Message, f"a message of t.me/{channel}")
        except PostError:
            new.append(raw)
            continue
        read[message.id] = _Read(message.id, message.edit_date)
        new += [raw] if read[message.id] not in known else []
    suspicious = None
    gone: list[int] = []
    if again and raws:
        gone = [one.id for one in known if one.id not in read]
    elif again:
        suspicious = f"t.me/{channel} no longer shows the messages that were there: it may be closed to us"
    kept = {one.id: one for one in known if one.id not in gone} | read
    page = page_of(new, partial(post_within, channel=channel, channels=names), "", shape=SHAPE, suspicious=suspicious)
    deletions = tuple(Deletion("telegram", post_id=f"{channel}/{number}") for number in gone)
    return replace(page, deletions=deletions), tuple(kept.values())[-AGAIN:]
