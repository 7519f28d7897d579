"""Posts held against the claims that they may be about: nearest claims, evidence, judged, decided. Batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.match.decide import Chances, Hints, rules_out
from monitor.match.encoder import Encoder
from monitor.match.evidence import Dossiers, Reading, read
from monitor.match.index import Index, Near
from monitor.match.judge import Judge, Pair
from monitor.match.second import Case, SecondOpinion
from monitor.model import Claim, Match, Mention, Post, Rules
from monitor.text import fold, normalise, undisguise, vocabulary, windows, without_links
from monitor.text.spanish import gloss

SEARCHED = 50
"""Nearest claims looked at before those drop out that the post is not about, or that are not matched now."""
JUDGED = 8
"""Nearest claims that are judged: the right one is among the first 8 for 94 of 100 spreading posts."""
CLOSE = 0.5
"""Share of the nearest claim's score that a claim needs to be judged beside it. On five worlds: 4.6 claims a post
instead of 8, and the right one among them for 93.7% instead of 94.5% of spreading posts."""
FAR = 0.03
"""Fused score below which a claim is not near a post at all, and is not judged."""
NOBODY = Mention()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A post held against a plain list of claims: the claims nearest to it, best first, and the likeliest of them."""

    match: Match | None
    nearest: list[Near]


