from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.sources.http import (
    LARGEST_BODY,
    LONGEST_WAIT,
    Answer,
    client,
    decode,
    expect_success,
    request,
    rest,
    retry_after,
)

NOW = datetime(2026, 11, 21, 18, 0, 0, tzinfo=UTC)
URL = "https://user:pw@social.example/api?access_token=secret"


async def get(url: str = URL) -> Answer:
    async with client() as http:
        return await request(http, "GET", url, headers={"Authorization": "Bearer secret"})


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers(named), body, "social.example/api")


@respx.mock
async def test_an_answer_carries_status_headers_and_body_and_we_say_who_we_are() -> None:
    route = respx.get(URL).respond(200, headers={"etag": "x"}, content=b"hello")
    got = await get()
    assert (got.status, got.headers["etag"], got.body, got.where) == (200, "x", b"hello", "social.example/api")
    assert route.calls.last.request.headers["user-agent"].startswith("campaign-monitor/")


@respx.mock
async def test_redirects_are_followed_and_do_not_take_our_token_elsewhere() -> None:
    respx.get("https://social.example/feed").respond(301, headers={"location": "https://other.example/feed"})
    other = respx.get("https://other.example/feed").respond(200, content=b"moved")
    assert (await get("https://social.example/feed")).body == b"moved"
    assert "authorization" not in other.calls.last.request.headers


@respx.mock
@pytest.mark.parametrize(
    ("trouble", "what"),
    [
        (httpx.ConnectTimeout("slow"), "did not answer in time"),
        (httpx.ReadTimeout("slow"), "did not answer in time"),
        (httpx.ConnectError("no route"), "cannot be reached: no route"),
        (httpx.RemoteProtocolError(""), "cannot be reached: RemoteProtocolError"),
    ],
)
async def test_a_broken_exchange_may_work_later(trouble: Exception, what: str) -> None:
    respx.get(URL).mock(side_effect=trouble)
    with pytest.raises(SourceUnavailable, match=f"^social.example/api {what}"):
        await get()


@respx.mock
async def test_a_body_that_never_ends_is_given_up() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1_000_000

    respx.get(URL).respond(200, stream=Endless())
    with pytest.raises(SourceUnavailable, match=f"more than {LARGEST_BODY:,} bytes"):
        await get()


@respx.mock
async def test_a_small_body_that_unpacks_to_a_large_one_is_given_up() -> None:
    bomb = gzip.compress(b"x" * (LARGEST_BODY + 1))
    respx.get(URL).respond(200, headers={"content-encoding": "gzip"}, content=bomb)
    with pytest.raises(SourceUnavailable, match="more than"):
        await get()


@pytest.mark.parametrize("url", ["social.example/feed", "ftp://social.example/", "https://social.example:port/", ""])
async def test_what_is_no_address_must_be_mended(url: str) -> None:
    with pytest.raises(SourceRefused, match="mend it in the config"):
        await get(url)


@respx.mock
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 410, 422, 429, 500, 503])
async def test_no_message_carries_a_token(status: int) -> None:
    respx.get(URL).respond(status, json={"error": "no"})
    with pytest.raises(SourceError) as caught:
        expect_success(await get())
    assert "secret" not in str(caught.value)
    assert "pw" not in str(caught.value)
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    with pytest.raises(SourceUnavailable):
        expect_success(answer(status))


@pytest.mark.parametrize(
    ("status", "mend"),
    [(401, "token or login"), (403, "token or login"), (404, "address"), (410, "address"), (400, "accept")],
)
def test_a_refusal_says_what_to_check(status: int, mend: str) -> None:
    with pytest.raises(SourceRefused, match=mend):
        expect_success(answer(status))


def test_a_refusal_quotes_the_server_on_one_short_line() -> None:
    body = b'{"error": "This API needs\\nan \\u202eaccount", "message": "' + b"x" * 1000 + b'"}'
    with pytest.raises(SourceRefused, match="This API needs an account xxx") as caught:
        expect_success(answer(401, body))
    assert len(str(caught.value)) < 350


def test_429_carries_the_wait_that_was_asked_for() -> None:
    with pytest.raises(SourceUnavailable, match="slow down") as caught:
        expect_success(answer(429, retry_after="290"))
    assert caught.value.retry_after == 290


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "290"}, 290),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 18:05:00 GMT"}, 300),
        ({"retry-after": "Sat, 21 Nov 2026 17:00:00 GMT"}, 0),
        ({"x-ratelimit-reset": "2026-11-21T18:00:30.500000Z"}, 30.5),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 300)}, 300),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60), "ratelimit-policy": "30;w=300"}, 60),
        ({"retry-after": "10", "x-ratelimit-reset": "2026-11-21T19:00:00Z"}, 10),
        ({"retry-after": "99999999"}, LONGEST_WAIT),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_each_platforms_own_way_to_say_wait_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers), NOW, limited=True) == seconds


def test_a_limit_that_was_not_reached_asks_for_no_wait() -> None:
    headers = httpx.Headers({"x-ratelimit-reset": "2026-11-21T18:05:00Z", "x-ratelimit-remaining": "299"})
    assert retry_after(headers, NOW, limited=False) is None


def test_a_moment_is_held_against_the_servers_own_clock() -> None:
    fast = {"date": "Sat, 21 Nov 2026 19:00:00 GMT", "x-ratelimit-reset": "2026-11-21T19:05:00Z"}
    assert retry_after(httpx.Headers(fast), NOW, limited=True) == 300


@given(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n")))
def test_any_header_is_a_wait_within_a_day_or_none(text: str) -> None:
    headers = httpx.Headers([(b"retry-after", text.encode("latin-1"))])
    seconds = retry_after(headers, NOW, limited=True)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"\xff", b"[1]"])
def test_a_malformed_body_is_tried_again(body: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        decode(answer(200, body), dict[str, int])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1790000060"}, 60),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "240"}, 240),
        ({"x-ratelimit-remaining": "0.4", "x-ratelimit-reset": "240"}, 240),
        ({"x-rate-limit-remaining": "1", "x-rate-limit-reset": "1790000060"}, 0),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "240"}, 0),
        ({"x-rate-limit-remaining": "0"}, 0),
        ({}, 0),
    ],
)
def test_when_no_request_is_left_the_headers_say_for_how_long(headers: dict[str, str], seconds: float) -> None:
    assert rest(httpx.Headers(headers), datetime.fromtimestamp(1_790_000_000, UTC)) == seconds
