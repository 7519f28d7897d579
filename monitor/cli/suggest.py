"""`monitor rules suggest`: what people said of alerts, turned into changes worth trying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.text import Text

from monitor import rulebook
from monitor.alert import wording
from monitor.cli.backtest import bar, load_stages, workplace
from monitor.cli.options import JSON
from monitor.model import Rules
from monitor.rulebook.suggest import Advice, Judged, Share, Threshold, advise
from monitor.store import verdicts
from monitor.store.db import Store
from monitor.store.memory import MemoryFile
from monitor.store.verdicts import HumanVerdict

if TYPE_CHECKING:
    from monitor.pipeline import Stages


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("-c", "--config", "config", type=click.Path(path_type=Path), help="The config file.")
@JSON
def suggest(folder: Path | None, config: Path | None, as_json: bool) -> None:
    """Suggest changes to the rules, from what people said of alerts.

    For each claim: a threshold, what it would change and how sure that is; phrasings and look-alikes worth adding;
    phrasings that never helped. Nothing is changed: put what convinces you into the file, and try it with
    `monitor rules backtest`.

    \b
    Example:  monitor rules suggest
    """
    place = workplace(folder, config)
    with closing(Store(place.database)) as store, closing(MemoryFile(place.database)) as memory:
        memory.forget(place.database)
        given = verdicts.every(store)
        rules = rulebook.load(place.folder)
        judged = _judged(given, load_stages(memory, place, rules), memory) if given else {}
    found = _advice(rules, judged, place.match.threshold)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    console = Console()
    for line in _explained(found):
        console.print(Text(wording.inert(line)), soft_wrap=True)


def _judged(given: Sequence[HumanVerdict], stages: Stages, memory: MemoryFile) -> dict[str, list[Judged]]:
    """By claim, each post that people judged, with what the files alone make of it: a post that people called false
    would be ruled out by itself."""
    now = datetime.now(UTC)
    found: dict[str, list[Judged]] = {}
    with bar("judged posts") as progress:
        task = progress.add_task("judged posts", total=len(given))
        for said in given:
            with memory.page([said.post]):
                score = stages.scores([said.post], now)[0].get(said.claim_id)
                matches = {match.claim_id: match for match in stages.against_each(said.post, now)}
            match = matches.get(said.claim_id)
            near = ("", "") if match is None else (match.phrasing, match.sentence)
            found.setdefault(said.claim_id, []).append(Judged(said.post, said.asserts, score, *near))
            progress.advance(task)
    return found


def _advice(rules: Rules, judged: dict[str, list[Judged]], threshold: float) -> list[Advice]:
    return [
        advise(claim, threshold if claim.threshold is None else claim.threshold, judged[claim.id])
        for claim in rules.claims
        if claim.id in judged
    ]


def _explained(found: Sequence[Advice]) -> Iterator[str]:
    if not found:
        yield "Nobody has judged an alert of these claims yet: in Slack, a posted correction and Not this claim do."
        return
    for advice in found:
        yield f"{advice.claim_id}: {wording.count(advice.judged, 'verdict')}, {advice.confirmed} of them right"
        if advice.threshold is None:
            yield f"  threshold: leave it; {advice.why}"
        else:
            yield from _threshold(advice.threshold, advice.why)
        yield from _list("phrasings worth adding", advice.phrasings)
        yield from _list("not_this worth adding", advice.look_alikes)
        yield from _list("phrasings that were nearest to nothing confirmed", advice.idle)
    yield "Try a change before you keep it: monitor rules backtest --draft FILE"


def _threshold(found: Threshold, why: str) -> Iterator[str]:
    yield f"  threshold = {found.suggested:g} instead of {found.now:g}: {why}"
    yield f"      alerts that are right: {_share(found.precision_now)} now, {_share(found.precision_then)} then"


def _share(share: Share) -> str:
    return f"{share.right} of {share.of} ({share.low:.0%} to {share.high:.0%})"


def _list(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"  {title}:"
        yield from (f'      "{wording.one_line(sentence, 160)}"' for sentence in sentences)
