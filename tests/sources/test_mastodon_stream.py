from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import respx

from monitor.config import MastodonSource, Secret
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import Deletion, Page
from monitor.sources import mastodon_stream
from monitor.sources.mastodon_stream import MastodonStream
from monitor.sources.pace import Pace

SERVER = "https://social.example"
RECORDED = Path(__file__).parent / "data" / "mastodon_stream.txt"


class Wire(httpx.AsyncByteStream):
    """The body of a stream: what a test puts on it, until None ends it."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()

    def event(self, name: str, data: str) -> None:
        self._chunks.put_nowait(f"event: {name}\ndata: {data}\n\n".encode())

    def raw(self, chunk: bytes | Exception | None) -> None:
        self._chunks.put_nowait(chunk)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b":connected\n\n"
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


def status(number: int, text: str = "") -> str:
    return json.dumps(
        {
            "id": str(number),
            "uri": f"{SERVER}/{number}",
            "account": {"acct": "ana"},
            "content": text or f"post {number}",
        }
    )


@pytest.fixture
def wire() -> Wire:
    return Wire()


class Server:
    """A hashtag's timeline and its stream. `streaming`: where the server says that it streams."""

    def __init__(self, mock: respx.Router, wire: Wire) -> None:
        self.timeline: list[str] = []
        self.instance = mock.get(f"{SERVER}/api/v2/instance").respond(200, json={})
        self.stream = mock.get(url__regex=r".*/api/v1/streaming/hashtag").mock(
            return_value=httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=wire)
        )
        self.polled = mock.get(f"{SERVER}/api/v1/timelines/tag/rivera").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=f"[{','.join(reversed(self.timeline))}]".encode())


@pytest.fixture
def server(wire: Wire) -> Iterator[Server]:
    with respx.mock as mock:
        yield Server(mock, wire)


def source() -> MastodonStream:
    return MastodonStream(MastodonSource("fedi", SERVER, ("#rivera",), token=Secret("s3cret"), stream=True), Pace(0))


def ids(page: Page) -> list[str]:
    return [post.id.removeprefix(f"{SERVER}/") for post in page.posts]


async def test_the_timeline_comes_first_then_the_stream(server: Server, wire: Wire) -> None:
    server.timeline = [status(1), status(2)]
    pages = source().pages(None)
    polled = await anext(pages)
    wire.event("update", status(3))
    streamed = await anext(pages)
    await pages.aclose()
    assert (ids(polled), ids(streamed)) == (["1", "2"], ["3"])
    assert streamed.cursor == polled.cursor, "a crash reads it again"
    sent = server.stream.calls.last.request
    assert (sent.url.params["tag"], sent.headers["authorization"]) == ("rivera", "Bearer s3cret")


async def test_a_streamed_post_does_not_come_again_by_polling_unless_it_was_edited(
    server: Server, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon_stream, "POLL_SECONDS", 0.01)
    pages = source().pages(None)
    await anext(pages)
    wire.event("update", status(3))
    while not ids(page := await anext(pages)):
        pass
    assert ids(page) == ["3"]
    server.timeline = [status(3), status(4)]
    while not ids(page := await anext(pages)):
        pass
    assert ids(page) == ["4"]
    await pages.aclose()


async def test_edits_and_deletions_are_told(server: Server, wire: Wire) -> None:
    pages = source().pages(None)
    await anext(pages)
    wire.event("update", status(3))
    wire.event("status.update", status(3, "no longer so"))
    wire.event("delete", "3")
    wire.event("delete", "99")
    wire.event("filters_changed", "")
    posts: list[str] = []
    deletions: list[Deletion] = []
    while len(deletions) < 2:
        page = await anext(pages)
        posts += [post.text for post in page.posts]
        deletions += page.deletions
    await pages.aclose()
    assert posts == ["post 3", "no longer so"]
    named = [f"https://social.example/api/v1/statuses/{number}" for number in (3, 99)]
    assert deletions == [Deletion("mastodon", post_id=name) for name in named]


async def test_what_is_no_status_is_counted(server: Server, wire: Wire) -> None:
    pages = source().pages(None)
    await anext(pages)
    wire.event("update", '{"id": "1"}')
    page = await anext(pages)
    await pages.aclose()
    assert page.skipped == 1
    assert "social.example cannot be read" in str(page.skip_reason)


async def test_what_was_streamed_before_the_first_poll_is_kept(server: Server, wire: Wire) -> None:
    wire.event("update", status(3))
    pages = source().pages(None)
    assert ids(await anext(pages)) == []
    assert ids(await anext(pages)) == ["3"]
    await pages.aclose()


@pytest.mark.parametrize("end", [None, httpx.ReadTimeout("silent"), httpx.RemoteProtocolError("cut")])
async def test_a_stream_that_ends_or_breaks_is_a_failure(server: Server, wire: Wire, end: Exception | None) -> None:
    pages = source().pages(None)
    await anext(pages)
    wire.raw(end)
    with pytest.raises(SourceUnavailable, match=r"the stream of #rivera at social\.example (ended|broke)"):
        await anext(pages)


async def test_a_wrong_token_is_told(server: Server) -> None:
    server.stream.mock(return_value=httpx.Response(401, json={"error": "Invalid access token"}))
    with pytest.raises(SourceRefused, match=r"Invalid access token.*check the token"):
        await anext(source().pages(None))


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("wss://streaming.social.example", "streaming.social.example"),
        ("wss://evil.example", "social.example"),
        ("wss://evilsocial.example", "social.example"),
        ("nonsense", "social.example"),
    ],
)
async def test_the_token_goes_to_the_servers_own_domain_only(server: Server, said: str, asked: str) -> None:
    server.instance.respond(200, json={"configuration": {"urls": {"streaming": said}}})
    assert "the stream is open; no posts for #rivera" in await source().check()
    assert server.stream.calls.last.request.url.host == asked
    assert server.stream.calls.last.request.url.scheme == "https"


async def test_closing_ends_the_listeners(server: Server) -> None:
    pages = source().pages(None)
    await anext(pages)
    await pages.aclose()
    assert [task for task in asyncio.all_tasks() if "fedi" in task.get_name()] == []


async def test_the_recorded_stream_of_a_real_server_is_read(server: Server, wire: Wire) -> None:
    """Mastodon 4.7.3, comments, one status over several reads, a sign of life."""
    body = RECORDED.read_bytes()
    pages = source().pages(None)
    await anext(pages)
    for start in range(0, len(body), 700):
        wire.raw(body[start : start + 700])
    (post,) = (await anext(pages)).posts
    await pages.aclose()
    assert (post.text, post.author) == ("it's cool guy", "mastodonpy_test@social.example")
    assert post.id == "http://localhost:3000/ap/users/117440810532227399/statuses/117440838331817220"
