"""Posts held against the claims that they may be about: nearest claims, evidence, judged, decided. Batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from monitor.match.compared import Places
from monitor.match.decide import Chances, Hints, rules_out
from monitor.match.dossiers import Dossiers, Mask
from monitor.match.encoder import Encoder
from monitor.match.index import Index, Near, Nearness
from monitor.match.judge import Judge, Pair
from monitor.match.listing import LOOKED_AT, reordered
from monitor.match.reading import Reading, reading_of
from monitor.match.second import Case, SecondOpinion
from monitor.model import Claim, ClaimStatus, Match, Mention, Post, Rules
from monitor.text import vocabulary
from monitor.text.plain import in_english
from monitor.text.texts import Texts

SEARCHED = 50
"""Nearest claims looked at before those drop out that the post is not about, or that are not matched now."""
JUDGED = 8
"""Nearest claims that are judged: the right one is among the first 8 for 99 of 100 spreading posts."""
CLOSE = 0.5
"""Share of the nearest claim's score that a claim needs to be judged beside it. On five worlds: 2.8 claims a post
instead of 8, and the right one among them for 97.2% instead of 98.6% of spreading posts."""
JUDGED_OF_LIST = 5
"""Nearest claims of a plain list that are judged. How many are told of has nothing to do with it: how near the others
are is evidence, and the judge learned from so many."""
FAR = 0.03
"""Fused score below which a claim is not near a post at all, and is not judged."""
NOBODY = Mention()
Judged = tuple[Pair, Sequence[float]]
"""A pair with its row of Judge.judge."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A post held against a plain list of claims: the claims nearest to it, best first, and the likeliest of them."""

    match: Match | None
    nearest: list[Near]


