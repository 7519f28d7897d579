"""Which claims a text could be about: nearest wordings by meaning and by words (BM25), fused into one ranking.

Embeddings find paraphrases and miss rare names and numbers; word statistics do the opposite. Every wording of a claim
(its sentence and its phrasings) is a row of vectors; all of them together are one text of the word index. Of a long
list of claims, those worth a look are found with FAISS first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from monitor.match.compared import Compared, Numbers, Places, compare, exact
from monitor.match.encoder import Encoder
from monitor.match.lexical import Postings, pieces_of, squashed, stems_of
from monitor.match.reading import Reading, stems
from monitor.model import Claim
from monitor.text.plain import words_of
from monitor.text.words import glued

if TYPE_CHECKING:
    import faiss

WORDINGS_PER_SEARCH = 200
"""Nearest wordings asked of FAISS for each window: far more than the claims that are ever judged."""
CLAIMS_BY_WORDS = 50
"""Claims looked at because they share most words with the post, however far their meaning seems."""
LEXICAL_SCALE = 30.0
"""BM25 score that counts as half: scores grow with the length of the text, so they are squashed to 0..1."""
PIECES_SCALE = 100.0
"""The same for pieces of words: a word has three or four times as much in its pieces."""


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


@dataclass(frozen=True, slots=True)
class Nearness:
    """Some posts held against some claims. `numbers`: the claims' places in the index; `by_id`: their places here, in
    the order of their ids. `lexical`, `score`: float64[posts, claims], as in `Near`."""

    readings: Sequence[Reading]
    claims: tuple[Claim, ...]
    numbers: Places
    by_id: Places
    compared: Compared
    lexical: Numbers
    score: Numbers

    def best_first(self, score: Numbers, top: int) -> Places:
        """int64[posts, at most top]: the claims with the largest `score`, float64[posts, claims]."""
        order = np.argsort(-score[:, self.by_id], axis=1, kind="stable")[:, :top]
        return self.by_id[order]

    def near(self, posts: Places, claims: Places) -> list[Near]:
        """One for each post and claim."""
        compared = self.compared
        rows = compared.window[posts, claims]
        spoken = compared.columns(rows, claims).argmax(axis=1).tolist()
        numbers = zip(
            posts.tolist(),
            claims.tolist(),
            (rows - compared.begins[posts]).tolist(),
            spoken,
            self.score[posts, claims].tolist(),
            compared.cosine[posts, claims].tolist(),
            self.lexical[posts, claims].tolist(),
            strict=True,
        )
        return [
            Near(
                claim=self.claims[claim],
                score=score,
                cosine=cosine,
                lexical=lexical,
                wording=wordings(self.claims[claim])[wording],
                window=self.readings[post].windows[window],
            )
            for post, claim, window, wording, score, cosine, lexical in numbers
        ]


class Index:
    """All wordings of some claims, ready to be searched. Building it encodes each wording once."""

    def __init__(self, claims: Sequence[Claim], encoder: Encoder, plain: Callable[[str], str] = str) -> None:
        """`plain` puts a sentence into the words in which posts are read too."""
        self.claims = tuple(claims)
        self._encoder = encoder
        self._wordings = [(number, text) for number, claim in enumerate(claims) for text in wordings(claim)]
        self._rows = encoder.encode([plain(text) for _, text in self._wordings])
        self._sizes = np.array([len(wordings(claim)) for claim in claims], dtype=np.int64)
        self._last_rows = np.cumsum(self._sizes)
        self._all = np.arange(len(self.claims))
        self._places = np.argsort(np.array([claim.id for claim in claims], dtype=object))
        self._said = [" ".join(map(plain, wordings(claim))) for claim in claims]
        self._postings = Postings([stems(words_of(text)) for text in self._said])

    def search(self, reading: Reading) -> Nearness:
        """A post held against the claims worth a look, out of any number of them. There must be some claim."""
        _, rows = self._by_meaning.search(reading.vectors, min(WORDINGS_PER_SEARCH, len(self._wordings)))
        numbers = {self._wordings[row][0] for row in rows.ravel().tolist()}
        numbers.update(np.argsort(-self._lexical([reading])[0])[:CLAIMS_BY_WORDS].tolist())
        return self._held([reading], np.array(sorted(numbers)))

    def compare(self, readings: Sequence[Reading]) -> Nearness:
        """Posts held against every claim. There must be some of both."""
        return self._held(readings, self._all)

    def _held(self, readings: Sequence[Reading], numbers: Places) -> Nearness:
        if len(numbers) == len(self.claims):
            rows, by_id = self._exact_rows, self._places
        else:
            last, sizes = self._last_rows[numbers], self._sizes[numbers]
            rows = exact(np.concatenate([self._rows[end - size : end] for end, size in zip(last, sizes, strict=True)]))
            by_id = np.argsort(np.array([self.claims[number].id for number in numbers], dtype=object))
        compared = compare([reading.vectors for reading in readings], rows, self._sizes[numbers])
        lexical = self._lexical(readings)[:, numbers]
        score = np.maximum(0.0, (compared.meaning + lexical) / 2)
        claims = tuple(self.claims[number] for number in numbers)
        return Nearness(readings, claims, numbers, by_id, compared, lexical, score)

    def listed(self, nearness: Nearness) -> Nearness:
        """What `search` found, scored for a long list: whole words, short ones and those of accounts' names among them,
        and pieces of words, each once, beside the meaning. `Near.score` is evidence to the judge, which learned from it
        as it is."""
        texts = [f"{reading.text} {glued(reading.written[0])}" for reading in nearness.readings]
        by_stem, by_piece = self._for_lists
        in_words = by_stem.scores([set(stems_of(text)) for text in texts])[:, nearness.numbers]
        in_pieces = by_piece.scores([set(pieces_of(text)) for text in texts])[:, nearness.numbers]
        lexical = (squashed(in_words, LEXICAL_SCALE) + squashed(in_pieces, PIECES_SCALE)) / 2
        return replace(nearness, score=np.maximum(0.0, (nearness.compared.meaning + lexical) / 2))

    def _lexical(self, readings: Sequence[Reading]) -> Numbers:
        """float64[posts, claims]: word scores, 0..1."""
        return squashed(self._postings.scores([reading.terms for reading in readings]), LEXICAL_SCALE)

    @cached_property
    def _for_lists(self) -> tuple[Postings, Postings]:
        return Postings([stems_of(text) for text in self._said]), Postings([pieces_of(text) for text in self._said])

    @cached_property
    def _exact_rows(self) -> Numbers:
        return exact(self._rows)

    @cached_property
    def _by_meaning(self) -> faiss.IndexFlatIP:
        import faiss  # noqa: PLC0415 - half a second: only where many claims are searched

        index = faiss.IndexFlatIP(self._rows.shape[1])
        index.add(self._rows)
        return index


def wordings(claim: Claim) -> tuple[str, ...]:
    """The sentences that say a claim: its own, then its phrasings."""
    return (claim.claim, *claim.phrasings)
