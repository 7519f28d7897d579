from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.match.decide import NO_HINTS, Chances, Hints, decide
from monitor.match.evidence import LookAlike
from monitor.match.index import Near
from monitor.model import Claim, Decision, Match, Post, Stance

CLAIM = Claim("withdrawn", "Ana Rivera has withdrawn.", "She runs.", ("rivera",))
POST = Post("1", "Rivera quit")


def decided(
    asserts: float, denies: float = 0.0, window: str = "Rivera quit", look_alike: LookAlike | None = None,
    claim: Claim = CLAIM, hints: Hints = NO_HINTS, cosine: float = 0.7,
) -> Match:  # fmt: skip
    near = Near(claim, score=0.8, cosine=cosine, lexical=0.5, wording="Rivera dropped out", window=window)
    return decide(POST, near, Chances(asserts, denies, 1 - asserts - denies), look_alike, 0.5, hints)


def test_a_post_that_asserts_the_claim_alerts_and_names_the_wording() -> None:
    match = decided(0.5)
    assert (match.decision, match.stance, match.score) == (Decision.ALERT, Stance.SUPPORT, 0.5)
    assert match.why == "asserts it; nearest wording: “Rivera dropped out”"
    assert (match.post_key, match.claim_id, match.sentence) == ("other:1", "withdrawn", "Rivera quit")


def test_a_denial_is_quiet_and_quotes_the_post() -> None:
    match = decided(0.2, denies=0.6, window="Rivera has NOT quit")
    assert (match.decision, match.stance) == (Decision.QUIET, Stance.DENY)
    assert match.why == "denies it: “rivera has not quit”"


def test_a_denial_without_its_words_is_still_one() -> None:
    assert decided(0.1, denies=0.8, window="here she is, campaigning").why == "denies it"


def test_a_question_is_watched_however_low_its_score() -> None:
    match = decided(0.1, window="Did she quit?", hints=Hints(asks=0.6))
    assert (match.decision, match.stance) == (Decision.WATCH, Stance.QUERY)
    assert match.why == "asks: “did she quit?”; 0.10 is under the claim's 0.50"


def test_a_question_that_asserts_alerts() -> None:
    assert decided(0.6, hints=Hints(asks=0.4)).decision is Decision.ALERT


def test_a_joke_is_quiet() -> None:
    match = decided(0.2, window="Rivera quits to marry her bus", hints=Hints(jokes=0.7))
    assert (match.decision, match.stance) == (Decision.QUIET, Stance.COMMENT)
    assert match.why == "jokes: “Rivera quits to marry her bus”"


def test_a_post_about_somebody_else_says_about_whom() -> None:
    match = decided(0.1, hints=Hints(instead="Daniel Moon, not Ana Rivera"))
    assert match.decision is Decision.QUIET
    assert match.why == "about Daniel Moon, not Ana Rivera; 0.10 is under the claim's 0.50"


def test_an_uncertain_post_is_watched_and_a_certain_one_is_not() -> None:
    assert decided(0.31).decision is Decision.WATCH
    assert decided(0.31).why.startswith("uncertain: 0.31 is under the claim's 0.50")
    assert decided(0.29).decision is Decision.QUIET


def test_a_score_that_is_nearly_the_threshold_is_not_told_as_if_it_were() -> None:
    assert "0.49 is under the claim's 0.50" in decided(0.497).why


@pytest.mark.parametrize(("bar", "decision"), [(0.9, Decision.WATCH), (0.3, Decision.ALERT)])
def test_the_claims_own_threshold_goes_first(bar: float, decision: Decision) -> None:
    assert decided(0.6, claim=replace(CLAIM, threshold=bar)).decision is decision


def test_a_post_that_all_but_repeats_a_look_alike_is_quiet_and_says_so() -> None:
    match = decided(0.9, look_alike=LookAlike("Rivera withdrew her bill", 0.85))
    assert match.decision is Decision.QUIET
    assert match.why == "all but repeats the look-alike “Rivera withdrew her bill”"


@pytest.mark.parametrize("cosine", [0.74, 0.69])
def test_a_post_that_is_only_nearer_to_a_look_alike_is_decided_by_its_score(cosine: float) -> None:
    assert decided(0.9, look_alike=LookAlike("Rivera withdrew her bill", cosine)).decision is Decision.ALERT


def test_a_look_alike_farther_than_a_phrasing_changes_nothing() -> None:
    match = decided(0.9, cosine=0.9, look_alike=LookAlike("Rivera withdrew her bill", 0.85))
    assert match.decision is Decision.ALERT
