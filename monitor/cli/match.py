"""`monitor match`: posts in, one decision per line out. No store, no Slack."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from monitor import rulebook
from monitor.cli.place import CONFIG_OF_RULES, RULES, place_of
from monitor.config import MatchConfig
from monitor.errors import InputError, PostError
from monitor.model import Claim, Decision, Post, Rules, Stance, Verdict
from monitor.sources.post_json import post_from_json

if TYPE_CHECKING:
    from monitor.match.matcher import Ranked

BATCH = 256
"""Posts judged together: enough to keep the model busy, few enough that answers flow."""


class DecisionLine(msgspec.Struct, frozen=True):
    """One line of output. Everything but `decision`, `reason` and `lang` is null where no claim was near; `lang` is the
    post's language, as its line says or its text shows, null where neither does."""

    id: str | None
    decision: Decision
    claim: str | None = None
    score: float | None = None
    stance: Stance | None = None
    reason: str = ""
    phrasing: str | None = None
    candidates: tuple[str, ...] = ()
    lang: str | None = None


class RankedLine(DecisionLine, frozen=True):
    """One line of output with --claims: also the claims nearest to the post, best first."""

    ranking: tuple[tuple[str, float], ...] = ()


class _ClaimLine(msgspec.Struct):
    """One line of a list of claims."""

    claim_id: str
    claim: str
    title: str | None = None


@click.command()
@RULES
@click.option("--claims", "claims_file", metavar="FILE", type=click.Path(path_type=Path), help="Against these claims.")
@click.option(
    "--top", type=click.IntRange(1, 1000), default=5, show_default=True, help="With --claims: how many to tell of."
)
@CONFIG_OF_RULES
@click.pass_context
def match(context: click.Context, folder: Path | None, claims_file: Path | None, top: int, config: Path | None) -> None:
    """Judge posts from standard input against rules or a list of claims.

    Posts come as JSON Lines, {"id": ..., "text": ...}; one decision per post goes to standard output, in the same
    order. A line that is no post gets a decision too, "quiet" with its mistake as the reason, so that lines stay in
    step; the mistake is also told on standard error, and the exit status is 1.

    A list of claims is JSON Lines of {"claim_id", "claim", "title"?}; each decision then has a "ranking" of the --top
    nearest claims. What is computed from a long list is kept beside it, in FILE.vectors, so that the next call answers
    in seconds.

    \b
    Example:  monitor match --rules rules < posts.jsonl > decisions.jsonl
              monitor match --claims claims.jsonl --top 20 < posts.jsonl
    """
    if folder is not None and claims_file is not None:
        raise click.UsageError("give either --rules or --claims, not both")
    configured, settings, _ = place_of(None, config)
    with_ranking = claims_file is not None
    judge = (
        _against_rules(folder or configured, settings)
        if claims_file is None
        else _against_claims(claims_file, settings, top)
    )
    wrong = 0
    lines = ((number, line) for number, line in enumerate(sys.stdin.buffer, start=1) if line.strip())
    while batch := [_read(line, number) for number, line in islice(lines, BATCH)]:
        answers = iter(judge([post for post in batch if isinstance(post, Post)]))
        for post in batch:
            if isinstance(post, PostError):
                wrong += 1
                click.echo(str(post), err=True)
                shape = RankedLine if with_ranking else DecisionLine
                answer: DecisionLine = shape(None, Decision.QUIET, reason=str(post))
            else:
                answer = next(answers)
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    context.exit(1 if wrong else 0)


def read_claims(path: Path) -> tuple[Claim, ...]:
    """A list of claims as JSON Lines; a title counts as a phrasing. Raises InputError: where, what, how to mend."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give --claims a file of JSON Lines") from error
    claims = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line, type=_ClaimLine)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            mend = 'write one JSON object per line: {"claim_id": "1", "claim": "..."}'
            raise InputError(f"{path}:{number}:1: this is no claim: {error}; {mend}") from error
        if read.claim_id in claims:
            raise InputError(f"{path}:{number}:1: claim_id {read.claim_id!r} came before; give each claim its own")
        claims[read.claim_id] = Claim(read.claim_id, read.claim, "", phrasings=(read.title,) if read.title else ())
    if not claims:
        raise InputError(f"{path} holds no claims; give --claims a file of JSON Lines")
    return tuple(claims.values())


def _against_rules(folder: Path, settings: MatchConfig) -> Callable[[Sequence[Post]], list[DecisionLine]]:
    from monitor import pipeline  # noqa: PLC0415 (seconds: not for --help)

    stages = pipeline.load_stages(rulebook.load(folder), settings)
    return lambda posts: [_decision(verdict) for verdict in stages.classify(posts, datetime.now(UTC))]


def _against_claims(path: Path, settings: MatchConfig, top: int) -> Callable[[Sequence[Post]], list[RankedLine]]:
    from monitor.cli.long_list import LongListEncoder  # noqa: PLC0415 (seconds: not for --help)
    from monitor.match.calibrated import calibrated  # noqa: PLC0415
    from monitor.match.encoder import load_encoder  # noqa: PLC0415
    from monitor.match.judge import load_judge  # noqa: PLC0415
    from monitor.match.matcher import Matcher  # noqa: PLC0415
    from monitor.match.projection import projected  # noqa: PLC0415
    from monitor.text.language import with_language  # noqa: PLC0415

    rules = Rules(candidates=(), claims=read_claims(path), version="")
    encoder = projected(LongListEncoder(load_encoder(settings.model), settings.model, path), settings.model)
    matcher = Matcher(rules, encoder, calibrated(load_judge(), settings), settings.threshold)

    def ranked(posts: Sequence[Post]) -> list[RankedLine]:
        with_languages = [with_language(post) for post in posts]
        return [_ranked(post, found) for post, found in zip(with_languages, matcher.rank(posts, top), strict=True)]

    return ranked


def _read(line: bytes, number: int) -> Post | PostError:
    try:
        return post_from_json(line, f"line {number}")
    except PostError as error:
        return error


def _decision(verdict: Verdict) -> DecisionLine:
    post, match = verdict.post, verdict.match
    if match is None:
        return DecisionLine(
            post.id, verdict.decision, reason=verdict.why, candidates=verdict.mention.candidates, lang=post.lang
        )
    return DecisionLine(
        id=post.id,
        decision=verdict.decision,
        claim=match.claim_id,
        score=round(match.score, 4),
        stance=match.stance,
        reason=verdict.why,
        phrasing=match.phrasing,
        candidates=verdict.mention.candidates,
        lang=post.lang,
    )


def _ranked(post: Post, ranked: Ranked) -> RankedLine:
    from monitor.pipeline import NOTHING_NEAR  # noqa: PLC0415 (seconds: not for --help)

    match = ranked.match
    ranking = tuple((near.claim.id, round(near.score, 4)) for near in ranked.nearest)
    if match is None:
        return RankedLine(post.id, Decision.QUIET, reason=NOTHING_NEAR, lang=post.lang, ranking=ranking)
    return RankedLine(
        id=post.id,
        decision=match.decision,
        claim=match.claim_id,
        score=round(match.score, 4),
        stance=match.stance,
        reason=match.why,
        phrasing=match.phrasing,
        lang=post.lang,
        ranking=ranking,
    )
