"""Posts held against the claims that they may be about: nearest claims, evidence, judged, decided. A batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.match.decide import Chances, decide
from monitor.match.encoder import Encoder
from monitor.match.evidence import Dossiers, read
from monitor.match.index import Index, Near
from monitor.match.judge import Judge, Pair
from monitor.model import Match, Mention, Post, Rules
from monitor.text import normalise, windows

SEARCHED = 50
"""Nearest claims looked at before those drop out that the post is not about, or that are not matched now."""
JUDGED = 5
"""Nearest claims that are judged: the right one is among the first 5 for 94 of 100 spreading posts."""


class Matcher:
    """One set of rules, indexed. Blocking; call it from a worker thread, one at a time."""

    def __init__(self, rules: Rules, encoder: Encoder, judge: Judge, threshold: float) -> None:
        self._encoder = encoder
        self._judge = judge
        self._threshold = threshold
        self._index = Index(rules.claims, encoder)
        self._dossiers = Dossiers(rules, encoder)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        """The likeliest claim of each post, None where none was near that it may be about."""
        pairs = self.pairs(posts, now)
        chances = iter(self._judge.judge([pair for of_post in pairs for pair in of_post]).tolist())
        matches = [
            [self._decide(post, pair, Chances(*next(chances))) for pair in of_post]
            for (post, _), of_post in zip(posts, pairs, strict=True)
        ]
        return [max(of_post, key=lambda match: match.score, default=None) for of_post in matches]

    def pairs(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[list[Pair]]:
        """What is judged of each post: its nearest claims, at most JUDGED, with the evidence on each."""
        texts = [normalise(readable(post)) for post, _ in posts]
        cut = [windows(text) for text in texts]
        vectors = self._encoder.encode([window for of_post in cut for window in of_post])
        pairs = []
        start = 0
        for text, of_post, (_, mention) in zip(texts, cut, posts, strict=True):
            reading = read(text, of_post, vectors[start : start + len(of_post)])
            start += len(of_post)
            nearest = self._index.search(reading.windows, reading.vectors, SEARCHED)
            possible = [near for near in nearest if mention.concerns(near.claim) and near.claim.is_matched(now)]
            pairs.append(
                [
                    Pair(
                        reading, near, self._dossiers.weigh(reading, near, possible, nearest, mention.names(near.claim))
                    )
                    for near in possible[:JUDGED]
                ]
            )
        return pairs

    def _decide(self, post: Post, pair: Pair, chances: Chances) -> Match:
        look_alike = self._dossiers.look_alike(pair.reading, pair.near.claim)
        return decide(post, pair.near, chances, look_alike, self._threshold)


def readable(post: Post) -> str:
    """What of a post is read: its text and the descriptions of its media, each on a line of its own."""
    return "\n".join((post.text, *(media.alt for media in post.media if media.alt)))
