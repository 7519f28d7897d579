"""kill -9 of the sources that are streams, and of Telegram: as in test_killed.py."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
import respx
from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import unix_serve

from monitor.config import MastodonSource, Secret, TelegramSource, XSource
from monitor.sources import bluesky
from monitor.sources.caps import Cap, in_memory
from monitor.sources.mastodon_stream import MastodonStream
from monitor.sources.pace import Pace
from monitor.sources.telegram import Telegram
from monitor.sources.x_stream import XStream
from monitor.store import sources
from monitor.store.db import Store
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import HOST, SERVER, Item
from tests.sources.test_bluesky import FakeJetstream, event
from tests.sources.test_bluesky import source as bluesky_source
from tests.sources.test_killed import POSTS, THERE, Clock, Timed, catch_up, die_often, stored
from tests.sources.test_telegram import FloodError, Message, scripted
from tests.sources.test_x_stream import OURS, RULES, STREAM, Lines, line

CONNECTION = 60.0
"""Seconds that a stream lasts until it breaks."""


def during(server: Timed, clock: Clock) -> list[Item]:
    """What is written while one connection lasts; the stream loses every seventh of it."""
    before = len(server.items)
    clock.pass_by(CONNECTION)
    server.show(clock, CONNECTION)
    return [item for item in server.items[before:] if item.number % 7]


def x_stream(database: Path, clock: Clock, killed: int) -> None:
    server = Timed(fake_accounts.x)
    config = XSource("x", Secret("bearer-1"), (OURS["value"],), 10**6, stream=True, server=SERVER)
    source = XStream(config, in_memory(Cap("x", "posts", 10**6)), Pace(0))

    def connect(_: httpx.Request) -> httpx.Response:
        items = during(server, clock) if killed else []
        return httpx.Response(200, stream=Lines([b"", *map(line, items)], httpx.ReadError("reset")))

    with respx.mock, closing(Store(database)) as store:
        server.show(clock, CONNECTION)
        respx.get(RULES).respond(200, json={"data": [OURS]})
        respx.get(STREAM).mock(side_effect=connect)
        respx.get(f"{SERVER}/2/tweets/search/recent").mock(side_effect=server.answer)
        asyncio.run(catch_up(source, store, POSTS if killed else THERE, clock.now, clock.sleep, killed))


def status(item: Item) -> bytes:
    """As the timeline shows it."""
    body = {"id": str(item.number), "uri": f"{SERVER}/{item.number}", "content": item.text, "visibility": "public",
            "account": {"acct": "ana", "followers_count": 5}, "url": f"{SERVER}/{item.number}"}  # fmt: skip
    return b"event: update\ndata: " + json.dumps(body).encode() + b"\n"


def mastodon_stream(database: Path, clock: Clock, killed: int) -> None:
    server = Timed(fake_server.mastodon)
    config = MastodonSource("a", SERVER, ("rivera",), token=Secret("s3cret"), stream=True)

    def connect(_: httpx.Request) -> httpx.Response:
        stream = Lines(map(status, during(server, clock) if killed else []), httpx.ReadError("reset"))
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)

    with respx.mock, closing(Store(database)) as store:
        server.show(clock, CONNECTION)
        respx.get(f"{SERVER}/api/v2/instance").respond(200, json={})
        respx.get(f"{SERVER}/api/v1/streaming/hashtag").mock(side_effect=connect)
        respx.route(host=HOST).mock(side_effect=server.answer)
        source = MastodonStream(config, Pace(0))
        asyncio.run(catch_up(source, store, POSTS if killed else THERE, clock.now, clock.sleep, killed))


def jetstream(wire: int, database: Path, clock: Clock, killed: int) -> None:
    async def run() -> None:
        server = FakeJetstream(wire)
        if killed:
            server.events = list(range(POSTS))
            server.drops = [random.Random(killed).randrange(40) for _ in range(1000)]
        else:
            server.prologue = [event(wire, number) for number in range(THERE)]
        # Paths of sockets are short.
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            path = f"{folder}/socket"
            patch.setattr(bluesky, "connect", lambda uri, **options: unix_connect(path, uri=uri, **options))
            async with unix_serve(server.serve, path, process_request=server.process_request):
                source = bluesky_source(server)
                await catch_up(source, store, POSTS if killed else THERE, clock.now, clock.sleep, killed)
                server.live.set()

    with closing(Store(database)) as store:
        asyncio.run(run())


def telegram(database: Path, clock: Clock, killed: int) -> None:
    chance = random.Random(killed)
    seen = Timed(fake_server.mastodon)

    def show() -> None:
        seen.show(clock, CONNECTION)
        script.messages = [Message(item.number + 1) for item in seen.items]

    async def sleep(seconds: float) -> None:
        clock.pass_by(seconds / 10)
        show()
        script.trouble = FloodError("wait") if killed and chance.randrange(8) == 0 else None

    with pytest.MonkeyPatch.context() as patch, closing(Store(database)) as store:
        script = scripted(patch)
        show()
        config = TelegramSource("telegram", Secret("session-1"), 12345, Secret("hash-1"), ("news",))
        source = Telegram(config, sleep)
        asyncio.run(catch_up(source, store, POSTS if killed else THERE, clock.now, sleep, killed))


STREAMS: dict[str, Callable[[Path, Clock, int], None]] = {
    "x stream": x_stream,
    "mastodon stream": mastodon_stream,
    "jetstream 1": partial(jetstream, 1),
    "jetstream 2": partial(jetstream, 2),
    "telegram": telegram,
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_killed_again_and_again_brings_each_post_exactly_once(name: str, tmp_path: Path) -> None:
    database = tmp_path / "monitor.db"
    killed = die_often(STREAMS[name], database, Clock(), seed=name)
    with closing(Store(database)) as store:
        first = 1 if name == "telegram" else 0
        assert stored(store) == list(range(first, POSTS + first))
        assert sources.health(store)[0].posts_kept == POSTS, "each was counted once"
    assert killed >= 3
