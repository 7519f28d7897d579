"""What sources that read their searches backward have in common: a round of them, and the check of one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial

import httpx

from monitor.model import Page
from monitor.sources.backward import Answered, follow
from monitor.sources.fields import Shape
from monitor.sources.http import client
from monitor.sources.reading import Read
from monitor.sources.report import moment, what_came

AskOver = Callable[[httpx.AsyncClient, str, str | None], Awaitable[Answered]]
"""Asks a search over a client, from the newest post on or from what `older` named."""
QUIET = "well if nobody wrote that lately: search the site itself for the same words, and name others if it finds more"


async def searched(
    source: str, searches: Sequence[str], ask: AskOver, read: Read, cursor: str | None, shape: Shape
) -> AsyncGenerator[Page, None]:
    """`follow` with a client of its own."""
    async with (
        client() as http,
        aclosing(follow(source, searches, partial(ask, http), read, cursor, shape)) as pages,
    ):
        async for page in pages:
            yield page


async def checked(search: str, ask: AskOver, thing: str = "post") -> str:
    """Asks one search: what came back, in words."""
    async with client() as http:
        return said_of(search, await ask(http, search, None), thing)


def said_of(search: str, answer: Answered, thing: str = "post") -> str:
    """An answer in words, with what its being empty may mean."""
    newest = moment(answer.found[0].second) if answer.found else None
    said = what_came(len(answer.found), newest, answer.headers, datetime.now(UTC), of=search, thing=thing)
    return said if answer.found else f"{said}; {answer.suspicious or QUIET}"
