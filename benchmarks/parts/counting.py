"""How alerts, rankings, stances and probabilities are counted. Pure; what is right is said in DATA/README.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, slots=True)
class Truth:
    """What people say of a post: its label, and the claim that it spreads, denies, asks about or jokes on."""

    label: str
    claim: str | None = None

    @property
    def is_scored(self) -> bool:
        return self.label not in ("question", "satire")


@dataclass(frozen=True, slots=True)
class Guess:
    """A post's likeliest claim, the score that a cut-off would be held against, and whether it alerts as shipped."""

    claim: str | None
    score: float
    alerts: bool

    def is_right(self, truth: Truth) -> bool:
        return truth.label == "spread" and truth.claim == self.claim


@dataclass(frozen=True, slots=True)
class Alerting:
    """Alerts counted: right are those on a spreading post for its own claim, of all posts that are scored."""

    alerts: int
    right: int
    spreading: int

    @property
    def precision(self) -> float:
        return self.right / self.alerts if self.alerts else math.nan

    @property
    def recall(self) -> float:
        return self.right / self.spreading if self.spreading else math.nan

    @property
    def f1(self) -> float:
        both = self.alerts + self.spreading
        return 2 * self.right / both if both else math.nan


def alerting(truths: Sequence[Truth], guesses: Sequence[Guess]) -> Alerting:
    scored = [(truth, guess) for truth, guess in zip(truths, guesses, strict=True) if truth.is_scored]
    return Alerting(
        alerts=sum(guess.alerts for _, guess in scored),
        right=sum(guess.alerts and guess.is_right(truth) for truth, guess in scored),
        spreading=sum(truth.label == "spread" for truth, _ in scored),
    )


def share_alerted(label: str, truths: Sequence[Truth], guesses: Sequence[Guess]) -> float:
    """Share of the posts with a label that alert, for whichever claim."""
    alerts = [guess.alerts for truth, guess in zip(truths, guesses, strict=True) if truth.label == label]
    return sum(alerts) / len(alerts) if alerts else math.nan


def recall_at_precision(truths: Sequence[Truth], guesses: Sequence[Guess], wanted: float = 0.9) -> float:
    """The largest recall of any cut-off at which this share of the alerts is right. Posts of one score go together."""
    scored = [(truth, guess) for truth, guess in zip(truths, guesses, strict=True) if truth.is_scored]
    scored.sort(key=lambda pair: -pair[1].score)
    spreading = sum(truth.label == "spread" for truth, _ in scored)
    right, best = 0, 0
    for count, (truth, guess) in enumerate(scored, start=1):
        right += guess.is_right(truth)
        is_cut = count == len(scored) or scored[count][1].score < guess.score
        if is_cut and right >= wanted * count:
            best = right
    return best / spreading if spreading else math.nan


def best_cut(truths: Sequence[Truth], guesses: Sequence[Guess]) -> list[Guess]:
    """The same guesses alerting from the cut-off that gives the best F1 on these very posts."""
    cuts = sorted({guess.score for guess in guesses})
    return max(
        ([Guess(guess.claim, guess.score, guess.score >= cut) for guess in guesses] for cut in cuts),
        key=lambda tried: alerting(truths, tried).f1,
    )


def recall_at_false_alarms(right: Sequence[float], count: int, wrong: Sequence[float], allowed: int) -> float:
    """Share of `count` posts that alert for the right claim at the lowest cut-off with at most `allowed` false alarms.

    `right`: scores of those posts whose likeliest claim is the right one; `wrong`: scores of posts that must not alert.
    """
    cut = sorted(wrong, reverse=True)[allowed] if len(wrong) > allowed else -math.inf
    return sum(score > cut for score in right) / count if count else math.nan


def share_at_recall(asserting: Sequence[float], denying: Sequence[float], recall: float) -> float:
    """Share of the denials that alert at the highest cut-off at which at least `recall` of the assertions do."""
    count = math.ceil(recall * len(asserting) - 1e-9)
    if not denying or not asserting:
        return math.nan
    if count == 0:
        return 0.0
    cut = sorted(asserting, reverse=True)[count - 1]
    return sum(score >= cut for score in denying) / len(denying)


def average_precision(found: Sequence[bool], relevant: int, places: int) -> float:
    """Mean of the precision at each relevant place among the first, over the relevant claims that could be there."""
    first = found[:places]
    gains = [sum(first[: place + 1]) / (place + 1) for place, is_relevant in enumerate(first) if is_relevant]
    return sum(gains) / min(relevant, places)


def macro_f1(truths: Sequence[str], guesses: Sequence[str]) -> float:
    """Mean F1 of the classes that people used."""
    scores = []
    for name in sorted(set(truths)):
        right = sum(truth == guess == name for truth, guess in zip(truths, guesses, strict=True))
        scores.append(2 * right / (truths.count(name) + guesses.count(name)))
    return sum(scores) / len(scores) if scores else math.nan


def calibration_error(scores: Sequence[float], outcomes: Sequence[bool], *, equal_mass: bool) -> float:
    """Expected calibration error over ten bins: the mean distance between score and share of outcomes, by bin size.

    Bins hold equally many scores, or are equally wide (Naeini et al. 2015, Nixon et al. 2019).
    """
    if not scores:
        return math.nan
    order = np.argsort(np.array(scores), kind="stable")
    sorted_scores, sorted_outcomes = np.array(scores)[order], np.array(outcomes, dtype=float)[order]
    places = (
        np.arange(1, BINS) * len(scores) // BINS
        if equal_mass
        else np.searchsorted(sorted_scores, np.linspace(0, 1, BINS + 1)[1:-1])
    )
    bins = zip(np.split(sorted_scores, places), np.split(sorted_outcomes, places), strict=True)
    return float(sum(abs(bin_scores.sum() - bin_outcomes.sum()) for bin_scores, bin_outcomes in bins) / len(scores))
