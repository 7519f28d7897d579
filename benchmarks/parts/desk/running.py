"""monitor as it runs, but for the judge: real sources, store, outbox, socket and desk, in a process of its own."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from pathlib import Path

from benchmarks.parts.desk.steps import note_steps
from benchmarks.parts.desk.world import APP_TOKEN, BOT_TOKEN, CHANNEL, StubMatcher, campaign, write
from monitor import log, rulebook
from monitor.alert.slack.client import SlackNotifier
from monitor.cli.run import serve
from monitor.config import (
    AlertConfig,
    Config,
    DeskConfig,
    JsonlSource,
    LogConfig,
    MatchConfig,
    Secret,
    SlackConfig,
    StoreConfig,
)
from monitor.pipeline import Pipeline, Stages
from monitor.service import stop_on_signals
from monitor.sources import build
from monitor.store.db import Store


def config(folder: Path, api: str, max_new_per_minute: int) -> Config:
    return Config(
        path=folder / "config.toml",
        rules=folder / "rules",
        store=StoreConfig(folder / "monitor.db"),
        match=MatchConfig(),
        judge=None,
        alerts=AlertConfig(max_new_per_minute=max_new_per_minute),
        slack=SlackConfig(CHANNEL, Secret(BOT_TOKEN), api, Secret(APP_TOKEN)),
        desk=DeskConfig(digest_at=None),
        log=LogConfig(),
        sources=(JsonlSource("posts", folder / "posts.jsonl", every_seconds=0.2),),
    )


async def serve_here(folder: Path, api: str, claims: int, seconds_between: float) -> None:
    """Until a signal. Every incident gets a message: the flood's digest is off. `seconds_between` messages: Slack's own
    1.2 would draw the run out to half an hour and change nothing that is counted."""
    log.configure("warning", "json")
    random.seed(1)
    settings = config(folder, api, max_new_per_minute=100_000)
    assert settings.slack is not None
    write(campaign(claims, seed=1), settings.rules)
    rules = rulebook.load(settings.rules)
    stop = asyncio.Event()
    with stop_on_signals(stop), closing(Store(settings.store.path)) as store:
        note_steps(store)
        pipeline = Pipeline(Stages(rules, StubMatcher()), store, settings.alerts)
        async with SlackNotifier(settings.slack, settings.desk) as notifier:
            notifier.seconds_between = seconds_between
            await serve(settings, store, pipeline, notifier, [build(source) for source in settings.sources], stop)
