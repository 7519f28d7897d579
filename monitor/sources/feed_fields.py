"""Which fields a feed's entries have. Pure.

No field is in every feed, so a feed is held against itself: what all its entries had, and what none of them had.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.sources.fields import MOST_NAMES, Drift

READ = ("id", "link", "title", "summary", "author", "published", "updated")
"""As feedparser calls them, whatever the feed does."""


@dataclass(frozen=True, slots=True)
class Habits:
    """`always`: the fields that we read and all entries had so far. `seen`: those that any entry had."""

    always: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def fields_of(entry: Iterable[str]) -> frozenset[str]:
    """The names in an entry, without those that feedparser makes of others."""
    return frozenset(name for name in entry if not name.endswith(("_detail", "_parsed", "guidislink")))


def drift(entries: Sequence[frozenset[str]], habits: Habits) -> Drift:
    """What is missing and what is new, each with how often; nothing where the feed was never read."""
    if not habits.seen:
        return ()
    counts: Counter[str] = Counter()
    for entry in entries:
        counts.update(f"missing: {name}" for name in habits.always if name not in entry)
        counts.update(f"unknown: {name[:60]}" for name in sorted(entry.difference(habits.seen)))
    return tuple(counts.items())[:MOST_NAMES]


def learned(entries: Sequence[frozenset[str]], habits: Habits) -> Habits:
    """The habits after some entries. What is missing once is told once: then it is the feed's habit to leave it out."""
    if not entries:
        return habits
    common = frozenset.intersection(*entries)
    always = tuple(name for name in READ if name in common and (not habits.seen or name in habits.always))
    seen = sorted({*habits.seen, *(name for entry in entries for name in entry)})
    return Habits(always, tuple(seen[: 2 * MOST_NAMES]))
