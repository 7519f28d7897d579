"""Runs the `[[tests]]` of the rules: what they must say about a post, held against what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import Claim, ClaimStatus, Decision, Match, Post, Rules, RuleTest, Verdict

Classify = Callable[[Sequence[Post], datetime], list[Verdict]]
"""Posts and now -> one verdict per post, in order (`pipeline.Stages.classify`)."""

AgainstEach = Callable[[Post, datetime], list[Match]]
"""A post and now -> what each claim near it makes of it (`pipeline.Stages.against_each`)."""

NOT_JUDGED = (
    "no wording of it is near enough, other claims are much nearer, or the post has none of its must_mention words; "
    "add the post's sentence as a phrasing, or the word"
)
"""Why a claim makes nothing of a post."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test and what came of it; `why` says it in words."""

    claim: Claim
    test: RuleTest
    verdict: Verdict
    passed: bool
    why: str


def as_if_active(rules: Rules) -> Rules:
    """The rules with every draft and shadow claim switched on and all dates open, so that a claim can be tried before
    it alerts anybody. Retired claims are left out."""
    claims = tuple(switched_on(claim) for claim in rules.claims if claim.status is not ClaimStatus.RETIRED)
    return replace(rules, claims=claims)


def switched_on(claim: Claim) -> Claim:
    """The claim as if it were active, and its dates open."""
    return replace(claim, status=ClaimStatus.ACTIVE, valid_from=None, valid_until=None)


def run_tests(rules: Rules, classify: Classify, now: datetime) -> list[TestResult]:
    """Every test of every claim, in the order of the rules.

    An alert is right only for the claim whose test it is; a test that expects quiet passes when another claim alerts.
    """
    cases = [(claim, test) for claim in rules.claims for test in claim.tests]
    posts = [Post(id=f"{claim.id}/{number}", text=test.post) for number, (claim, test) in enumerate(cases, 1)]
    verdicts = classify(posts, now)
    return [_result(claim, test, verdict) for (claim, test), verdict in zip(cases, verdicts, strict=True)]


def own_match(result: TestResult, against_each: AgainstEach, now: datetime) -> Match | None:
    """What the claim of a test makes of its post, whichever claim the post would be told as."""
    match = result.verdict.match
    if match is not None and match.claim_id == result.claim.id:
        return match
    each = against_each(result.verdict.post, now)
    return next((match for match in each if match.claim_id == result.claim.id), None)


def describe(verdict: Verdict) -> str:
    """A verdict in one line: what is done, the nearest claim, score, stance, nearest phrasing, and why."""
    match = verdict.match
    if match is None:
        return f"{verdict.decision}: {verdict.why}"
    return f"{verdict.decision} for '{match.claim_id}': {_numbers(match)}; {verdict.why}"


def _result(claim: Claim, test: RuleTest, verdict: Verdict) -> TestResult:
    match = verdict.match if verdict.match is not None and verdict.match.claim_id == claim.id else None
    alerts = match is not None and match.decision is Decision.ALERT
    if alerts != (test.expect is Decision.ALERT):
        wanted = "an alert for this claim" if test.expect is Decision.ALERT else "no alert for this claim"
        return TestResult(claim, test, verdict, False, f"expected {wanted}, got {describe(verdict)}")
    if test.stance is not None and match is None:
        return TestResult(claim, test, verdict, False, f"expected stance {test.stance}, got {describe(verdict)}")
    if test.stance is not None and match is not None and match.stance is not test.stance:
        why = f"expected stance {test.stance}, got {match.stance}: {describe(verdict)}"
        return TestResult(claim, test, verdict, False, why)
    return TestResult(claim, test, verdict, True, describe(verdict))


def _numbers(match: Match) -> str:
    return f'score {match.score:.2f}, stance {match.stance}, nearest wording "{match.phrasing}"'
