"""`monitor rules backtest`: what these rules would have done with the posts that came, beside what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from monitor import rulebook
from monitor.alert import wording
from monitor.answering import ParentOf, parents_in
from monitor.cli.answers import opened, print_json, write_file
from monitor.cli.options import JSON, Since
from monitor.cli.place import CONFIG_OF_RULES, FOLDER, Place, place_of
from monitor.errors import InputError
from monitor.model import LookAlike, Rules
from monitor.rulebook import backtest as comparing
from monitor.rulebook import chart
from monitor.rulebook.backtest import Change, Comparison, Said, Tradeoff
from monitor.rulebook.revision import at_revision, with_draft
from monitor.store import history, look_alikes, verdicts
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.memory import MemoryFile
from monitor.store.verdicts import HumanVerdict

if TYPE_CHECKING:
    from monitor.pipeline import Stages

SHOWN = 20
"""Posts gained, and posts lost, that the terminal lists; --json gives all."""
COLUMNS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Thresholds in the terminal's table."""


@dataclass(frozen=True, slots=True)
class Result:
    """All that a backtest says. `against`: with what the rules are compared, in words. `untried`: the newest posts,
    where somebody stopped it before it came to them."""

    against: str
    comparison: Comparison
    tradeoffs: tuple[Tradeoff, ...]
    untried: int = 0


