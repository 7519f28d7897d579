"""Telethon, which is installed only where Telegram is used: what it is asked for, and what it raises."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from monitor.errors import SourceRefused, SourceUnavailable

EXTRA = "in monitor's folder, .venv/bin/pip install -c deploy/constraints.txt -e '.[telegram]'"


def library(source: str) -> tuple[Any, Any, Any]:
    """Telethon. Raises SourceRefused where it is not installed."""
    try:
        return tuple(importlib.import_module(name) for name in ("telethon", "telethon.errors", "telethon.sessions"))  # type: ignore[return-value]
    except ImportError as error:
        raise SourceRefused(f"{source}: Telegram needs Telethon, an extra of this package: {EXTRA}") from error


async def channel_named(client: Any, channel: str) -> Any:
    """What a channel's name stands for. Raises SourceRefused where that is no public channel or group."""
    try:
        entity = await client.get_entity(channel)
    except ValueError as error:
        raise SourceRefused(f"there is no t.me/{channel}; check the channels of this source") from error
    # A name may also be a person's, and what people write to each other is not ours to read.
    if not (getattr(entity, "broadcast", False) or getattr(entity, "megagroup", False)):
        raise SourceRefused(f"t.me/{channel} is neither a channel nor a public group; take it out of this source")
    return entity


async def messages_at(client: Any, entity: Any, names: Sequence[str]) -> tuple[list[msgspec.Raw], list[str]]:
    """Those of some messages ("channel/number") that are there, and those that are gone: the channel shows others."""
    numbers = [int(name.partition("/")[2]) for name in names]
    messages = list(await client.get_messages(entity, ids=numbers))
    found = [msgspec.Raw(message.to_json().encode()) for message in messages if message is not None]
    gone = [name for name, message in zip(names, messages, strict=True) if message is None]
    # A channel that is closed to us shows nothing at all.
    if gone and not found and not await client.get_messages(entity, limit=1):
        gone = []
    return found, gone


@contextmanager
def told(source: str, errors: Any) -> Iterator[None]:
    """What Telethon raises, as SourceUnavailable or SourceRefused."""
    try:
        yield
    except errors.FloodError as error:
        wait = float(getattr(error, "seconds", 0)) or None
        raise SourceUnavailable(f"{source}: Telegram asks us to slow down ({error})", wait) from error
    except (errors.UnauthorizedError, errors.AuthKeyError) as error:
        raise SourceRefused(f"{source}: Telegram does not accept the session ({error}); make a new one") from error
    except (errors.ServerError, errors.TimedOutError, OSError, TimeoutError) as error:
        raise SourceUnavailable(f"{source}: Telegram cannot answer now ({error})") from error
    except errors.RPCError as error:
        raise SourceRefused(f"{source}: Telegram refuses ({error}); check the channels of this source") from error
