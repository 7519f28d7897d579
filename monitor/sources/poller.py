"""One loop per source: ask for pages, hand each on, wait, and after a failure wait longer.

pages(cursor) -> accept(page) -> pages end -> wait every_seconds -> again
              -> SourceError  -> failed(error, retry_at) -> wait with back-off -> again, from the last accepted cursor
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import datetime, timedelta
from math import isinf
from typing import Any, TypeVar

import structlog

from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import Page
from monitor.sources.source import Source

Accept = Callable[[str, Page], Awaitable[None]]
"""Stores a source's page and its cursor in one transaction."""
Failed = Callable[[str, SourceError, datetime], Awaitable[None]]
"""Notes a source's failure and when it is tried again."""

UNAVAILABLE_FIRST, UNAVAILABLE_MOST = 1.0, 300.0
REFUSED_FIRST, REFUSED_MOST = 60.0, 900.0
AGAIN = 10.0
"""A polled source that brought something and then failed is asked again after so many seconds at the earliest."""

log = structlog.get_logger()
_jitter = random.Random()  # noqa: S311 - spreads requests in time, guards nothing
Result = TypeVar("Result")


def backoff(error: SourceError, failures: int, rng: random.Random) -> float:
    """Seconds until a source is tried again after `failures` failures in a row (from 1).

    Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015), so that many
    clients of a broken server do not return together: up to 5 minutes, up to 15 where somebody must act first.
    Never earlier than the source asked, and then spread over a tenth more.
    """
    if isinstance(error, SourceUnavailable) and error.retry_after is not None:
        return error.retry_after * (1 + rng.uniform(0, 0.1))
    refused = isinstance(error, SourceRefused)
    first, most = (REFUSED_FIRST, REFUSED_MOST) if refused else (UNAVAILABLE_FIRST, UNAVAILABLE_MOST)
    return rng.uniform(0, min(most, first * 2 ** min(failures - 1, 20)))


async def poll(
    source: Source,
    *,
    cursor: str | None,
    accept: Accept,
    failed: Failed,
    stop: asyncio.Event,
    now: Callable[[], datetime],
    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    rng: random.Random = _jitter,
) -> None:
    """Runs one source until `stop` is set, or until it ends for good.

    A page counts as done when `accept` returns: only then is the next one asked for. The back-off begins afresh after
    a round that moved the cursor, or lasted as long as the longest wait (a stream). Every exception of the source,
    a bug included, is reported through `failed` and tried again; one of `accept` or `failed` is not the source's and
    goes through. `stop` cuts short a waiting source, never an `accept`.
    """
    failures = 0
    while not stop.is_set():
        outcome: Page | SourceError | None = None
        began, moved = now(), False
        async with aclosing(source.pages(cursor)) as pages:
            while isinstance(outcome := await _next_page(source.name, pages, stop), Page):
                await accept(source.name, outcome)
                moved = moved or outcome.cursor != cursor
                cursor = outcome.cursor
        if isinstance(outcome, SourceError):
            # A search that always fails, after others that bring nothing new, is no reason to hurry.
            lived = moved or now() - began >= timedelta(seconds=UNAVAILABLE_MOST)
            failures = 1 if lived else failures + 1
            seconds = backoff(outcome, failures, rng)
            if moved and not isinf(source.every_seconds):
                # What was read before it broke is asked for once more.
                seconds = max(seconds, min(source.every_seconds, AGAIN))
            await failed(source.name, outcome, now() + timedelta(seconds=seconds))
        else:
            failures = 0
            seconds = source.every_seconds
            if isinf(seconds):
                return
        await unless_stopped(sleep(seconds), stop)


async def _next_page(name: str, pages: AsyncGenerator[Page, None], stop: asyncio.Event) -> Page | SourceError | None:
    """The next page, why there is none, or None at the end and when stopped."""
    if stop.is_set():
        return None
    try:
        return await unless_stopped(anext(pages, None), stop)
    except SourceError as error:
        return error
    except Exception as error:
        log.exception("source failed in a way that it should not", source=name)
        return SourceUnavailable(
            f"{name}: a mistake in monitor itself ({type(error).__name__}: {error}); please report it"
        )


async def unless_stopped(work: Awaitable[Result], stop: asyncio.Event) -> Result | None:
    """What `work` returns; None when `stop` is set first, and then `work` has been cancelled and has ended."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
