from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.match.calibration import (
    FEWEST,
    IDENTITY,
    SHARE,
    Examples,
    Scale,
    calibrate,
    expected_calibration_error,
    fit,
    interval,
    left_out,
    log_loss,
    weigh,
)


def drawn(number: int, scale: Scale, seed: int = 1) -> Examples:
    """Examples of a model whose own scores mean what `scale` makes of them."""
    random = np.random.default_rng(seed)
    own = 1 / (1 + np.exp(-random.normal(0.0, 2.0, number)))
    asserts = random.random(number) < scale.scores(own)
    return Examples(own, asserts, np.ones(number))


SCORES = st.floats(0.0, 1.0, allow_nan=False)
CHANCES = st.tuples(SCORES, SCORES, SCORES).filter(lambda three: sum(three) > 0.01)
EXAMPLES = st.lists(st.tuples(SCORES, st.booleans(), st.floats(0.01, 50.0)), min_size=0, max_size=40)


def made(rows: list[tuple[float, bool, float]]) -> Examples:
    return Examples(
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=bool),
        np.array([row[2] for row in rows], dtype=np.float64),
    )


@pytest.mark.parametrize("true", [Scale(1.0, 0.0), Scale(0.6, -0.8), Scale(1.8, 1.0)])
def test_many_examples_reveal_the_scale(true: Scale) -> None:
    found = fit(drawn(5000, true)).scale

    assert found.slope == pytest.approx(true.slope, rel=0.1)
    assert found.shift == pytest.approx(true.shift, abs=0.12)


def test_no_examples_leave_the_prior() -> None:
    assert fit(made([])).scale == IDENTITY


def test_a_few_examples_that_are_all_wrong_move_the_scores_a_little() -> None:
    found = fit(made([(0.9, False, 1.0)] * 4 + [(0.1, True, 1.0)] * 4)).scale

    assert 0.4 < found.slope < 1
    assert found.shift == pytest.approx(0.0, abs=0.01)


@settings(deadline=None)
@given(EXAMPLES, SCORES)
def test_no_examples_are_too_strange(rows: list[tuple[float, bool, float]], threshold: float) -> None:
    report = calibrate(made(rows), threshold)

    assert report.scale.slope > 0
    numbers = [report.scale.slope, report.scale.shift]
    if report.before is not None and report.after is not None and report.interval is not None:
        numbers += [report.before.log_loss, report.after.log_loss, report.after.calibration_error, *report.interval]
        assert 0 <= report.interval[0] <= report.interval[1] <= 1
    assert np.isfinite(numbers).all()


@settings(deadline=None)
@given(EXAMPLES, st.lists(SCORES, min_size=2, max_size=20))
def test_scores_keep_their_order(rows: list[tuple[float, bool, float]], scores: list[float]) -> None:
    scaled = fit(made(rows)).scale.scores(np.sort(np.array(scores)))

    assert (np.diff(scaled) >= 0).all()


@settings(deadline=None)
@given(st.lists(CHANCES, min_size=1, max_size=10), st.floats(0.05, 20.0), st.floats(-20.0, 20.0))
def test_three_chances_go_on_adding_up_to_one(rows: list[tuple[float, ...]], slope: float, shift: float) -> None:
    own = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    scaled = Scale(slope, shift).chances(own)

    assert scaled.shape == own.shape
    assert (scaled >= 0).all()
    np.testing.assert_allclose(scaled.sum(axis=1), 1.0)
    np.testing.assert_allclose(scaled[:, 1] * own[:, 2], scaled[:, 2] * own[:, 1], atol=1e-6)


def test_what_surely_asserts_can_still_be_doubted() -> None:
    scaled = Scale(1.0, -14.0).chances(np.array([[1.0, 0.0, 0.0]]))

    assert scaled[0, 0] < 0.5
    assert scaled[0, 2] == pytest.approx(1 - scaled[0, 0])


def test_a_fit_is_used_where_it_does_better_on_examples_that_it_did_not_see() -> None:
    report = calibrate(drawn(200, Scale(1.0, -1.5)), 0.5)

    assert report.improves
    assert report.scale.shift < -1
    assert report.before is not None
    assert report.after is not None
    assert report.after.calibration_error < report.before.calibration_error


def test_scores_that_were_right_are_never_made_worse() -> None:
    """Whatever the examples are, what is used is no worse than the scores as they were, left out in turn."""
    kept = 0
    for seed in range(20):
        examples = drawn(30, IDENTITY, seed)
        report = calibrate(examples, 0.5)
        assert report.before is not None
        assert report.after is not None
        kept += not report.improves
        assert (report.scale == IDENTITY) == (report.after.log_loss >= report.before.log_loss)
    assert kept >= 10