class Matcher:
    """One set of rules, indexed. Blocking; call it from a worker thread, one at a time."""

    def __init__(
        self, rules: Rules, encoder: Encoder, judge: Judge, threshold: float, second: SecondOpinion | None = None
    ) -> None:
        self._rules = rules
        self._encoder = encoder
        self._judge = judge
        self._threshold = threshold
        self._second = second
        self._vocabulary = vocabulary(rules)
        self._index = Index(rules.claims, encoder, self._in_english)
        self._dossiers = Dossiers(rules, self._index, encoder, self._in_english)
        self._claims = {claim.id: self._as_read(claim) for claim in rules.claims}

    def reindexed(self, rules: Rules) -> Matcher:
        """The same models over other rules: what they take to load is spared."""
        return Matcher(rules, self._encoder, self._judge, self._threshold, self._second)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        """The likeliest claim of each post, None where none was near that it may be about."""
        return self._likeliest([post for post, _ in posts], self.pairs(posts, now))

    def rank(self, posts: Sequence[Post], top: int) -> list[Ranked]:
        """Each post held against every claim, whomever it is about: for plain lists of claims, without candidates."""
        found = [(reading, self._index.search(reading.windows, reading.vectors, top)) for reading in self._read(posts)]
        pairs = [self._pairs(reading, nearest, nearest, NOBODY) for reading, nearest in found]
        matches = self._likeliest(posts, pairs)
        return [Ranked(match, nearest) for match, (_, nearest) in zip(matches, found, strict=True)]

    def pairs(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[list[Pair]]:
        """What is judged of each post: its nearest claims, at most JUDGED, with the evidence on each."""
        result = []
        for reading, (_, mention) in zip(self._read([post for post, _ in posts]), posts, strict=True):
            nearest = self._index.search(reading.windows, reading.vectors, SEARCHED)
            possible = [
                near
                for near in nearest
                if near.score >= FAR and near.claim.is_matched(now) and _may_be_about(mention, near.claim)
            ]
            result.append(self._pairs(reading, possible, nearest, mention))
        return result

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        """What each claim that is judged of a post makes of it, the likeliest first; a second judge is not asked."""
        (pairs,) = self.pairs([(post, mention)], now)
        chances = self._judge.judge(pairs).tolist()
        cases = [self._case(post, pair, judged) for pair, judged in zip(pairs, chances, strict=True)]
        return [case.match() for case in sorted(cases, key=_weight, reverse=True)]

    def scores(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[dict[str, float]]:
        """For each post the probability that it asserts a claim, by claim id, for the claims that are judged of it.
        Claims that a look-alike rules out are missing: no score decides there."""
        pairs = self.pairs(posts, now)
        chances = iter(self._judge.judge([pair for of_post in pairs for pair in of_post]).tolist())
        scores = [[(pair, next(chances)[0]) for pair in of_post] for of_post in pairs]
        return [
            {pair.near.claim.id: score for pair, score in of_post if not self._is_look_alike(pair)}
            for of_post in scores
        ]

    def _is_look_alike(self, pair: Pair) -> bool:
        look_alike = self._dossiers.look_alike(pair.reading, pair.near.claim)
        return look_alike is not None and rules_out(look_alike, pair.near)

    def _read(self, posts: Sequence[Post]) -> Iterator[Reading]:
        written = [windows(normalise(readable(post))) for post in posts]
        cut = [tuple(self._plain(window) for window in of_post) for of_post in written]
        vectors = self._encoder.encode([window for of_post in cut for window in of_post])
        start = 0
        for as_written, of_post in zip(written, cut, strict=True):
            yield read(as_written, of_post, vectors[start : start + len(of_post)])
            start += len(of_post)

    def _plain(self, window: str) -> str:
        return self._in_english(without_links(undisguise(window, self._vocabulary)))

    def _in_english(self, text: str) -> str:
        return gloss(text, lambda word: self._vocabulary.is_name(fold(word)))

    def _as_read(self, claim: Claim) -> Claim:
        return replace(
            claim,
            claim=self._in_english(claim.claim),
            truth=self._in_english(claim.truth),
            phrasings=tuple(map(self._in_english, claim.phrasings)),
            not_this=tuple(map(self._in_english, claim.not_this)),
        )

    def _pairs(
        self, reading: Reading, possible: Sequence[Near], nearest: Sequence[Near], mention: Mention
    ) -> list[Pair]:
        return [
            Pair(
                reading=reading,
                near=near,
                claim=self._claims[near.claim.id],
                evidence=self._dossiers.weigh(reading, near, possible, nearest, mention),
                names=self._dossiers.names(near.claim),
                instead=self._dossiers.instead(reading, mention, near.claim),
            )
            for near in possible[:JUDGED]
            if near.score >= CLOSE * possible[0].score
        ]

    def _likeliest(self, posts: Sequence[Post], pairs: Sequence[Sequence[Pair]]) -> list[Match | None]:
        chances = iter(self._judge.judge([pair for of_post in pairs for pair in of_post]).tolist())
        cases = [
            max(
                (self._case(post, pair, next(chances)) for pair in of_post),
                key=_weight,
                default=None,
            )
            for post, of_post in zip(posts, pairs, strict=True)
        ]
        if self._second is not None:
            return self._second.review(cases, self._rules)
        return [None if case is None else case.match() for case in cases]

    def _case(self, post: Post, pair: Pair, judged: Sequence[float]) -> Case:
        """`judged`: a row of Judge.judge."""
        look_alike = self._dossiers.look_alike(pair.reading, pair.near.claim)
        asks, jokes = judged[3:] or (0.0, 0.0)
        return Case(post, pair, Chances(*judged[:3]), look_alike, self._threshold, Hints(asks, jokes, pair.instead))


def _weight(case: Case) -> tuple[bool, float]:
    """Which of a post's claims is told of: the one it asserts most; where it asserts none, the one that it has most to
    do with, be it to deny it or to ask."""
    alerts = case.chances.asserts >= case.bar
    said_of_it = 1 - case.chances.neither + case.hints.asks + case.hints.jokes
    return alerts, case.chances.asserts if alerts else said_of_it


def _may_be_about(mention: Mention, claim: Claim) -> bool:
    """Where staff say which words bring a post in, one of them must be there. Else whom a post names is evidence."""
    return mention.concerns(claim) or not claim.must_mention


def readable(post: Post) -> str:
    """What of a post is read: its text and the descriptions of its media, each on a line of its own."""
    return "\n".join((post.text, *(media.alt for media in post.media if media.alt)))
