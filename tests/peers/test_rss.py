"""The feed source over real HTTP: validators, redirects, broken connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.config import RssSource
from monitor.errors import SourceUnavailable
from monitor.model import Page
from monitor.sources.rss import Feed

pytestmark = pytest.mark.peer


def rss(count: int) -> bytes:
    items = "".join(f"<item><guid>https://x.example/{n}</guid><title>Story {n}</title></item>" for n in range(count))
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


async def read(url: str, cursor: str | None = None) -> Page:
    (page,) = [page async for page in Feed(RssSource("news", url)).pages(cursor)]
    return page


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder served by Python's own server, which knows Last-Modified and If-Modified-Since."""

    class Quiet(SimpleHTTPRequestHandler):
        answers: list[int] = []

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            self.answers.append(int(code))

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}/feed.xml"
        server.shutdown()
        thread.join()
    assert 304 in Quiet.answers


async def test_a_server_that_knows_dates_is_asked_for_changes_only(folder: tuple[Path, str]) -> None:
    path, url = folder[0] / "feed.xml", folder[1]
    await asyncio.to_thread(path.write_bytes, rss(2))
    first = await read(url)
    assert len(first.posts) == 2
    assert await read(url, first.cursor) == Page((), first.cursor)


async def test_a_server_that_knows_etags_answers_304_until_something_changes(httpserver: HTTPServer) -> None:
    etag, body = '"1"', rss(1)
    statuses: list[int] = []

    def serve(request: Request) -> Response:
        same = request.headers.get("If-None-Match") == etag
        statuses.append(304 if same else 200)
        return Response(b"" if same else body, statuses[-1], {"ETag": etag})

    httpserver.expect_request("/feed").respond_with_handler(serve)
    first = await read(httpserver.url_for("/feed"))
    second = await read(httpserver.url_for("/feed"), first.cursor)
    etag, body = '"2"', rss(3)
    third = await read(httpserver.url_for("/feed"), second.cursor)
    assert [len(page.posts) for page in (first, second, third)] == [1, 0, 2]
    assert statuses == [200, 304, 200]


async def test_a_server_that_knows_neither_is_read_by_its_body(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(rss(1))
    first = await read(httpserver.url_for("/feed"))
    assert (await read(httpserver.url_for("/feed"), first.cursor)).posts == ()


async def test_a_feed_that_moved_is_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data(b"", 301, {"Location": httpserver.url_for("/new")})
    httpserver.expect_request("/new").respond_with_data(rss(1))
    assert len((await read(httpserver.url_for("/old"))).posts) == 1


async def test_a_server_that_asks_for_time_gets_it(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(b"busy", 503, {"Retry-After": "120"})
    with pytest.raises(SourceUnavailable) as caught:
        await read(httpserver.url_for("/feed"))
    assert caught.value.retry_after == 120


async def test_an_answer_that_breaks_off_is_tried_again() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = rss(5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:100])
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(half, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            await read(f"http://127.0.0.1:{port}/feed")


async def test_nobody_at_home_is_tried_again() -> None:
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
    with pytest.raises(SourceUnavailable, match=f"127.0.0.1:{port}/feed cannot be reached"):
        await read(f"http://127.0.0.1:{port}/feed")
