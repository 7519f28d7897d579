"""A post as it is read: in plain words, window by window, with the vector of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.text import content_words, hashtags, split_hashtag

STEM = 5
"""Letters by which two inflections of one word are held equal: endorsed, endorses; retiró, retirarse."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as it is read: in plain words. `windows` begins with the whole text; `written` are the same windows as the
    post has them, `vectors` float32[windows, d] their vectors. `terms` are the stems of its words, in order."""

    text: str
    windows: tuple[str, ...]
    written: tuple[str, ...]
    vectors: NDArray[np.float32]
    words: frozenset[str]
    terms: tuple[str, ...] = ()

    def as_written(self, window: str) -> str:
        """A window as the post has it."""
        return self.written[self.windows.index(window)]


def read(written: tuple[str, ...], windows: tuple[str, ...], vectors: NDArray[np.float32]) -> Reading:
    """A post's windows as it has them and as they are read, the whole first."""
    text = windows[0]
    words = words_of(text)
    return Reading(text, windows, written, vectors, frozenset(words), stems(words))


def words_of(text: str) -> tuple[str, ...]:
    """The words that say what a text is about, in order. The words of its hashtags count."""
    tags = " ".join(word for tag in hashtags(text) for word in split_hashtag(tag))
    return tuple(content_words(f"{text} {tags}"))


def stems(words: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of some words, in order."""
    return tuple(word[:STEM] for word in words)
