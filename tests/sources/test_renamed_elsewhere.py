"""A renamed field in what is no polled JSON: Bluesky's stream, Telegram, and the posts that people send themselves."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from monitor.config import JsonlSource
from monitor.sources import KINDS
from monitor.sources.jsonl import JsonlFile
from monitor.sources.pace import Pace
from monitor.sources.upload import read_upload
from monitor.sources.webhook import read_posts
from tests.sources import test_bluesky
from tests.sources.test_bluesky import FakeJetstream, event, server
from tests.sources.test_drift import renamed
from tests.sources.test_every_source import PLATFORMS
from tests.sources.test_every_stream import STREAMS
from tests.sources.test_telegram import Message, Script, read, script, telegram

__all__ = ["script", "server"]

HERE = {"bluesky", "telegram", "jsonl", "stdin", "webhook"}
"""Kinds of sources that this file holds against a renamed field; test_drift.py has the others."""


def test_no_kind_of_source_is_left_out() -> None:
    kinds = {getattr(import_module(f"monitor.sources.{module}"), name).kind for module, name in KINDS.values()}
    polled = {platform.build(Pace(0)).kind for platform in PLATFORMS.values()}
    assert kinds == polled | HERE
    assert set(STREAMS) == {"x stream", "mastodon stream"}


@pytest.mark.parametrize(
    "path", [("commit", "record"), ("commit", "record", "text"), ("commit", "operation"), ("did",)]
)
async def test_a_field_renamed_in_blueskys_stream_is_named_and_other_posts_are_read(
    server: FakeJetstream, path: tuple[str, ...]
) -> None:
    path = path if server.wire == 1 else ("payload", *path[path[0] == "commit" :])
    changed = json.loads(event(server.wire, 0))
    assert renamed(changed, path)
    server.prologue = [json.dumps(changed), *(event(server.wire, number) for number in range(1, 30))]
    pages = await test_bluesky.read(test_bluesky.source(server), 29)
    assert set(test_bluesky.ids(pages)) >= set(range(1, 29))
    assert path[-1] in str([page.drift for page in pages[:2]])


@pytest.mark.parametrize("field", ["id", "message", "date", "reply_to", "media"])
async def test_a_field_renamed_in_a_message_of_telegram_is_named_and_other_messages_are_read(
    script: Script, field: str
) -> None:
    script.messages = [Message(number) for number in range(1, 21)]
    assert renamed(script.messages[0].fields, (field,))
    pages = await read(telegram())
    assert {f"news/{number}" for number in range(2, 21)} <= {post.id for page in pages for post in page.posts}
    assert f"missing: {field}" in str([page.drift for page in pages[:2]])


def posts(field: str) -> bytes:
    """Twenty posts in our own format, the first with a field renamed that every post must have."""
    lines = [{"id": f"p{number}", "text": f"post {number}"} for number in range(20)]
    assert renamed(lines[0], (field,))
    return "\n".join(map(json.dumps, lines)).encode() + b"\n"


@pytest.mark.parametrize("field", ["id", "text"])
async def test_a_field_renamed_in_a_file_of_posts_is_named_and_other_lines_are_read(tmp_path: Path, field: str) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(posts(field))
    pages = [page async for page in JsonlFile(JsonlSource("posts", path)).pages(None)]
    assert [post.text for page in pages for post in page.posts] == [f"post {number}" for number in range(1, 20)]
    assert re.search(f'["`]{field}["`]', str(pages[0].skip_reason))


@pytest.mark.parametrize("field", ["id", "text"])
def test_a_field_renamed_in_an_upload_is_named_and_other_rows_are_taken(field: str) -> None:
    found = read_upload(Path("posts.jsonl"), posts(field))
    assert len(found.posts) == 19
    (problem,) = found.problems
    assert re.search(f'["`]{field}["`]', problem.what)


@pytest.mark.parametrize("field", ["id", "text"])
def test_a_field_renamed_in_what_is_sent_to_the_webhook_is_named_to_its_sender(field: str) -> None:
    _, (problem,) = read_posts(posts(field))
    assert re.search(f'["`]{field}["`]', problem)
