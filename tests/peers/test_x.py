"""The X source against X's own OpenAPI document, served by prism (`tests/peers/run` starts it)."""

from __future__ import annotations

import os

import httpx
import pytest

from monitor.config import Secret, XSource
from monitor.sources.caps import Cap, in_memory
from monitor.sources.pace import Pace
from monitor.sources.x import X
from monitor.sources.x_answer import POSTS, TWEETS
from monitor.sources.x_stream import XStream

pytestmark = pytest.mark.peer

SERVER = os.environ.get("X_URL", "http://127.0.0.1:18004")
TOKEN = Secret("bearer-1")
CONFIG = XSource("x", TOKEN, ("Ana Rivera OR #Rivera2026",), 1000, server=SERVER)


@pytest.fixture(autouse=True)
def served() -> None:
    try:
        httpx.get(SERVER, timeout=10)
    except httpx.HTTPError:
        pytest.skip(f"X's OpenAPI document is not served at {SERVER}: run make test-peers, with npm installed")


def searching() -> X:
    return X(CONFIG, in_memory(Cap("x", "posts", 1000)), Pace(0))


@pytest.mark.parametrize("words", [TWEETS, POSTS])
async def test_what_we_ask_and_read_is_what_the_document_says(words: dict[str, str]) -> None:
    reader = searching()
    reader._words = words
    pages = [page async for page in reader.pages(None)]
    posts = [post for page in pages for post in page.posts]
    assert posts
    assert [page.skipped for page in pages] == [0] * len(pages)
    assert [name for page in pages for name, _ in page.drift if name.startswith("missing: author")] == []


@pytest.mark.parametrize("words", [POSTS])
async def test_the_document_takes_what_we_ask_for(words: dict[str, str]) -> None:
    """Prism answers 422 where a request is not as the document says."""
    params = {"query": "x", "max_results": "10", **words}
    headers = {"Authorization": f"Bearer {TOKEN.reveal()}"}
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{SERVER}/2/tweets/search/recent", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        stream = {"Prefer": "code=200", **headers}
        answer = await http.get(f"{SERVER}/2/tweets/search/stream", params=TWEETS, headers=stream)
        assert answer.status_code == 200, answer.text
        wrong = await http.get(f"{SERVER}/2/tweets/search/recent", params={"query": ""}, headers=headers)
        assert wrong.status_code in (400, 422), "the server checks what it is asked"


async def test_the_check_asks_for_rules_and_searches() -> None:
    said = await XStream(CONFIG, in_memory(Cap("x", "posts", 1000)), Pace(0)).check()
    assert "rules are set" in said
    assert "posts today" in said
