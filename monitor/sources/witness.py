"""Tells a post that is gone from an answer that shows nothing at all.

Some platforms leave out a post that was deleted, and say the same where they refuse or are out of order. So another
post, one that they showed lately, is asked for as well: only an answer that shows that one says that the other is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from monitor.model import LookedUp

MOST_REMEMBERED = 50

Show = Callable[[str], Awaitable[LookedUp | None]]
"""Asks for one post by its name: None where the answer is that there is none, which may be a refusal."""


class Witnesses:
    """Names of posts that were shown lately, the latest last. In memory: after a restart the first pages bring some."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def saw(self, names: Iterable[str]) -> None:
        """These were shown."""
        for name in names:
            self._names.pop(name, None)
            self._names[name] = None
        self._names = dict.fromkeys(list(self._names)[-MOST_REMEMBERED:])

    def beside(self, names: Sequence[str]) -> str | None:
        """One to ask for along with some others; None where no other was shown."""
        return next((name for name in reversed(self._names) if name not in names), None)

    def gone(self, asked: Sequence[str], shown: Iterable[str]) -> tuple[str, ...]:
        """Those of some posts that are gone, by an answer about all of them; none where it shows not a single one."""
        seen = set(shown)
        for name in asked:
            self._names.pop(name, None)
        self.saw(name for name in asked if name in seen)
        return tuple(name for name in asked if name not in seen) if seen else ()

    async def confirmed(self, name: str, show: Show) -> LookedUp:
        """What a platform says of one post, where posts are asked for one by one. That it has none is believed where it
        shows another."""
        found = await show(name)
        if found is None:
            self._names.pop(name, None)
            other = self.beside([name])
            shown = await show(other) if other else None
            if other and not (shown and shown.posts):
                self._names.pop(other, None)
            return LookedUp(gone=(name,)) if shown and shown.posts else LookedUp()
        return found
