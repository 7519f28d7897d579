"""Pieces of a text: sentences, the windows in which it is read, an excerpt. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import regex
import sentencex

_SENTENCE_END = regex.compile(r"[.!?…:;)\]\"'”’»\p{Extended_Pictographic}]$")

MAX_WINDOWS = 12
"""Windows of one post beside the whole text: bounds the work that one very long post can cause."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a normalised text; a line break ends one too, unless it stands in the middle of one. Nothing but
    white space is lost."""
    parts = (part.strip() for line in _unbroken(text) for part in sentencex.segment("en", line))
    return tuple(part for part in parts if part)


def windows(text: str) -> tuple[str, ...]:
    """A normalised text as it is read: the whole of it, and, where it has three sentences or more, each stretch of one
    and of two sentences, so that a claim buried in the middle is found. At most 1 + MAX_WINDOWS; the whole comes first.

    A text with too many sentences is read in longer stretches instead.
    """
    parts = sentences(text)
    if len(parts) <= 2:
        return (text,)
    pairs = [" ".join(pair) for pair in pairwise(parts)]
    stretches = [*parts, *pairs]
    if len(stretches) > MAX_WINDOWS:
        stretches = pairs
    if len(stretches) > MAX_WINDOWS:
        length = -(-len(parts) // MAX_WINDOWS)
        stretches = [" ".join(parts[start : start + length]) for start in range(0, len(parts), length)]
    return (text, *dict.fromkeys(stretch for stretch in stretches if stretch != text))


def excerpt(text: str, limit: int) -> str:
    """The beginning of a text on one line, at most `limit` characters, cut between words where that loses little."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def _unbroken(text: str) -> Iterator[str]:
    """The lines of a text, those put together between which a sentence goes on: the first has no end, and the next one
    begins with a small letter, or one of the two is a single word."""
    whole = ""
    last = ""
    for line in text.split("\n"):
        goes_on = not _SENTENCE_END.search(last) and (line[:1].islower() or " " not in last or " " not in line)
        if whole and goes_on:
            whole += f" {line}"
        else:
            yield whole
            whole = line
        last = line
    yield whole
