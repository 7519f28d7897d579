"""What the rules say about each claim, and the evidence that comes of holding posts against it.

Nothing depends on which other posts are weighed along with a post.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from monitor.match.compared import Numbers, Places, but_own, exact
from monitor.match.encoder import Encoder
from monitor.match.evidence import NO_LOOK_ALIKE, Evidence, LookAlike, Names
from monitor.match.index import Near, Nearness, wordings
from monitor.match.reader import MOST_PHRASINGS
from monitor.match.reading import STEM, Reading
from monitor.model import Claim, Mention, Rules
from monitor.text import content_words

Mask = NDArray[np.bool_]


class Dossiers:
    """What the rules say about each claim beside its wordings, ready to be compared with posts."""

    def __init__(self, rules: Rules, encoder: Encoder, plain: Callable[[str], str] = str) -> None:
        """`plain` puts a sentence into the words in which posts are read too."""
        self._shown = {candidate.id: candidate.name for candidate in rules.candidates}
        names = {
            candidate.id: frozenset(
                word for name in (candidate.name, *candidate.aliases, *candidate.ambiguous) for word in _words_of(name)
            )
            for candidate in rules.candidates
        }
        all_names: frozenset[str] = frozenset().union(*names.values())
        self._named = {word: [one for one, words in names.items() if word in words] for word in all_names}
        self._names = {claim.id: _names(claim, names, all_names) for claim in rules.claims}
        spoken = {
            claim.id: {text: frozenset(content_words(plain(text))) - all_names for text in wordings(claim)}
            for claim in rules.claims
        }
        claims_with = Counter(word for texts in spoken.values() for word in frozenset().union(*texts.values()))
        # On the grid their sum is the same in whatever order a set gives them.
        weights = {word: float(exact(np.log1p(len(spoken) / count))) for word, count in claims_with.items()}
        self._said = {claim_id: _said(texts, weights) for claim_id, texts in spoken.items()}
        beside = [claim.truth for claim in rules.claims if claim.truth]
        beside += [text for claim in rules.claims for text in claim.not_this]
        rows = exact(encoder.encode([plain(text) for text in beside])) if beside else ()
        self._vectors: dict[str, Numbers] = dict(zip(beside, rows, strict=True))
        self._not_this = {
            claim.id: np.stack([self._vectors[text] for text in claim.not_this])
            for claim in rules.claims
            if claim.not_this
        }

    def names(self, claim: Claim) -> Names:
        """Whose names are whose, seen from a claim."""
        return self._names[claim.id]

    def instead(self, reading: Reading, mention: Mention, claim: Claim) -> str | None:
        """Whom a post names that has not even a bare name of those whom the claim is about: Kimbrough, not Price."""
        if not claim.about or not mention.candidates or mention.names(claim) or self.names(claim).own & reading.words:
            return None
        return f"{self._shown[mention.candidates[0]]}, not {self._shown[claim.about[0]]}"

    def look_alike(self, reading: Reading, claim: Claim) -> LookAlike | None:
        """The claim's look-alike that is nearest to the post, None where it has none."""
        if not claim.not_this:
            return None
        cosines = (exact(reading.vectors) @ self._not_this[claim.id].T).max(axis=0)
        nearest = int(cosines.argmax())
        return LookAlike(claim.not_this[nearest], float(cosines[nearest]))

    def weigh(
        self,
        nearness: Nearness,
        posts: Places,
        claims: Places,
        possible: Mask,
        nearest: Mask,
        mentions: Sequence[Mention],
    ) -> list[tuple[Near, Evidence]]:
        """Each of k posts with one claim, int64[k] each, and the evidence on the two.

        `possible`: bool[posts, claims], the claims that the posts may be about; `nearest`: all that were found.
        """
        nears = nearness.near(posts, claims)
        words = self._of_words(nearness.readings, nears, posts.tolist(), mentions)
        vectors = self._of_vectors(nearness, posts, claims, possible, nearest).tolist()
        places = _of_places(nearness, posts, claims, possible).tolist()
        return [
            (near, Evidence._make((*of_vectors, *of_words, *of_place)))
            for near, of_vectors, of_words, of_place in zip(nears, vectors, words, places, strict=True)
        ]

    def _of_vectors(self, nearness: Nearness, posts: Places, claims: Places, possible: Mask, nearest: Mask) -> Numbers:
        """float64[k, 15]: Evidence from `fused` to `lexical_rank`."""
        compared = nearness.compared
        cosine, lexical = compared.cosine[posts, claims], nearness.lexical[posts, claims]
        whole = np.sort(compared.columns(compared.begins[posts], claims), axis=1)
        count = compared.wordings[claims]
        own = compared.cosines[compared.begins[posts], compared.first[claims]]
        truth, look_alike = self._truth(nearness)[posts, claims], self._look_alikes(nearness)[posts, claims]
        mean = np.where(np.isneginf(whole), 0.0, whole).sum(axis=1) / count
        near_others = [but_own(compared.cosine, counted, posts, claims) for counted in (possible, nearest)]
        ahead = [
            (np.where(possible, values, -np.inf)[posts] > values[posts, claims][:, None]).sum(axis=1)
            for values in (compared.cosine, nearness.lexical)
        ]
        return np.stack(
            [
                nearness.score[posts, claims],
                cosine,
                whole[:, -1],
                np.where(count > 1, whole[:, max(-2, -whole.shape[1])], whole[:, -1]),
                mean,
                own,
                truth,
                truth - cosine,
                np.maximum(NO_LOOK_ALIKE, look_alike - cosine),
                cosine - near_others[0],
                cosine - near_others[1],
                ahead[0],
                lexical,
                lexical - but_own(nearness.lexical, nearest, posts, claims),
                ahead[1],
            ],
            axis=1,
        )

    def _truth(self, nearness: Nearness) -> Numbers:
        """float64[posts, claims]. A claim from a plain list has no truth: a post is then as near to it as to the
        claim's own sentence."""
        compared = nearness.compared
        result = np.maximum.reduceat(compared.cosines[:, compared.first], compared.begins, axis=0)
        told = [number for number, claim in enumerate(nearness.claims) if claim.truth]
        if told:
            truths = np.stack([self._vectors[nearness.claims[number].truth] for number in told])
            result[:, told] = compared.largest(truths)
        return np.asarray(result, dtype=np.float64)

    def _look_alikes(self, nearness: Nearness) -> Numbers:
        """float64[posts, claims]: the largest cosine with what a claim is not."""
        result = np.full(nearness.score.shape, -np.inf)
        for number, claim in enumerate(nearness.claims):
            if claim.id in self._not_this:
                result[:, number] = nearness.compared.largest(self._not_this[claim.id]).max(axis=1)
        return result

    def _of_words(
        self, readings: Sequence[Reading], nears: Sequence[Near], posts: Sequence[int], mentions: Sequence[Mention]
    ) -> Iterator[tuple[float, ...]]:
        """Evidence from `coverage` to `about_vote`."""
        last, used = -1, None
        for near, post in zip(nears, posts, strict=True):
            if used is None or post != last:
                last, used = post, _used(readings[post], self._named)
                of_names: dict[tuple[str, ...], tuple[float, float, float]] = {}
            claim, mention, said = near.claim, mentions[post], self._said[near.claim.id]
            shared, wording = said.words & used.words, said.wordings[near.wording]
            named = mention.names(claim)
            if claim.about not in of_names:
                of_names[claim.about] = _of_names(used.names, claim.about)
            yield (
                sum(map(said.weights.__getitem__, shared)) / said.weight,
                len(wording & used.words) / max(1, len(wording)),
                float(len(shared)),
                float(len(said.stems & used.stems)),
                float(len(said.numbers & used.numbers) - (not used.numbers <= said.numbers)),
                float(named or mention.concerns(claim)),
                float(named),
                *of_names[claim.about],
                float(not claim.about),
            )


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a claim and its first phrasings, those of each of its wordings, what the former weigh each and
    together, and what they are."""

    words: frozenset[str]
    wordings: Mapping[str, frozenset[str]]
    weights: Mapping[str, float]
    weight: float
    stems: frozenset[str]
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Used:
    """The words of a post. `names`: the candidates that it names in any way, and where it first does."""

    words: frozenset[str]
    stems: frozenset[str]
    numbers: frozenset[str]
    names: Mapping[str, float]


def _said(texts: Mapping[str, frozenset[str]], weights: Mapping[str, float]) -> _Said:
    words: frozenset[str] = frozenset().union(*islice(texts.values(), 1 + MOST_PHRASINGS))
    own = {word: weights[word] for word in words}
    return _Said(words, texts, own, sum(own.values()) or 1.0, _stems(words), _numbers(words))


def _used(reading: Reading, named: Mapping[str, Sequence[str]]) -> _Used:
    names: dict[str, float] = {}
    for word in reading.words & named.keys():
        place = reading.folded.find(word)
        for candidate in named[word]:
            names[candidate] = min(names.get(candidate, math.inf), place if place >= 0 else math.inf)
    return _Used(reading.words, frozenset(reading.terms), _numbers(reading.words), names)


def _of_names(names: Mapping[str, float], about: tuple[str, ...]) -> tuple[float, float, float]:
    """Evidence from `bare_name` to `named_first`."""
    here = min((place for one, place in names.items() if one in about), default=None)
    there = [place for one, place in names.items() if one not in about]
    first = _earlier(math.inf if here is None else here, min(there, default=math.inf))
    return float(here is not None), float(len(there)), first


def _of_places(nearness: Nearness, posts: Places, claims: Places, possible: Mask) -> Numbers:
    """float64[k, 2]: window_position and possible_claims."""
    compared = nearness.compared
    window = compared.window[posts, claims] - compared.begins[posts]
    return np.stack([window / compared.windows[posts], possible.sum(axis=1)[posts]], axis=1)


def _words_of(name: str) -> tuple[str, ...]:
    """The words by which a name is known; the short ones where it has no others (Amy Lee)."""
    return tuple(content_words(name)) or tuple(content_words(name, 1))


def _names(claim: Claim, names: Mapping[str, frozenset[str]], all_names: frozenset[str]) -> Names:
    own: frozenset[str] = frozenset().union(*(names.get(candidate, frozenset()) for candidate in claim.about))
    return Names(own, all_names - own)


def _earlier(here: float, there: float) -> float:
    """1 where the claim's candidate is named first, -1 where another one is."""
    if here < there:
        return 1.0
    return -1.0 if there < math.inf else 0.0


def _stems(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:STEM] for word in words)


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdigit())
