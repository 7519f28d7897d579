"""What people said of alerts, turned into changes worth trying. Pure.

A threshold is suggested only where chance would hardly show the same (Fisher's exact test, 1922, over all thresholds
that were looked at), so that wrong verdicts among right ones lead to no suggestion rather than to a bad one: verdicts
that are wrong at random pull two groups of posts together, they never turn their order round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb, sqrt

from monitor.model import Claim, Post
from monitor.text import fingerprint

STEPS = tuple(round(0.05 * step, 2) for step in range(2, 20))
"""Thresholds that are looked at."""
ENOUGH = 10
"""Verdicts on a claim below which nothing is said of its threshold."""
CHANCE = 0.01
"""How often a threshold may be suggested where scores say nothing at all, for all of a claim's thresholds together."""
Z = 1.645
"""Standard deviations on each side that hold nine cases in ten."""
JUST = 0.15
"""A post whose score is at most this much above the threshold only just matched."""
WRONG = 0.1
"""Share of verdicts that are taken for slips: somebody pressed the wrong button, or read in haste."""
LEAST = 1e-6
"""A score is taken to be no nearer to 0 or 1 than this."""
SURE = 0.8
"""How likely a sentence must be to say the claim to become a phrasing; how likely not to, to become a look-alike."""
LONGEST_PHRASING = 160
MOST = 5
"""Phrasings, and look-alikes, suggested for one claim."""


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


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and where the true share lies nine times in ten (Wilson 1927)."""

    right: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold worth trying: precision as it is and as it would be, and how many posts of each kind it moves."""

    now: float
    suggested: float
    precision_now: Share
    precision_then: Share
    false_fewer: int
    right_fewer: int
    """Negative: so many more."""


@dataclass(frozen=True, slots=True)
class Advice:
    """All that is suggested for a claim. `threshold` is None where none is worth trying; `why`: how sure that is."""

    claim_id: str
    judged: int
    confirmed: int
    threshold: Threshold | None
    why: str
    phrasings: tuple[str, ...]
    look_alikes: tuple[str, ...]
    idle: tuple[str, ...]
    """Phrasings that were nearest to no post that people confirmed."""


def advise(claim: Claim, bar: float, judged: Sequence[Judged]) -> Advice:
    """What the verdicts on a claim suggest. `bar`: its threshold now."""
    threshold, why = suggest_threshold(bar, [(one.score, one.asserts) for one in judged])
    return Advice(
        claim.id,
        judged=len(judged),
        confirmed=sum(one.asserts for one in judged),
        threshold=threshold,
        why=why,
        phrasings=_phrasings(claim, bar, judged),
        look_alikes=_look_alikes(claim, bar, judged),
        idle=_idle(claim, judged),
    )


def suggest_threshold(bar: float, judged: Sequence[tuple[float | None, bool]]) -> tuple[Threshold | None, str]:
    """A threshold that is better with near certainty, or None; and why, in words.

    Higher: where most of the posts between the old threshold and the new one were false alarms, and significantly more
    of them than above. Lower, which is rare: where significantly more of what it adds is right than of what alerts now,
    so that precision does not pay for it. `judged`: of each post its score and whether it makes the claim.
    """
    scored = [(score, asserts) for score, asserts in judged if score is not None]
    if len(scored) < ENOUGH:
        return None, f"too few verdicts to say: {len(scored)}; {ENOUGH} are the least, 30 are better"
    best: Threshold | None = None
    for step in STEPS:
        if _is_better(bar, step, scored):
            tried = _moved(bar, step, scored)
            if best is None or _gain(tried) > _gain(best):
                best = tried
    if best is None:
        return None, f"no other threshold is better with any certainty, by {len(scored)} verdicts"
    if best.suggested > bar:
        why = f"of what it drops, {best.false_fewer} were false alarms and {best.right_fewer} were right"
    else:
        why = f"of what it adds, {-best.right_fewer} were right and {-best.false_fewer} were false alarms"
    return best, f"{why}; by {len(scored)} verdicts, and chance alone would hardly show this"


def share(right: int, of: int) -> Share:
    """With Wilson's interval."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    middle = (right + Z * Z / 2) / (of + Z * Z)
    reach = Z / (of + Z * Z) * sqrt(right * (of - right) / of + Z * Z / 4)
    return Share(right, of, max(0.0, middle - reach), min(1.0, middle + reach))


def chance_of(right: int, of: int, right_elsewhere: int, elsewhere: int) -> float:
    """How often a group would have as few right as this or fewer, if it did not differ from the other: Fisher's exact
    test, one-sided."""
    all_right = right + right_elsewhere
    ways = sum(comb(of, few) * comb(elsewhere, all_right - few) for few in range(right + 1) if all_right - few >= 0)
    return ways / comb(of + elsewhere, all_right)


def _is_better(bar: float, step: float, scored: Sequence[tuple[float, bool]]) -> bool:
    low, high = sorted((bar, step))
    between = [asserts for score, asserts in scored if low <= score < high]
    above = [asserts for score, asserts in scored if score >= high]
    if not between or not above:
        return False
    if step > bar:
        chance = chance_of(sum(between), len(between), sum(above), len(above))
        return 2 * sum(between) < len(between) and chance < CHANCE / len(STEPS)
    # The other way round: alerts above are right less often than what a lower threshold would add.
    return chance_of(sum(above), len(above), sum(between), len(between)) < CHANCE / len(STEPS)


def _moved(bar: float, step: float, scored: Sequence[tuple[float, bool]]) -> Threshold:
    was = [asserts for score, asserts in scored if score >= bar]
    then = [asserts for score, asserts in scored if score >= step]
    return Threshold(
        bar,
        step,
        share(sum(was), len(was)),
        share(sum(then), len(then)),
        false_fewer=was.count(False) - then.count(False),
        right_fewer=was.count(True) - then.count(True),
    )


def _gain(tried: Threshold) -> int:
    return tried.false_fewer - tried.right_fewer


def _phrasings(claim: Claim, bar: float, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Sentences of posts that were confirmed and only just matched, or did not: the surest first."""
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


def _look_alikes(claim: Claim, bar: float, judged: Sequence[Judged]) -> tuple[str, ...]:
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


def _idle(claim: Claim, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Nothing is said of phrasings before enough posts were confirmed."""
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
