from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import respx

from monitor.config import Secret, ThreadsSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Media, Post
from monitor.sources.pace import Pace
from monitor.sources.threads import Threads
from monitor.sources.threads_post import post_from
from tests.sources import fake_accounts
from tests.sources.fake_server import SERVER

SEARCH = f"{SERVER}/v1.0/keyword_search"
POST = {
    "id": "1234567890", "text": "Rivera is out", "media_type": "IMAGE", "username": "ana", "is_quote_post": False,
    "permalink": "https://www.threads.net/@ana/post/abc", "timestamp": "2026-10-01T12:00:00+0000",
    "media_url": "https://cdn.example/1.jpg", "alt_text": "A ballot", "replied_to": {"id": "12"},
    "quoted_post": {"id": "13"},
    "link_attachment_url": "https://news.example/rivera",
}  # fmt: skip


def source() -> Threads:
    return Threads(ThreadsSource("threads", Secret("token-1"), ("Ana Rivera",), SERVER), Pace(0))


def test_a_post_is_read_with_its_picture_its_link_and_what_it_answers() -> None:
    assert post_from(json.dumps(POST).encode()) == Post(
        id="1234567890", text="Rivera is out", platform="threads", author="ana",
        created_at=datetime(2026, 10, 1, 12, tzinfo=UTC), url="https://www.threads.net/@ana/post/abc", reply_to="12",
        quote_of="13",
        media=(Media("https://cdn.example/1.jpg", "A ballot"), Media("https://news.example/rivera")),
    )  # fmt: skip


def test_what_has_no_id_is_refused() -> None:
    with pytest.raises(PostError, match="a post of Threads cannot be read"):
        post_from(msgspec.Raw(b'{"text": "x"}'))


@respx.mock
async def test_it_asks_for_the_newest_and_keeps_the_token_out_of_the_address() -> None:
    route = respx.get(SEARCH).respond(200, json={"data": [POST]})
    assert len([page async for page in source().pages(None)]) == 1
    sent = route.calls.last.request
    assert (sent.url.params["search_type"], sent.url.params["q"]) == ("RECENT", "Ana Rivera")
    assert sent.headers["authorization"] == "Bearer token-1"
    assert "token-1" not in str(sent.url)


@respx.mock
@pytest.mark.parametrize(("status", "error"), [(400, SourceRefused), (401, SourceRefused), (500, SourceUnavailable)])
async def test_what_meta_says_is_told(status: int, error: type[Exception]) -> None:
    said = {"error": {"message": "Error validating access token", "type": "OAuthException", "code": 190}}
    respx.get(SEARCH).mock(return_value=httpx.Response(status, json=said))
    with pytest.raises(error, match="OAuthException Error validating access token"):
        await source().check()


@respx.mock
async def test_only_somebody_elses_post_tells_that_another_is_gone() -> None:
    respx.get(f"{SERVER}/v1.0/me").respond(200, json={"username": "campaign"})
    shown = respx.get(f"{SERVER}/v1.0/1234567890").respond(200, json=POST)
    respx.get(f"{SERVER}/v1.0/55").respond(400, json=fake_accounts.NOT_THERE)
    reader = source()
    for username, gone in (("campaign", ()), ("ana", ("55",))):
        respx.get(SEARCH).respond(200, json={"data": [{**POST, "username": username}]})
        _ = [page async for page in reader.pages(None)]
        assert (await reader.look_up(["55"])).gone == gone
    assert shown.call_count == 1
