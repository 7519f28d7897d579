"""Which claims a text could be about: nearest wordings by meaning (FAISS) and by words (BM25), fused into one ranking.

Embeddings find paraphrases and miss rare names and numbers; word statistics do the opposite. Every wording of a claim
(its sentence and its phrasings) is a row of the vector index; all of them together are one text of the word index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.match.encoder import Encoder
from monitor.model import Claim
from monitor.text import content_words, hashtags, split_hashtag

WORDINGS_PER_SEARCH = 200
"""Nearest wordings asked of FAISS for each window: far more than the claims that are ever judged."""
CLAIMS_BY_WORDS = 50
"""Claims looked at because they share most words with the post, however far their meaning seems."""
LEXICAL_SCALE = 30.0
"""BM25 score that counts as half: scores grow with the length of the text, so they are squashed to 0..1."""
STEM = 5
"""Letters by which two inflections of one word are held equal: endorsed, endorses; retiró, retirarse."""
K1, B = 0.9, 0.4
"""BM25 for short texts: a word said twice counts little more than once, and length matters little."""


@dataclass(frozen=True, slots=True)
class Near:
    """A claim near a text. `cosine` is the largest over its wordings and the text's windows; `wording` and `window` are
    the pair that has it. `lexical` is the word score, 0..1. `score` fuses both, 0..1."""

    claim: Claim
    score: float
    cosine: float
    lexical: float
    wording: str
    window: str


class Index:
    """All wordings of some claims, ready to be searched. Building it encodes each wording once."""

    def __init__(self, claims: Sequence[Claim], encoder: Encoder, plain: Callable[[str], str] = str) -> None:
        """`plain` puts a sentence into the words in which posts are read too."""
        import bm25s  # noqa: PLC0415 (like faiss: only where something is matched)
        import faiss  # noqa: PLC0415

        self.claims = tuple(claims)
        self._encoder = encoder
        self._wordings = [(number, text) for number, claim in enumerate(claims) for text in wordings(claim)]
        self._rows = encoder.encode([plain(text) for _, text in self._wordings])
        self._last_rows = np.cumsum([len(wordings(claim)) for claim in claims])
        self._numbers = {claim.id: number for number, claim in enumerate(claims)}
        if not claims:
            return
        self._vectors = faiss.IndexFlatIP(self._rows.shape[1])
        self._vectors.add(self._rows)
        words = [list(_tokens(" ".join(map(plain, wordings(claim))))) for claim in claims]
        # bm25s can neither index nor be asked about no words at all: claims or posts of emoji.
        self._words = bm25s.BM25(k1=K1, b=B) if any(words) else None
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
        lexical = self._lexical(windows[0])
        _, rows = self._vectors.search(vectors, min(WORDINGS_PER_SEARCH, len(self._wordings)))
        numbers = {self._wordings[row][0] for row in rows.ravel().tolist()}
        numbers.update(np.argsort(-lexical)[:CLAIMS_BY_WORDS].tolist())
        nearest = [self._near(self.claims[number], windows, vectors, float(lexical[number])) for number in numbers]
        return sorted(nearest, key=lambda near: (-near.score, near.claim.id))[:top]

    def _near(self, claim: Claim, windows: Sequence[str], vectors: NDArray[np.float32], lexical: float) -> Near:
        cosines = vectors @ self.vectors(claim).T
        window, wording = divmod(int(cosines.argmax()), cosines.shape[1])
        cosine = float(cosines[window, wording])
        # A claim whose wordings are all near is likelier than one of which a single wording is.
        meaning = (cosine + float(cosines[window].mean())) / 2
        return Near(
            claim=claim,
            score=max(0.0, (meaning + lexical) / 2),
            cosine=cosine,
            lexical=lexical,
            wording=wordings(claim)[wording],
            window=windows[window],
        )

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
    tags = " ".join(word for tag in hashtags(text) for word in split_hashtag(tag))
    return (word[:STEM] for word in content_words(f"{text} {tags}"))
