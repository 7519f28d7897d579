"""A score put right for a model that the judge was not fitted with, and how sure that is. Pure.

The judge's log-odds are scaled and shifted: log-odds' = slope * log-odds + shift (Platt 1999, "Probabilistic Outputs
for Support Vector Machines"), so that a score of 0.6 goes on meaning that six such posts in ten assert the claim, and
thresholds survive a change of model. Slope and shift are the likeliest ones given labelled examples and a prior around
the identity: a few examples move them a little. What they do to examples that they were not fitted on decides whether
they are used at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST = 1e-6
"""Scores nearer to 0 or 1 count as this far from it: their log-odds would be infinite."""
SPREAD = np.array([0.35, 0.7])
"""Standard deviations of log(slope) and shift before any example: two models in three need a slope of 0.7 to 1.4 and a
shift of at most 0.7."""
SHARE = 0.42
"""Of the posts of judge-train that have to do with a claim so many assert it (4,256 of 10,080). Rules tests are chosen
by their answer, so they are weighed to this share: a folder full of posts that must alert says nothing about how often
posts assert a claim (King and Zeng 2001, "Logistic Regression in Rare Events Data")."""
FEWEST = 10
"""Examples below which nothing is fitted."""
ENOUGH = 0.1
"""Half the width of the interval around the threshold, from which the fit is called sure."""
Z = 1.645
"""Standard deviations to either side that hold nine in ten."""
STEPS = 50
FOLDS = 200
"""Each example is left out in turn; where there are more than this, one in so many together."""
MOST_NEEDED = 5000


@dataclass(frozen=True, slots=True)
class Scale:
    """log-odds' = slope * log-odds + shift. The slope is above 0, so no two scores change their order."""

    slope: float = 1.0
    shift: float = 0.0

    def scores(self, own: Floats) -> Floats:
        """What the judge's own scores, float64[n], mean: float64[n]."""
        return _chance(self.slope * _log_odds(own) + self.shift)

    def chances(self, own: Floats) -> Floats:
        """What the judge says, rows like Judge.judge's, with asserts as scaled and all else in its old proportion."""
        asserts = self.scores(own[:, 0])
        # Not 1 - asserts, of which rounding leaves nothing where the judge is sure.
        others = own[:, 1:3].sum(axis=1)
        share = np.divide(1 - asserts, others, out=np.zeros_like(others), where=others > 0)
        scaled = np.column_stack([asserts, own[:, 1:] * share[:, None]])
        scaled[others <= 0, 2] = 1 - asserts[others <= 0]
        return scaled


