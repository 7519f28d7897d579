"""Telegram: public channels, through a user's account and Telethon, which is installed only where this is used.

The last messages of a channel are read again each round: that is how edits and deletions are noticed.
"""

from __future__ import annotations

import asyncio
import importlib
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from monitor.config import TelegramSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Deletion, Page
from monitor.sources.fields import read_cursor, read_json, write_cursor
from monitor.sources.reading import page_of
from monitor.sources.telegram_message import SHAPE, Message, post_within

MESSAGES_PER_ANSWER = 100
AGAIN = 20
"""Messages of a channel that are read again each round; they cost no request of their own."""
EXTRA = "pip install 'campaign-monitor[telegram]'"


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

    def __init__(self, config: TelegramSource, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._config = config
        self._channels = config.channels
        self._sleep = sleep

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """Channel by channel, round after round, without end: logging in and looking up names are what Telegram limits.

        The first time, the newest messages of each channel.
        """
        state = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        async with self._connected() as client:
            entities = {channel: await _channel(client, channel) for channel in self._channels}
            names = {int(getattr(entity, "id", 0)): channel for channel, entity in entities.items()}
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

    async def check(self) -> str:
        """Logs in and looks up every channel."""
        async with self._connected() as client:
            for channel in self._channels:
                await _channel(client, channel)
        return f"logged in; all {len(self._channels)} channels are there"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """A Telethon client that is logged in. Raises SourceUnavailable, also when it breaks, or SourceRefused."""
        telethon, errors, sessions = _library(self.name)
        try:
            session = sessions.StringSession(self._config.token.reveal())
        except (ValueError, struct.error) as error:
            raise SourceRefused(f"{self.name}: the session is none; docs/sources.md says how to make one") from error
        api_hash = self._config.api_hash.reveal()
        client = telethon.TelegramClient(session, self._config.api_id, api_hash, flood_sleep_threshold=0)
        try:
            await client.connect()
            if not await client.is_user_authorized():
                raise SourceRefused(f"{self.name}: Telegram no longer knows the session; make a new one")
            yield client
        except errors.FloodError as error:
            wait = float(getattr(error, "seconds", 0)) or None
            raise SourceUnavailable(f"{self.name}: Telegram asks us to slow down ({error})", wait) from error
        except (errors.UnauthorizedError, errors.AuthKeyError) as error:
            raise SourceRefused(
                f"{self.name}: Telegram does not accept the session ({error}); make a new one"
            ) from error
        except (errors.ServerError, errors.TimedOutError, OSError, TimeoutError) as error:
            raise SourceUnavailable(f"{self.name}: Telegram cannot answer now ({error})") from error
        except errors.RPCError as error:
            raise SourceRefused(
                f"{self.name}: Telegram refuses ({error}); check the channels of this source"
            ) from error
        finally:
            await client.disconnect()


def _library(source: str) -> tuple[Any, Any, Any]:
    """Telethon. Raises SourceRefused where it is not installed."""
    try:
        return tuple(importlib.import_module(name) for name in ("telethon", "telethon.errors", "telethon.sessions"))  # type: ignore[return-value]
    except ImportError as error:
        raise SourceRefused(f"{source}: Telegram needs Telethon, an extra of this package: {EXTRA}") from error


async def _channel(client: Any, channel: str) -> Any:
    """What a channel's name stands for. Raises SourceRefused where that is no public channel or group."""
    try:
        entity = await client.get_entity(channel)
    except ValueError as error:
        raise SourceRefused(f"there is no t.me/{channel}; check the channels of this source") from error
    # A name may also be a person's, and what people write to each other is not ours to read.
    if not (getattr(entity, "broadcast", False) or getattr(entity, "megagroup", False)):
        raise SourceRefused(f"t.me/{channel} is neither a channel nor a public group; take it out of this source")
    return entity


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
