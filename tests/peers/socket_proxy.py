"""A proxy in front of a Slack server for its Web API and its Socket Mode connections, which it can break."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web


class SocketProxy:
    """Passes everything on to `upstream`, and the addresses of sockets through itself. An async context; `api` is the
    Web API's address, `groups` the members of user groups, which local-slack does not have."""

    def __init__(self, upstream: str) -> None:
        self.api = ""
        self.addresses: list[str] = []
        self.acknowledged: list[str] = []
        self.most_at_once = 0
        self.groups: dict[str, list[str]] = {}
        self._upstream = upstream
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusals = 0
        self._mutes = 0
        self._open: list[web.WebSocketResponse] = []
        app = web.Application()
        app.router.add_post("/api/{method}", self._call)
        app.router.add_get("/socket/{name}", self._carry)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    @property
    def open_now(self) -> int:
        return len(self._open)

    def refuse(self, times: int) -> None:
        """The next handshakes fail."""
        self._refusals = times

    def mute(self, times: int) -> None:
        """The next connections open and say nothing."""
        self._mutes = times

    def drop(self) -> None:
        """Break every connection, without a word."""
        for socket in self._open:
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    def stall(self) -> None:
        """Connections stay open, and nothing comes through any more, no pong either."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    async def say(self, message: dict[str, Any]) -> None:
        """Tell our side something on the newest connection, as if Slack had."""
        await self._open[-1].send_str(json.dumps(message))

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._host, self._port = self._runner.addresses[0][:2]
        self.api = f"http://{self._host}:{self._port}/api/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._flowing.set()
        await self._runner.cleanup()
        await self._client.close()

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "usergroups.users.list":
            return self._group(str((await request.post())["usergroup"]))
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = f"{self._upstream}/api/{method}"
        async with self._client.post(url, data=await request.read(), headers=headers) as answer:
            body = await answer.json()
        if method == "apps.connections.open":
            name = body["url"].rsplit("/", 1)[-1]
            self.addresses.append(name)
            body["url"] = f"ws://{self._host}:{self._port}/socket/{name}"
        return web.json_response(body)

    def _group(self, group: str) -> web.Response:
        """In the shape of docs.slack.dev/reference/methods/usergroups.users.list."""
        if group not in self.groups:
            return web.json_response({"ok": False, "error": "no_such_subteam"})
        return web.json_response({"ok": True, "users": self.groups[group]})

    async def _carry(self, request: web.Request) -> web.StreamResponse:
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=503)
        near = web.WebSocketResponse(autoping=False)
        await near.prepare(request)
        name = request.match_info["name"]
        if self._mutes:
            self._mutes -= 1
            async for _ in near:
                pass
            return near
        async with self._client.ws_connect(f"{self._upstream}/socket/{name}", autoping=False) as far:
            self._open.append(near)
            self.most_at_once = max(self.most_at_once, len(self._open))
            try:
                async with asyncio.TaskGroup() as ways:
                    there = ways.create_task(self._pass_on(near, far))
                    back = ways.create_task(self._pass_on(far, near))
                    await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
                    there.cancel()
                    back.cancel()
            finally:
                self._open.remove(near)
        return near

    async def _pass_on(
        self,
        source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
        target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    ) -> None:
        try:
            async for message in source:
                await self._flowing.wait()
                match message.type:
                    case WSMsgType.TEXT:
                        self._note(message.data)
                        await target.send_str(message.data)
                    case WSMsgType.PING:
                        await target.ping(message.data)
                    case WSMsgType.PONG:
                        await target.pong(message.data)
        except (aiohttp.ClientError, ConnectionError):
            return

    def _note(self, text: str) -> None:
        envelope = json.loads(text)
        if "envelope_id" in envelope and "type" not in envelope:
            self.acknowledged.append(envelope["envelope_id"])
