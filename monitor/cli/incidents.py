"""`monitor incidents`: what is going on, and the story of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.alert import wording
from monitor.cli.answers import opened, print_json
from monitor.cli.options import CONFIG, JSON
from monitor.cli.place import database_of
from monitor.desk.outcome import described
from monitor.desk.story import Moment, story
from monitor.errors import InputError
from monitor.model import Incident, IncidentState, Post, PostedText
from monitor.store import corrections, posts
from monitor.store import incidents as rows
from monitor.store.answers import Answer
from monitor.store.answers import of_incident as answers_of

OVER = (IncidentState.CLOSED, IncidentState.FALSE_ALARM)


@dataclass(frozen=True, slots=True)
class Told:
    """What `monitor incidents show` tells; `--json` prints it as it stands. `first`: the post that opened it, None
    once that was deleted or has expired."""

    incident: Incident
    first: Post | None
    story: tuple[Moment, ...]
    corrections: tuple[PostedText, ...]
    answers: tuple[Answer, ...]


@click.group()
def incidents() -> None:
    """List incidents, and tell the story of one.

    \b
    Example:  monitor incidents list
              monitor incidents show withdrawn-3f2a9c1b
    """


@incidents.command("list")
@CONFIG
@click.option("--all", "everything", is_flag=True, help="Also those that are closed or were false alarms.")
@JSON
def list_(path: Path, everything: bool, as_json: bool) -> None:
    """List the incidents that are going on, the one seen last first.

    \b
    Example:  monitor incidents list --all --json
    """
    with opened(database_of(path)) as store:
        found = [one for one in rows.every(store) if everything or one.state not in OVER]
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        Console().print(_table(found))
    else:
        click.echo("no incidents")


@incidents.command(short_help="Tell the story of an incident.")
@click.argument("incident_id", metavar="ID")
@CONFIG
@JSON
def show(incident_id: str, path: Path, as_json: bool) -> None:
    """Tell the story of an incident: who did what, when, and how it stood before and after.

    \b
    Example:  monitor incidents show withdrawn-3f2a9c1b
    """
    with opened(database_of(path)) as store, store.reading() as db:
        incident = rows.get(db, incident_id)
        if incident is None:
            raise InputError(f"there is no incident {incident_id}: monitor incidents list --all names them")
        told = Told(
            incident,
            posts.get(db, incident.first_post),
            tuple(story(db, incident)),
            tuple(corrections.of_incident(db, incident_id)),
            tuple(answers_of(db, incident_id)),
        )
    if as_json:
        print_json(asdict(told))
    else:
        _tell(told)


def _table(found: list[Incident]) -> Table:
    table = Table(title="incidents", title_justify="left")
    for heading in ("id", "state", "owner", "posts", "accounts", "last hour", "first seen", "corrected"):
        table.add_column(heading)
    for incident in found:
        table.add_row(
            Text(incident.id),
            Text(incident.state),
            Text("nobody" if incident.owner is None else wording.inert(incident.owner.name)),
            str(incident.posts),
            str(incident.accounts),
            str(incident.growth_per_hour),
            wording.moment(incident.first_seen),
            "no" if incident.corrected_at is None else wording.moment(incident.corrected_at),
        )
    return table


def _tell(told: Told) -> None:
    """One paragraph for each moment: a terminal is narrow, and a correction long."""
    console = Console(highlight=False)
    incident = told.incident
    console.print(Text(f"{incident.id}: {incident.state}", style="bold"))
    console.print(Text(f"claim      {incident.claim_id}"))
    console.print(Text(f"spread     {wording.spread(incident)}"))
    console.print(Text(f"owner      {wording.inert(described(incident.owner)) or 'nobody'}"))
    if told.first is not None:
        quote = wording.one_line(wording.quoted(told.first), 300)
        console.print(Text(f"first post {wording.author(told.first)}: {quote}"))
    for moment in told.story:
        console.print()
        console.print(Text(f"{moment.at:%d %b %Y %H:%M:%S} UTC  {wording.inert(moment.who)}: {moment.what}", "bold"))
        for line in _details(moment):
            console.print(Text(f"    {wording.one_line(line, 1000)}"))
    for answer in told.answers:
        console.print()
        console.print(Text(f"answered   {wording.inert(answer.post_key)} by {wording.inert(answer.by.name)}"))


def _details(moment: Moment) -> Iterator[str]:
    yield f"{moment.posts} {'post' if moment.posts == 1 else 'posts'} so far"
    if moment.before:
        yield f"before: {moment.before}"
    if moment.after:
        yield f"after: {moment.after}"
    if moment.note:
        yield f"note: {moment.note}"
