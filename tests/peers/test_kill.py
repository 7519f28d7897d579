"""kill -9 at 50 random moments of a replay into a real Slack server: every alert arrives exactly once.

Which posts share a thread reply, and which were in the message from the start, depends on when the process died; so of
the threads the test asks that no reply comes twice and no post stands in two.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import re
import runpy
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError

from monitor.store.db import Store
from tests.peers.proxy import FaultyProxy
from tests.peers.slack_path import Server

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
API = "http://127.0.0.1:4003/api/"
TOKEN = "xoxb-local-test"  # the test server's own
KILLS = 50
LATE_BY = 0.4
"""Slack has the message and we do not know it yet, for so long: a third of the time between two messages."""
KILLED_AT_START = 0.2
"""This share of the kills comes while the replay is still loading its model."""
SPREAD = re.compile(r"[\d,]+ posts? .*? in the last hour")
CONFIG = """
rules = "{rules}"
[store]
path = "{store}"
[slack]
channel = "{channel}"
base_url = "{slack}"
[alerts]
max_new_per_minute = 60
[log]
level = "error"
"""


@dataclass
class Told:
    """What a channel was told: delivery ids, and by the incident's message its spread as it stands there."""

    messages: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    spread: dict[str, str] = field(default_factory=dict)


@pytest.fixture
async def channels() -> dict[str, str]:
    try:
        answer = await Server(API, TOKEN, "").call("conversations.list")
    except ClientConnectionError:
        pytest.skip(f"no slack-emulate at {API}: run this through make test-peers")
    return {channel["name"]: channel["id"] for channel in answer["channels"]}


async def told_in(channel: str) -> Told:
    """Every message and thread reply of a channel, counted."""
    server = Server(API, TOKEN, channel)
    history = await server.call("conversations.history", channel=channel, limit=1000, include_all_metadata=True)
    replies: dict[str, dict[str, Any]] = {}
    for message in history["messages"]:
        if message.get("reply_count"):
            thread = await server.call(
                "conversations.replies", channel=channel, ts=message["ts"], limit=1000, include_all_metadata=True
            )
            replies |= {reply["ts"]: reply for reply in thread["messages"] if reply["ts"] != message["ts"]}
    told = Told(replies=Counter(_delivery_id(reply) for reply in replies.values()))
    for message in history["messages"]:
        # A reply that is shown in the channel too is in both lists, under one ts.
        if message["ts"] not in replies:
            told.messages[_delivery_id(message)] += 1
            told.spread[_delivery_id(message)] = SPREAD.findall(message["text"])[0]
    return told


def _delivery_id(message: dict[str, Any]) -> str:
    return str(message["metadata"]["event_payload"]["delivery_id"])


@dataclass(frozen=True)
class Campaign:
    """A folder with a config, a stream of posts and a database of its own."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "monitor.db"

    def start_replay(self, monkeypatch: pytest.MonkeyPatch) -> BaseProcess:
        """`monitor replay` in a process of its own, its imports done beforehand: 50 cold starts would take long."""
        stream = str(ROOT / "monitor" / "demo" / "stream.jsonl")
        monkeypatch.setattr(sys, "argv", ["monitor", "replay", stream, "-c", str(self.folder / "config.toml")])
        process = multiprocessing.get_context("forkserver").Process(
            target=runpy.run_module, args=("monitor",), kwargs={"run_name": "__main__"}
        )
        process.start()
        return process

    def is_sending(self) -> bool:
        with closing(sqlite3.connect(self.database)) as db:
            return bool(db.execute("SELECT 1 FROM outbox WHERE state = 'sending'").fetchone())

    async def live(self, process: BaseProcess, rng: random.Random) -> None:
        """Let a replay live until a random moment: mostly at work, which begins with its first commit."""
        if rng.random() < KILLED_AT_START:
            await asyncio.to_thread(process.join, rng.uniform(0.0, 3.0))
            return
        with closing(Store(self.database)) as store:
            before = store.db.execute("PRAGMA data_version").fetchone()
            # Another process commits: there is no event to wait for.
            while process.is_alive() and store.db.execute("PRAGMA data_version").fetchone() == before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await asyncio.to_thread(process.join, rng.uniform(0.0, 1.5))


def make_campaign(folder: Path, channel: str, slack: str) -> Campaign:
    folder.mkdir()
    campaign = Campaign(folder)
    config = CONFIG.format(rules=ROOT / "rules", store=campaign.database, channel=channel, slack=slack)
    (folder / "config.toml").write_text(config, "utf-8")
    return campaign


async def test_every_alert_arrives_exactly_once_through_50_kills(
    tmp_path: Path, channels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    multiprocessing.set_forkserver_preload(["monitor.cli.run", "sentence_transformers"])

    async with FaultyProxy(API, retry_after=1.0, late_by=LATE_BY) as slack:
        reference = make_campaign(tmp_path / "reference", channels["amplifiers"], slack.url)
        whole = reference.start_replay(monkeypatch)
        await asyncio.to_thread(whole.join)
        assert whole.exitcode == 0
        expected = await told_in(channels["amplifiers"])
        assert len(expected.messages) >= 6, "the replay must have something to tell"
        assert set(expected.messages.values()) == {1}

        rng = random.Random(20261120)
        kills = killed_while_sending = 0
        for name in ("rapid-response", "general", "random"):
            earlier = await told_in(channels[name])
            campaign = make_campaign(tmp_path / name, channels[name], slack.url)
            while kills < KILLS:
                process = campaign.start_replay(monkeypatch)
                await campaign.live(process, rng)
                if process.exitcode is not None:
                    break
                assert process.pid is not None
                os.kill(process.pid, 9)
                await asyncio.to_thread(process.join)
                kills += 1
                killed_while_sending += campaign.is_sending()
            last = campaign.start_replay(monkeypatch)
            await asyncio.to_thread(last.join)
            assert last.exitcode == 0
            told = await told_in(channels[name])
            assert told.messages - earlier.messages == expected.messages
            assert set(told.replies.values()) <= {1}
            assert {one: told.spread[one] for one in expected.spread} == expected.spread, "every post is counted"
            if kills == KILLS:
                break
        assert kills == KILLS
        assert killed_while_sending > 0
    print(f"{KILLS} kills, {killed_while_sending} of them while sending; {len(expected.messages)} messages, each once")
