"""Posts held against the claims that they may be about: nearest claims, judged, decided. One batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.match.decide import decide
from monitor.match.encoder import Encoder
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
        self._index = Index(rules.claims, encoder)
        self._judge = judge
        self._threshold = threshold

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        """The likeliest claim of each post, None where none was near that it may be about."""
        texts = [normalise(readable(post)) for post, _ in posts]
        nearest = self._index.search([windows(text) for text in texts], SEARCHED)
        allowed = [
            [near for near in found if mention.concerns(near.claim) and near.claim.is_matched(now)][:JUDGED]
            for (_, mention), found in zip(posts, nearest, strict=True)
        ]
        pairs = [
            Pair(text, near, mention.names(near.claim))
            for text, (_, mention), found in zip(texts, posts, allowed, strict=True)
            for near in found
        ]
        chances = iter(self._judge.judge(pairs)) if pairs else iter(())
        return [self._best(post, [(near, next(chances)) for near in found]) for (post, _), found in zip(posts, allowed, strict=True)]

    def _best(self, post: Post, judged: list[tuple[Near, object]]) -> Match | None:
        if not judged:
            return None
        matches = [decide(post, near, tuple(float(p) for p in chances), self._threshold) for near, chances in judged]
        return max(matches, key=lambda match: match.score)


def readable(post: Post) -> str:
    """What of a post is read: its text and the descriptions of its media, each on a line of its own."""
    return "\n".join((post.text, *(media.alt for media in post.media if media.alt)))