@click.command()
@FOLDER
@CONFIG_OF_RULES
@click.option(
    "--since", type=Since(), default="7d", show_default=True, help="How far back: 12h, 7d, 2w, or a day as 2026-11-02."
)
@click.option("--against", metavar="GIT-REV", help="Compare with the rules of a git revision, not with what was done.")
@click.option("--draft", metavar="FILE", type=click.Path(path_type=Path), help="Try the rules with this file in them.")
@click.option(
    "--picture", "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Draw the chart, as PNG."
)
@JSON
def backtest(
    folder: Path | None,
    config: Path | None,
    since: datetime,
    against: str | None,
    draft: Path | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Try the rules on the posts that came, beside what was done.

    Shows which posts would alert now and did not, and the other way round, with what people said of them. Posts are
    counted, not messages; silences and a second judge are left out. What is computed is kept beside the database, so
    that the next time takes a fraction.

    \b
    Example:  monitor rules backtest --since 7d
              monitor rules backtest --draft new/withdrawn.toml
              monitor rules backtest --against HEAD~1 --picture tradeoff.png
    """
    now = datetime.now(UTC)
    place = place_of(folder, config)
    written = rulebook.load(place.folder) if draft is None else with_draft(place.folder, draft)
    older = None if against is None else at_revision(place.folder, against)
    with opened(place.database) as store, closing(MemoryFile(place.database)) as memory:
        memory.forget(place.database)
        result = _compared(store, memory, place, written, older, since, now)
    result = replace(result, against=f"the rules of {against}" if against is not None else "what was done")
    if file is not None:
        _write(file, chart.draw(result.tradeoffs))
    if as_json:
        print_json(result)
    else:
        _show(result)


def load_stages(memory: MemoryFile, place: Place, rules: Rules) -> Stages:
    """The rules as the files have them, with the models."""
    from monitor import pipeline  # noqa: PLC0415 - seconds: not for --help

    return pipeline.load_stages(rules, place.match, memory=memory)


def bar(words: str) -> Progress:
    """A progress bar on standard error, away from the answer."""
    return Progress(
        TextColumn(words),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _compared(
    store: Store,
    memory: MemoryFile,
    place: Place,
    rules: Rules,
    older: Rules | None,
    begin: datetime,
    now: datetime,
) -> Result:
    before = history.rulings(store, begin)
    if not before:
        raise InputError(f"no post was received since {begin:%Y-%m-%d %H:%M} UTC; go further back with --since")
    stages = load_stages(memory, place, rules)
    past, learned, parents = before, look_alikes.every(store), parents_in(store)
    if older is not None:
        before = _with_bar("older rules", past, learned, stages.with_rules(older), memory, parents)
    after = _with_bar("these rules", past[: len(before)], learned, stages, memory, parents)
    given = verdicts.every(store)
    until = now if len(after) == len(past) else after[-1].at
    comparison = comparing.compare(before[: len(after)], after, Said(given), max(begin, past[0].at), until)
    tradeoffs = tuple(_tradeoffs(given, stages, memory, place.match.threshold, now))
    return Result("", comparison, tradeoffs, len(past) - len(after))


def _with_bar(
    words: str,
    past: Sequence[Ruling],
    learned: Sequence[LookAlike],
    stages: Stages,
    memory: MemoryFile,
    parents: ParentOf,
) -> list[Ruling]:
    """As far as it comes until somebody presses Ctrl-C: what is read is kept, so nothing is done twice."""
    rulings: list[Ruling] = []
    with bar(f"{words} (Ctrl-C: what came until then)") as progress:
        task = progress.add_task(words, total=len(past))
        try:
            for batch in comparing.replayed(past, learned, stages, memory.page, parents):
                rulings += batch
                progress.advance(task, len(batch))
        except KeyboardInterrupt:
            if not rulings:
                raise
    return rulings


def _tradeoffs(
    given: Sequence[HumanVerdict], stages: Stages, memory: MemoryFile, threshold: float, now: datetime
) -> Iterator[Tradeoff]:
    """One for each claim of which people judged posts, on all posts that they judged, by the files alone: a post that
    people called false would be ruled out by itself."""
    posts = [said.post for said in given]
    with memory.page(posts):
        scores = stages.scores(posts, now)
    for claim in stages.rules.claims:
        judged = [
            (of_post.get(claim.id), said.asserts)
            for said, of_post in zip(given, scores, strict=True)
            if said.claim_id == claim.id
        ]
        if judged:
            yield comparing.tradeoff(claim, claim.bar(threshold), judged)


def _write(file: Path, png: bytes | None) -> None:
    if png is None:
        raise InputError(
            "there is nothing to draw: nobody has judged a post yet (in Slack: a correction, or Not this claim)"
        )
    write_file(file, png)
    click.echo(f"wrote {file}", err=True)


def _show(result: Result) -> None:
    console = Console()
    found = result.comparison
    _say(console, f"{found.posts:,} posts since {found.since:%Y-%m-%d %H:%M} UTC, beside {result.against}")
    if result.untried:
        _say(
            console, f"Stopped: the newest {result.untried:,} posts are left out. What was read is kept for next time."
        )
    _say(console, "")
    if found.claims:
        console.print(_claims_table(found))
    else:
        _say(console, "No post alerts, then or now.")
    for words in summary(found):
        _say(console, words)
    for title, changes, because in (("Gained", found.gained, False), ("Lost", found.lost, True)):
        for line in _listed(title, changes, because=because):
            _say(console, line)
    if result.tradeoffs:
        _say(console, "")
        console.print(_tradeoff_table(result.tradeoffs))
        _say(console, "Of the posts that people judged, which are mostly those that alerted.")


def summary(found: Comparison) -> Iterable[str]:
    """What was gained and lost, and false alarms per day, in words."""
    lost, gained = sum(one.posts for one in found.lost), sum(one.posts for one in found.gained)
    confirmed = sum(claim.lost_confirmed for claim in found.claims)
    false = sum(claim.gained_false for claim in found.claims)
    yield f"Lost {wording.count(lost, 'alert')}, of which people had confirmed {confirmed}."
    yield f"Gained {wording.count(gained, 'alert')}, of which people had called {false} false."
    yield (
        f"False alarms that people marked: {found.false_before / found.days:.1f} a day before, "
        f"{found.false_after / found.days:.1f} now; {found.unknown_after:,} of these alerts nobody has judged."
    )


def _claims_table(found: Comparison) -> Table:
    table = Table("claim", "before", "now", "gained", "called false", "lost", "confirmed", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for claim in found.claims:
        numbers = (claim.before, claim.after, claim.gained, claim.gained_false, claim.lost, claim.lost_confirmed)
        table.add_row(Text(wording.inert(claim.claim_id)), *(str(number) for number in numbers))
    return table


def _tradeoff_table(tradeoffs: Sequence[Tradeoff]) -> Table:
    table = Table("precision / recall at", *(f"{column:.1f}" for column in COLUMNS), "judged", box=None)
    for one in tradeoffs:
        points = {point.threshold: point for point in one.points}
        cells = [f"{_share(points[column].precision)} / {_share(points[column].recall)}" for column in COLUMNS]
        table.add_row(Text(wording.inert(one.claim_id)), *cells, f"{one.judged}, {one.confirmed} right")
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _listed(title: str, changes: Sequence[Change], *, because: bool) -> Iterator[str]:
    if not changes:
        return
    yield f"\n{title}"
    for change in changes[:SHOWN]:
        said = {True: "confirmed", False: "called false", None: "nobody judged it"}[change.asserts]
        copies = f", {change.posts} posts" if change.posts > 1 else ""
        score = "" if change.score is None else f"{change.score:.2f}, "
        yield f"  {change.claim_id} ({score}{said}{copies}): {wording.one_line(change.post.text, 160)}"
        if because:
            yield f"      now: {wording.one_line(change.why, 160)}"
    if len(changes) > SHOWN:
        yield f"  and {len(changes) - SHOWN} more: --json lists all"


def _say(console: Console, words: str) -> None:
    console.print(Text(wording.inert(words)), soft_wrap=True)
