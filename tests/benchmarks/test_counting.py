from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.parts.counting import (
    Guess,
    Truth,
    alerting,
    average_precision,
    best_cut,
    calibration_error,
    macro_f1,
    recall_at_false_alarms,
    recall_at_precision,
    share_alerted,
    share_at_recall,
)

SPREAD = Truth("spread", "c01")
DEBUNK = Truth("debunk", "c01")
QUESTION = Truth("question", "c01")
scores = st.floats(0, 1)


def alert(score: float = 0.9, claim: str | None = "c01") -> Guess:
    return Guess(claim, score, alerts=True)


def quiet(score: float = 0.1, claim: str | None = "c01") -> Guess:
    return Guess(claim, score, alerts=False)


def test_only_an_alert_on_a_spreading_post_for_its_own_claim_is_right() -> None:
    found = alerting([SPREAD, SPREAD, DEBUNK, SPREAD], [alert(), alert(claim="c02"), alert(), quiet()])
    assert (found.alerts, found.right, found.spreading) == (3, 1, 3)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 3)
    assert found.f1 == pytest.approx(2 / 6)


def test_questions_and_satire_are_not_scored() -> None:
    found = alerting([SPREAD, QUESTION, Truth("satire", "c01")], [alert(), alert(), alert()])
    assert (found.alerts, found.right, found.spreading) == (1, 1, 1)


def test_nothing_to_divide_by_is_no_number() -> None:
    assert math.isnan(alerting([DEBUNK], [quiet()]).recall)
    assert math.isnan(alerting([DEBUNK], [quiet()]).precision)
    assert math.isnan(alerting([], []).f1)


def test_the_share_of_a_label_counts_alerts_for_any_claim() -> None:
    assert share_alerted("debunk", [DEBUNK, DEBUNK, SPREAD], [alert(claim="c02"), quiet(), alert()]) == 0.5
    assert math.isnan(share_alerted("satire", [DEBUNK], [alert()]))


def test_recall_at_a_precision_takes_the_lowest_cut_off_that_keeps_it() -> None:
    truths = [SPREAD] * 9 + [DEBUNK] + [SPREAD] * 2 + [DEBUNK] * 3
    guesses = [quiet(1 - number / 100) for number in range(len(truths))]
    assert recall_at_precision(truths, guesses, 0.9) == 11 / 11
    assert recall_at_precision(truths[::-1], guesses, 0.9) == 0.0


def test_posts_of_one_score_cannot_be_cut_apart() -> None:
    assert recall_at_precision([SPREAD, DEBUNK], [quiet(0.5), quiet(0.5)], 0.9) == 0.0
    assert recall_at_precision([SPREAD, DEBUNK], [quiet(0.6), quiet(0.5)], 0.9) == 1.0


def test_the_best_cut_is_of_best_f1() -> None:
    truths = [SPREAD, SPREAD, DEBUNK]
    cut = best_cut(truths, [quiet(0.9), quiet(0.6), quiet(0.5)])
    assert [guess.alerts for guess in cut] == [True, True, False]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([SPREAD, DEBUNK, QUESTION]), scores), min_size=1))
def test_no_cut_off_does_better_than_the_best(posts: list[tuple[Truth, float]]) -> None:
    truths = [truth for truth, _ in posts]
    guesses = [quiet(score) for _, score in posts]
    everything = alerting(truths, [alert() for _ in posts])
    assert not alerting(truths, best_cut(truths, guesses)).f1 < everything.f1


def test_recall_at_false_alarms_cuts_above_the_first_alarm_too_many() -> None:
    right = [0.9, 0.7, 0.5, 0.2]
    wrong = [0.8, 0.6, 0.3]
    assert recall_at_false_alarms(right, 5, wrong, 0) == 1 / 5
    assert recall_at_false_alarms(right, 5, wrong, 1) == 2 / 5
    assert recall_at_false_alarms(right, 5, wrong, 3) == 4 / 5


def test_a_right_post_of_the_same_score_as_a_false_alarm_too_many_is_lost() -> None:
    assert recall_at_false_alarms([0.8], 1, [0.8], 0) == 0.0


def test_the_share_of_denials_is_taken_where_the_recall_is_reached() -> None:
    asserting = [0.9, 0.8, 0.4, 0.3]
    denying = [0.85, 0.35, 0.1, 0.1]
    assert share_at_recall(asserting, denying, 0.25) == 0.0
    assert share_at_recall(asserting, denying, 0.3) == 0.25
    assert share_at_recall(asserting, denying, 1.0) == 0.5
    assert share_at_recall(asserting, denying, 0.0) == 0.0
    assert math.isnan(share_at_recall([], denying, 0.5))


def test_average_precision_counts_the_places_asked_for() -> None:
    assert average_precision([True], 1, 5) == 1.0
    assert average_precision([False, True, False, False, False, True], 1, 5) == 0.5
    assert average_precision([True, False, True], 2, 5) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([], 2, 5) == 0.0


def test_macro_f1_weighs_small_classes_like_large_ones() -> None:
    assert macro_f1(["spread", "spread", "debunk"], ["spread", "spread", "neutral"]) == 0.5
    assert macro_f1(["spread", "debunk"], ["spread", "debunk"]) == 1.0


@pytest.mark.parametrize("equal_mass", [True, False])
def test_scores_that_say_how_often_have_no_calibration_error(equal_mass: bool) -> None:
    said = [0.25] * 40 + [0.75] * 40
    happened = ([True] + [False] * 3) * 10 + ([True] * 3 + [False]) * 10
    assert calibration_error(said, happened, equal_mass=equal_mass) == pytest.approx(0.0)
    assert calibration_error([0.9] * 80, happened, equal_mass=equal_mass) == pytest.approx(0.4)


def test_bins_of_equal_width_do_not_mix_high_and_low_scores() -> None:
    said, happened = [0.95, 0.05], [False, True]
    assert calibration_error(said, happened, equal_mass=False) == pytest.approx(0.95)


@settings(deadline=None)
@given(st.lists(st.tuples(scores, st.booleans())), st.booleans())
def test_a_calibration_error_is_a_share(pairs: list[tuple[float, bool]], equal_mass: bool) -> None:
    error = calibration_error([score for score, _ in pairs], [happened for _, happened in pairs], equal_mass=equal_mass)
    assert math.isnan(error) == (not pairs)
    assert not error < 0.0
    assert not error > 1.0 + 1e-9
