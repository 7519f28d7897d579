"""Search and sessions against a real PDS and AppView: `shared/peers/with-atproto` (make test-atproto).

Its search compares letters only and ignores dates, so that the filters cannot be tested. There is no Jetstream in it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from monitor.config import Secret
from monitor.errors import SourceRefused
from monitor.model import Post
from monitor.sources.bluesky_search import Session, search
from monitor.sources.http import client

pytestmark = pytest.mark.peer

PDS = os.environ.get("PDS_URL", "http://127.0.0.1:2583")
RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"
HANDLE, PASSWORD = "alice.test", "hunter2"


class Writer:
    """Alice, who writes posts."""

    def __init__(self, pds: httpx.AsyncClient, did: str) -> None:
        self._pds = pds
        self.did = did

    async def write(self, text: str, **fields: object) -> str:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": datetime.now(UTC).isoformat(), **fields}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": record}
        answer = await self._pds.post("/xrpc/com.atproto.repo.createRecord", json=body)
        uri: str = answer.raise_for_status().json()["uri"]
        return uri


async def until_she_exists(pds: httpx.AsyncClient) -> None:
    """The network answers before its accounts are made."""
    async with asyncio.timeout(180):
        while (await pds.get(RESOLVE, params={"handle": HANDLE})).status_code != 200:  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.5)


@pytest.fixture
async def alice() -> AsyncIterator[Writer]:
    async with httpx.AsyncClient(base_url=PDS, timeout=30) as pds:
        try:
            await until_she_exists(pds)
        except httpx.ConnectError:
            pytest.skip(f"no PDS at {PDS}: run make test-atproto")
        login = {"identifier": HANDLE, "password": PASSWORD}
        answer = await pds.post("/xrpc/com.atproto.server.createSession", json=login)
        tokens = answer.raise_for_status().json()
        pds.headers["Authorization"] = f"Bearer {tokens['accessJwt']}"
        yield Writer(pds, tokens["did"])


async def found(session: Session, query: str) -> list[Post]:
    since, until = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    return [post async for page in search(session, query, since, until) for post in page.posts]


async def found_when_indexed(session: Session, query: str, count: int) -> list[Post]:
    """The AppView indexes what the PDS stores a moment later."""
    async with asyncio.timeout(60):
        while len(posts := await found(session, query)) < count:  # noqa: ASYNC110 - nothing tells us when
            await asyncio.sleep(0.5)
    return posts


def session(password: str = PASSWORD) -> Session:
    return Session(PDS, HANDLE, Secret(password))


async def test_a_post_is_found_as_it_was_written(alice: Writer) -> None:
    word = uuid4().hex
    uri = await alice.write(f"Rivera has withdrawn {word}", langs=["en-US"])
    (post,) = await found_when_indexed(session(), word, 1)
    assert (post.id, post.author, post.lang) == (uri, alice.did, "en")
    assert post.text == f"Rivera has withdrawn {word}"
    assert post.url == f"https://bsky.app/profile/{alice.did}/post/{uri.rsplit('/', 1)[-1]}"
    assert post.created_at is not None
    assert post.created_at <= datetime.now(UTC)


async def test_a_search_is_followed_over_several_pages(alice: Writer) -> None:
    word = uuid4().hex
    uris = [await alice.write(f"{word} {number}") for number in range(130)]
    posts = await found_when_indexed(session(), word, 130)
    assert sorted(post.id for post in posts) == sorted(uris)


async def test_a_wrong_password_must_be_mended(alice: Writer) -> None:
    with pytest.raises(SourceRefused, match="check identifier and app password"):
        await found(session("wrong"), "x")


async def test_a_spoilt_token_is_renewed(alice: Writer) -> None:
    login = session()
    async with client() as http:
        assert await login.login(http) == HANDLE
    assert login._tokens is not None
    login._tokens.access_jwt += "x"
    assert await found(login, uuid4().hex) == []
    assert not login._tokens.access_jwt.endswith("x")
