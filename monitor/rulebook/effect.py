"""What a change to the rules would have done to the posts that people judged, and whether to suggest it. Pure.

A sentence that is right may still do harm: every score of the claim moves a little with it. So it must help, and not
only be right: scores must agree better with what people said than chance would show, and no alert must get worse. A
verdict is wrong now and then; whatever speaks against a change drops it, so that a wrong verdict leads to no suggestion
rather than to a bad one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt

from monitor.rulebook.suggest import WRONG
from monitor.rulebook.thresholds import ENOUGH, share

SURE = 0.7
"""Of what a change moves, the share that must go the right way, at the lower end of its interval, to be fairly sure."""
HELPS = 1.645
"""By how many standard errors scores must agree better with verdicts: chance alone shows that once in twenty."""


class Kind(StrEnum):
    """What is changed in a claim's file."""

    THRESHOLD = "threshold"
    PHRASING = "phrasing"
    LOOK_ALIKE = "look-alike"


@dataclass(frozen=True, slots=True)
class Reread:
    """A judged post that was read again with a change to a claim: `told`, the claim that it alerts for, and `score`,
    that of the changed claim, each as it was and as it would be; None for none. `asserts`: what people said of it and
    this claim, None where they said nothing; `said`: all that they said, by claim id."""

    told: tuple[str | None, str | None]
    score: tuple[float | None, float | None]
    asserts: bool | None
    said: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Effect:
    """How many alerts a change adds and takes away, by what people said of the posts, the one that a sentence comes
    from left out. `verdicts`: on this claim; `unknown_more`: alerts for claims of which nobody was asked there;
    `agrees`: by how many standard errors scores agree better with the verdicts, negative: worse."""

    verdicts: int
    right_more: int = 0
    right_fewer: int = 0
    false_more: int = 0
    false_fewer: int = 0
    unknown_more: int = 0
    agrees: float = 0.0


@dataclass(frozen=True, slots=True)
class Tried:
    """A change that was tried on the claim's tests and on judged posts. `text`: the sentence, or the threshold.

    `words`: its effect; `against`: why it is not suggested, "" where it is."""

    kind: Kind
    text: str
    effect: Effect
    words: str
    against: str = ""


def effect(posts: Sequence[Reread]) -> Effect:
    """Of a change, by all posts that were read again."""
    moved = [one for one in posts if one.told[0] != one.told[1]]
    gained = [_said(then, one.said) for one in moved if (then := one.told[1]) is not None]
    taken = [one.said.get(was) for one in moved if (was := one.told[0]) is not None]
    return Effect(
        sum(one.asserts is not None for one in posts),
        right_more=gained.count(True),
        right_fewer=taken.count(True),
        false_more=gained.count(False),
        false_fewer=taken.count(False),
        unknown_more=gained.count(None),
        agrees=_agrees([(one.score, one.asserts) for one in posts if one.asserts is not None]),
    )


def tried(kind: Kind, text: str, found: Effect, broken: Sequence[str]) -> Tried:
    """Whether a change is worth suggesting. `broken`: posts of tests that pass without it and fail with it."""
    against = _against_threshold(found) if kind is Kind.THRESHOLD else _against_sentence(found)
    return Tried(kind, text, found, in_words(kind, found), "; ".join([*_breaks(broken), *against]))


def in_words(kind: Kind, found: Effect) -> str:
    """Its effect and how sure that is, in a line."""
    changes = list(_changes(found)) or ["have changed no alert"]
    beside = "" if kind is Kind.THRESHOLD else ", beside its own post,"
    return f"would{beside} {' and '.join(changes)}, of {found.verdicts} verdicts: {_sureness(found)}"


def _changes(found: Effect) -> Iterator[str]:
    if found.right_more or found.false_more or found.unknown_more:
        unknown = f" and {found.unknown_more} that nobody judged" if found.unknown_more else ""
        yield f"have caught {found.right_more} more confirmed posts, {found.false_more} more false ones{unknown}"
    if found.right_fewer or found.false_fewer:
        yield f"have dropped {found.false_fewer} false alarms, {found.right_fewer} confirmed posts"


def _sureness(found: Effect) -> str:
    good = found.right_more + found.false_fewer
    all_moved = good + found.right_fewer + found.false_more + found.unknown_more
    return "fairly sure" if share(good, all_moved).low >= SURE else "not sure yet"


def _breaks(broken: Sequence[str]) -> Iterator[str]:
    if broken:
        yield f"it breaks the test “{broken[0]}”" + (f" and {len(broken) - 1} more" if broken[1:] else "")


def _against_threshold(found: Effect) -> Iterator[str]:
    worse, better = found.right_fewer + found.false_more + found.unknown_more, found.false_fewer + found.right_more
    if worse >= better:
        yield f"of the alerts that it moves, {worse} get worse and {better} better"


def _against_sentence(found: Effect) -> Iterator[str]:
    if found.verdicts < ENOUGH:
        yield f"too few other verdicts to try it on: {found.verdicts}; {ENOUGH} are the least"
        return
    if found.false_more or found.unknown_more:
        yield f"of what it adds, {found.false_more} were false and {found.unknown_more} nobody judged"
    if found.right_fewer:
        yield f"confirmed posts that it loses: {found.right_fewer}"
    if found.agrees < HELPS:
        yield f"that it helps does not show: with it, scores fit what people said {_fits(found.agrees)}"


def _fits(agrees: float) -> str:
    return "worse" if agrees < 0 else "hardly better than chance would"


def _agrees(scores: Sequence[tuple[tuple[float | None, float | None], bool]]) -> float:
    """The sum of what each score gains in likelihood of its verdict, in its own standard errors."""
    gains = [_likelihood(then, asserts) - _likelihood(was, asserts) for (was, then), asserts in scores]
    error = sqrt(sum(gain * gain for gain in gains))
    return sum(gains) / error if error else 0.0


def _likelihood(score: float | None, asserts: bool) -> float:
    """The logarithm of how likely such a verdict is, slips among them."""
    yes = WRONG + (1 - 2 * WRONG) * (score or 0.0)
    return log(yes if asserts else 1 - yes)


def _said(claim_id: str, said: Mapping[str, bool]) -> bool | None:
    """A post that was confirmed to make another claim does not make this one."""
    return said.get(claim_id, False if any(said.values()) else None)
