"""Which claims a text could be about: nearest wordings by meaning (FAISS) and by words (BM25), fused into one ranking.

Embeddings find paraphrases and miss rare names and numbers; word statistics do the opposite. Every wording of a claim
(its sentence and its phrasings) is a row of the vector index; all of them together are one text of the word index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from monitor.match.encoder import Encoder
from monitor.model import Claim
from monitor.text import fold

WORDINGS_PER_SEARCH = 200
"""Nearest wordings asked of FAISS for each text: far more than the claims that are ever judged."""
LEXICAL_WEIGHT = 0.5
"""Share of the word score in the fused one, chosen on judge-train (docs/decisions/index.md)."""
LEXICAL_SCALE = 20.0
"""BM25 score that counts as much as a cosine of 1: scores grow with the length of the text, so they are squashed."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Near:
    """A claim near a text. `cosine` is the largest over its wordings and the text's windows, `lexical` 0..1,
    `score` both fused. `wording` and `window` are the pair of the largest cosine."""

    claim: Claim
    score: float
    cosine: float
    lexical: float
    wording: str
    window: str


class Index:
    """All wordings of some claims, ready to be searched. Building it encodes each wording once."""

    def __init__(self, claims: Sequence[Claim], encoder: Encoder) -> None:
        import bm25s  # noqa: PLC0415 (like faiss: only where something is matched)
        import faiss  # noqa: PLC0415

        self.claims = tuple(claims)
        self._encoder = encoder
        self._wordings = [(number, text) for number, claim in enumerate(claims) for text in wordings(claim)]
        self._rows = encoder.encode([text for _, text in self._wordings])
        self._last_rows = np.cumsum([len(wordings(claim)) for claim in claims])
        self._numbers = {claim.id: number for number, claim in enumerate(claims)}
        if not claims:
            return
        self._vectors = faiss.IndexFlatIP(self._rows.shape[1])
        self._vectors.add(self._rows)
        words = [list(_tokens(" ".join(wordings(claim)))) for claim in claims]
        # bm25s can neither index nor be asked about no words at all: claims or posts of emoji.
        self._words = bm25s.BM25() if any(words) else None
        if self._words is not None:
            self._words.index(words, show_progress=False)

    def vectors(self, claim: Claim) -> NDArray[np.float32]:
        """float32[wordings, d], in the order of `wordings`."""
        end = int(self._last_rows[self._numbers[claim.id]])
        return self._rows[end - len(wordings(claim)) : end]

    def rank(self, texts: Sequence[str], top: int) -> list[list[Near]]:
        """The nearest claims of each text, best first, at most `top`."""
        vectors = self._encoder.encode(texts)
        return [self.search((text,), vectors[[number]], top) for number, text in enumerate(texts)]

    def search(self, windows: Sequence[str], vectors: NDArray[np.float32], top: int) -> list[Near]:
        """The nearest claims of one post, best first, at most `top`. `windows` begins with the whole text; `vectors`
        float32[windows, d] are theirs."""
        if not self.claims:
            return []
        cosines, rows = self._vectors.search(vectors, min(WORDINGS_PER_SEARCH, len(self._wordings)))
        best: dict[int, tuple[float, int, int]] = {}
        for window in range(len(windows)):
            for cosine, row in zip(cosines[window].tolist(), rows[window].tolist(), strict=True):
                number = self._wordings[row][0]
                if number not in best or cosine > best[number][0]:
                    best[number] = (cosine, row, window)
        lexical = self._lexical(windows[0])
        nearest = [
            Near(
                claim=self.claims[number],
                score=(1 - LEXICAL_WEIGHT) * cosine + LEXICAL_WEIGHT * float(lexical[number]),
                cosine=cosine,
                lexical=float(lexical[number]),
                wording=self._wordings[row][1],
                window=windows[window],
            )
            for number, (cosine, row, window) in best.items()
        ]
        return sorted(nearest, key=lambda near: -near.score)[:top]

    def _lexical(self, text: str) -> NDArray[np.float32]:
        """Word score of every claim, 0..1."""
        words = list(_tokens(text))
        if self._words is None or not words:
            return np.zeros(len(self.claims), dtype=np.float32)
        scores = self._words.get_scores(words)
        return np.asarray(scores / (scores + LEXICAL_SCALE), dtype=np.float32)


def wordings(claim: Claim) -> tuple[str, ...]:
    """The sentences that say a claim: its own, then its phrasings."""
    return (claim.claim, *claim.phrasings)


def _tokens(text: str) -> Iterator[str]:
    return (word.group() for word in _WORD.finditer(fold(text)))
