"""From probabilities to a decision, with its reason in words that staff understand. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from monitor.match import cues
from monitor.match.evidence import LookAlike
from monitor.match.index import Near
from monitor.model import Decision, Match, Post, Stance
from monitor.text import excerpt

WATCHED = 0.6
"""A score of at least this share of the threshold is watched: counted and shown in the digest, never paged."""
DENIES = 0.2
"""Probability of a denial from which it is called one: most posts near a claim neither assert nor deny it."""
ASKS = 0.3
JOKES = 0.3
"""Probabilities from which a post is said to ask whether a claim is true, or to make fun of it."""
REPEATS = 0.75
"""Cosine with a look-alike above which a post all but repeats it. Farther away the judge decides, who knows look-alikes
too: posts that are nearer to one than to the claim assert it as often as their scores say (docs/measurements.md)."""
QUOTED = 60
"""Characters of a post or phrasing that a reason quotes."""


@dataclass(frozen=True, slots=True)
class Chances:
    """The judge's three probabilities for one post and claim; they add up to 1."""

    asserts: float
    denies: float
    neither: float


@dataclass(frozen=True, slots=True)
class Hints:
    """What else is known of a post and claim.

    `asks`, `jokes`: shares of Chances.neither, that it asks whether the claim is true or makes fun of it. `instead`:
    whom it names though the claim is about somebody else, "Kimbrough, not Price".
    """

    asks: float = 0.0
    jokes: float = 0.0
    instead: str | None = None


NO_HINTS = Hints()


def decide(
    post: Post, near: Near, chances: Chances, look_alike: LookAlike | None, threshold: float, hints: Hints = NO_HINTS
) -> Match:
    """What is done with a post that is near a claim. `threshold`: of claims without one of their own."""
    decision, stance, why = _ruling(near, chances, look_alike, near.claim.bar(threshold), hints)
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


def rules_out(look_alike: LookAlike, near: Near) -> bool:
    """Whether a post all but repeats what a claim is not, and is nearer to that than to the claim."""
    return look_alike.cosine > max(near.cosine, REPEATS)


def _ruling(
    near: Near, chances: Chances, look_alike: LookAlike | None, bar: float, hints: Hints
) -> tuple[Decision, Stance, str]:
    if chances.asserts >= bar:
        if look_alike is not None and rules_out(look_alike, near):
            why = f"all but repeats the look-alike {_quote(look_alike.text)}"
            return Decision.QUIET, Stance.COMMENT, why
        return Decision.ALERT, Stance.SUPPORT, f"asserts it; nearest wording: {_quote(near.wording)}"
    # Rounded down: 0.597 is not "0.60", which would not be under 0.60.
    under = f"{math.floor(chances.asserts * 100) / 100:.2f} is under the claim's {bar:.2f}"
    return _below(near, chances, under, bar, hints)


def _below(near: Near, chances: Chances, under: str, bar: float, hints: Hints) -> tuple[Decision, Stance, str]:
    """What a post is that does not reach the bar: the likeliest of what it may be doing instead."""
    if chances.denies > max(chances.asserts, hints.asks, hints.jokes, DENIES):
        return Decision.QUIET, Stance.DENY, _denial(near.window)
    if hints.asks > max(chances.asserts, hints.jokes, ASKS):
        return Decision.WATCH, Stance.QUERY, f"asks: {_quote(cues.question(near.window) or near.window)}; {under}"
    if hints.jokes > max(chances.asserts, JOKES):
        return Decision.QUIET, Stance.COMMENT, f"jokes: {_quote(near.window)}"
    if chances.asserts >= WATCHED * bar:
        return Decision.WATCH, Stance.COMMENT, f"uncertain: {under}; nearest wording: {_quote(near.wording)}"
    elsewhere = f"nearest wording: {_quote(near.wording)}" if hints.instead is None else f"about {hints.instead}"
    return Decision.QUIET, Stance.COMMENT, f"{elsewhere}; {under}"


def _denial(text: str) -> str:
    words = cues.denial(text)
    return "denies it" if words is None else f"denies it: {_quote(words)}"


def _quote(text: str) -> str:
    return f"“{excerpt(text, QUOTED)}”"
