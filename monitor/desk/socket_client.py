"""One Socket Mode connection as the SDK runs it, without its own reconnecting and without what it says of an end.

A connection that ends is nothing that the SDK need tell: the watch (socket.py) notices, says so once, and builds
another. Left alone, the SDK asks a closed connection again and again and logs each time, and each acknowledgement that
it cannot send as a traceback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.websockets import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.websockets import SocketModeClient
from websockets.exceptions import ConnectionClosed

from monitor.alert.slack.api import SlackApi, quiet_logger
from monitor.config import Secret

log = structlog.get_logger()

CLOSE_SECONDS = 2.0


class Client(SocketModeClient):
    """The SDK's client. Its own reconnecting may try a used-up address for ever: the watch rebuilds."""

    def __init__(self, token: Secret, api: SlackApi, address: str, hear: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__(
            app_token=token.reveal(), logger=quiet_logger(), web_client=api.client, auto_reconnect_enabled=False
        )
        self.wss_uri = address
        self._hear = hear
        self._is_told = False

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        if message.get("type") in {"hello", "disconnect"}:
            self._hear(message)
        else:
            await super().run_message_listeners(message, raw_message)

    async def receive_messages(self) -> None:
        """Until the connection ends, however it does."""
        session = self.current_session
        if session is None:
            return
        try:
            while True:
                message = await session.recv()
                await self.enqueue_message(message if isinstance(message, str) else message.decode(errors="replace"))
        except ConnectionClosed:
            return

    async def send_message(self, message: str) -> None:
        """An acknowledgement. It belongs to the connection that brought the click, and cannot go out on another."""
        session = self.current_session
        if session is None:
            return
        try:
            await session.send(message)
        except ConnectionClosed:
            if not self._is_told:
                log.warning(
                    "a connection broke before all its clicks were acknowledged: they are stored and will be handled, "
                    "and whoever pressed may see a warning sign"
                )
            self._is_told = True

    async def disconnect(self) -> None:
        """A dead peer does not say goodbye."""
        if self.current_session is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.current_session.close()
        except TimeoutError:
            self.current_session.transport.abort()


class Handler(AsyncSocketModeHandler):
    """Bolt's adapter around a client of ours."""

    def __init__(self, app: AsyncApp, client: Client) -> None:
        self.app = app
        self.app_token = client.app_token
        self.client = client
        client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]
