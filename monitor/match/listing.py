"""The order of a plain list of claims for a post, once the nearest of them have been judged. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.match.index import Near

LOOKED_AT = 40
"""Nearest claims among which the answer of the judge may move one up or down."""
SHARE = 0.02
"""What the log-odds that a post has to do with a claim count beside their nearness, 0..1. Chosen on invented campaigns
that the judge's reader did not learn from (docs/measurements.md)."""
LEAST = 1e-6
"""No probability is nearer than this to 0 or 1."""


def reordered(nearest: Sequence[Near], about: Mapping[str, float]) -> list[Near]:
    """The same claims, best first. `about`: by claim id the probability that the post asserts the claim, denies it,
    asks about it or jokes about it, where that was judged; the other claims count as the least likely of these."""
    odds = {claim: _log_odds(chance) for claim, chance in about.items()}
    least = min(odds.values(), default=0.0)
    weighed = [(near.score + SHARE * odds.get(near.claim.id, least), near) for near in nearest]
    weighed.sort(key=lambda one: one[0], reverse=True)
    return [replace(near, score=max(0.0, score)) for score, near in weighed]


def _log_odds(chance: float) -> float:
    kept = min(max(chance, LEAST), 1 - LEAST)
    return math.log(kept / (1 - kept))
