"""X API v2: posts by their ids (/2/tweets). Each is paid for like any other post that is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import httpx
import msgspec

from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp
from monitor.sources.caps import Budget
from monitor.sources.http import Answer, decode, expect_success
from monitor.sources.x_answer import Looked, known_of
from monitor.sources.x_post import post_from

PATH = "/2/tweets"
AT_ONCE = 100
GONE = ("resource-not-found", "not-authorized-for-resource")
"""How the address ends that X gives as the type of a problem: a post that was deleted, or is not public any more."""


class _Account(Protocol):
    async def get(self, http: httpx.AsyncClient, path: str, params: Mapping[str, str]) -> Answer: ...

    def unpaid(self, ids: Iterable[str]) -> list[str]: ...

    def charged(self, posts: Iterable[msgspec.Raw]) -> int: ...


async def look_up(account: _Account, budget: Budget, http: httpx.AsyncClient, ids: Sequence[str]) -> LookedUp:
    """The posts with these ids, as far as they can be paid for: by half of what is left of the day at most."""
    new = account.unpaid(ids)
    room = await asyncio.to_thread(budget.left) // 2
    asked = [post_id for post_id in ids if post_id not in new[room:]]
    if not asked:
        raise SourceUnavailable(f"{budget.cap.source}: too little is left of today's {budget.cap.per_day:,} posts")
    wanted = min(len(new), room)
    reserved = await budget.reserve(wanted, wanted)
    used = 0
    try:
        found = decode(expect_success(await account.get(http, PATH, {"ids": ",".join(asked)})), Looked)
        used = account.charged(found.data)
    finally:
        await budget.give_back(reserved - used)
    known = known_of(found.includes)
    posts = []
    for raw in found.data:
        with suppress(PostError):
            posts.append(post_from(raw, known))
    gone = {str(problem.resource_id or problem.value) for problem in found.errors if _is_gone(problem.type)}
    return LookedUp(tuple(posts), tuple(post_id for post_id in asked if post_id in gone))


def _is_gone(problem: object) -> bool:
    return str(problem).rpartition("/")[2] in GONE
