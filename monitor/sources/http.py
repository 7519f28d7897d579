"""One HTTP request, with every way in which it can fail turned into a SourceError.

Messages name host and path only: a query or a header may hold what nobody else should read.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TypeVar

import httpx
import msgspec

from monitor.errors import SourceRefused, SourceUnavailable
from monitor.sources import heard
from monitor.sources.complaint import complaint
from monitor.sources.fields import utc_from_http, utc_from_iso

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes, after decompression."""
SECONDS_PER_READ = 20.0
SECONDS_PER_ANSWER = 60.0
LIMITS = (
    ("x-ratelimit-reset", "x-ratelimit-remaining"),
    ("ratelimit-reset", "ratelimit-remaining"),
    ("x-rate-limit-reset", "x-rate-limit-remaining"),
)
"""Headers for when a limit is lifted and what is left of it: as most say it, as a Bluesky PDS does, as X does."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds. A server that asks for more is believed to be mistaken."""

Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent back. `where` is host and path, for messages."""

    status: int
    headers: httpx.Headers
    body: bytes
    where: str


@cache
def user_agent() -> str:
    """What we call ourselves: an operator who wonders about our requests must be able to find us."""
    return f"campaign-monitor/{version('campaign-monitor')}"


def client() -> httpx.AsyncClient:
    """A client for one round of requests; close it with `async with`."""
    return httpx.AsyncClient(
        headers={"User-Agent": user_agent()},
        timeout=SECONDS_PER_READ,
        follow_redirects=True,
        max_redirects=5,
        verify=tls(),
    )


async def request(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Mapping[str, object] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """One request, redirects followed. Every status is an answer: hand it to `expect_success`.

    Raises SourceUnavailable for a broken, slow or oversized exchange, SourceRefused for an address that is none.
    """
    where = _where(url)
    try:
        async with (
            asyncio.timeout(SECONDS_PER_ANSWER),
            http.stream(method, url, params=params, headers=headers, json=json, data=form) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise SourceUnavailable(f"{where} sent more than {LARGEST_BODY:,} bytes: too much to read")
            if method == "GET" and response.status_code == 200:
                heard.note(bytes(body))
            return Answer(response.status_code, response.headers, bytes(body), where)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise SourceRefused(f"{where} is no address for HTTP ({error}); mend it in the config") from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise SourceUnavailable(f"{where} did not answer in time") from error
    except httpx.ConnectError as error:
        what_to_do = "check this machine's network, and the address"
        raise SourceUnavailable(f"{where} cannot be reached: {str(error) or 'no connection'}; {what_to_do}") from error
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"{where} cannot be reached: {str(error) or type(error).__name__}") from error


def expect_success(answer: Answer) -> Answer:
    """The answer where its status is 2xx.

    Raises SourceUnavailable (408, 429, 5xx; with the wait that the server asked for) or SourceRefused (all others).
    """
    status, where = answer.status, answer.where
    if 200 <= status < 300:
        return answer
    detail = " ".join(re.sub(r"[^ -~]+", " ", f"{status} {' '.join(complaint(answer.body))}").split())[:200]
    if status in (408, 425, 429) or status >= 500:
        what = "asks us to slow down" if status == 429 else "cannot answer now"
        wait = retry_after(answer.headers, datetime.now(UTC), limited=status == 429)
        raise SourceUnavailable(f"{where} {what} ({detail})", wait)
    if status in (401, 403):
        raise SourceRefused(f"{where} refuses us ({detail}); check the token or login of this source")
    if status in (404, 410):
        raise SourceRefused(f"{where} has nothing here ({detail}); check the address of this source")
    raise SourceRefused(f"{where} does not accept the request ({detail})")


def decode(answer: Answer, kind: type[Payload]) -> Payload:
    """The body as JSON. Raises SourceUnavailable where it is not the JSON that was expected."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnavailable(f"{answer.where} sent something that cannot be read ({error})") from error


def failure(answer: Answer) -> str:
    """The name of an error in a JSON body ("ExpiredToken"), empty where there is none."""
    return complaint(answer.body)[0]


def retry_after(headers: httpx.Headers, now: datetime, *, limited: bool) -> float | None:
    """Seconds that a server asks us to wait, None where it does not say.

    Retry-After is seconds or a date (RFC 9110 section 10.2.3). Where the request was over a limit, the moment at which
    the limit is lifted counts too: Mastodon's X-RateLimit-Reset is an ISO 8601 date, a Bluesky PDS's RateLimit-Reset
    and X's X-Rate-Limit-Reset are seconds since 1970, Reddit's is a number of seconds. Moments are held against the
    server's own clock if it sends it.
    """
    clock = utc_from_http(headers.get("date")) or now
    asked = _seconds(headers.get("retry-after"), clock)
    if asked is None and limited:
        reset = next((headers[name] for name, _ in LIMITS if name in headers), None)
        asked = _seconds(reset, clock)
    return None if asked is None else min(max(asked, 0.0), LONGEST_WAIT)


def rest(headers: httpx.Headers, now: datetime, *, limited: bool = False) -> float:
    """Seconds until the next request, where an answer says that no more are allowed before, or was `limited` itself;
    else 0."""
    left = next((headers[name] for _, name in LIMITS if name in headers), "")
    # Reddit counts in parts: "0.0" is nothing, and so is less than one.
    spent = bool(re.fullmatch(r"0(\.[0-9]+)?", left.strip()))
    return (retry_after(headers, now, limited=True) or 0.0) if spent or limited else 0.0


def _seconds(text: str | None, clock: datetime) -> float | None:
    """A number of seconds, a moment in seconds since 1970, an HTTP date or an ISO date, as seconds from `clock`."""
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,12}", text):
        number = float(text)
        # No wait is 30 years long, and no moment lies before 2001.
        return number - clock.timestamp() if number > 1_000_000_000 else number
    moment = utc_from_http(text) or utc_from_iso(text)
    return (moment - clock).total_seconds() if moment else None


def _where(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "this address"
    return f"{parsed.netloc.decode('ascii', 'replace')}{parsed.path}"


@cache
def tls() -> ssl.SSLContext:
    """Made once: loading the certificates takes long enough to hold up the loop."""
    return httpx.create_ssl_context()