IDENTITY = Scale()


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """n labelled posts: the judge's own score, whether the post asserts the claim, and what the example weighs."""

    scores: Floats
    asserts: NDArray[np.bool_]
    weights: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, chosen: NDArray[np.bool_]) -> Examples:
        return Examples(self.scores[chosen], self.asserts[chosen], self.weights[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The likeliest scale and the curvature around it, float64[2, 2] over log(slope) and shift: what the examples say
    (`data`), beside what was known before (`prior`)."""

    scale: Scale
    data: Floats
    prior: Floats


@dataclass(frozen=True, slots=True)
class Quality:
    """How good scores are: mean log loss, and expected calibration error. Lower is better."""

    log_loss: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Report:
    """A scale, and how sure it is. `before` and `after` are None where nothing was fitted."""

    scale: Scale
    """What is used: the identity where nothing was fitted, or where what was fitted does worse."""
    examples: int
    asserting: int
    before: Quality | None = None
    """Of the model's own scores."""
    after: Quality | None = None
    """Of the fitted ones, each example scaled by a fit that did not see it."""
    threshold: float | None = None
    """The model's own score that the threshold corresponds to, as fitted."""
    interval: tuple[float, float] | None = None
    """Where it lies, nine times in ten."""
    needed: int | None = None
    """About how many examples like these would make that interval narrow enough; None where it is, or none would."""

    @property
    def improves(self) -> bool:
        return self.before is not None and self.after is not None and self.after.log_loss < self.before.log_loss

    @property
    def is_sure(self) -> bool:
        return self.interval is not None and self.interval[1] - self.interval[0] <= 2 * ENOUGH


def calibrate(examples: Examples, threshold: float) -> Report:
    """The scale for some examples, unless it makes scores worse, and how sure it is of a threshold."""
    asserting = int(examples.asserts.sum())
    if len(examples) < FEWEST or asserting in (0, len(examples)):
        return Report(IDENTITY, len(examples), asserting)
    found = fit(examples)
    before, after = _quality(examples.scores, examples), _quality(left_out(examples), examples)
    low, middle, high = interval(found, threshold)
    return Report(
        scale=found.scale if after.log_loss < before.log_loss else IDENTITY,
        examples=len(examples),
        asserting=asserting,
        before=before,
        after=after,
        threshold=middle,
        interval=(low, high),
        needed=_needed(found, threshold, len(examples)),
    )


def weigh(asserts: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Floats:
    """What n examples weigh: float64[n]. Those `chosen` by their answer (rules tests) are weighed so that SHARE of them
    assert their claim; those that came by their score (alerts that responders judged) count as they are."""
    weights = np.ones(len(asserts))
    positive, negative = chosen & asserts, chosen & ~asserts
    if positive.any() and negative.any():
        weights[positive] = SHARE * chosen.sum() / positive.sum()
        weights[negative] = (1 - SHARE) * chosen.sum() / negative.sum()
    return weights


def fit(examples: Examples) -> Fit:
    """The likeliest scale under the prior: Fisher scoring, each step shortened until it is no worse."""
    log_odds = _log_odds(examples.scores)
    prior = np.diag(SPREAD**-2)
    at = np.zeros(2)
    loss = _loss(at, log_odds, examples)
    for _ in range(STEPS):
        gradient, data = _slopes(at, log_odds, examples)
        step = np.linalg.solve(data + prior, gradient + prior @ at)
        # Far steps are cut short: exp(log slope) must not run away before the loss can say so.
        step /= max(1.0, float(np.linalg.norm(step)))
        while (reached := _loss(at - step, log_odds, examples)) > loss:
            step /= 2
        if np.abs(step).max() < 1e-9:
            break
        at, loss = at - step, reached
    return Fit(Scale(float(np.exp(at[0])), float(at[1])), _slopes(at, log_odds, examples)[1], prior)


def left_out(examples: Examples) -> Floats:
    """float64[n]: each example's score by a fit that did not see it."""
    fold = np.arange(len(examples)) % FOLDS
    scores = np.empty(len(examples))
    for number in range(min(FOLDS, len(examples))):
        held = fold == number
        scores[held] = fit(examples.only(~held)).scale.scores(examples.scores[held])
    return scores


def interval(found: Fit, threshold: float) -> tuple[float, float, float]:
    """The own score that a threshold corresponds to: where it lies nine times in ten, with the likeliest between.

    From the curvature at the fit (Laplace's approximation, carried over to the score by its derivative). It is as wide
    as the prior where there are few examples; resampling a fit that the prior holds in place would call it sure.
    """
    return _interval(found.scale, found.data + found.prior, threshold)


def expected_calibration_error(
    scores: Floats, asserts: NDArray[np.bool_], weights: Floats | None = None, bins: int = 10
) -> float:
    """Mean distance, 0..1, between what scores promise and what comes, over bins of equal width weighed by what is in
    them (Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning").

    Of few examples it is too large: a bin with one example is off by what is missing to 0 or 1. 0 of no examples.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    off = np.bincount(place, weights * (scores - asserts), minlength=bins)
    return float(np.abs(off).sum() / max(float(weights.sum()), SMALLEST))


def log_loss(scores: Floats, asserts: NDArray[np.bool_], weights: Floats) -> float:
    """Weighted mean of -log(probability given to what came), in nats."""
    log_odds = _log_odds(scores)
    losses = np.logaddexp(0.0, log_odds) - asserts * log_odds
    return float((weights * losses).sum() / weights.sum())


def _quality(scores: Floats, examples: Examples) -> Quality:
    return Quality(
        log_loss(scores, examples.asserts, examples.weights),
        expected_calibration_error(scores, examples.asserts, examples.weights),
    )


def _loss(at: Floats, log_odds: Floats, examples: Examples) -> float:
    scaled = np.exp(at[0]) * log_odds + at[1]
    losses = np.logaddexp(0.0, scaled) - examples.asserts * scaled
    return float(examples.weights @ losses + ((at / SPREAD) ** 2).sum() / 2)


def _slopes(at: Floats, log_odds: Floats, examples: Examples) -> tuple[Floats, Floats]:
    """Gradient float64[2] and expected curvature float64[2, 2] of the examples' loss, without the prior's."""
    inner = np.exp(at[0]) * log_odds
    chances = _chance(inner + at[1])
    columns = np.column_stack([inner, np.ones(len(inner))])
    gradient = columns.T @ (examples.weights * (chances - examples.asserts))
    return gradient, (columns.T * (examples.weights * chances * (1 - chances))) @ columns


def _interval(scale: Scale, curvature: Floats, threshold: float) -> tuple[float, float, float]:
    own = (float(_log_odds(np.array(threshold))) - scale.shift) / scale.slope
    derivative = np.array([-own, -1 / scale.slope])
    deviation = float(np.sqrt(derivative @ np.linalg.solve(curvature, derivative)))
    low, middle, high = _chance(own + Z * deviation * np.array([-1.0, 0.0, 1.0])).tolist()
    return low, middle, high


def _needed(found: Fit, threshold: float, examples: int) -> int | None:
    for number in range(10 * (examples // 10 + 1), MOST_NEEDED + 1, 10):
        low, _, high = _interval(found.scale, found.data * number / examples + found.prior, threshold)
        if high - low <= 2 * ENOUGH:
            return number
    return None


def _log_odds(scores: Floats) -> Floats:
    bounded = np.clip(scores, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(bounded) - np.log1p(-bounded))


def _chance(log_odds: Floats) -> Floats:
    """1 / (1 + exp(-x)), written so that nothing overflows."""
    return np.asarray((1 + np.tanh(log_odds / 2)) / 2)
