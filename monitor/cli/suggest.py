"""`monitor rules suggest`: what people said of alerts, turned into changes worth trying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TaskID
from rich.text import Text

from monitor import rulebook
from monitor.alert import wording
from monitor.cli.answers import opened, print_json
from monitor.cli.backtest import bar
from monitor.cli.options import JSON
from monitor.cli.place import CONFIG_OF_RULES, FOLDER, Place, place_of
from monitor.rulebook.advising import Advice, advise
from monitor.rulebook.effect import Kind, Tried
from monitor.rulebook.in_mind import InMind
from monitor.rulebook.thresholds import Share, Threshold
from monitor.rulebook.trial import Progress
from monitor.store import verdicts
from monitor.store.memory import MemoryFile
from monitor.store.verdicts import HumanVerdict


@click.command()
@FOLDER
@CONFIG_OF_RULES
@click.option("--dropped", is_flag=True, help="Also say what was tried and is not suggested, and why.")
@JSON
def suggest(folder: Path | None, config: Path | None, dropped: bool, as_json: bool) -> None:
    """Suggest changes to the rules, from what people said of alerts.

    For each claim: a threshold, what it would change and how sure that is; phrasings and look-alikes worth adding;
    phrasings that never helped. Each change is tried first, on the claim's tests and on the posts that people judged,
    and only said where it breaks no test and makes no alert wrong. Nothing is written: put what convinces you into the
    file, and try it with `monitor rules backtest`.

    It reads the judged posts, and those near a claim again for each sentence: minutes the first time, seconds the next.

    \b
    Example:  monitor rules suggest
              monitor rules suggest --dropped
    """
    place = place_of(folder, config)
    with opened(place.database) as store, closing(MemoryFile(place.database)) as memory:
        memory.forget(place.database)
        given = verdicts.every(store)
        found = _advised(place, memory, given) if given else []
    if as_json:
        print_json(found)
        return
    console = Console()
    for line in _explained(found, with_dropped=dropped):
        console.print(Text(wording.inert(line)), soft_wrap=True)


def _advised(place: Place, memory: MemoryFile, given: Sequence[HumanVerdict]) -> list[Advice]:
    from monitor import pipeline  # noqa: PLC0415 - seconds: not for --help

    rules = rulebook.load(place.folder)
    stages = pipeline.load_stages(rules, place.match, memory=InMind(memory))
    with bar("{task.description}") as shown:
        return advise(stages, given, place.match.threshold, memory.page, datetime.now(UTC), _told_by(shown))


def _told_by(shown: Bar) -> Progress:
    """Shows a bar for each thing that is done."""
    tasks: dict[str, TaskID] = {}

    def tell(what: str, done: int, of: int) -> None:
        if what not in tasks:
            tasks[what] = shown.add_task(what, total=of)
        shown.update(tasks[what], completed=done)

    return tell


def _explained(found: Sequence[Advice], *, with_dropped: bool) -> Iterator[str]:
    if not found:
        yield "Nobody has judged an alert of these claims yet: in Slack, a posted correction and Not this claim do."
        return
    for advice in found:
        yield f"{advice.claim_id}: {wording.count(advice.judged, 'verdict')}, {advice.confirmed} of them right"
        if advice.threshold is None:
            yield f"  threshold: leave it; {advice.why}"
        else:
            yield from _threshold(advice.threshold, advice.why)
        if advice.hidden:
            confirmed = wording.count(advice.hidden, "confirmed post")
            yield f"      {confirmed} would alert at the usual threshold; a lower one finds more, and costs precision"
        yield from _sentences("phrasings worth adding", Kind.PHRASING, advice.suggested)
        yield from _sentences("not_this worth adding", Kind.LOOK_ALIKE, advice.suggested)
        if advice.idle:
            yield "  phrasings that were nearest to nothing confirmed:"
            yield from (f"      {_quoted(phrasing)}" for phrasing in advice.idle)
        yield from _dropped(advice.dropped, in_full=with_dropped)
    yield "Try a change before you keep it: monitor rules backtest --draft FILE"


def _threshold(found: Threshold, why: str) -> Iterator[str]:
    yield f"  threshold = {found.suggested:g} instead of {found.now:g}: {why}"
    yield f"      alerts that are right: {_share(found.precision_now)} now, {_share(found.precision_then)} then"


def _share(share: Share) -> str:
    return f"{share.right} of {share.of} ({share.low:.0%} to {share.high:.0%})"


def _sentences(title: str, kind: Kind, suggested: Sequence[Tried]) -> Iterator[str]:
    found = [tried for tried in suggested if tried.kind is kind]
    if found:
        yield f"  {title}:"
    for tried in found:
        yield f"      {_quoted(tried.text)}"
        yield f"          {tried.words}"


def _dropped(dropped: Sequence[Tried], *, in_full: bool) -> Iterator[str]:
    if dropped and not in_full:
        yield f"  tried and not suggested: {len(dropped)} (--dropped says why)"
    if dropped and in_full:
        yield "  tried and not suggested:"
        for tried in dropped:
            yield f"      {tried.kind} {_quoted(tried.text)}: {wording.one_line(tried.against, 300)}"


def _quoted(sentence: str) -> str:
    return f'"{wording.one_line(sentence, 160)}"'
