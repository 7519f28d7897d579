"""Which sentences of judged posts are worth trying as phrasings and look-alikes of a claim, and which phrasings never
helped. Pure; what trying them shows is `effect.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Claim, Post
from monitor.rulebook.thresholds import ENOUGH
from monitor.text import fingerprint

JUST = 0.15
"""A post whose score is at most this much above the threshold only just matched."""
WRONG = 0.1
"""Share of verdicts that are taken for slips: somebody pressed the wrong button, or read in haste."""
LEAST = 1e-6
"""A score is taken to be no nearer to 0 or 1 than this."""
SURE = 0.8
"""How likely a sentence must be to say the claim to become a phrasing; how likely not to, to become a look-alike."""
LONGEST_PHRASING = 160
MOST = 3
"""Phrasings, and look-alikes, tried for one claim."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A post of which a person said whether it makes a claim. `score`: None where it cannot alert for the claim, near
    as it may be. `phrasing` is the claim's nearest wording, `sentence` the part of the post that is near to it; both ""
    where the claim was not near at all."""

    post: Post
    asserts: bool
    score: float | None
    phrasing: str = ""
    sentence: str = ""


def phrasings(claim: Claim, bar: float, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Sentences of posts that were confirmed and only just matched, or did not: the surest first. `bar`: the claim's
    threshold."""
    known = {fingerprint(text) for text in (claim.claim, *claim.phrasings)}
    false = {fingerprint(one.sentence) for one in judged if not one.asserts}
    sure = _sureness(judged)
    weak = [
        one
        for one in judged
        if one.asserts and one.score is not None and one.score <= bar + JUST and sure[fingerprint(one.sentence)] >= SURE
    ]
    weak.sort(key=lambda one: -sure[fingerprint(one.sentence)])
    return tuple(_distinct([one.sentence for one in weak], known | false))


def look_alikes(claim: Claim, bar: float, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Sentences of false alarms that would come again: those first that are surest to be some."""
    known = {fingerprint(text) for text in claim.not_this}
    right = {fingerprint(one.sentence) for one in judged if one.asserts}
    sure = _sureness(judged)
    wrong = [
        one
        for one in judged
        if not one.asserts
        and one.score is not None
        and one.score >= bar
        and sure[fingerprint(one.sentence)] <= 1 - SURE
    ]
    wrong.sort(key=lambda one: sure[fingerprint(one.sentence)])
    return tuple(_distinct([one.sentence for one in wrong], known | right))


def _sureness(judged: Sequence[Judged]) -> dict[str, float]:
    """How likely each sentence says the claim, by fingerprint: its score, and every verdict on it (Bayes).

    A no on a post with a score of 0.95 is more often a slip of the finger than news; so is a yes on one with 0.05.
    """
    odds: dict[str, float] = {}
    for one in judged:
        if one.score is not None:
            mark = fingerprint(one.sentence)
            score = min(max(one.score, LEAST), 1 - LEAST)
            weight = (1 - WRONG) / WRONG
            odds[mark] = odds.get(mark, score / (1 - score)) * (weight if one.asserts else 1 / weight)
    return {mark: chance / (1 + chance) for mark, chance in odds.items()}


def idle(claim: Claim, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Phrasings that were nearest to no post that people confirmed. None before enough posts were confirmed."""
    helped = [one.phrasing for one in judged if one.asserts]
    if len(helped) < ENOUGH:
        return ()
    return tuple(phrasing for phrasing in claim.phrasings if phrasing not in helped)


def _distinct(sentences: Sequence[str], known: set[str]) -> Iterator[str]:
    """Short sentences with words of their own, at most MOST."""
    seen = set(known)
    found = 0
    for sentence in sentences:
        mark = fingerprint(sentence)
        if not sentence or len(sentence) > LONGEST_PHRASING or mark in seen or found == MOST:
            continue
        seen.add(mark)
        found += 1
        yield sentence
