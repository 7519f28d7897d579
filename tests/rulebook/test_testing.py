from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from monitor.model import Claim, ClaimStatus, Decision, Match, Mention, Post, Rules, RuleTest, Stance, Verdict
from monitor.rulebook import testing

NOW = datetime(2026, 10, 20, tzinfo=UTC)


def rules_with(test: RuleTest, status: ClaimStatus = ClaimStatus.ACTIVE) -> Rules:
    claim = Claim("withdrawn", "She quit.", "She runs.", about=("rivera",), status=status, tests=(test,))
    return Rules(candidates=(), claims=(claim,), version="1")


def answer(decision: Decision, claim_id: str | None, stance: Stance = Stance.SUPPORT) -> testing.Classify:
    def classify(posts: Sequence[Post], now: datetime) -> list[Verdict]:
        assert now == NOW
        return [verdict(post) for post in posts]

    def verdict(post: Post) -> Verdict:
        if claim_id is None:
            return Verdict(post, Mention(), Decision.QUIET, "near none of the claims")
        match = Match(post.key, claim_id, "Rivera is out", 0.71, stance, decision, post.text, "0.71 is over 0.50")
        return Verdict(post, Mention(("rivera",)), decision, match.why, match)

    return classify


@pytest.mark.parametrize(
    ("expect", "classify", "passed"),
    [
        (Decision.ALERT, answer(Decision.ALERT, "withdrawn"), True),
        (Decision.ALERT, answer(Decision.ALERT, "arrested"), False),
        (Decision.ALERT, answer(Decision.WATCH, "withdrawn"), False),
        (Decision.ALERT, answer(Decision.QUIET, None), False),
        (Decision.QUIET, answer(Decision.ALERT, "withdrawn"), False),
        (Decision.QUIET, answer(Decision.ALERT, "arrested"), True),
        (Decision.QUIET, answer(Decision.WATCH, "withdrawn"), True),
        (Decision.QUIET, answer(Decision.QUIET, None), True),
    ],
)
def test_an_alert_counts_only_for_its_own_claim(expect: Decision, classify: testing.Classify, passed: bool) -> None:
    [result] = testing.run_tests(rules_with(RuleTest("post", expect)), classify, NOW)

    assert result.passed is passed


@pytest.mark.parametrize(
    ("classify", "passed"),
    [
        (answer(Decision.QUIET, "withdrawn", Stance.DENY), True),
        (answer(Decision.QUIET, "withdrawn", Stance.COMMENT), False),
        (answer(Decision.QUIET, "arrested", Stance.DENY), False),
        (answer(Decision.QUIET, None), False),
    ],
)
def test_a_stance_that_is_asked_for_must_be_found(classify: testing.Classify, passed: bool) -> None:
    test = RuleTest("post", Decision.QUIET, Stance.DENY)

    [result] = testing.run_tests(rules_with(test), classify, NOW)

    assert result.passed is passed


def test_a_failure_says_what_was_made_of_the_post() -> None:
    rules = rules_with(RuleTest("post", Decision.QUIET))

    [result] = testing.run_tests(rules, answer(Decision.ALERT, "withdrawn"), NOW)

    assert result.why == (
        "expected no alert for this claim, got alert for 'withdrawn': "
        'score 0.71, stance support, nearest wording "Rivera is out"; 0.71 is over 0.50'
    )


@pytest.mark.parametrize("status", [ClaimStatus.DRAFT, ClaimStatus.SHADOW, ClaimStatus.ACTIVE])
def test_a_claim_can_be_tried_before_it_alerts_anybody(status: ClaimStatus) -> None:
    [claim] = testing.as_if_active(rules_with(RuleTest("post", Decision.ALERT), status)).claims

    assert claim.is_matched(NOW)


def test_a_retired_claim_is_not_tried() -> None:
    assert testing.as_if_active(rules_with(RuleTest("post", Decision.ALERT), ClaimStatus.RETIRED)).claims == ()
