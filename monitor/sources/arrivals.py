"""What the tasks that read a source's streams hand to the one that makes pages of it."""

from __future__ import annotations

import asyncio

from httpx_sse import ServerSentEvent

from monitor.errors import SourceError

Arrived = asyncio.Queue[ServerSentEvent | SourceError | None]
"""None once a stream is open, then its events, and at its end why it ended."""
EVENTS_PER_PAGE = 200


async def opened(arrived: Arrived, streams: int) -> list[ServerSentEvent]:
    """What arrives until so many streams are open. Raises why one of them is not."""
    early: list[ServerSentEvent] = []
    while streams:
        event = _raised(await arrived.get())
        if event is None:
            streams -= 1
        else:
            early.append(event)
    return early


async def some(arrived: Arrived, seconds: float) -> list[ServerSentEvent]:
    """The events that have arrived, after the first of them; none where nothing came. Raises what ended a stream, once
    the events before it were handed on: a deletion among them does not come again."""
    try:
        async with asyncio.timeout(seconds):
            events = [_raised(await arrived.get())]
    except TimeoutError:
        return []
    while len(events) < EVENTS_PER_PAGE and not arrived.empty():
        event = arrived.get_nowait()
        if isinstance(event, SourceError):
            arrived.put_nowait(event)
            break
        events.append(event)
    return [event for event in events if event is not None]


def _raised(event: ServerSentEvent | SourceError | None) -> ServerSentEvent | None:
    if isinstance(event, SourceError):
        raise event
    return event
