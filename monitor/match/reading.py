"""A post as it is read: in plain words, window by window, with the vector of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.text.plain import Plain

STEM = 5
"""Letters by which two inflections of one word are held equal: endorsed, endorses; retiró, retirarse."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as it is read: in plain words. `windows` begins with the whole text; `written` are the same windows as the
    post has them, `vectors` float32[windows, d] their vectors. `folded` is the text for comparing words,
    `terms` are the stems of its words, in order."""

    text: str
    windows: tuple[str, ...]
    written: tuple[str, ...]
    vectors: NDArray[np.float32]
    folded: str
    words: frozenset[str]
    terms: tuple[str, ...]

    def as_written(self, window: str) -> str:
        """A window as the post has it."""
        return self.written[self.windows.index(window)]


def reading_of(post: Plain, vectors: NDArray[np.float32]) -> Reading:
    """A post in plain words, with the vectors of its windows."""
    return Reading(
        post.windows[0], post.windows, post.written, vectors, post.folded, frozenset(post.words), stems(post.words)
    )


def stems(words: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of some words, in order."""
    return tuple(word[:STEM] for word in words)
