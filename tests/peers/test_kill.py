"""kill -9 at 50 random moments of a replay into a real Slack server: every alert arrives exactly once."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import runpy
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
SLACK = "http://127.0.0.1:4003/api/"
TOKEN = "xoxb-local-test"  # the test server's own
KILLS = 50
POSTS = 300
LONGEST_RUN = 120.0
CONFIG = """
rules = "{rules}"
[store]
path = "{store}"
[slack]
channel = "{channel}"
base_url = "{slack}"
[alerts]
max_new_per_minute = 100
[log]
level = "error"
"""


@dataclass(frozen=True)
class Told:
    """A message in a channel, as far as it must not depend on when it was sent."""

    delivery_id: str
    thread: bool


def call(method: str, **arguments: object) -> dict[str, Any]:
    request = urllib.request.Request(
        SLACK + method,
        data=json.dumps(arguments).encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json; charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


@pytest.fixture
def channels() -> dict[str, str]:
    try:
        answer = call("conversations.list")
    except OSError:
        pytest.skip("no slack-emulate on 127.0.0.1:4003: run this through make test-peers")
    return {channel["name"]: channel["id"] for channel in answer["channels"]}


def told_in(channel: str) -> Counter[Told]:
    """Every message and thread reply of a channel, counted."""
    messages = call("conversations.history", channel=channel, limit=1000, include_all_metadata=True)["messages"]
    replies = [
        reply
        for message in messages
        if message.get("reply_count")
        for reply in call(
            "conversations.replies", channel=channel, ts=message["ts"], limit=1000, include_all_metadata=True
        )["messages"]
        if reply["ts"] != message["ts"]
    ]
    threads = {reply["ts"] for reply in replies}
    everything = [message for message in messages if message["ts"] not in threads] + replies
    return Counter(
        Told(message["metadata"]["event_payload"]["delivery_id"], message["ts"] in threads) for message in everything
    )


def start_replay(folder: Path, channel: str, monkeypatch: pytest.MonkeyPatch) -> BaseProcess:
    """`monitor replay` in a process of its own, with its imports done beforehand: 50 cold starts would take long."""
    config = folder / "config.toml"
    config.write_text(
        CONFIG.format(rules=ROOT / "rules", store=folder / "monitor.db", channel=channel, slack=SLACK), "utf-8"
    )
    monkeypatch.setattr(sys, "argv", ["monitor", "replay", str(folder / "posts.jsonl"), "-c", str(config)])
    process = multiprocessing.get_context("forkserver").Process(
        target=runpy.run_module, args=("monitor",), kwargs={"run_name": "__main__"}
    )
    process.start()
    return process


def make_folder(path: Path) -> Path:
    path.mkdir()
    lines = (ROOT / "monitor" / "demo" / "stream.jsonl").read_text("utf-8").splitlines(keepends=True)
    (path / "posts.jsonl").write_text("".join(lines[:POSTS]), "utf-8")
    return path


def test_every_alert_arrives_exactly_once_through_50_kills(
    tmp_path: Path, channels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    multiprocessing.set_forkserver_preload(["monitor.cli.run", "sentence_transformers"])

    reference = start_replay(make_folder(tmp_path / "reference"), channels["amplifiers"], monkeypatch)
    reference.join(LONGEST_RUN)
    assert reference.exitcode == 0
    expected = told_in(channels["amplifiers"])
    assert len(expected) >= 5, "the replay must have something to tell"
    assert set(expected.values()) == {1}

    folder = make_folder(tmp_path / "killed")
    rng = random.Random(20261120)
    died = 0
    while died < KILLS:
        process = start_replay(folder, channels["rapid-response"], monkeypatch)
        process.join(rng.uniform(0.3, 4.0))
        if process.exitcode is not None:
            break
        assert process.pid is not None
        os.kill(process.pid, 9)
        process.join()
        died += 1
    last = start_replay(folder, channels["rapid-response"], monkeypatch)
    last.join(LONGEST_RUN)
    assert last.exitcode == 0
    assert told_in(channels["rapid-response"]) == expected
    print(f"killed {died} times; {len(expected)} messages, each exactly once")
