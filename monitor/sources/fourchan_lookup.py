"""4chan: single posts, which are shown only as part of their threads.

A post that its thread no longer shows was deleted. A thread that is not there any more says nothing of its posts: most
are pruned in hours because others are newer, and what was deleted looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec

from monitor.errors import PostError
from monitor.model import LookedUp
from monitor.sources.fourchan_post import is_rolling, number_of, post_from_json

FRESH_SECONDS = 60.0
"""A thread that was asked for is not asked for again so soon: others of its posts may be asked for next."""
MOST_KEPT = 20
NAME = re.compile(r"(?P<board>\w{1,10})/(?P<thread>[0-9]{1,12})/(?P<no>[0-9]{1,12})")

Thread = Callable[[str, int], Awaitable[list[msgspec.Raw] | None]]
"""The posts of a thread; None where it is not there any more."""


class Shown:
    """Threads that were asked for within the last minute."""

    def __init__(self, thread: Thread, clock: Callable[[], float]) -> None:
        self._thread = thread
        self._clock = clock
        self._kept: dict[tuple[str, int], tuple[float, list[msgspec.Raw] | None]] = {}

    async def look_up(self, name: str) -> LookedUp:
        """One post by its name. A thread that drops its oldest posts says nothing of those that it does not show."""
        named = NAME.fullmatch(name)
        if named is None:
            return LookedUp()
        board, thread, wanted = named["board"], int(named["thread"]), int(named["no"])
        raws = await self._posts(board, thread)
        if raws is None:
            return LookedUp()
        numbers = [number_of(raw) for raw in raws]
        # A thread begins with its own number, and a post that cannot be read may be the one.
        if not numbers or numbers[0] is None or numbers[0].no != thread or None in numbers:
            return LookedUp()
        found = next((raw for number, raw in zip(numbers, raws, strict=True) if number and number.no == wanted), None)
        try:
            if found is None:
                return LookedUp() if is_rolling(raws[0]) else LookedUp(gone=(name,))
            post = post_from_json(found, board, thread)
        except PostError:
            return LookedUp()
        # Nothing is edited there: one without words has them elsewhere now.
        return LookedUp((post,)) if post.text else LookedUp()

    async def _posts(self, board: str, thread: int) -> list[msgspec.Raw] | None:
        now = self._clock()
        self._kept = {key: kept for key, kept in self._kept.items() if now - kept[0] < FRESH_SECONDS}
        if (board, thread) not in self._kept:
            self._kept[board, thread] = now, await self._thread(board, thread)
            self._kept = dict(list(self._kept.items())[-MOST_KEPT:])
        return self._kept[board, thread][1]
