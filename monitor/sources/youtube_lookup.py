"""YouTube: comments and videos by their ids (comments.list, videos.list), fifty for one unit of the day's quota.

YouTube leaves out what is gone, and says nothing else of it. So one that it showed lately is asked for along with them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec

from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp, Post
from monitor.sources.caps import Budget
from monitor.sources.http import Answer, decode
from monitor.sources.witness import Witnesses
from monitor.sources.youtube_item import Items, comment_from, id_of

AT_ONCE = 49
"""With the one that is asked for along with them: an answer holds 50."""
KEPT = 10
"""One unit in so many of a day is left to what is new."""
_NAME = re.compile(r"[A-Za-z0-9_-]{11}(/[A-Za-z0-9_.-]{1,100})?")

Get = Callable[[str, Mapping[str, str]], Awaitable[Answer]]
"""Asks a path with some parameters."""


def knows(name: str) -> bool:
    """Whether this is what a video goes by, or a comment under one."""
    return _NAME.fullmatch(name) is not None


class Shown:
    """What YouTube showed lately, and what it shows now."""

    def __init__(self, units: Budget) -> None:
        self._units = units
        self._videos = Witnesses()
        self._comments = Witnesses()

    def saw(self, posts: Iterable[Post]) -> None:
        for post in posts:
            (self._comments if post.alias else self._videos).saw([post.alias or post.id])

    async def look_up(self, get: Get, names: Sequence[str]) -> LookedUp:
        """Gone: what is left out where another is shown. Of a video nothing else is told: a search shows only the
        beginning of its description, so that it would read as edited."""
        videos = [name for name in names if "/" not in name]
        comments = [name for name in names if "/" in name]
        gone: list[str] = []
        posts: list[Post] = []
        if videos:
            asked, raws = await self._ask(get, "/videos", "id", videos, self._videos)
            gone += self._videos.gone(asked, [name for name in asked if name in raws])
        if comments:
            asked, raws = await self._ask(get, "/comments", "snippet", comments, self._comments)
            gone += self._comments.gone(asked, [name for name in asked if _id(name) in raws])
            for name in (name for name in comments if _id(name) in raws):
                with suppress(PostError):
                    posts.append(comment_from(raws[_id(name)], name.partition("/")[0]))
        return LookedUp(tuple(posts), tuple(name for name in names if name in gone))

    async def _ask(
        self, get: Get, path: str, part: str, names: Sequence[str], witnesses: Witnesses
    ) -> tuple[list[str], dict[str, msgspec.Raw]]:
        """What was asked for, and what is shown, by its id.

        Raises SourceUnavailable where what is left of the day is kept for what is new, and where some of an answer
        cannot be read: then it is not known what is missing.
        """
        cap = self._units.cap
        if await asyncio.to_thread(self._units.left) <= cap.per_day // KEPT:
            raise SourceUnavailable(f"{cap.source}: too little is left of today's {cap.per_day:,} units")
        await self._units.reserve(1)
        other = witnesses.beside(names)
        asked = [*names, *([other] if other else [])]
        answer = await get(path, {"part": part, "id": ",".join(map(_id, asked)), "textFormat": "plainText"})
        try:
            return asked, {id_of(raw): raw for raw in decode(answer, Items).items}
        except PostError as error:
            raise SourceUnavailable(f"{answer.where} sent something that cannot be read ({error})") from error


def _id(name: str) -> str:
    return name.partition("/")[2] or name
