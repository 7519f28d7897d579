"""`monitor rules`: the workbench of those who write the rules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import rulebook
from monitor.cli import rules_lines as lines
from monitor.cli.answers import opened, print_json, write_file
from monitor.cli.options import JSON
from monitor.cli.place import CONFIG_OF_RULES, FOLDER, RULES, Place, place_of
from monitor.cli.retire import retire
from monitor.config import MatchConfig
from monitor.errors import InputError, Problem, RulesError, StoreError
from monitor.match.look_alikes import with_look_alikes
from monitor.model import LookAlike, Post, Rules
from monitor.rulebook import advice, junit, testing
from monitor.rulebook import schema as schema_of
from monitor.rulebook.load import Folder

if TYPE_CHECKING:
    from monitor.pipeline import Stages

STANDARD_INPUT = "-"


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


rules.add_command(retire)


@rules.command()
@FOLDER
@CONFIG_OF_RULES
@click.option("--deep", is_flag=True, help="Also warn of wordings that mean another claim. Loads the language model.")
@JSON
@click.pass_context
def check(context: click.Context, folder: Path | None, config: Path | None, deep: bool, as_json: bool) -> None:
    """Say what is wrong in the rules and how to mend it.

    Every mistake of every file comes at once, on standard error, as file:line:column, with the line itself below it.
    Exit status 1 when there is one. Rules without a mistake may still get warnings, which are marked as such and leave
    the exit status 0: of a phrasing that names nobody, a test that says nothing, a claim whose time is over.

    \b
    Example:  monitor rules check rules
              monitor rules check --deep
    """
    place = place_of(folder, config)
    problems = rulebook.check(place.folder)
    # A mistake may be all that is behind a warning, so these come once it is mended.
    warnings = [] if problems else _warnings(rulebook.read(place.folder), place, deep=deep)
    if as_json:
        print_json(
            [*(lines.problem_line(p, "error") for p in problems), *(lines.problem_line(w, "warning") for w in warnings)]
        )
        context.exit(1 if problems else 0)
    _tell(lines.told(problems))
    _tell(lines.told(warnings, "warning: "))
    if not problems:
        found = rulebook.load(place.folder)
        claims, candidates = lines.count(len(found.claims), "claim"), lines.count(len(found.candidates), "candidate")
        warned = f"; {lines.count(len(warnings), 'warning')}" if warnings else ""
        click.echo(f"{place.folder}: {claims} about {candidates}, all right{warned}")
    context.exit(1 if problems else 0)


@rules.command()
@FOLDER
@CONFIG_OF_RULES
@click.option(
    "--junit",
    "report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Also write JUnit XML for a build server.",
)
@JSON
@click.pass_context
def test(context: click.Context, folder: Path | None, config: Path | None, report: Path | None, as_json: bool) -> None:
    """Run the [[tests]] of every claim through the real matching.

    Drafts are tested as if they were active. A test that fails is told on standard error as file:line:column, with what
    the monitor made of the post: score and threshold, stance, nearest phrasing and the words that decided. Exit status
    1 when one fails.

    \b
    Example:  monitor rules test rules
              monitor rules test --junit tests.xml
    """
    place = place_of(folder, config)
    tried = testing.as_if_active(rulebook.load(place.folder))
    stages, now = _stages(tried, place.match), datetime.now(UTC)
    results = testing.run_tests(tried, stages.classify, now)
    failed = [result for result in results if not result.passed]
    if report is not None:
        write_file(report, junit.as_junit(place.folder, results))
    if as_json:
        print_json(
            [
                lines.test_line(
                    place.folder,
                    result,
                    testing.own_match(result, stages.against_each, now),
                    result.claim.bar(place.match.threshold),
                )
                for result in results
            ]
        )
    else:
        for result in failed:
            _tell(
                lines.failed_test(
                    place.folder,
                    result,
                    testing.own_match(result, stages.against_each, now),
                    result.claim.bar(place.match.threshold),
                )
            )
        click.echo(f"{lines.count(len(results), 'test')}, {len(failed)} failed")
    context.exit(1 if failed else 0)


@rules.command(name="try", short_help="Show what the monitor makes of a TEXT, and why.")
@click.argument("text")
@RULES
@CONFIG_OF_RULES
@click.option("--watch", is_flag=True, help="Try again whenever a rules file is saved, until Ctrl-C.")
@JSON
def try_(text: str, folder: Path | None, config: Path | None, watch: bool, as_json: bool) -> None:
    """Show what the monitor would make of a post with this TEXT, and why.

    The claim that it would be told as comes first, then every other claim near it, the likeliest first. TEXT may be -
    for a post on standard input, of as many lines as it has. Drafts are tried as if they were active. What people said
    in Slack is not a claim counts, where there is a database; a second judge is not asked.

    \b
    Example:  monitor rules try "heard Rivera quit last night" --rules rules
              monitor rules try - < post.txt
              monitor rules try "heard Rivera quit last night" --watch
    """
    if watch and as_json:
        raise click.UsageError("--watch is for people: leave out --json")
    place = place_of(folder, config)
    written = rulebook.load(place.folder)
    learned = _learned(place.stored)
    stages = _stages(_as_tried(written, learned), place.match)
    post = Post(id="try", text=_standard_input() if text == STANDARD_INPUT else text)
    _try(post, written, stages, as_json=as_json)
    if watch:
        click.echo(f"\nwatching {place.folder}: save a file to try again, Ctrl-C ends", err=True)
        with suppress(KeyboardInterrupt):
            for _ in _saves(place.folder):
                stages = _try_again(post, place.folder, stages, learned)


@rules.command()
@click.argument("kind", type=click.Choice([*schema_of.SCHEMAS]), default="claim")
def schema(kind: str) -> None:
    """Print the JSON Schema of a claim's file, or of candidates.toml.

    An editor that knows it completes the keys and marks mistakes as you type: VS Code with Even Better TOML does where
    a file begins with a line like #:schema ./schema/claim.json, as the sample files do.

    \b
    Example:  monitor rules schema claim > rules/schema/claim.json
              monitor rules schema candidates > rules/schema/candidates.json
    """
    click.echo(schema_of.SCHEMAS[kind](), nl=False)


def _warnings(found: Folder, place: Place, *, deep: bool) -> list[Problem]:
    warnings = advice.advise(found, datetime.now(UTC))
    if place.stored is not None:
        warnings += _by_stored_posts(found, place.stored)
    if deep:
        from monitor.match.encoder import load_encoder  # noqa: PLC0415 (seconds)
        from monitor.rulebook.meaning import advise_by_meaning  # noqa: PLC0415

        warnings += advise_by_meaning(found, load_encoder(place.match.model))
    return sorted(warnings)


def _by_stored_posts(found: Folder, database: Path) -> list[Problem]:
    from monitor.store import posts  # noqa: PLC0415 (only where there is a database)

    try:
        with opened(database) as store:
            languages = posts.languages(store)
    except StoreError as error:
        # Whoever writes the rules may not be allowed to open it, and can check them all the same.
        click.echo(f"the stored posts were not looked at: {error}", err=True)
        return []
    return advice.in_their_language(found, languages)


def _try(post: Post, written: Rules, stages: Stages, *, as_json: bool = False) -> None:
    now = datetime.now(UTC)
    verdict, each = stages.classify([post], now)[0], stages.against_each(post, now)
    if as_json:
        print_json(lines.try_line(verdict, each))
    else:
        click.echo("\n".join(lines.explanation(written, verdict, each)))


def _learned(database: Path | None) -> list[LookAlike]:
    """What people said is not a claim, as the service knows it."""
    if database is None:
        return []
    from monitor.store import look_alikes  # noqa: PLC0415 (only where there is a database)

    try:
        with opened(database) as store:
            return look_alikes.every(store)
    except StoreError as error:
        click.echo(f"what people said in Slack is not a claim does not count here: {error}", err=True)
        return []


def _as_tried(written: Rules, learned: Sequence[LookAlike]) -> Rules:
    return with_look_alikes(testing.as_if_active(written), learned)


def _try_again(post: Post, folder: Path, stages: Stages, learned: Sequence[LookAlike]) -> Stages:
    """With the rules as they were saved; with a mistake in them it is told, and the last good rules stay."""
    click.echo(f"\n--- saved, {datetime.now().astimezone():%H:%M:%S}", err=True)
    try:
        written = rulebook.load(folder)
    except RulesError as error:
        _tell(lines.told(error.problems))
        return stages
    stages = stages.with_rules(_as_tried(written, learned))
    _try(post, written, stages)
    return stages


def _saves(folder: Path) -> Iterator[object]:
    """Something for each time that files of the rules were saved, until Ctrl-C."""
    import watchfiles  # noqa: PLC0415 (only for --watch)

    return watchfiles.watch(folder, watch_filter=lambda _, path: path.endswith(".toml"), recursive=False)


def _standard_input() -> str:
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InputError("standard input is not UTF-8: save the post as UTF-8 text first") from error
    if not text.strip():
        raise InputError("there is no post on standard input: try - < post.txt")
    return text


def _tell(told: Iterable[str]) -> None:
    for line in told:
        click.echo(line, err=True)


def _stages(rules: Rules, settings: MatchConfig) -> Stages:
    from monitor import pipeline  # noqa: PLC0415 - checking rules needs no model

    return pipeline.load_stages(rules, settings)