@pytest.mark.parametrize("asserts", [True, False])
def test_nothing_is_fitted_to_one_answer_only(asserts: bool) -> None:
    report = calibrate(made([(0.3, asserts, 1.0)] * 50), 0.5)

    assert (report.scale, report.interval, report.is_sure) == (IDENTITY, None, False)


def test_nothing_is_fitted_to_less_than_the_fewest() -> None:
    examples = drawn(FEWEST, Scale(1.0, 0.0))

    assert calibrate(examples, 0.5).before is not None
    assert calibrate(examples.only(np.arange(FEWEST) > 0), 0.5).scale == IDENTITY


def test_few_examples_are_called_too_few_and_many_sure() -> None:
    few, many = calibrate(drawn(12, Scale(1.2, 0.4)), 0.5), calibrate(drawn(1000, Scale(1.2, 0.4)), 0.5)

    assert not few.is_sure
    assert few.needed is not None
    assert 12 < few.needed < 1000
    assert many.is_sure


def test_as_many_examples_as_are_asked_for_do() -> None:
    few = calibrate(drawn(40, Scale(1.2, 0.4)), 0.5)
    assert few.needed is not None

    assert calibrate(drawn(2 * few.needed, Scale(1.2, 0.4), seed=2), 0.5).is_sure


def test_the_interval_holds_the_truth_nine_times_in_ten() -> None:
    """With scales drawn as the prior says, which is when the promise can be kept."""
    random = np.random.default_rng(3)
    within = 0
    for seed in range(200):
        true = Scale(float(np.exp(random.normal(0, 0.35))), float(random.normal(0, 0.7)))
        low, _, high = interval(fit(drawn(40, true, seed)), 0.6)
        own = 1 / (1 + np.exp(-(np.log(0.6 / 0.4) - true.shift) / true.slope))
        within += low <= own <= high
    assert 165 <= within <= 195


def test_without_examples_the_interval_is_as_wide_as_the_prior() -> None:
    low, middle, high = interval(fit(made([])), 0.5)

    assert middle == pytest.approx(0.5)
    assert high - low > 0.5


def test_each_example_is_scored_by_a_fit_that_did_not_see_it() -> None:
    examples = drawn(15, Scale(0.7, 0.5))
    rest = np.arange(15) != 4

    expected = fit(examples.only(rest)).scale.scores(examples.scores[[4]])

    assert left_out(examples)[4] == pytest.approx(expected[0])


def test_tests_weigh_like_posts_near_a_claim_and_verdicts_as_they_are() -> None:
    asserts = np.array([True, True, True, False, True, False])
    chosen = np.array([True, True, True, True, False, False])

    weights = weigh(asserts, chosen)

    assert weights[chosen & asserts].sum() == pytest.approx(4 * SHARE)
    assert weights[chosen].sum() == pytest.approx(4.0)
    assert weights[~chosen].tolist() == [1.0, 1.0]


def test_how_many_tests_must_alert_does_not_move_the_scores() -> None:
    """Twice as many tests of one answer say nothing about how often posts assert a claim."""
    examples = drawn(400, Scale(1.3, -0.5))
    doubled = np.concatenate([np.arange(400), np.flatnonzero(examples.asserts)])
    scales = []
    for chosen in (np.arange(400), doubled):
        scores, asserts = examples.scores[chosen], examples.asserts[chosen]
        scales.append(fit(Examples(scores, asserts, weigh(asserts, np.ones(len(asserts), dtype=bool)))).scale)

    assert scales[1].shift == pytest.approx(scales[0].shift, abs=0.06)
    assert scales[1].slope == pytest.approx(scales[0].slope, abs=0.06)


def test_calibration_error_is_the_distance_from_what_comes() -> None:
    asserts = np.array([True, False, True, True])

    assert expected_calibration_error(np.array([1.0, 0.0, 1.0, 1.0]), asserts) == 0.0
    assert expected_calibration_error(np.array([0.6, 0.6, 0.6, 0.6]), asserts) == pytest.approx(0.15)
    assert expected_calibration_error(np.array([0.6, 0.1, 0.6, 0.6]), asserts) == pytest.approx((3 * 0.4 + 0.1) / 4)
    assert expected_calibration_error(np.array([0.6, 0.6]), asserts[:2], np.array([3.0, 1.0])) == pytest.approx(0.15)
    assert expected_calibration_error(np.array([]), np.array([], dtype=bool)) == 0.0


def test_log_loss_is_the_mean_surprise() -> None:
    scores, asserts = np.array([0.8, 0.25]), np.array([True, False])

    assert log_loss(scores, asserts, np.ones(2)) == pytest.approx(-(np.log(0.8) + np.log(0.75)) / 2)
    assert log_loss(scores, asserts, np.array([1.0, 0.0])) == pytest.approx(-np.log(0.8))
