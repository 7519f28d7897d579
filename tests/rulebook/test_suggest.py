from __future__ import annotations

import random

import pytest

from monitor.model import Claim, Post
from monitor.rulebook.suggest import ENOUGH, Judged, advise, chance_of, share, suggest_threshold

CLAIM = Claim(
    "withdrawn", "She quit.", "She runs.", ("rivera",), phrasings=("she is out", "she gave up"), not_this=("a bill",)
)
BAR = 0.5


def judged(number: int, asserts: bool, score: float | None, sentence: str = "", phrasing: str = "she is out") -> Judged:
    text = sentence or f"post {number}"
    return Judged(Post(str(number), text), asserts, score, phrasing, text)


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


def test_sentences_that_only_just_matched_and_were_confirmed_become_phrasings() -> None:
    found = advise(CLAIM, BAR, [
        judged(1, True, 0.55, "she packed her bags"), judged(2, True, 0.4, "no more Ana"),
        judged(3, True, 0.95, "quit"), judged(4, False, 0.55, "she sold her car"),
        judged(5, True, 0.55, "She IS out."), judged(6, True, 0.5, "x" * 199),
        judged(7, True, 0.55, "she packed her bags"), judged(8, True, 0.6, "said both ways"),
        judged(9, False, 0.6, "said both ways"), judged(10, True, None, "ruled out"),
    ])  # fmt: skip

    assert found.phrasings == ("she packed her bags", "no more Ana")
    assert found.look_alikes == ("she sold her car",)
    assert (found.judged, found.confirmed) == (10, 8)


def test_a_verdict_that_its_score_makes_a_slip_of_the_finger_suggests_no_sentence() -> None:
    found = advise(CLAIM, BAR, [
        judged(1, False, 0.95, "she quit, it is official"), judged(2, True, 0.05, "she opened a school"),
        judged(3, False, 0.6, "she sold her car"), judged(4, True, 0.45, "she packed her bags"),
    ])  # fmt: skip

    assert found.look_alikes == ("she sold her car",)
    assert found.phrasings == ("she packed her bags",)


def test_what_two_people_say_of_the_same_words_counts_more_than_a_score() -> None:
    found = advise(CLAIM, BAR, [
        judged(1, False, 0.95, "she quit her gym"), judged(2, False, 0.95, "She quit her gym!"),
        judged(3, True, 0.05, "adiós Ana"), judged(4, True, 0.05, "Adiós, Ana"),
    ])  # fmt: skip

    assert found.look_alikes == ("she quit her gym",)
    assert found.phrasings == ("adiós Ana",)


def test_look_alikes_that_stand_in_the_rules_or_stay_quiet_are_not_suggested() -> None:
    found = advise(CLAIM, BAR, [
        judged(1, False, 0.9, "A bill!"), judged(2, False, 0.3, "too weak to alert"),
        judged(3, False, None, "ruled out"),
    ])  # fmt: skip

    assert found.look_alikes == ()


def test_phrasings_that_were_nearest_to_nothing_confirmed_are_named_once_enough_is_known() -> None:
    right = [judged(number, True, 0.9) for number in range(ENOUGH)]
    false = [judged(99, False, 0.9, phrasing="she gave up")]

    assert advise(CLAIM, BAR, right + false).idle == ("she gave up",)
    assert advise(CLAIM, BAR, right[1:] + false).idle == ()
