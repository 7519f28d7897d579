"""Posts that others send: POST /posts, signed. For what no platform gives us, and what a volunteer's tool collects.

A request is answered with 202 only once its posts are stored: a sender that got none sends them again, and nothing is
counted twice. The signature is over the time and the body, so that what is overheard is worth nothing for long:

    X-Monitor-Signature: t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>", in hex>
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import msgspec
from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, web

from monitor.config import WebhookSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Page, Post
from monitor.sources.fields import write_cursor
from monitor.sources.post_json import post_from_json

PATH = "/posts"
HEADER = "X-Monitor-Signature"
LARGEST_BODY = 1024 * 1024
MOST_POSTS = 1000
"""In one request."""
MOST_WAITING = 64
"""Requests whose posts are not stored yet."""
CLOCK_SECONDS = 300.0
"""How far a sender's clock may be from ours, and for how long an overheard request is worth something."""
STORED_SECONDS = 30.0
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The posts of a request, and what its sender waits for."""

    posts: tuple[Post, ...]
    stored: asyncio.Future[None]


class Webhook:
    """A door for signed posts. A stream: it does not end by itself."""

    kind = "webhook"
    every_seconds = 1.0

    def __init__(self, config: WebhookSource, now: Callable[[], float] = time.time) -> None:
        self.name = config.name
        self.port = config.port
        """The port that is open; where the config says 0, the one that was free."""
        self._host = config.host
        self._secret = config.secret.reveal().encode()
        self._now = now
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(MOST_WAITING)

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:  # noqa: ARG002 - senders send again
        """A page for each request. That the next page is asked for says that this one is stored."""
        runner = web.AppRunner(self._app(), shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        taken: _Waiting | None = None
        try:
            await self._open(runner)
            while True:
                taken = await self._waiting.get()
                yield Page(taken.posts, write_cursor(None))
                if not taken.stored.done():
                    taken.stored.set_result(None)
        finally:
            for waiting in self._left(taken):
                waiting.stored.cancel()
            await runner.cleanup()

    async def check(self) -> str:
        """Sends an empty list where something listens, else says that the address is free."""
        body = b"[]"
        headers = {HEADER: sign(self._secret, int(self._now()), body)}
        address = f"http://{self._host}:{self.port}{PATH}"
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=5)) as http,
                http.post(address, data=body, headers=headers) as answer,
            ):
                if answer.status == 202:
                    return f"the running service takes posts at {address}"
                raise SourceRefused(f"{address} answers {answer.status}: another program, or one with another secret")
        except ClientConnectionError:
            return f"nothing listens at {address} yet; it opens when the service runs"

    async def _open(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, self._host, self.port)
        try:
            await site.start()
        except OSError as error:
            raise SourceUnavailable(
                f"cannot listen at {self._host}:{self.port} ({error.strerror}); is another program there? "
                "Choose another port for this source in the config"
            ) from error
        self.port = runner.addresses[0][1]

    def _left(self, taken: _Waiting | None) -> list[_Waiting]:
        left = [taken] if taken else []
        while not self._waiting.empty():
            left.append(self._waiting.get_nowait())
        return left

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post(PATH, self._post)
        return app

    async def _post(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refuse(413, f"the body is larger than {LARGEST_BODY:,} bytes; send fewer posts at once")
        trouble = refusal(self._secret, request.headers.get(HEADER), body, self._now())
        if trouble:
            return _refuse(401, trouble)
        posts, problems = read_posts(body)
        if problems:
            return _refuse(400, "nothing was stored: mend these and send all again", problems)
        if len(posts) > MOST_POSTS:
            return _refuse(413, f"{len(posts)} posts in one request; send {MOST_POSTS} at most")
        return await self._store(posts) if posts else web.json_response({"stored": 0}, status=202)

    async def _store(self, posts: tuple[Post, ...]) -> web.Response:
        waiting = _Waiting(posts, asyncio.get_running_loop().create_future())
        try:
            self._waiting.put_nowait(waiting)
            await asyncio.wait_for(asyncio.shield(waiting.stored), STORED_SECONDS)
        except (asyncio.QueueFull, TimeoutError):
            return _refuse(503, "too much at once; send the same again in a minute", retry_after=60)
        except asyncio.CancelledError:
            if not waiting.stored.cancelled():
                raise
            return _refuse(503, "the service is stopping; send the same again in a minute", retry_after=60)
        return web.json_response({"stored": len(posts)}, status=202)


def sign(secret: bytes, second: int, body: bytes) -> str:
    """The header's value for a body that is sent at a second since 1970."""
    return f"t={second},v1={hmac.digest(secret, f'{second}.'.encode() + body, 'sha256').hex()}"


def refusal(secret: bytes, header: str | None, body: bytes, now: float) -> str | None:
    """Why a request is not believed, in words for its sender; None where it is."""
    match = _SIGNATURE.fullmatch(header or "")
    if match is None:
        return f'no signature; send the header {HEADER}: t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>'
    second = int(match[1])
    if not hmac.compare_digest(sign(secret, second, body), match.string):
        return "the signature is wrong; sign the bytes that you send, with the secret in MONITOR_WEBHOOK_SECRET"
    if abs(now - second) > CLOCK_SECONDS:
        off = abs(now - second)
        return f"the signature is {off:.0f} seconds off; sign each request anew, and set your clock"
    return None


def read_posts(body: bytes) -> tuple[tuple[Post, ...], list[str]]:
    """One post, a list of posts, or JSON Lines; and what is wrong with those that are none, each with its number."""
    posts: list[Post] = []
    problems: list[str] = []
    for number, raw in enumerate(_pieces(body), start=1):
        try:
            posts.append(post_from_json(raw, f"post {number}"))
        except PostError as error:
            problems.append(str(error))
    if not posts and not problems and body.strip() != b"[]":
        problems.append('the body is empty; send {"id": "1", "text": "..."}, a list of such, or one in each line')
    return tuple(posts), problems


def _pieces(body: bytes) -> list[bytes]:
    if body.lstrip()[:1] == b"[":
        try:
            return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, UnicodeDecodeError):
            return [body]
    try:
        return [bytes(msgspec.json.decode(body, type=msgspec.Raw))] if body.strip() else []
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [line for line in body.splitlines() if line.strip()]


def _refuse(status: int, error: str, problems: list[str] | None = None, retry_after: int | None = None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response({"error": error, "problems": problems or []}, status=status, headers=headers)
