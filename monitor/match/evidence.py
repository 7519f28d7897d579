"""What speaks for and against a claim being what a post says: numbers about one post and one claim.

Nothing here depends on which campaign it is: no word, name or claim is special, so a model fitted on some campaigns can
be used for any other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.match.encoder import Encoder
from monitor.match.index import STEM, Index, Near, wordings
from monitor.model import Claim, Mention, Rules
from monitor.text import content_words, fold, hashtags, split_hashtag


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as it is read: in plain words. `windows` begins with the whole text; `written` are the same windows as the
    post has them, `vectors` float32[windows, d] their vectors."""

    text: str
    windows: tuple[str, ...]
    written: tuple[str, ...]
    vectors: NDArray[np.float32]
    words: frozenset[str]

    def as_written(self, window: str) -> str:
        """A window as the post has it."""
        return self.written[self.windows.index(window)]


@dataclass(frozen=True, slots=True)
class LookAlike:
    """The nearest of a claim's `not_this` sentences, and its cosine with the post."""

    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Numbers about one post and one claim. Cosines are -1..1; "window" is the best of the post's windows."""

    fused: float
    """The index's score, 0..1."""
    cosine: float
    """Largest over wordings and windows."""
    cosine_whole: float
    """Largest over wordings, of the whole text."""
    cosine_second: float
    """Second largest over wordings, of the whole text."""
    cosine_mean: float
    """Mean over wordings, of the whole text."""
    cosine_claim: float
    """Of the whole text with the claim's own sentence."""
    cosine_truth: float
    """Largest over windows, with the truth."""
    truth_lead: float
    """cosine_truth - cosine: above 0, the post is nearer to the truth than to the claim."""
    margin: float
    """cosine minus the largest of the other claims that the post may be about."""
    margin_all: float
    """cosine minus the largest of all other claims."""
    rank: float
    """How many claims that the post may be about are nearer."""
    lexical: float
    """The index's word score, 0..1."""
    lexical_margin: float
    """lexical minus the largest of all other claims."""
    lexical_rank: float
    """How many claims that the post may be about have more of the post's words."""
    coverage: float
    """Share of the claim's words that the post uses, rare words weighing more, 0..1."""
    coverage_wording: float
    """Share of the nearest wording's words that the post uses, 0..1."""
    shared_words: float
    shared_stems: float
    shared_numbers: float
    """Numbers shared with the claim, less 1 where the post has a number that the claim has not."""
    concerned: float
    """1 where the post names it, or implies it by a bare name or by words of the claim (monitor/mention.py)."""
    named: float
    """1 where the post names what the claim is about in so many words, else 0."""
    bare_name: float
    """1 where it uses any word of the name of somebody whom the claim is about."""
    others_named: float
    """How many other candidates it names in any way."""
    named_first: float
    """1 where the claim's candidate is named before any other one, -1 where another one is, 0 where neither is."""
    about_vote: float
    window_position: float
    """Where in the post the best window stands: 0 is the whole text."""
    possible_claims: float
    """How many claims the post may be about."""


@dataclass(frozen=True, slots=True)
class Names:
    """Words of names, folded: of those whom a claim is about, and of all other candidates."""

    own: frozenset[str]
    others: frozenset[str]


