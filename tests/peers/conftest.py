"""The headquarters that the desk's peer tests open, each on a store and a Slack of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor import rulebook
from monitor.alert.slack.client import SlackNotifier
from monitor.cli.run import serve
from monitor.config import AlertConfig, DeskConfig, MatchConfig, SourceConfig
from monitor.pipeline import Pipeline, Stages, load_stages
from monitor.sources import build
from monitor.store.db import Store
from tests.peers.headquarters import ALERTS, DESK, ROOT, Clock, Headquarters, Open, make_config
from tests.peers.screen import screen
from tests.peers.socket_proxy import SocketProxy


@pytest.fixture(scope="session")
def local_slack() -> str:
    """The address of the local Slack that runs; skips where there is none."""
    url = os.environ.get("LOCAL_SLACK_URL", "http://127.0.0.1:3000")
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=2).close()
    except OSError:
        pytest.skip(f"no local-slack at {url}: run this through make test-peers")
    return url


@pytest.fixture(scope="session")
def stages() -> Stages:
    """The model is loaded once: it takes longer than all the rest."""
    return load_stages(rulebook.load(ROOT / "rules"), MatchConfig())


@pytest.fixture
def open_hq(local_slack: str, stages: Stages, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(
        desk: DeskConfig = DESK, alerts: AlertConfig = ALERTS, more: Sequence[SourceConfig] = ()
    ) -> AsyncIterator[Headquarters]:
        stop, clock = asyncio.Event(), Clock()
        async with SocketProxy(local_slack) as proxy:
            config = make_config(proxy.api, tmp_path, desk, alerts)
            slack = config.slack
            assert slack is not None
            with closing(Store(config.store.path)) as store:
                async with (
                    screen(local_slack) as shown,
                    SlackNotifier(slack, config.desk) as notifier,
                    asyncio.TaskGroup() as tasks,
                ):
                    pipeline = Pipeline(stages, store, config.alerts)
                    sources = [build(source) for source in (*config.sources, *more)]
                    running = tasks.create_task(serve(config, store, pipeline, notifier, sources, stop, clock))
                    try:
                        await shown.until(lambda: shown.connected or running.done(), "monitor's socket")
                        yield Headquarters(shown, store, tmp_path / "posts.jsonl", clock, proxy)
                    finally:
                        stop.set()

    return opened


@pytest.fixture
async def hq(open_hq: Open) -> AsyncIterator[Headquarters]:
    async with open_hq() as opened:
        yield opened
