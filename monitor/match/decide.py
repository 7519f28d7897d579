"""From probabilities to a decision, with the reason in words. Pure."""

from __future__ import annotations

from monitor.match.index import Near
from monitor.model import Decision, Match, Post, Stance


def decide(post: Post, near: Near, chances: tuple[float, ...], threshold: float) -> Match:
    asserts, denies, neither = chances
    bar = near.claim.threshold if near.claim.threshold is not None else threshold
    alert = asserts >= bar
    return Match(
        post_key=post.key,
        claim_id=near.claim.id,
        phrasing=near.wording,
        score=asserts,
        stance=Stance.SUPPORT if alert else Stance.DENY if denies > neither else Stance.COMMENT,
        decision=Decision.ALERT if alert else Decision.QUIET,
        sentence=near.window,
        why=f"asserts it; nearest wording: {near.wording!r}" if alert else f"{asserts:.2f} is under {bar:.2f}",
    )
