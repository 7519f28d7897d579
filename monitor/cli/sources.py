"""`monitor sources`: what each source is asked for, and whether it answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from monitor import config as configuration
from monitor import rulebook
from monitor import sources as building
from monitor.cli.answers import print_json
from monitor.cli.options import CONFIG, JSON
from monitor.cli.spending import kept_in, spent_today
from monitor.config import BlueskySource, Config, Secret, SourceConfig
from monitor.errors import InputError, RulesError, SourceError, SourceUnavailable
from monitor.model import Rules
from monitor.sources.caps import Budget, Cap, caps_of, in_memory
from monitor.sources.plan import COSTS, Plan, Searching, filled, plan_of
from monitor.sources.queries import DIALECTS, queries
from monitor.sources.report import age
from monitor.store.db import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """What one request to a source brought."""

    source: str
    works: bool
    says: str


async def check_sources(config: Config, names: Sequence[str] = ()) -> list[Checked]:
    """One real request to every configured source, or to those named, side by side; in the config's order.

    Where the rules cannot be read, sources are asked only for what the config itself names.
    """
    chosen = [source for source in config.sources if not names or source.name in names]
    try:
        rules: Rules | None = await asyncio.to_thread(rulebook.load, config.rules)
    except RulesError:
        rules = None
    if rules is not None:
        chosen = [filled(source, rules) for source in chosen]
    # What a check uses up counts, too.
    if not any(map(caps_of, chosen)):
        return list(await asyncio.gather(*(_check(source, in_memory) for source in chosen)))
    with closing(Store(config.store.path)) as store:
        return list(await asyncio.gather(*(_check(source, kept_in(store)) for source in chosen)))


async def _check(source: SourceConfig, budget: Callable[[Cap], Budget]) -> Checked:
    if isinstance(source, Searching) and not source.search and not isinstance(source, BlueskySource):
        return Checked(source.name, False, "it has nothing to look for: mend the rules, or name searches in the config")
    try:
        return Checked(source.name, True, await building.check(building.build(source, budget)))
    except SourceError as error:
        return Checked(source.name, False, f"{error}; {what_to_do(source, error)}")


def what_to_do(config: SourceConfig, error: SourceError) -> str:
    """About a source whose check failed."""
    if isinstance(error, SourceUnavailable):
        wait = f"in {age(timedelta(seconds=error.retry_after))}" if error.retry_after else "in some minutes"
        return f"try again {wait}; a running monitor does so by itself"
    secrets = (getattr(config, field.name) for field in fields(config))
    variables = [secret.variable for secret in secrets if isinstance(secret, Secret) and secret.variable]
    if variables:
        return f"mend that, or what is in {' and '.join(variables)}, and check again"
    return "mend that and check again; this source has no token, so open its address in a browser: it may ask for one"


@click.group()
def sources() -> None:
    """Show what each source is asked for, and try each one."""


@sources.command()
@CONFIG
@JSON
@click.option("--all", "everywhere", is_flag=True, help="Also the platforms that are not configured.")
def plan(path: Path, as_json: bool, everywhere: bool) -> None:
    """Show what each source is asked for, how often, and what it costs.

    A source whose config names no searches gets its own from the rules: the candidates' names, aliases, handles and
    hashtags, and the words of claims about the vote, within what the platform allows. Nothing is sent anywhere.

    \b
    Example:  monitor sources plan -c config.toml
              monitor sources plan --all
    """
    config = configuration.load_asking_nobody(path)
    rules = rulebook.load(config.rules)
    plans = [plan_of(filled(source, rules)) for source in config.sources]
    spent = spent_today(config)
    if everywhere:
        configured = {one.kind for one in plans}
        others = [platform for platform in DIALECTS if platform not in configured]
        plans += [
            Plan(
                f"({platform})", platform, queries(rules, platform), 0, f"not configured; {COSTS.get(platform, 'free')}"
            )
            for platform in others
        ]
    if as_json:
        print_json([asdict(one) for one in plans])
        return
    if not plans:
        click.echo("No sources are configured; docs/sources.md says which there are. --all shows what they would ask.")
    console = Console(highlight=False)
    for one in plans:
        console.print(Text(one.source, style="bold") + Text(f"  {_volume(one)}"), soft_wrap=True)
        for says in spent.get(one.source, ()):
            console.print(Text(f"    used: {says}"), soft_wrap=True)
        for query in one.asks:
            console.print(Text(f"    {query}"), soft_wrap=True)


def _volume(one: Plan) -> str:
    requests = f"{one.requests_per_day:,} requests a day, " if one.requests_per_day else ""
    asks = f"{len(one.asks)} {'search' if len(one.asks) == 1 else 'searches'}, " if one.asks else ""
    return f"{asks}{requests}{one.note}"


@sources.command()
@CONFIG
@JSON
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
def check(path: Path, as_json: bool, names: tuple[str, ...]) -> None:
    """Make one real request to each source and say what came back.

    Without a SOURCE, all that are configured are tried. Exit status 1 when one of them fails.

    \b
    Example:  monitor sources check -c config.toml
              monitor sources check hackernews gdelt
    """
    config = configuration.load(path)
    known = [source.name for source in config.sources]
    for name in names:
        if name not in known:
            raise InputError(f"there is no source named {name}; the config names: {', '.join(known) or 'none'}")
    found = asyncio.run(check_sources(config, names))
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo("No sources are configured: monitor has nothing to watch; see docs/sources.md")
    for one in () if as_json else found:
        click.echo(f"{'works' if one.works else 'FAILS':6}{one.source}: {one.says}")
    if not all(one.works for one in found):
        sys.exit(1)
