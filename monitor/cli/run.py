"""`monitor run` and `monitor replay`: the service, and one file through the same pipeline and store."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from datetime import datetime
from functools import partial
from pathlib import Path

import click
import structlog

from monitor import config as configuration
from monitor import log, rulebook
from monitor.alert.console import ConsoleNotifier
from monitor.alert.notifier import Notifier
from monitor.cli.options import CONFIG
from monitor.cli.spending import kept_in
from monitor.config import Config, JsonlSource
from monitor.desk.members import Members
from monitor.desk.morning import Morning
from monitor.desk.open import Task, open_desk
from monitor.desk.rules_watch import RulesWatch
from monitor.desk.ticker import Ticker
from monitor.desk.voice import Voice
from monitor.desk.wiring import Desk, context
from monitor.match.second import SecondOpinion
from monitor.match.second_judge import load_second_judge
from monitor.pipeline import Pipeline, load_stages
from monitor.rulebook.reload import open_book
from monitor.service import Service, stop_on_signals, utc_now
from monitor.sources import build, pace_of
from monitor.sources.from_rules import FromRules
from monitor.sources.intake import Intake
from monitor.sources.poller import unless_stopped
from monitor.sources.source import Source
from monitor.store.budget import DailyBudget
from monitor.store.db import Store, sole_writer
from monitor.store.memory import Spared, no_page, open_spared


def open_notifier(config: Config) -> Notifier:
    """Slack where it is configured, else the terminal."""
    if config.slack is not None:
        from monitor.alert.slack.client import SlackNotifier  # noqa: PLC0415 - only where Slack is used

        return SlackNotifier(config.slack, config.desk if config.slack.app_token is not None else None)
    structlog.get_logger().warning(
        "Slack is not configured: alerts go to the terminal",
        hint=config.slack_lacks or "set [slack] channel and SLACK_BOT_TOKEN",
    )
    return ConsoleNotifier()


def open_pipeline(config: Config, store: Store, *, stream_time: bool, memory: Spared | None = None) -> Pipeline:
    """Load rules and model: seconds. What posts are computed into is kept in `memory`, for backtests."""
    rules = rulebook.load(config.rules)
    stages = load_stages(rules, config.match, _open_second_opinion(config, store), memory)
    page = no_page if memory is None else memory.page
    pipeline = Pipeline(stages, store, config.alerts, stream_time=stream_time, page=page)
    pipeline.learn()
    return pipeline


async def _loaded(load: Callable[[], Pipeline], stop: asyncio.Event) -> Pipeline:
    """What `load` returns. A signal that comes before ends the process at once: a thread that loads a model cannot be
    told to stop, and nothing is in hand yet that would have to be finished."""
    structlog.get_logger().info("loading", what="rules and model")
    pipeline = await unless_stopped(asyncio.to_thread(load), stop)
    if pipeline is None:
        structlog.get_logger().info("stopped", during="loading")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return pipeline


def _open_second_opinion(config: Config, store: Store) -> SecondOpinion | None:
    if config.judge is None:
        return None
    judge = load_second_judge(config.judge, DailyBudget(store, config.judge.calls_per_day, utc_now))
    return SecondOpinion(judge, config.judge.band)


@click.command()
@CONFIG
def run(path: Path) -> None:
    """Run the service: poll the sources, match, alert, until stopped.

    Ctrl-C or SIGTERM finishes what is in hand and stops within 10 seconds; while the model still loads, and when it
    comes a second time, it stops at once.

    With [judge] in the config, posts of which the embedded judge is not sure are also shown to a second judge: a model
    on this machine, or an endpoint, to which their text then goes. docs/second-opinion.md says what is sent.

    \b
    Example:  monitor run -c config.toml
    """
    config = configuration.load(path)
    log.configure(config.log.level, config.log.format)
    asyncio.run(_run(config))


async def _run(config: Config) -> None:
    stop = asyncio.Event()
    with (
        stop_on_signals(stop),
        sole_writer(config.store.path),
        closing(Store(config.store.path)) as store,
        open_spared(store.path) as memory,
    ):
        pipeline = await _loaded(partial(open_pipeline, config, store, stream_time=False, memory=memory), stop)
        sources = [
            FromRules(source, lambda: pipeline.written, partial(build, budget=kept_in(store), pace=pace_of(source)))
            for source in config.sources
        ]
        async with open_notifier(config) as notifier:
            await serve(config, store, pipeline, notifier, [*sources, Intake(store)], stop)


async def serve(
    config: Config,
    store: Store,
    pipeline: Pipeline,
    notifier: Notifier,
    sources: Sequence[Source],
    stop: asyncio.Event,
    now: Callable[[], datetime] = utc_now,
) -> None:
    """The service with its clock, and with the desk where Slack's app token is set."""
    service = Service(config, store, pipeline, notifier, now)
    has_desk = config.slack is not None and config.slack.app_token is not None
    ticker = Ticker(store, pipeline, partial(context, pipeline, config.desk), now, service.wake, reminds=has_desk)

    def woken() -> None:
        service.wake()
        ticker.wake()

    def make(voice: Voice, members: Members) -> Desk:
        return Desk(
            store=store,
            pipeline=pipeline,
            voice=voice,
            members=members,
            config=config,
            rules=lambda: pipeline.stages.rules,
            context=partial(context, pipeline, config.desk),
            now=now,
            woken=woken,
        )

    async with AsyncExitStack() as stack:
        morning = Morning(store, lambda: pipeline.stages.rules, config.desk, service.wake, now)
        book = await asyncio.to_thread(open_book, config.rules)
        watch = RulesWatch(config.rules, book, store, pipeline, woken, now)
        tasks: dict[str, Task] = {
            "desk:clock": ticker.tick_until,
            "desk:digest": morning.run,
            "rules:watch": watch.run,
        }
        if config.slack is not None and config.slack.app_token is not None:
            groups = config.desk.groups
            desk = open_desk(config.slack, config.slack.app_token, groups, store, make, now)
            tasks |= await stack.enter_async_context(desk)
        await service.run(sources, stop, tasks, ticker.wake)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CONFIG
def replay(file: Path, path: Path) -> None:
    """Send a file of posts through the real pipeline and store.

    Alerts go where the config sends them: into Slack's channel where one and SLACK_BOT_TOKEN are set. For a trial,
    leave the token out, and name a database of its own under [store] path.

    The posts' own times count as now. Started again after an interruption, it goes on where it stopped.

    \b
    Example:  monitor replay posts.jsonl -c config.toml
    """
    config = configuration.load(path)
    log.configure(config.log.level, config.log.format)
    asyncio.run(_replay(config, build(JsonlSource(name=f"replay:{file.resolve()}", path=file))))


async def _replay(config: Config, source: Source) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop), sole_writer(config.store.path), closing(Store(config.store.path)) as store:
        pipeline = await _loaded(partial(open_pipeline, config, store, stream_time=True), stop)
        async with open_notifier(config) as notifier:
            await Service(config, store, pipeline, notifier).replay(source, stop)
