"""What the commands of `monitor rules` print: lines for people, JSON for scripts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from monitor.errors import Problem
from monitor.model import Claim, ClaimStatus, Match, Rules, Verdict
from monitor.rulebook.testing import NOT_JUDGED, TestResult
from monitor.toml import show, with_excerpts

LONGEST = 200
"""Characters of a phrasing or a sentence that are shown."""


class ProblemLine(msgspec.Struct, frozen=True):
    """One problem in `monitor rules check --json`; `level` is "error" or "warning"."""

    file: str
    line: int
    column: int
    what: str
    mend: str
    level: str


class TestLine(msgspec.Struct, frozen=True):
    """One test in `monitor rules test --json`. From `score` on: what the test's own claim makes of the post, null where
    the claim is not near; `sentence` is the part of the post that decided."""

    file: str
    line: int
    claim: str
    post: str
    expect: str
    passed: bool
    why: str
    threshold: float
    score: float | None
    stance: str | None
    phrasing: str | None
    sentence: str | None


class ClaimLine(msgspec.Struct, frozen=True):
    """What one claim alone would make of a text."""

    claim: str
    decision: str
    score: float
    stance: str
    reason: str
    phrasing: str


class TryLine(msgspec.Struct, frozen=True):
    """The answer of `monitor rules try --json`; the words are those of `monitor match`. `claims`: every claim that is
    near the text, the likeliest first."""

    decision: str
    claim: str | None
    score: float | None
    stance: str | None
    reason: str
    phrasing: str | None
    candidates: tuple[str, ...]
    claims: tuple[ClaimLine, ...]


def problem_line(problem: Problem, level: str) -> ProblemLine:
    return ProblemLine(str(problem.path), problem.line, problem.column, problem.what, problem.mend, level)


def told(problems: Sequence[Problem], level: str = "") -> Iterator[str]:
    """Each problem as file:line:column and, indented below it, the line it stands in with a caret under the place."""
    for problem, excerpt in with_excerpts(problems):
        yield f"{problem.path}:{problem.line}:{problem.column}: {level}{problem.what}; {problem.mend}"
        yield from excerpt


def failed_test(folder: Path, result: TestResult, own: Match | None, threshold: float) -> Iterator[str]:
    """A failed test with its place and, indented below it, what decided. `own`: what its claim alone makes of it."""
    what = f'this test fails: "{show(result.test.post)}"'
    yield str(Problem(folder / result.claim.file, result.test.line, 1, what, result.why))
    if own is None:
        yield f"    '{result.claim.id}' was not judged for this post: {NOT_JUDGED}"
        return
    yield f"    score      {own.score:.2f} for '{own.claim_id}', which alerts from {threshold:.2f}"
    yield f"    stance     {own.stance}"
    yield f"    nearest    {show(own.phrasing, LONGEST)}"
    yield f"    decided by {show(own.sentence, LONGEST)}"
    yield f"    why        {own.why}"


def test_line(folder: Path, result: TestResult, own: Match | None, threshold: float) -> TestLine:
    return TestLine(
        file=str(folder / result.claim.file),
        line=result.test.line,
        claim=result.claim.id,
        post=result.test.post,
        expect=result.test.expect,
        passed=result.passed,
        why=result.why,
        threshold=threshold,
        score=own.score if own else None,
        stance=own.stance if own else None,
        phrasing=own.phrasing if own else None,
        sentence=own.sentence if own else None,
    )


def explanation(written: Rules, verdict: Verdict, each: Sequence[Match]) -> list[str]:
    """A verdict for a person, then the other claims: those near the text, the likeliest first, and those that are
    not."""
    match = verdict.match
    about = ", ".join(verdict.mention.candidates) or ("the vote" if verdict.mention.vote_claims else "nobody we watch")
    lines = [f"decision  {verdict.decision}", f"about     {about}"]
    if match is not None:
        lines += [
            f"claim     {match.claim_id}",
            f"score     {match.score:.2f}",
            f"stance    {match.stance}",
            f"nearest   {show(match.phrasing, LONGEST)}",
        ]
    lines.append(f"why       {verdict.why}")
    claim = written.claim(match.claim_id) if match is not None else None
    if claim is not None and claim.status is not ClaimStatus.ACTIVE:
        lines.append(f"note      this claim is in status {claim.status}: nobody is told until it is active")
    return [*lines, *_others(written.claims, match, each)]


def try_line(verdict: Verdict, each: Sequence[Match]) -> TryLine:
    match = verdict.match
    return TryLine(
        decision=verdict.decision,
        claim=match.claim_id if match else None,
        score=match.score if match else None,
        stance=match.stance if match else None,
        reason=verdict.why,
        phrasing=match.phrasing if match else None,
        candidates=verdict.mention.candidates,
        claims=tuple(ClaimLine(m.claim_id, m.decision, m.score, m.stance, m.why, m.phrasing) for m in each),
    )


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _others(claims: Sequence[Claim], match: Match | None, each: Sequence[Match]) -> Iterator[str]:
    others = [other for other in each if match is None or other.claim_id != match.claim_id]
    if others:
        yield ""
        yield "the other claims near it, the likeliest first:"
    for other in others:
        yield f"  {other.score:.2f}  {other.decision:<5}  {other.claim_id}: {other.why}"
    near = {other.claim_id for other in each} | ({match.claim_id} if match else set())
    far = [claim.id for claim in claims if claim.id not in near and claim.status is not ClaimStatus.RETIRED]
    if far:
        yield ""
        yield f"not near: {', '.join(far)}"