class Dossiers:
    """What the rules say about each claim beside its wordings, ready to be compared with posts."""

    def __init__(self, rules: Rules, index: Index, encoder: Encoder, plain: Callable[[str], str] = str) -> None:
        """`plain` puts a sentence into the words in which posts are read too."""
        self._index = index
        self._plain = plain
        self._shown = {candidate.id: candidate.name for candidate in rules.candidates}
        self._names = {
            candidate.id: frozenset(
                word
                for name in (candidate.name, *candidate.aliases, *candidate.ambiguous)
                for word in content_words(name)
            )
            for candidate in rules.candidates
        }
        self._all_names: frozenset[str] = frozenset().union(*self._names.values())
        self._words = {
            claim.id: frozenset(content_words(" ".join(map(plain, wordings(claim))))) - self._all_names
            for claim in rules.claims
        }
        claims_with = Counter(word for words in self._words.values() for word in words)
        self._weights = {word: math.log(1 + len(rules.claims) / count) for word, count in claims_with.items()}
        beside = [text for claim in rules.claims for text in (claim.truth, *claim.not_this) if text]
        self._vectors = (
            dict(zip(beside, encoder.encode([plain(text) for text in beside]), strict=True)) if beside else {}
        )

    def names(self, claim: Claim) -> Names:
        """Whose names are whose, seen from a claim."""
        own: frozenset[str] = frozenset().union(*(self._names.get(candidate, frozenset()) for candidate in claim.about))
        return Names(own, self._all_names - own)

    def instead(self, reading: Reading, mention: Mention, claim: Claim) -> str | None:
        """Whom a post names that has not even a bare name of those whom the claim is about: Kimbrough, not Price."""
        unnamed = not mention.names(claim) and not self.names(claim).own & reading.words
        if not claim.about or not mention.candidates or not unnamed:
            return None
        return f"{self._shown[mention.candidates[0]]}, not {self._shown[claim.about[0]]}"

    def look_alike(self, reading: Reading, claim: Claim) -> LookAlike | None:
        """The claim's look-alike that is nearest to the post, None where it has none."""
        cosines = [(float((reading.vectors @ self._vectors[text]).max()), text) for text in claim.not_this]
        return max((LookAlike(text, cosine) for cosine, text in cosines), key=lambda one: one.cosine, default=None)

    def weigh(
        self, reading: Reading, near: Near, possible: Sequence[Near], nearest: Sequence[Near], mention: Mention
    ) -> Evidence:
        """The evidence on `near`. `possible`: the claims that the post may be about; `nearest`: all that were found."""
        claim = near.claim
        vectors = self._index.vectors(claim)
        whole = np.sort(vectors @ reading.vectors[0])[::-1]
        # A claim from a plain list has no truth: a post is then as near to it as to the claim's own sentence.
        truth = float((reading.vectors @ self._vectors.get(claim.truth, vectors[0])).max())
        words = self._words[claim.id]
        shared = words & reading.words
        wording = frozenset(content_words(self._plain(near.wording))) - self._all_names
        own = self.names(claim).own
        others = [name for name, of_name in self._names.items() if name not in claim.about and of_name & reading.words]
        return Evidence(
            fused=near.score,
            cosine=near.cosine,
            cosine_whole=float(whole[0]),
            cosine_second=float(whole[min(1, len(whole) - 1)]),
            cosine_mean=float(whole.mean()),
            cosine_claim=float(vectors[0] @ reading.vectors[0]),
            cosine_truth=truth,
            truth_lead=truth - near.cosine,
            margin=near.cosine - max((other.cosine for other in possible if other is not near), default=0.0),
            margin_all=near.cosine - max((other.cosine for other in nearest if other is not near), default=0.0),
            rank=float(sum(other.cosine > near.cosine for other in possible)),
            lexical=near.lexical,
            lexical_margin=near.lexical - max((other.lexical for other in nearest if other is not near), default=0.0),
            lexical_rank=float(sum(other.lexical > near.lexical for other in possible)),
            coverage=self._weight(shared) / (self._weight(words) or 1.0),
            coverage_wording=len(wording & reading.words) / max(1, len(wording)),
            shared_words=float(len(shared)),
            shared_stems=float(len(_stems(words) & _stems(reading.words))),
            shared_numbers=_shared_numbers(words, reading.words),
            concerned=float(mention.concerns(claim)),
            named=float(mention.names(claim)),
            bare_name=float(bool(own & reading.words)),
            others_named=float(len(others)),
            named_first=self._named_first(reading, own, others),
            about_vote=float(not claim.about),
            window_position=reading.windows.index(near.window) / len(reading.windows),
            possible_claims=float(len(possible)),
        )

    def _weight(self, words: frozenset[str]) -> float:
        return sum(self._weights[word] for word in words)

    def _named_first(self, reading: Reading, own: frozenset[str], others: Sequence[str]) -> float:
        text = fold(reading.text)
        here = _first(text, own & reading.words)
        there = _first(text, frozenset().union(*(self._names[other] for other in others)) & reading.words)
        if here < there:
            return 1.0
        return -1.0 if there < math.inf else 0.0


def read(written: tuple[str, ...], windows: tuple[str, ...], vectors: NDArray[np.float32]) -> Reading:
    """A post's windows as it has them and as they are read, the whole first. The words of hashtags count as words."""
    text = windows[0]
    tags = " ".join(word for tag in hashtags(text) for word in split_hashtag(tag))
    return Reading(text, windows, written, vectors, frozenset(content_words(f"{text} {tags}")))


def _stems(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:STEM] for word in words)


def _shared_numbers(claim: frozenset[str], post: frozenset[str]) -> float:
    expected = {word for word in claim if word.isdigit()}
    given = {word for word in post if word.isdigit()}
    return float(len(expected & given) - bool(given - expected))


def _first(text: str, words: frozenset[str]) -> float:
    """Where the first of the words stands in a folded text, infinity where none does."""
    return min((place for word in words if (place := text.find(word)) >= 0), default=math.inf)
