"""`monitor silence`: mute something for a while, from the command line."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor import config as configuration
from monitor import rulebook
from monitor.alert import wording
from monitor.cli.answers import opened, print_json
from monitor.cli.options import CONFIG, JSON
from monitor.config import Config
from monitor.desk import silencing
from monitor.desk.actions import Action, EndSilence, SilenceFor
from monitor.desk.outcome import Known, Outcome
from monitor.desk.perform import Context, perform
from monitor.desk.preview import LOOKS_BACK, would_have_muted
from monitor.errors import InputError
from monitor.model import Person, Rules, Silence, SilenceScope
from monitor.store import silences
from monitor.store.db import Store

HOUR = timedelta(hours=1)
AN_HOUR, TODAY = "1h", "today"


@click.group()
def silence() -> None:
    """Mute a claim, an account, a link or a thread for a while.

    Posts are counted on meanwhile, and shown when the silence ends. A running service tells the channel of its start
    and of its end.

    \b
    Example:  monitor silence add --claim withdrawn --for 1h --reason "a film of that name is on"
              monitor silence list
    """


@silence.command("list")
@CONFIG
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@JSON
def list_(path: Path, everything: bool, as_json: bool) -> None:
    """List the silences that run now.

    \b
    Example:  monitor silence list --all --json
    """
    now = datetime.now(UTC)
    with _opened(path) as (_, store):
        found = [one for one in silences.every(store) if everything or one.is_active(now)]
    if as_json:
        plain = [asdict(one) for one in found]
        print_json(plain)
    elif found:
        Console().print(_table(found, now))
    else:
        click.echo("nothing is silenced")


@silence.command(short_help="Mute something, after showing what that would mute.")
@CONFIG
@click.option("--claim", metavar="ID", help="Mute this claim.")
@click.option("--account", metavar="PLATFORM:NAME", help="Mute what this account posts.")
@click.option("--link", metavar="URL", help="Mute posts that carry this link.")
@click.option("--thread", metavar="PLATFORM:ID", help="Mute this post and all replies to it.")
@click.option("--for", "span", type=click.Choice([AN_HOUR, TODAY]), help="For an hour, or until midnight.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Until this day begins: 2026-11-03.")
@click.option("--reason", required=True, help="Why: the others will ask.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def add(
    path: Path,
    claim: str | None,
    account: str | None,
    link: str | None,
    thread: str | None,
    span: str | None,
    until: datetime | None,
    reason: str,
    yes: bool,
) -> None:
    """Mute something, after showing what that would have muted in the last day.

    A day begins and ends by the clock of [desk] timezone.

    \b
    Example:  monitor silence add --claim withdrawn --for 1h --reason "a film of that name is on"
              monitor silence add --account bluesky:fan.example --until 2026-11-03 --reason "satire"
    """
    scope, value = _what(claim, account, link, thread)
    now = datetime.now(UTC)
    with _opened(path) as (config, store):
        rules = rulebook.load(config.rules)
        asked = SilenceFor(scope, value, ends(span, until, config.desk.timezone, now), reason)
        _check(store, asked, rules, now)
        for line in _preview(store, asked, now):
            click.echo(line)
        if not yes:
            click.confirm("Silence it?", abort=True)
        _do(store, asked, config, rules, now)
    click.echo(f"silenced until {wording.moment(asked.until)}")


@silence.command()
@click.argument("silence_id", metavar="ID")
@CONFIG
def end(silence_id: str, path: Path) -> None:
    """End a silence now.

    \b
    Example:  monitor silence end 4f1c2a90b7de
    """
    with _opened(path) as (config, store):
        _do(store, EndSilence(silence_id), config, rulebook.load(config.rules), datetime.now(UTC))
    click.echo("ended; a running service tells the channel, and shows what went on meanwhile")


def ends(span: str | None, until: datetime | None, zone: ZoneInfo, now: datetime) -> datetime:
    """When a silence ends. Raises UsageError unless exactly one of both says it."""
    if (span is None) == (until is None):
        raise click.UsageError(f"say how long: --for {AN_HOUR}, --for {TODAY}, or --until DATE")
    if span == AN_HOUR:
        return now + HOUR
    day = until.date() if until is not None else now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _what(claim: str | None, account: str | None, link: str | None, thread: str | None) -> tuple[SilenceScope, str]:
    given = {
        SilenceScope.CLAIM: claim,
        SilenceScope.ACCOUNT: account,
        SilenceScope.LINK: link,
        SilenceScope.THREAD: thread,
    }
    named = [(scope, value) for scope, value in given.items() if value is not None]
    if len(named) != 1:
        raise click.UsageError("say what to mute: one of --claim, --account, --link and --thread")
    return named[0]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Config, Store]]:
    config = configuration.load_asking_nobody(path)
    with opened(config.store.path) as store:
        yield config, store


def _check(store: Store, asked: SilenceFor, rules: Rules, now: datetime) -> None:
    """What would be refused is refused before anybody is asked."""
    with store.reading() as db:
        running = silences.active(db, now)
    same = next((one for one in running if (one.scope, one.value) == (asked.scope, asked.value)), None)
    refusal = silencing.why_not(asked, now, Known(right_claim=rules.claim(asked.value), silence=same))
    if refusal is not None:
        raise InputError(refusal)


def _preview(store: Store, asked: SilenceFor, now: datetime) -> Iterator[str]:
    with store.reading() as db:
        muted = would_have_muted(db, asked.scope, asked.value, now - LOOKS_BACK)
    posts = f"{muted.sightings} {'post' if muted.sightings == 1 else 'posts'}"
    alerts = f"{muted.alerts} {'alert' if muted.alerts == 1 else 'alerts'}"
    yield f"In the last day it would have muted {alerts} about {posts}."
    for post in muted.examples:
        yield f"  {wording.author(post)}: {wording.one_line(wording.quoted(post), 120)}"


def _do(store: Store, action: Action, config: Config, rules: Rules, now: datetime) -> Outcome:
    user = getpass.getuser()
    context = Context(
        settings=config.desk,
        rules=rules,
        enqueue_update=lambda _db, _incident, _now: None,
        enqueue_answered=lambda _db, _incident, _post_key, _now: None,
        is_silenced=lambda _db, _incident, _now: False,
        accept=lambda _proposal: None,
    )
    with store.transaction() as db:
        outcome = perform(db, None, action, Person(f"cli:{user}", user), now, context) or Outcome()
    if outcome.refusal is not None:
        raise InputError(outcome.refusal)
    return outcome


def _table(found: list[Silence], now: datetime) -> Table:
    table = Table(title="silences", title_justify="left")
    for heading in ("id", "what", "until", "by", "reason", "state"):
        table.add_column(heading)
    for one in found:
        table.add_row(
            Text(one.id),
            Text(f"{one.scope}: {wording.one_line(one.value, 200)}"),
            wording.moment(one.until),
            Text(wording.inert(one.by.name)),
            Text(wording.one_line(one.reason, 300)),
            "running" if one.is_active(now) else "over",
        )
    return table
