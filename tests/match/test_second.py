from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from monitor.match import second
from monitor.match.decide import Chances
from monitor.match.evidence import Evidence, LookAlike, Names
from monitor.match.index import Near
from monitor.match.judge import Pair
from monitor.match.second import (
    LONGEST_TEXT,
    Case,
    Question,
    SecondOpinion,
    is_uncertain,
    pooled,
    question,
    reviewed,
)
from monitor.model import Candidate, Claim, Decision, Post, Rules, Stance
from monitor.text import normalise
from tests.match.readings import read

BAND = (0.5, 1.5)
RIVERA = Candidate("rivera", "Ana Rivera", handles=("@AnaRivera.example",))
MOON = Candidate("moon", "Dan Moon")
CLAIM = Claim("withdrawn", "Ana Rivera has withdrawn.", "She runs.", ("rivera",))
RULES = Rules((RIVERA, MOON), (CLAIM,), "v1")
ASSERTS, DENIES, NEITHER = Chances(0.96, 0.02, 0.02), Chances(0.02, 0.96, 0.02), Chances(0.02, 0.02, 0.96)


def case(
    asserts: float = 0.4, denies: float = 0.1, text: str = "Rivera quit", window: str | None = None,
    look_alike: LookAlike | None = None, claim: Claim = CLAIM, cosine: float = 0.7,
) -> Case:  # fmt: skip
    near = Near(claim, score=0.8, cosine=cosine, lexical=0.5, wording="Rivera dropped out", window=window or text)
    written = (text,) if window is None else (text, window)
    reading = read(written, tuple(part.replace("qu1t", "quit") for part in written), np.zeros((1, 4), np.float32))
    near = replace(near, window=reading.windows[-1])
    evidence = Evidence(*([0.0] * len(Evidence._fields)))
    pair = Pair(reading, near, near.claim, evidence, Names(frozenset(), frozenset()))
    return Case(
        Post("1", text, author="somebody"), pair, Chances(asserts, denies, 1 - asserts - denies), look_alike, 0.5
    )


class Oracle:
    """Answers with what it was given, and keeps what it was asked."""

    def __init__(self, *answers: Chances | None) -> None:
        self.answers = answers
        self.asked: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> list[Chances | None]:
        self.asked += questions
        return [self.answers[number % len(self.answers)] for number in range(len(questions))]

    def check(self) -> str:
        return "here"


@pytest.mark.parametrize(
    ("asserts", "uncertain"), [(0.24, False), (0.25, True), (0.5, True), (0.75, True), (0.76, False)]
)
def test_the_band_is_in_times_the_threshold(asserts: float, uncertain: bool) -> None:
    assert is_uncertain(case(asserts), BAND) is uncertain


def test_the_band_moves_with_the_claims_own_threshold() -> None:
    strict = replace(CLAIM, threshold=0.9)
    assert not is_uncertain(case(0.4, claim=strict), BAND)
    assert is_uncertain(case(0.9, claim=strict), BAND)


def test_a_post_that_no_opinion_could_make_alert_is_not_asked_about() -> None:
    hopeless = case(0.4, look_alike=LookAlike("Rivera quit smoking", 0.9))
    assert not is_uncertain(hopeless, BAND)


def test_a_question_holds_the_post_the_claim_the_truth_and_the_candidates_and_nothing_else() -> None:
    text = normalise(
        "＠some_body says @anarivera.EXAMPLE quit!! ask joe@mail.example or https://x.example/@joe?u=1 #Riv"
    )
    assert question(case(text=text), RULES) == Question(
        text="@someone says Ana Rivera quit!! ask @someone or [link] #Riv",
        claim="Ana Rivera has withdrawn.",
        truth="She runs.",
        about=("Ana Rivera",),
        others=("Dan Moon",),
    )


def test_a_post_is_asked_about_as_it_was_written() -> None:
    assert question(case(text="Rivera qu1t"), RULES).text == "Rivera qu1t"


def test_of_a_very_long_post_the_deciding_sentences_are_asked_about() -> None:
    long = "Nothing here. " * 200
    assert question(case(text=long, window="Rivera quit."), RULES).text == "Rivera quit."
    assert question(case(text=long, window="Rivera qu1t."), RULES).text == "Rivera qu1t."
    assert len(question(case(text=long, window=long), RULES).text) <= LONGEST_TEXT


@given(st.text(max_size=300), st.text(alphabet="@.a-/: %", max_size=300))
def test_no_account_is_ever_in_a_question(text: str, more: str) -> None:
    asked = question(case(text=normalise(f"{text} {more}")), RULES).text
    assert set(re.findall(r"@\w+", asked)) <= {"@someone"}
    assert not re.search(r"https?://\S", asked)


def test_an_opinion_moves_a_post_over_the_threshold_or_under_it_and_the_reason_says_so() -> None:
    up, down = reviewed(case(0.4), ASSERTS), reviewed(case(0.6), NEITHER)
    assert up.decision is Decision.ALERT
    assert up.why == "asserts it; nearest wording: “Rivera dropped out”; second opinion: asserts it"
    assert down.decision is not Decision.ALERT
    assert down.why.endswith("; second opinion: neither asserts nor denies it")


