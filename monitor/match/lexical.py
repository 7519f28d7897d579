"""How much of what a post says some texts say too, in the same words or pieces of words: BM25. Pure, and the same for a
post alone and among others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from sys import intern

import numpy as np
from numpy.typing import NDArray

from monitor.match.compared import Numbers, exact
from monitor.match.reading import stems
from monitor.text import fold
from monitor.text.plain import words_of

K1, B = 0.9, 0.4
"""BM25 for short texts: a word said twice counts little more than once, and length matters little."""
SHORTEST = 2
"""Letters of the shortest word by which a long list is searched: CIA and KKK tell its claims apart. (Evidence is of
words of four letters and more.)"""
PIECE = 4
"""Letters of a piece of a word, the spaces around it counted as letters."""


class Postings:
    """Some texts by their terms, ready to be asked which of them share a post's."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._count = len(texts)
        self._of_term = _postings(texts)

    def scores(self, asked: Sequence[Collection[str]]) -> Numbers:
        """float64[n, texts]: BM25 for the terms of each of n posts. A term counts as often as it is asked for."""
        found = [
            (self._of_term[term][0] + number * self._count, self._of_term[term][1])
            for number, terms in enumerate(asked)
            for term in terms
            if term in self._of_term
        ]
        if not found:
            return np.zeros((len(asked), self._count))
        places, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        scores = np.bincount(places, weights, len(asked) * self._count).reshape(len(asked), self._count)
        return np.asarray(scores, dtype=np.float64)


def squashed(scores: Numbers, half: float) -> Numbers:
    """Scores from 0 up as 0..1; `half` becomes 0.5. BM25 grows with the length of the text."""
    return np.asarray(scores / (scores + half), dtype=np.float64)


def stems_of(text: str) -> tuple[str, ...]:
    """The beginnings of a text's words, in order: short words too, those of its hashtags too, no stop words."""
    return stems(words_of(text, SHORTEST))


def pieces_of(text: str) -> tuple[str, ...]:
    """The same words in pieces that overlap, in order: they outlast a typo, another ending, words written as one."""
    padded = [f" {word} " for word in words_of(fold(text), SHORTEST)]
    # Interned: a long list of claims has millions of pieces, and few different ones.
    return tuple(
        intern(word[start : start + PIECE]) for word in padded for start in range(max(1, len(word) - PIECE + 1))
    )


def _postings(texts: Sequence[Sequence[str]]) -> dict[str, tuple[NDArray[np.int64], Numbers]]:
    """For each term the texts that have it and what it counts there. On the grid, so that sums of them are exact."""
    import bm25s  # noqa: PLC0415 - half a second: only where claims are searched

    # bm25s cannot index texts without any words: claims of emoji.
    if not any(texts):
        return {}
    index = bm25s.BM25(k1=K1, b=B)
    index.index([list(text) for text in texts], show_progress=False)
    places, weights = np.asarray(index.scores["indices"], dtype=np.int64), exact(index.scores["data"])
    ends = index.scores["indptr"]
    return {
        term: (places[ends[number] : ends[number + 1]], weights[ends[number] : ends[number + 1]])
        for term, number in index.vocab_dict.items()
        if number + 1 < len(ends)
    }
