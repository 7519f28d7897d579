"""`monitor rules retire`: a claim that is true by now, or that nobody spreads any more."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor import config as configuration
from monitor.alert import wording
from monitor.cli.options import CONFIG
from monitor.desk.retiring import Because, Retired
from monitor.desk.retiring import retire as retire_in
from monitor.model import Person
from monitor.rulebook import edit
from monitor.store.db import Store


@click.command()
@click.argument("claim_id", metavar="ID")
@click.option(
    "--because",
    type=click.Choice([because.value for because in Because]),
    required=True,
    help="It came true, or it is over: nobody spreads it any more.",
)
@CONFIG
def retire(claim_id: str, because: str, path: Path) -> None:
    """Retire a claim: no post alerts for it any more.

    Its file gets status = "retired" and stays as it is otherwise. A running service puts that to use within two
    seconds, and tells the channel. With --because true it is also told which corrections of it were posted: they say
    what is false by now.

    \b
    Example:  monitor rules retire withdrawn --because true
    """
    config = configuration.load_asking_nobody(path)
    change = edit.plan_retired(config.rules, claim_id)
    if not config.store.path.exists():
        edit.write(change)
        click.echo(f"{change.path}: retired; no service has run here yet, so there is nobody to be told")
        return
    with closing(Store(config.store.path)) as store:
        user = getpass.getuser()
        # The file is written before the transaction ends: what is undone after a crash is asked for again.
        with store.transaction() as db:
            done = retire_in(db, change.claim, Because(because), Person(f"cli:{user}", user), datetime.now(UTC))
            edit.write(change)
    click.echo(f'{change.path}: status = "retired"; a running service tells the channel')
    if done.kept_back:
        click.echo(f"kept back: {done.kept_back} of its notifications that were not delivered yet")
    if done.open_incidents:
        click.echo(f"still open: {done.open_incidents} of its incidents")
    if because == Because.TRUE:
        for line in _posted(done):
            click.echo(line)


def _posted(done: Retired) -> Iterator[str]:
    if not done.posted:
        yield "no correction was posted for it that monitor knows of"
        return
    yield "corrections that say what is false by now:"
    for posted in done.posted:
        yield wording.one_line(f"  {posted.url}  {posted.by.name}, {wording.moment(posted.at)}", 600)
