"""`monitor demo`: the whole pipeline on the sample campaign and its recorded stream, in a store that is thrown away."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from monitor import config as configuration
from monitor import log
from monitor.alert.console import ConsoleNotifier
from monitor.cli.run import open_notifier, open_pipeline
from monitor.config import Config, JsonlSource, StoreConfig
from monitor.errors import InputError
from monitor.model import Decision, Reason, Summary
from monitor.service import Service, stop_on_signals
from monitor.sources import build
from monitor.store import incidents, posts
from monitor.store import summary as totals
from monitor.store.db import Store

PACKAGE = Path(__file__).parents[1]
STREAM = PACKAGE / "demo" / "stream.jsonl"
TOLD = {Reason.FIRST, Reason.GROWING, Reason.LARGE_ACCOUNT, Reason.REOPENED, Reason.DIGEST}


class Label(msgspec.Struct, frozen=True):
    """What the person who wrote a post of the stream says it does. Only the score below reads it."""

    id: str
    source: str
    label: str
    claim_id: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Right: an alert on a post labelled spread, for its own claim. Questions and satire are not scored."""

    alerts_right: int
    alerts_wrong: int
    posts_right: int
    posts_wrong: int
    posts_spreading: int


def sample_rules() -> Path:
    """The sample campaign: inside an installed package, else in the checkout."""
    packaged = PACKAGE / "demo" / "rules"
    return packaged if packaged.is_dir() else PACKAGE.parent / "rules"


@click.command()
@click.option("--slack", is_flag=True, help="Send the alerts to Slack too (SLACK_BOT_TOKEN and SLACK_CHANNEL).")
def demo(slack: bool) -> None:
    """Run the whole pipeline on the sample campaign, in the terminal.

    Needs no account and keeps nothing. With --slack the same alerts go to a real channel.

    \b
    Example:  monitor demo
              SLACK_BOT_TOKEN=xoxb-... SLACK_CHANNEL=C0123456789 monitor demo --slack
    """
    console = Console()
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        config = configuration.default(sample_rules())
        config = replace(config, store=StoreConfig(Path(folder) / "demo.db"))
        if slack and config.slack is None:
            raise InputError("monitor demo --slack needs SLACK_BOT_TOKEN and SLACK_CHANNEL in the environment")
        log.configure("warning", "auto")
        console.print("Loading the language model and the rules ...")
        asyncio.run(_demo(config, console, slack=slack))


async def _demo(config: Config, console: Console, *, slack: bool) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop), closing(Store(config.store.path)) as store:
        pipeline = await asyncio.to_thread(open_pipeline, config, store, stream_time=True)
        async with open_notifier(config) if slack else ConsoleNotifier(console) as notifier:
            service = Service(config, store, pipeline, notifier)
            await service.replay(build(JsonlSource("demo", STREAM)), stop)
        if not stop.is_set():
            _show(console, totals.summary(store), _score(store, _labels()))


def _labels() -> dict[str, Label]:
    decoder = msgspec.json.Decoder(Label)
    labels = (decoder.decode(line) for line in STREAM.read_bytes().splitlines() if line.strip())
    return {f"{label.source}:{label.id}": label for label in labels}


def _score(store: Store, labels: Mapping[str, Label]) -> Score:
    def is_right(post_key: str, claim_id: str) -> bool:
        label = labels[post_key]
        return label.label == "spread" and label.claim_id == claim_id

    def is_scored(post_key: str) -> bool:
        return labels[post_key].label not in ("question", "satire")

    alerts = [
        is_right(told.post_key, told.claim_id)
        for told in incidents.told(store)
        if told.reason in TOLD and is_scored(told.post_key)
    ]
    asserting = [
        is_right(match.post_key, match.claim_id)
        for match in posts.matches(store, Decision.ALERT)
        if is_scored(match.post_key)
    ]
    return Score(
        alerts_right=sum(alerts),
        alerts_wrong=len(alerts) - sum(alerts),
        posts_right=sum(asserting),
        posts_wrong=len(asserting) - sum(asserting),
        posts_spreading=sum(label.label == "spread" for label in labels.values()),
    )


def _show(console: Console, summary: Summary, score: Score) -> None:
    alerts = Counter(summary.alerts)
    told = sum(alerts[reason.value] for reason in TOLD)
    growth = told - alerts[Reason.FIRST.value]
    table = Table(title="The day in numbers", title_justify="left", show_header=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    for number, text in (
        (summary.posts_seen, "posts seen"),
        (summary.posts_matched, "held against a known false claim"),
        (summary.denials_quiet, "denials kept quiet"),
        (sum(summary.incidents.values()), "incidents"),
        (told, f"alerts: {alerts[Reason.FIRST.value]} first sightings, {growth} on growth, size or return"),
        (score.alerts_right, "alerts right (the post that set it off is labelled as spreading that claim)"),
        (score.alerts_wrong, "alerts wrong"),
        (score.posts_right, f"spreading posts recognised, of {score.posts_spreading}"),
        (score.posts_wrong, "other posts taken for spreading ones"),
    ):
        table.add_row(str(number), text)
    console.print(table)
