"""Whether another threshold would do a claim good, by what people said of posts. Pure.

A threshold is suggested only where chance would hardly show the same (Fisher's exact test, 1922), so that wrong
verdicts among right ones lead to no suggestion rather than to a bad one: verdicts that are wrong at random pull two
groups of posts together, they never turn their order round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

STEPS = tuple(round(0.05 * step, 2) for step in range(2, 20))
"""Thresholds that are looked at."""
ENOUGH = 10
"""Verdicts on a claim below which nothing is said of its threshold."""
CHANCE = 0.001
"""How often chance may show what a threshold is suggested for, where verdicts alone speak for it."""
AGREED = 0.05
"""How often where the scores say the same: that most of the posts it drops do not make the claim. A threshold of 0.2
needs fewer verdicts against it than one of 0.5. Both were chosen on two invented campaigns (docs/measurements.md)."""
Z = 1.645
"""Standard deviations on each side that hold nine cases in ten."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and where the true share lies nine times in ten (Wilson 1927)."""

    right: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """Another threshold: precision as it is and as it would be, and how many posts of each kind it moves."""

    now: float
    suggested: float
    precision_now: Share
    precision_then: Share
    false_fewer: int
    right_fewer: int
    """Negative: so many more."""


Scored = Sequence[tuple[float | None, bool]]
"""Of each post that people judged its score for the claim, None where no threshold would make it alert, and whether it
makes the claim."""


def suggest_threshold(bar: float, judged: Scored) -> tuple[Threshold | None, str]:
    """A threshold that is better with near certainty, or None; and why, in words.

    Higher: where most of the posts between the old threshold and the new one were false alarms, and significantly more
    of them than above. Lower, which is rare: where significantly more of what it adds is right than of what alerts now,
    so that precision does not pay for it.
    """
    scored = [(score, asserts) for score, asserts in judged if score is not None]
    if len(scored) < ENOUGH:
        return None, f"too few verdicts to say: {len(scored)}; {ENOUGH} are the least, 30 are better"
    better = [_moved(bar, step, scored) for step in STEPS if _is_better(bar, step, scored)]
    best = max(better, key=lambda tried: tried.false_fewer - tried.right_fewer, default=None)
    if best is None:
        return None, f"no other threshold is better with any certainty, by {len(scored)} verdicts"
    if best.suggested > bar:
        why = f"of what it drops, {best.false_fewer} were false alarms and {best.right_fewer} were right"
    else:
        why = f"of what it adds, {-best.right_fewer} were right and {-best.false_fewer} were false alarms"
    return best, f"{why}; by {len(scored)} verdicts, and chance alone would hardly show this"


def hidden(bar: float, judged: Scored, usual: float) -> int:
    """How many confirmed posts a threshold keeps quiet that `usual`, that of claims which name none, would not.

    How many false ones it keeps quiet is not counted: people judge posts that did not alert mostly where they make the
    claim, so that a lower threshold looks better than it is (docs/measurements.md).
    """
    return sum(asserts and score is not None and usual <= score < bar for score, asserts in judged)


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
    moved = [(score, asserts) for score, asserts in scored if low <= score < high]
    between = [asserts for _, asserts in moved]
    above = [asserts for score, asserts in scored if score >= high]
    if not between or not above:
        return False
    if step > bar:
        level = AGREED if 2 * sum(score for score, _ in moved) < len(moved) else CHANCE
        chance = chance_of(sum(between), len(between), sum(above), len(above))
        return 2 * sum(between) < len(between) and chance < level
    # The other way round: alerts above are right less often than what a lower threshold would add.
    return chance_of(sum(above), len(above), sum(between), len(between)) < CHANCE


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
