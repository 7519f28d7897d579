"""The Mastodon source against a server with Link paging and injected faults: `shared/peers/with-mastodon-mock`."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from monitor.config import MastodonSource, Secret
from monitor.errors import SourceError
from monitor.model import Page
from monitor.sources import check, http
from monitor.sources.mastodon import Mastodon
from monitor.sources.poller import poll

pytestmark = pytest.mark.peer

SERVER = os.environ.get("MASTODON_URL", "http://127.0.0.1:18002")
TOKEN = "mock_token"
POSTS = 300


@pytest.fixture
async def server() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=SERVER, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        try:
            await client.delete("/api/v1/_mock/faults")
        except httpx.ConnectError:
            pytest.skip(f"no Mastodon server at {SERVER}: run make test-peers")
        yield client
        await client.delete("/api/v1/_mock/faults")


@pytest.fixture
def tag() -> str:
    """The server is shared by the tests, a hashtag is not."""
    return f"t{uuid4().hex}"


def source(tag: str, *search: str) -> Mastodon:
    return Mastodon(MastodonSource("fedi", SERVER, (tag,), search, Secret(TOKEN), every_seconds=0.0))


async def write(server: httpx.AsyncClient, tag: str, *numbers: int) -> None:
    for number in numbers:
        status = {"status": f"Rivera has withdrawn, they say #{tag} n{number}"}
        (await server.post("/api/v1/statuses", json=status)).raise_for_status()


async def fault(server: httpx.AsyncClient, **effect: object) -> None:
    rule = {"match": {"path": "/api/v1/timelines/*"}, "effect": effect, "count": 1}
    (await server.post("/api/v1/_mock/faults", json=rule)).raise_for_status()


def numbers(pages: list[Page]) -> list[int]:
    return [int(post.text.rsplit("n", 1)[-1]) for page in pages for post in page.posts]


async def read(reader: Mastodon, cursor: str | None = None) -> list[Page]:
    return [page async for page in reader.pages(cursor)]


async def test_a_post_arrives_as_it_was_written(server: httpx.AsyncClient, tag: str) -> None:
    await write(server, tag, 1)
    (post,) = (await read(source(tag)))[0].posts
    assert post.text == f"Rivera has withdrawn, they say #{tag} n1"
    assert (post.platform, post.author) == ("mastodon", "testuser@127.0.0.1:18002")
    assert post.id.startswith("http")
    assert post.created_at is not None
    assert abs((datetime.now(UTC) - post.created_at).total_seconds()) < 60


async def test_paging_goes_on_where_it_was(server: httpx.AsyncClient, tag: str) -> None:
    await write(server, tag, *range(50))
    first = await read(source(tag))
    await write(server, tag, *range(50, 150))
    second = await read(source(tag), first[-1].cursor)
    third = await read(source(tag), second[-1].cursor)
    assert numbers(first) == list(range(10, 50))
    assert numbers(second) == list(range(50, 150))
    assert numbers(third) == []


async def test_a_search_brings_each_post_once(server: httpx.AsyncClient, tag: str) -> None:
    await write(server, tag, 1, 2)
    reader = source("nobody", tag)
    pages = await read(reader)
    assert sorted(numbers(pages)) == [1, 2]
    assert numbers(await read(reader, pages[-1].cursor)) == []


async def test_the_check_counts_posts(server: httpx.AsyncClient, tag: str) -> None:
    await write(server, tag, 1, 2)
    assert (await check(source(tag))).startswith(f"2 posts for #{tag}, the newest ")


async def test_no_fault_of_the_server_loses_or_doubles_a_post(
    server: httpx.AsyncClient, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SECONDS_PER_READ", 3.0)
    faults: list[dict[str, object]] = [
        {"type": "ratelimit"},
        {"type": "status", "status": 500},
        {"type": "status", "status": 503, "headers": {"Retry-After": "30"}},
        {"type": "latency", "delay_ms": 6000},
        {"type": "malformed", "truncate": True},
        {"type": "malformed", "truncate": False},
        {"type": "status", "status": 401},
    ]
    received: list[int] = []
    waits: list[float] = []
    failures: list[str] = []
    stop = asyncio.Event()
    await write(server, tag, 0)

    async def accept(name: str, page: Page) -> None:
        received.extend(numbers([page]))
        if len(received) >= POSTS:
            stop.set()

    async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
        failures.append(str(error))

    async def between_rounds(seconds: float) -> None:
        waits.append(seconds)
        written = len(received)
        if seconds == 0.0 and written < POSTS:
            await write(server, tag, *range(written, min(written + 60, POSTS)))
        if faults:
            await fault(server, **faults.pop())

    async with asyncio.timeout(600):
        await poll(
            source(tag),
            cursor=None,
            accept=accept,
            failed=failed,
            stop=stop,
            now=lambda: datetime.now(UTC),
            sleep=between_rounds,
            rng=random.Random(1),
        )
    assert received == list(range(POSTS))
    assert len(failures) == 7
    # The mock asks for 300 seconds at a limit, and the 503 above for 30.
    assert any(300 <= wait <= 330 for wait in waits)
    assert any(30 <= wait <= 33 for wait in waits)


async def test_the_post_that_another_answers_is_found_by_its_address_until_it_is_deleted(
    server: httpx.AsyncClient, tag: str
) -> None:
    parent = (await server.post("/api/v1/statuses", json={"status": "Rivera has withdrawn"})).json()
    reply = {"status": f"This is true, share it #{tag}", "in_reply_to_id": parent["id"]}
    (await server.post("/api/v1/statuses", json=reply)).raise_for_status()
    reader = source(tag)
    (post,) = (await read(reader))[0].posts
    assert post.reply_to is not None
    assert reader.knows(post.reply_to)
    found = await reader.look_up([post.reply_to])
    assert [(one.id, one.text, one.alias) for one in found.posts] == [
        (parent["uri"], "Rivera has withdrawn", post.reply_to)
    ]
    (await server.delete(f"/api/v1/statuses/{parent['id']}")).raise_for_status()
    assert (await reader.look_up([post.reply_to])).gone == (post.reply_to,)
