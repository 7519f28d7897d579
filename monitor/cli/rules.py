"""`monitor rules`: the workbench of those who write the rules."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from monitor import rulebook
from monitor.cli.options import JSON
from monitor.config import MatchConfig, load_rules_settings
from monitor.errors import Problem, RulesError
from monitor.model import ClaimStatus, Post, Rules, Verdict
from monitor.rulebook import testing
from monitor.toml import show

if TYPE_CHECKING:
    from monitor.pipeline import Stages

DEFAULT_CONFIG = Path("config.toml")
DEFAULT_RULES = Path("rules")

_folder = click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
_config = click.option(
    "-c", "--config", "config", type=click.Path(path_type=Path), help="The config file that names DIR."
)


class ProblemLine(msgspec.Struct, frozen=True):
    """One problem in `monitor rules check --json`."""

    file: str
    line: int
    column: int
    what: str
    mend: str


class TestLine(msgspec.Struct, frozen=True):
    """One test in `monitor rules test --json`."""

    file: str
    line: int
    claim: str
    post: str
    expect: str
    passed: bool
    why: str


class TryLine(msgspec.Struct, frozen=True):
    """The answer of `monitor rules try --json`; the words are those of `monitor match`."""

    decision: str
    claim: str | None
    score: float | None
    stance: str | None
    reason: str
    phrasing: str | None
    candidates: tuple[str, ...]


class _Group(click.Group):
    """Commands that need more than the rules are imported only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _ELSEWHERE:
            command: click.Command = getattr(importlib.import_module(f"monitor.cli.{cmd_name}"), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)


_ELSEWHERE = ("backtest", "suggest")
"""Each in the file of its name beside this one."""


@click.group(cls=_Group)
def rules() -> None:
    """Check, test and try the rules.

    DIR is the rules folder of config.toml, or ./rules where there is no config.toml.

    \b
    Example:  monitor rules check
              monitor rules test rules
              monitor rules try "heard Rivera quit last night"
              monitor rules backtest --since 7d
    """


@rules.command()
@_folder
@_config
@JSON
@click.pass_context
def check(context: click.Context, folder: Path | None, config: Path | None, as_json: bool) -> None:
    """Say what is wrong in the rules and how to mend it.

    Every mistake of every file comes at once, on standard error, as file:line:column. Exit status 1 when there is one.

    \b
    Example:  monitor rules check rules
    """
    folder = _settings(folder, config)[0]
    problems = rulebook.check(folder)
    if as_json:
        _print_json([ProblemLine(str(p.path), p.line, p.column, p.what, p.mend) for p in problems])
    elif problems:
        click.echo(RulesError(problems), err=True)
    else:
        found = rulebook.load(folder)
        claims, candidates = _count(len(found.claims), "claim"), _count(len(found.candidates), "candidate")
        click.echo(f"{folder}: {claims} about {candidates}, all right")
    context.exit(1 if problems else 0)


@rules.command()
@_folder
@_config
@JSON
@click.pass_context
def test(context: click.Context, folder: Path | None, config: Path | None, as_json: bool) -> None:
    """Run the [[tests]] of every claim through the real matching.

    Drafts are tested as if they were active. A test that fails is told on standard error as file:line:column, with what
    the monitor made of the post. Exit status 1 when one fails.

    \b
    Example:  monitor rules test rules
    """
    folder, settings = _settings(folder, config)
    tried = testing.as_if_active(rulebook.load(folder))
    results = testing.run_tests(tried, _stages(tried, settings).classify, datetime.now(UTC))
    failed = [result for result in results if not result.passed]
    if as_json:
        _print_json([_test_line(folder, result) for result in results])
    else:
        for result in failed:
            what = f'this test fails: "{show(result.test.post)}"'
            click.echo(Problem(folder / result.claim.file, result.test.line, 1, what, result.why), err=True)
        click.echo(f"{_count(len(results), 'test')}, {len(failed)} failed")
    context.exit(1 if failed else 0)


@rules.command(name="try")
@click.argument("text")
@click.option("--rules", "folder", metavar="DIR", type=click.Path(path_type=Path), help="The rules folder.")
@_config
@JSON
def try_(text: str, folder: Path | None, config: Path | None, as_json: bool) -> None:
    """Show what the monitor would make of a post with this TEXT, and why.

    Drafts are tried as if they were active.

    \b
    Example:  monitor rules try "heard Rivera quit last night" --rules rules
    """
    folder, settings = _settings(folder, config)
    written = rulebook.load(folder)
    tried = testing.as_if_active(written)
    verdict = _stages(tried, settings).classify([Post(id="try", text=text)], datetime.now(UTC))[0]
    if as_json:
        _print_json(_try_line(verdict))
    else:
        click.echo("\n".join(_explanation(written, verdict)))


def _settings(folder: Path | None, config: Path | None) -> tuple[Path, MatchConfig]:
    """The rules folder and how to match: from the arguments, else the config, else the working directory."""
    if config is None and not DEFAULT_CONFIG.exists():
        return folder or DEFAULT_RULES, MatchConfig()
    configured, settings, _ = load_rules_settings(config or DEFAULT_CONFIG)
    return folder or configured, settings


def _explanation(written: Rules, verdict: Verdict) -> list[str]:
    """A verdict as lines for a person."""
    match = verdict.match
    about = ", ".join(verdict.mention.candidates) or ("the vote" if verdict.mention.vote_claims else "nobody we watch")
    lines = [f"decision  {verdict.decision}", f"about     {about}"]
    if match is not None:
        lines += [
            f"claim     {match.claim_id}",
            f"score     {match.score:.2f}",
            f"stance    {match.stance}",
            f"nearest   {show(match.phrasing, 200)}",
        ]
    lines.append(f"why       {verdict.why}")
    claim = written.claim(match.claim_id) if match is not None else None
    if claim is not None and claim.status is not ClaimStatus.ACTIVE:
        lines.append(f"note      this claim is in status {claim.status}: nobody is told until it is active")
    return lines


def _try_line(verdict: Verdict) -> TryLine:
    match = verdict.match
    return TryLine(
        decision=verdict.decision,
        claim=match.claim_id if match else None,
        score=match.score if match else None,
        stance=match.stance if match else None,
        reason=verdict.why,
        phrasing=match.phrasing if match else None,
        candidates=verdict.mention.candidates,
    )


def _test_line(folder: Path, result: testing.TestResult) -> TestLine:
    return TestLine(
        file=str(folder / result.claim.file),
        line=result.test.line,
        claim=result.claim.id,
        post=result.test.post,
        expect=result.test.expect,
        passed=result.passed,
        why=result.why,
    )


def _print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _stages(rules: Rules, settings: MatchConfig) -> Stages:
    from monitor import pipeline  # noqa: PLC0415 - checking rules needs no model

    return pipeline.load_stages(rules, settings)
