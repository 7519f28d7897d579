from __future__ import annotations

import random

import pytest

from monitor.rulebook.thresholds import ENOUGH, chance_of, hidden, share, suggest_threshold

BAR = 0.5


def test_few_verdicts_say_nothing_and_say_so() -> None:
    found, why = suggest_threshold(BAR, [(0.9, True)] * (ENOUGH - 1))

    assert found is None
    assert why.startswith("too few verdicts to say: 9")


def test_a_higher_threshold_is_suggested_where_what_it_drops_was_mostly_false() -> None:
    found, why = suggest_threshold(BAR, [(0.55, False)] * 12 + [(0.55, True)] + [(0.9, True)] * 30)

    assert found is not None
    assert 0.55 < found.suggested <= 0.9
    assert (found.false_fewer, found.right_fewer) == (12, 1)
    assert (found.precision_now.right, found.precision_now.of) == (31, 43)
    assert (found.precision_then.right, found.precision_then.of) == (30, 30)
    assert why.startswith("of what it drops, 12 were false alarms and 1 were right")


def test_a_lower_threshold_is_suggested_only_where_what_it_adds_is_right_more_often() -> None:
    above = [(0.9, True)] * 30 + [(0.9, False)] * 10

    lower, _ = suggest_threshold(BAR, above + [(0.4, True)] * 60)
    few, _ = suggest_threshold(BAR, above + [(0.4, True)] * 3)

    assert lower is not None
    assert lower.suggested < BAR
    assert lower.right_fewer == -60
    assert few is None


def test_what_cannot_alert_at_any_threshold_decides_nothing() -> None:
    assert suggest_threshold(BAR, [(None, False)] * 50)[0] is None


def test_an_interval_narrows_with_what_is_known() -> None:
    few, many, none = share(9, 10), share(900, 1000), share(0, 0)

    assert few.low < many.low < 0.9 < many.high < few.high
    assert (none.low, none.high) == (0.0, 1.0)


def test_the_exact_test_gives_the_lady_tasting_tea() -> None:
    assert chance_of(4, 4, 0, 4) == 1.0
    assert chance_of(0, 4, 4, 4) == pytest.approx(1 / 70)


@pytest.mark.parametrize("informative", [True, False], ids=["scores that mean something", "scores that mean nothing"])
def test_with_a_tenth_of_the_verdicts_wrong_precision_on_other_posts_never_falls(informative: bool) -> None:
    """100 claims: verdicts on up to 300 posts, the suggestion held against 4,000 others of the same kind."""
    chance = random.Random(6)
    suggested, worst = 0, 1.0
    for _ in range(100):
        steep, base = chance.uniform(0.6, 2.0), chance.uniform(0.2, 0.8)

        def posts(count: int, steep: float = steep, base: float = base) -> list[tuple[float, bool]]:
            scores = [chance.uniform(0.2, 1.0) for _ in range(count)]
            return [(score, chance.random() < (score**steep if informative else base)) for score in scores]

        seen = [(score, asserts != (chance.random() < 0.1)) for score, asserts in posts(chance.randint(10, 300))]
        found, _ = suggest_threshold(BAR, seen)
        if found is None:
            continue
        suggested += 1
        others = posts(4000)
        before = [asserts for score, asserts in others if score >= BAR]
        after = [asserts for score, asserts in others if score >= found.suggested]
        worst = min(worst, sum(after) / len(after) - sum(before) / len(before))

    if informative:
        assert suggested > 10
        assert worst > 0
    else:
        # Where scores mean nothing, precision is the same everywhere: what is left is the draw of the others.
        assert suggested <= 3
        assert worst > -0.05


def test_a_threshold_that_is_clearly_too_low_needs_fewer_verdicts_against_it() -> None:
    """The scores say the same as the verdicts: most of what alerts at 0.2 does not make the claim."""
    said = [(0.9, True)] * 6

    agreed, _ = suggest_threshold(0.2, said + [(0.3, False)] * 3 + [(0.3, True)])
    alone, _ = suggest_threshold(0.5, said + [(0.6, False)] * 3 + [(0.6, True)])

    assert agreed is not None
    assert agreed.suggested > 0.3
    assert alone is None


def test_a_threshold_that_is_too_high_is_not_lowered_but_what_it_hides_is_counted() -> None:
    judged = [(0.95, True)] * 8 + [(0.7, True)] * 5 + [(0.7, False), (0.4, True), (None, True)]

    assert suggest_threshold(0.9, judged)[0] is None
    assert hidden(0.9, judged, BAR) == 5
    assert hidden(BAR, judged, BAR) == 0
