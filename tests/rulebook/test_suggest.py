from __future__ import annotations

from monitor.model import Claim, Post
from monitor.rulebook.suggest import Judged, idle, look_alikes, phrasings
from monitor.rulebook.thresholds import ENOUGH

CLAIM = Claim(
    "withdrawn", "She quit.", "She runs.", ("rivera",), phrasings=("she is out", "she gave up"), not_this=("a bill",)
)
BAR = 0.5


def judged(number: int, asserts: bool, score: float | None, sentence: str = "", phrasing: str = "she is out") -> Judged:
    text = sentence or f"post {number}"
    return Judged(Post(str(number), text), asserts, score, phrasing, text)


def test_sentences_that_only_just_matched_and_were_confirmed_become_phrasings() -> None:
    said = [
        judged(1, True, 0.55, "she packed her bags"), judged(2, True, 0.4, "no more Ana"),
        judged(3, True, 0.95, "quit"), judged(4, False, 0.55, "she sold her car"),
        judged(5, True, 0.55, "She IS out."), judged(6, True, 0.5, "x" * 199),
        judged(7, True, 0.55, "she packed her bags"), judged(8, True, 0.6, "said both ways"),
        judged(9, False, 0.6, "said both ways"), judged(10, True, None, "ruled out"),
    ]  # fmt: skip

    assert phrasings(CLAIM, BAR, said) == ("she packed her bags", "no more Ana")
    assert look_alikes(CLAIM, BAR, said) == ("she sold her car",)


def test_a_verdict_that_its_score_makes_a_slip_of_the_finger_suggests_no_sentence() -> None:
    said = [
        judged(1, False, 0.95, "she quit, it is official"), judged(2, True, 0.05, "she opened a school"),
        judged(3, False, 0.6, "she sold her car"), judged(4, True, 0.45, "she packed her bags"),
    ]  # fmt: skip

    assert look_alikes(CLAIM, BAR, said) == ("she sold her car",)
    assert phrasings(CLAIM, BAR, said) == ("she packed her bags",)


def test_what_two_people_say_of_the_same_words_counts_more_than_a_score() -> None:
    said = [
        judged(1, False, 0.95, "she quit her gym"), judged(2, False, 0.95, "She quit her gym!"),
        judged(3, True, 0.05, "adiós Ana"), judged(4, True, 0.05, "Adiós, Ana"),
    ]  # fmt: skip

    assert look_alikes(CLAIM, BAR, said) == ("she quit her gym",)
    assert phrasings(CLAIM, BAR, said) == ("adiós Ana",)


def test_look_alikes_that_stand_in_the_rules_or_stay_quiet_are_not_tried() -> None:
    said = [
        judged(1, False, 0.9, "A bill!"), judged(2, False, 0.3, "too weak to alert"),
        judged(3, False, None, "ruled out"),
    ]  # fmt: skip

    assert look_alikes(CLAIM, BAR, said) == ()


def test_phrasings_that_were_nearest_to_nothing_confirmed_are_named_once_enough_is_known() -> None:
    right = [judged(number, True, 0.9) for number in range(ENOUGH)]
    false = [judged(99, False, 0.9, phrasing="she gave up")]

    assert idle(CLAIM, right + false) == ("she gave up",)
    assert idle(CLAIM, right[1:] + false) == ()
