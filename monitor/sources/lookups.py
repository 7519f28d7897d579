"""Asks sources for single posts: what stored posts answer or quote, and whether posts of open incidents still stand.

Nothing waits for it: alerts go out meanwhile by what is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog

from monitor.errors import SourceError, SourceUnavailable
from monitor.model import LookedUp, Named
from monitor.sources.from_rules import FromRules
from monitor.sources.source import Lookup, Source
from monitor.store import parents, posts, still_there
from monitor.store.db import Store

SECONDS = 20.0
"""For one answer."""
REST = timedelta(minutes=10)
"""A source that gives no answer is left alone for so long; so is a post of which an answer said nothing."""
MOST_PARENTS = 20
"""Asked for in one round, those of the newest posts first."""
PARENTS_OF = timedelta(hours=24)
"""Posts that came longer ago are news no more: theirs are not asked for."""
CHECKED_AFTER = timedelta(minutes=55)
"""A post of an open incident is asked for so long after it came, and after it was asked for last: so a deletion that
nobody tells is found within the hour."""
MOST_CHECKED = 200
"""Asked for in one round, those of the incidents that were seen last first."""

Revisit = Callable[[LookedUp, Sequence[Named], datetime], None]
"""Takes stored posts as they stand now, of which some may have been edited, and those that are gone."""

log = structlog.get_logger()


def lookup_of(source: Source) -> Lookup | None:
    """The source where it can be asked for single posts."""
    asked = source.current if isinstance(source, FromRules) else source
    return asked if isinstance(asked, Lookup) else None


class Lookups:
    """One round of questions at a time. A source that gives no answer rests."""

    def __init__(self, store: Store, sources: Sequence[Source], revisit: Revisit, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sources = sources
        self._revisit = revisit
        self._now = now
        self._resting: dict[str, datetime] = {}

    async def fetch_parents(self) -> int:
        """Ask for the parents without which stored posts say nothing. Returns how many were found."""
        wanted = await asyncio.to_thread(self._wanted)
        found = 0
        async with aclosing(self._answers(wanted[:MOST_PARENTS])) as answers:
            async for asked, answer in answers:
                found += await asyncio.to_thread(self._take_parents, asked, answer)
        return found

    async def check_posts(self) -> int:
        """Ask whether the posts of open incidents still stand as they are stored. Returns how many are gone."""
        due = await asyncio.to_thread(self._due)
        gone = 0
        async with aclosing(self._answers(due[:MOST_CHECKED])) as answers:
            async for asked, answer in answers:
                gone += len(answer.gone)
                await asyncio.to_thread(self._take_posts, asked, answer)
        return gone

    async def _answers(self, posts: Sequence[Named]) -> AsyncGenerator[tuple[list[Named], LookedUp], None]:
        """Each answer with the posts that were asked for, each of one source; none where one begins to rest."""
        left = list(posts)
        for source, lookup in self._awake():
            known = [one for one in left if _is_known(one, lookup)]
            for start in range(0, len(known), lookup.at_once):
                asked = known[start : start + lookup.at_once]
                answer = await self._ask(source, lookup, [one.name for one in asked])
                if answer is None:
                    break
                left = [one for one in left if one not in asked]
                yield asked, answer

    async def _ask(self, source: str, lookup: Lookup, names: Sequence[str]) -> LookedUp | None:
        now = self._now()
        try:
            async with asyncio.timeout(SECONDS):
                return await lookup.look_up(names)
        except (SourceError, TimeoutError) as error:
            asked_to = error.retry_after if isinstance(error, SourceUnavailable) else None
            self._resting[source] = now + max(REST, timedelta(seconds=asked_to or 0.0))
            log.warning("posts could not be looked up", source=source, error=str(error) or "no answer in time")
        except Exception:
            self._resting[source] = now + REST
            log.exception("posts could not be looked up, in a way that should not be", source=source)
        return None

    def _wanted(self) -> list[Named]:
        now = self._now()
        with self._store.reading() as db:
            return self._askable(parents.due(db, now - PARENTS_OF, now))

    def _due(self) -> list[Named]:
        platforms = {source.kind for source in self._sources}
        with self._store.reading() as db:
            due = still_there.due(db, platforms, self._now() - CHECKED_AFTER)
        return self._askable(due)

    def _awake(self) -> list[tuple[str, Lookup]]:
        """The sources that can be asked now."""
        now = self._now()
        awake = [source for source in self._sources if self._resting.get(source.name, now) <= now]
        return [(source.name, lookup) for source in awake if (lookup := lookup_of(source)) is not None]

    def _askable(self, due: Sequence[Named]) -> list[Named]:
        awake = self._awake()
        return [one for one in due if any(_is_known(one, lookup) for _, lookup in awake)]

    def _take_parents(self, asked: Sequence[Named], answer: LookedUp) -> int:
        now, found = self._now(), 0
        with self._store.transaction() as db:
            names = {name: parent for parent in answer.posts if posts.can_be_stored(parent) for name in parent.names}
            for one in asked:
                if one.key in names:
                    found += 1
                    parents.keep(db, names[one.key], now)
                    parents.read_again(db, one)
                elif one.name in answer.gone:
                    parents.give_up(db, one)
                else:
                    parents.put_off(db, one, now + REST)
        return found

    def _take_posts(self, asked: Sequence[Named], answer: LookedUp) -> None:
        now = self._now()
        with self._store.transaction() as db:
            still_there.note(db, asked, now)
            self._revisit(answer, [one for one in asked if one.name in answer.gone], now)


def _is_known(one: Named, lookup: Lookup) -> bool:
    return one.platform == lookup.kind and lookup.knows(one.name)
