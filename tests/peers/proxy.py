"""A proxy in front of a server that fails in the ways that real networks and servers do."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from enum import StrEnum
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web


class Fault(StrEnum):
    RATE_LIMIT = "429 with Retry-After; not passed on"
    LOST_REQUEST = "the connection is dropped; not passed on"
    LOST_ANSWER = "carried out, and then the connection is dropped"
    ERROR_BEFORE = "a 503 page; not passed on"
    ERROR_AFTER = "carried out, and then a 500 page"
    SILENCE = "carried out, and no answer ever comes"


class FaultyProxy:
    """Passes requests under /api/ on to `upstream`. A fault that is planned for a method happens once, in order.

    Every answer comes `late_by` seconds after the server gave it. An async context; `url` is its address, `asked` the
    methods that were asked for.
    """

    def __init__(self, upstream: str, retry_after: float, late_by: float = 0.0) -> None:
        self.asked: list[str] = []
        self.url = ""
        self._upstream = upstream
        self._retry_after = retry_after
        self._late_by = late_by
        self._planned: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._over = asyncio.Event()
        app = web.Application()
        app.router.add_post("/api/{method}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    def plan(self, method: str, *faults: Fault | None) -> None:
        """What the next requests of a method meet, in order; None is nothing."""
        self._planned[method].extend(faults)

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        await self._runner.cleanup()
        await self._client.close()

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.asked.append(method)
        planned = self._planned[method]
        fault = planned.popleft() if planned else None
        match fault:
            case None:
                return await self._pass_on(request, method)
            case Fault.RATE_LIMIT:
                headers = {"Retry-After": str(self._retry_after)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case Fault.LOST_REQUEST:
                return _drop(request)
            case Fault.LOST_ANSWER:
                await self._pass_on(request, method)
                return _drop(request)
            case Fault.ERROR_BEFORE:
                return web.Response(status=503, text="<html>busy</html>", content_type="text/html")
            case Fault.ERROR_AFTER:
                await self._pass_on(request, method)
                return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
            case Fault.SILENCE:
                answer = await self._pass_on(request, method)
                await self._over.wait()
                return answer

    async def _pass_on(self, request: web.Request, method: str) -> web.Response:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with self._client.post(self._upstream + method, data=await request.read(), headers=headers) as answer:
            response = web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        await asyncio.sleep(self._late_by)
        return response


def _drop(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
