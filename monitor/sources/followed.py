"""Threads whose comments are followed: how far each was read, and what is new in an answer. Pure.

Comments come newest first. How many there are is asked for all threads at once; one is read when that number changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

MOST_THREADS = 50
"""Followed at once, those that were found last."""
KNOWN = 100

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True)
class Thread:
    """`count`: its comments when it was last read. `known`: ids of the newest of them, oldest first."""

    count: int = 0
    known: tuple[str, ...] = ()


def also(threads: Mapping[str, Thread], found: Sequence[str]) -> dict[str, Thread]:
    """The threads to follow, with those that were found now. The ones that were found first go."""
    kept = {**threads, **{name: Thread() for name in found if name not in threads}}
    return dict(list(kept.items())[-MOST_THREADS:])


def is_met(thread: Thread, found: Sequence[tuple[str, Raw]]) -> bool:
    """Whether an answer reaches down to what is known, so that nothing new is behind it."""
    return any(name in thread.known for name, _ in found)


def read_on(thread: Thread, found: Sequence[tuple[str, Raw]], count: int) -> tuple[list[Raw], Thread]:
    """The new ones of some comments, newest first as they come, oldest first as they go; and the thread after them.

    Where none came at all the thread stays unread: an answer may be empty by mistake.
    """
    if not found:
        return [], thread
    last_known = max((place for place, (name, _) in enumerate(found) if name in thread.known), default=len(found))
    fresh = {name: raw for name, raw in found[:last_known] if name not in thread.known}
    known = (*thread.known, *reversed(fresh))[-KNOWN:]
    return list(reversed(fresh.values())), Thread(count, known)
