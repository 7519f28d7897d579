"""From probabilities to a decision, with its reason in words that staff understand. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.match import cues
from monitor.match.evidence import LookAlike
from monitor.match.index import Near
from monitor.model import Decision, Match, Post, Stance
from monitor.text import excerpt

WATCHED = 0.6
"""A score of at least this share of the threshold is watched: counted and shown in the digest, never paged."""
NEAR = 0.4
"""Cosine to the nearest wording below which nobody is alerted, whatever the judge says. It learned on posts about
campaigns; posts about anything else look strange to it. On judge-train, of posts from other worlds half of those that
would alert are below, and a tenth of the right ones (docs/measurements.md)."""
DENIES = 0.2
"""Probability of a denial from which it is called one: most posts near a claim neither assert nor deny it."""
QUOTED = 60
"""Characters of a post or phrasing that a reason quotes."""


@dataclass(frozen=True, slots=True)
class Chances:
    """The judge's three probabilities for one post and claim; they add up to 1."""

    asserts: float
    denies: float
    neither: float


def decide(post: Post, near: Near, chances: Chances, look_alike: LookAlike | None, threshold: float) -> Match:
    """What is done with a post that is near a claim. The claim's own threshold goes before the general one."""
    bar = threshold if near.claim.threshold is None else near.claim.threshold
    decision, stance, why = _ruling(near, chances, look_alike, bar)
    return Match(
        post_key=post.key,
        claim_id=near.claim.id,
        phrasing=near.wording,
        score=chances.asserts,
        stance=stance,
        decision=decision,
        sentence=near.window,
        why=why,
    )


def _ruling(near: Near, chances: Chances, look_alike: LookAlike | None, bar: float) -> tuple[Decision, Stance, str]:
    if chances.asserts >= bar and near.cosine < NEAR:
        return Decision.WATCH, Stance.COMMENT, f"far from every known wording; the nearest is {_quote(near.wording)}"
    if chances.asserts >= bar:
        if look_alike is None or look_alike.cosine <= near.cosine:
            return Decision.ALERT, Stance.SUPPORT, f"asserts it; nearest wording: {_quote(near.wording)}"
        why = f"nearer to the look-alike {_quote(look_alike.text)} than to any phrasing"
        return Decision.QUIET, Stance.COMMENT, why
    under = f"{chances.asserts:.2f} is under the claim's {bar:.2f}"
    if chances.denies > max(chances.asserts, DENIES):
        return Decision.QUIET, Stance.DENY, _denial(near.window)
    decision = Decision.WATCH if chances.asserts >= WATCHED * bar else Decision.QUIET
    question = cues.question(near.window)
    if question is not None:
        return decision, Stance.QUERY, f"asks: {_quote(question)}; {under}"
    uncertain = "uncertain: " if decision is Decision.WATCH else ""
    return decision, Stance.COMMENT, f"{uncertain}{under}; nearest wording: {_quote(near.wording)}"


def _denial(text: str) -> str:
    words = cues.denial(text)
    return "denies it" if words is None else f"denies it: {_quote(words)}"


def _quote(text: str) -> str:
    return f"“{excerpt(text, QUOTED)}”"
