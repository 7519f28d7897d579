"""What the pages show, in words for people who are no programmers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.alert import wording
from monitor.errors import Problem
from monitor.model import Claim, ClaimStatus, Decision, Match, Rules, Verdict
from monitor.rulebook.backtest import Change, Comparison
from monitor.rulebook.testing import TestResult

SHOWN = 200
"""Posts gained, and posts lost, that a page lists."""
LONGEST = 500
"""Characters of a post that a list shows."""
_DOES = {
    Decision.ALERT: "People are told",
    Decision.WATCH: "Watched: counted in the morning's digest, nobody is told",
    Decision.QUIET: "Quiet: nothing happens",
}
_NOT_YET = {
    ClaimStatus.DRAFT: "This claim is a draft: nobody is told until it is active.",
    ClaimStatus.SHADOW: "This claim is in shadow: posts are counted, nobody is told until it is active.",
}
_SAID = {True: "people confirmed it", False: "people called it false", None: "nobody judged it"}


@dataclass(frozen=True, slots=True)
class ClaimView:
    """What one claim alone makes of a post. `bar`: from which score it alerts."""

    claim_id: str
    file: str
    decision: str
    does: str
    score: float
    bar: float
    stance: str
    why: str
    nearest: str
    sentence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TryView:
    """What the monitor makes of a post. `told_as`: the claim that decided. `far`: ids of claims that are not near it.
    `behind`: what keeps files from being used as they stand."""

    decision: str
    does: str
    about: str
    why: str
    told_as: str
    claims: tuple[ClaimView, ...]
    far: tuple[str, ...]
    behind: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TestView:
    """One test of a draft and what came of it. `own`: what its claim alone makes of the post, None where it is not
    near."""

    post: str
    expect: str
    line: int
    passed: bool
    why: str
    own: ClaimView | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A post that alerts with the draft and did not, or the other way round."""

    claim_id: str
    text: str
    when: str
    said: str
    now: str
    copies: str
    link: str | None


@dataclass(frozen=True, slots=True)
class TrialView:
    """What a draft would have done with the stored posts."""

    posts: str
    since: str
    lost: str
    gained: str
    false_alarms: str
    lost_posts: tuple[ChangeView, ...]
    gained_posts: tuple[ChangeView, ...]
    more: str


def claim_view(match: Match, claim: Claim | None, threshold: float) -> ClaimView:
    """`claim`: as it is written. `threshold`: of claims that name none."""
    own = None if claim is None else claim.threshold
    status = ClaimStatus.ACTIVE if claim is None else claim.status
    return ClaimView(
        match.claim_id,
        "" if claim is None else claim.file,
        match.decision,
        _DOES[match.decision],
        match.score,
        threshold if own is None else own,
        wording.stance_of(match),
        match.why,
        match.phrasing,
        match.sentence,
        _NOT_YET.get(status, ""),
    )


def try_view(
    written: Rules, verdict: Verdict, each: Sequence[Match], threshold: float, behind: Sequence[Problem]
) -> TryView:
    """The claim that decided comes first, then every other claim near the post, the likeliest first."""
    told_as = verdict.match.claim_id if verdict.match is not None else ""
    matches = {match.claim_id: match for match in ((verdict.match,) if verdict.match is not None else ())}
    for match in each:
        matches.setdefault(match.claim_id, match)
    claims = tuple(claim_view(match, written.claim(match.claim_id), threshold) for match in matches.values())
    far = (one.id for one in written.claims if one.id not in matches and one.status is not ClaimStatus.RETIRED)
    names = [found.name for one in verdict.mention.candidates if (found := written.candidate(one)) is not None]
    about = ", ".join(names) or ("the vote itself" if verdict.mention.vote_claims else "nobody whom we watch")
    return TryView(
        verdict.decision, _DOES[verdict.decision], about, verdict.why, told_as, claims, tuple(far), tuple(behind)
    )


def test_view(result: TestResult, own: Match | None, threshold: float) -> TestView:
    test = result.test
    shown = None if own is None else claim_view(own, result.claim, threshold)
    return TestView(test.post, test.expect, test.line, result.passed, result.why, shown)


def trial_view(found: Comparison) -> TrialView:
    lost, gained = (sum(one.posts for one in changes) for changes in (found.lost, found.gained))
    confirmed = sum(claim.lost_confirmed for claim in found.claims)
    false = sum(claim.gained_false for claim in found.claims)
    left_out = max(0, len(found.lost) - SHOWN) + max(0, len(found.gained) - SHOWN)
    return TrialView(
        wording.count(found.posts, "stored post"),
        wording.moment(found.since),
        f"Lost {wording.count(lost, 'alert')}, of which people had confirmed {confirmed}.",
        f"Gained {wording.count(gained, 'alert')}, of which people had called {false} false.",
        f"False alarms that people marked: {found.false_before / found.days:.1f} a day before, "
        f"{found.false_after / found.days:.1f} with the draft.",
        tuple(_change_view(one) for one in found.lost[:SHOWN]),
        tuple(_change_view(one) for one in found.gained[:SHOWN]),
        f"and {wording.count(left_out, 'more post')}: monitor rules backtest --json lists all" if left_out else "",
    )


def _change_view(change: Change) -> ChangeView:
    return ChangeView(
        change.claim_id,
        wording.excerpt(change.post.text, LONGEST),
        wording.moment(change.at),
        _SAID[change.asserts],
        change.why,
        wording.count(change.posts, "post") + " with these words" if change.posts > 1 else "",
        wording.link(change.post.url),
    )