class Matcher:
    """One set of rules, indexed. Blocking; call it from a worker thread, one at a time."""

    def __init__(
        self,
        rules: Rules,
        encoder: Encoder,
        judge: Judge,
        threshold: float,
        second: SecondOpinion | None = None,
        texts: Texts | None = None,
    ) -> None:
        """`texts`: what others read posts with too."""
        self._rules = rules
        self._encoder = encoder
        self._judge = judge
        self._threshold = threshold
        self._second = second
        self._texts = texts or Texts()
        self._vocabulary = vocabulary(rules)
        self._index = Index(rules.claims, encoder, self._in_english)
        self._dossiers = Dossiers(rules, encoder, self._in_english)
        self._claims = {claim.id: self._as_read(claim) for claim in rules.claims}

    def reindexed(self, rules: Rules) -> Matcher:
        """The same models over other rules: what they take to load is spared."""
        return Matcher(rules, self._encoder, self._judge, self._threshold, self._second, self._texts)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        """The likeliest claim of each post, None where none was near that it may be about."""
        return self._likeliest([post for post, _ in posts], self._judged(self.pairs(posts, now)))

    def rank(self, posts: Sequence[Post], top: int) -> list[Ranked]:
        """Each post held against every claim, whomever it is about: for plain lists of claims, without candidates.
        `top`: of how many nearest claims is told; the decision does not depend on it."""
        listed = self.listed(posts, max(top, LOOKED_AT))
        judged = self._judged([pairs for pairs, _ in listed])
        about = [{pair.near.claim.id: _about(chances) for pair, chances in of_post} for of_post in judged]
        return [
            Ranked(match, reordered(nearest, chances)[:top])
            for match, (_, nearest), chances in zip(self._likeliest(posts, judged), listed, about, strict=True)
        ]

    def listed(self, posts: Sequence[Post], most: int = LOOKED_AT) -> list[tuple[list[Pair], list[Near]]]:
        """What is judged of each post where the rules are a plain list of claims: the nearest with the evidence on
        each; and `most` of the nearest in the order of a list."""
        if not self._rules.claims:
            return [([], []) for _ in posts]
        result = []
        for reading in self._read(posts):
            nearness = self._index.search(reading)
            found = _among(nearness, nearness.best_first(nearness.score, JUDGED_OF_LIST)) & (nearness.score >= FAR)
            (pairs,) = self._pairs(nearness, found, found, [NOBODY])
            listed = self._index.listed(nearness)
            (best,) = listed.best_first(listed.score, most)
            result.append((pairs, listed.near(np.zeros_like(best), best)))
        return result

    def pairs(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[list[Pair]]:
        """What is judged of each post: its nearest claims, at most JUDGED, with the evidence on each."""
        if not posts or not self._rules.claims:
            return [[] for _ in posts]
        mentions = [mention for _, mention in posts]
        nearness = self._index.compare(list(self._read([post for post, _ in posts])))
        nearest = _among(nearness, nearness.best_first(nearness.score, SEARCHED))
        possible = nearest & (nearness.score >= FAR) & [claim.is_matched(now) for claim in self._rules.claims]
        for number, claim in enumerate(self._rules.claims):
            # Where staff say which words bring a post in, one of them must be there. Else whom it names is evidence.
            if claim.must_mention:
                possible[:, number] &= [mention.concerns(claim) for mention in mentions]
        return self._pairs(nearness, possible, nearest, mentions)

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        """What each claim that is judged of a post makes of it, the likeliest first; a second judge is not asked."""
        (judged,) = self._judged(self.pairs([(post, mention)], now))
        return [self._case(post, *one).match() for one in sorted(judged, key=self._weight, reverse=True)]

    def scores(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[dict[str, float]]:
        """For each post the probability that it asserts a claim, by claim id, for the claims that are judged of it.
        Claims that a look-alike rules out are missing: no score decides there."""
        return [
            {pair.near.claim.id: chances[0] for pair, chances in of_post if not self._is_look_alike(pair)}
            for of_post in self._judged(self.pairs(posts, now))
        ]

    def _is_look_alike(self, pair: Pair) -> bool:
        look_alike = self._dossiers.look_alike(pair.reading, pair.near.claim)
        return look_alike is not None and rules_out(look_alike, pair.near)

    def _read(self, posts: Sequence[Post]) -> Iterator[Reading]:
        plain = [self._texts.read(post.says, self._vocabulary) for post in posts]
        vectors = self._encoder.encode([window for of_post in plain for window in of_post.windows])
        start = 0
        for of_post in plain:
            end = start + len(of_post.windows)
            yield reading_of(of_post, vectors[start:end])
            start = end

    def _in_english(self, text: str) -> str:
        return in_english(text, self._vocabulary)

    def _as_read(self, claim: Claim) -> Claim:
        return replace(
            claim,
            claim=self._in_english(claim.claim),
            truth=self._in_english(claim.truth),
            phrasings=tuple(map(self._in_english, claim.phrasings)),
            not_this=tuple(map(self._in_english, claim.not_this)),
        )

    def _pairs(
        self, nearness: Nearness, possible: Mask, nearest: Mask, mentions: Sequence[Mention]
    ) -> list[list[Pair]]:
        """`possible`: bool[posts, claims], the claims that the posts may be about; `nearest`: all that were found."""
        score = np.where(possible, nearness.score, -1.0)
        order = nearness.best_first(score, JUDGED)
        scores = np.take_along_axis(score, order, axis=1)
        posts, places = np.nonzero((scores >= 0) & (scores >= CLOSE * scores[:, :1]))
        claims = order[posts, places]
        result: list[list[Pair]] = [[] for _ in mentions]
        weighed = self._dossiers.weigh(nearness, posts, claims, possible, nearest, mentions)
        for number, (near, evidence) in zip(posts.tolist(), weighed, strict=True):
            reading, mention = nearness.readings[number], mentions[number]
            pair = Pair(
                reading=reading,
                near=near,
                claim=self._claims[near.claim.id],
                evidence=evidence,
                names=self._dossiers.names(near.claim),
                instead=self._dossiers.instead(reading, mention, near.claim),
            )
            result[number].append(pair)
        return result

    def _judged(self, pairs: Sequence[Sequence[Pair]]) -> list[list[Judged]]:
        chances = iter(self._judge.judge([pair for of_post in pairs for pair in of_post]).tolist())
        return [[(pair, next(chances)) for pair in of_post] for of_post in pairs]

    def _likeliest(self, posts: Sequence[Post], judged_pairs: Sequence[Sequence[Judged]]) -> list[Match | None]:
        likeliest = [max(of_post, key=self._weight, default=None) for of_post in judged_pairs]
        cases = [
            None if judged is None else self._case(post, *judged) for post, judged in zip(posts, likeliest, strict=True)
        ]
        if self._second is not None:
            return self._second.review(cases, self._rules)
        return [None if case is None else case.match() for case in cases]

    def _weight(self, judged: Judged) -> tuple[bool, bool, float]:
        """Which of a post's claims is told of: the one it asserts most, of those that people are told about first;
        where it asserts none, the one that it has most to do with."""
        pair, chances = judged
        claim = pair.near.claim
        alerts = chances[0] >= claim.bar(self._threshold) and not self._is_look_alike(pair)
        return alerts and claim.status is ClaimStatus.ACTIVE, alerts, chances[0] if alerts else _about(chances)

    def _case(self, post: Post, pair: Pair, judged: Sequence[float]) -> Case:
        """`judged`: a row of Judge.judge."""
        asks, jokes = judged[3:] or (0.0, 0.0)
        chances = Chances(*judged[:3])
        case = Case(post, pair, chances, None, self._threshold, Hints(asks, jokes, pair.instead))
        # What a look-alike does to the score is done; now it can only keep a post quiet that would alert.
        if pair.near.claim.not_this and (self._second is not None or chances.asserts >= case.bar):
            return replace(case, look_alike=self._dossiers.look_alike(pair.reading, pair.near.claim))
        return case


def _about(chances: Sequence[float]) -> float:
    """How likely a post has to do with a claim, be it to deny it or to ask. `chances`: a row of Judge.judge."""
    _, _, neither, *hints = chances
    return sum(hints, 1 - neither)


def _among(nearness: Nearness, order: Places) -> Mask:
    """bool[posts, claims]: whether a claim is one of these, int64[posts, any number]."""
    result = np.zeros(nearness.score.shape, dtype=np.bool_)
    np.put_along_axis(result, order, values=True, axis=1)
    return result