def test_a_denial_that_the_embedded_judge_missed_is_quiet() -> None:
    match = reviewed(case(0.3), DENIES)
    assert (match.decision, match.stance) == (Decision.QUIET, Stance.DENY)
    assert match.why == "denies it; second opinion: denies it"


def test_no_opinion_can_make_an_alert_vanish() -> None:
    match = reviewed(case(0.7), DENIES)
    assert (match.decision, match.stance) == (Decision.WATCH, Stance.DENY)


def test_without_an_opinion_the_embedded_judge_decides() -> None:
    assert reviewed(case(0.7), None) == case(0.7).match()


probabilities = st.tuples(*[st.floats(0.02, 0.98)] * 3).map(lambda raw: Chances(*(one / sum(raw) for one in raw)))


@given(probabilities, probabilities)
def test_whatever_two_judges_say_together_they_say_three_probabilities(one: Chances, two: Chances) -> None:
    both = pooled(one, two)
    assert min(both.asserts, both.denies, both.neither) >= 0
    assert both.asserts + both.denies + both.neither == pytest.approx(1)


@given(probabilities)
def test_where_both_judges_agree_the_score_stays(one: Chances) -> None:
    both = pooled(one, one)
    bounded = max(one.asserts, 0.02)
    assert both.asserts == pytest.approx(bounded, abs=0.04)


@given(probabilities, st.floats(0, 1), st.floats(0, 1))
def test_a_second_judge_that_is_surer_never_lowers_the_score(first: Chances, one: float, other: float) -> None:
    low, high = sorted((one, other))
    scores = [pooled(first, Chances(sure, (1 - sure) / 2, (1 - sure) / 2)).asserts for sure in (low, high)]
    assert scores[0] <= scores[1] + 1e-9


def test_certainty_is_believed_only_so_far() -> None:
    assert pooled(Chances(0.3, 0.3, 0.4), Chances(1.0, 0.0, 0.0)) == pooled(
        Chances(0.3, 0.3, 0.4), Chances(0.98, 0.0, 0.02)
    )


def test_only_posts_in_the_band_are_asked_about() -> None:
    oracle = Oracle(ASSERTS)
    matches = SecondOpinion(oracle, BAND).review([case(0.1), None, case(0.4), case(0.95)], RULES)
    assert len(oracle.asked) == 1
    assert [match and match.decision for match in matches] == [
        Decision.QUIET, None, Decision.ALERT, Decision.ALERT,
    ]  # fmt: skip
    assert "second opinion" not in "".join(match.why for match in (matches[0], matches[3]) if match)


def test_the_same_question_is_asked_once() -> None:
    oracle = Oracle(ASSERTS)
    opinion = SecondOpinion(oracle, BAND)
    first = opinion.review([case(0.4), case(0.45)], RULES)
    again = opinion.review([case(0.4)], RULES)
    assert len(oracle.asked) == 1
    assert again == first[:1]


@pytest.mark.parametrize(
    "other",
    [case(text="Rivera quit?"), case(claim=replace(CLAIM, truth="She is on the ballot."))],
    ids=["text", "truth"],
)
def test_a_question_that_differs_in_anything_is_asked_again(other: Case) -> None:
    oracle = Oracle(ASSERTS)
    opinion = SecondOpinion(oracle, BAND)
    opinion.review([case()], RULES)
    opinion.review([other], RULES)
    assert len(oracle.asked) == 2


def test_what_was_not_answered_is_asked_again() -> None:
    oracle = Oracle(None)
    opinion = SecondOpinion(oracle, BAND)
    opinion.review([case()], RULES)
    opinion.review([case()], RULES)
    assert len(oracle.asked) == 2


def test_only_so_many_opinions_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "REMEMBERED", 2)
    oracle = Oracle(ASSERTS)
    opinion = SecondOpinion(oracle, BAND)
    for text in ("one", "two", "one", "three", "one", "two"):
        opinion.review([case(text=text)], RULES)
    assert [asked.text for asked in oracle.asked] == ["one", "two", "three", "two"]


def test_a_second_judge_that_fails_in_an_unforeseen_way_costs_nothing() -> None:
    class Broken(Oracle):
        def ask(self, questions: Sequence[Question]) -> list[Chances | None]:
            raise ZeroDivisionError("surprise")

    with capture_logs() as logs:
        matches = SecondOpinion(Broken(), BAND).review([case(0.7)], RULES)
    assert matches == [case(0.7).match()]
    assert "surprise" in logs[0]["error"]


@given(
    st.floats(0, 1), st.floats(0, 1), st.one_of(st.none(), probabilities, st.sampled_from([ASSERTS, DENIES, NEITHER]))
)
def test_whatever_is_answered_the_decision_is_one_of_three_and_has_a_reason(
    asserts: float, share: float, answer: Chances | None
) -> None:
    asked = case(asserts, (1 - asserts) * share)
    (match,) = SecondOpinion(Oracle(answer), BAND).review([asked], RULES)
    assert match is not None
    assert match.decision in Decision
    assert 0 <= match.score <= 1
    assert match.why
    if asked.match().decision is Decision.ALERT:
        assert match.decision is not Decision.QUIET
