"""The socket on which clicks arrive: slack-bolt over Socket Mode, and the watch that builds another when it fails.

Nothing is asked of Slack between a click and its acknowledgement: one middleware, before Bolt would look up the token,
hands the interaction to `receive` and sends back what that returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from monitor.alert.slack.api import SlackApi, quiet_logger
from monitor.config import Secret, SlackConfig
from monitor.desk.socket_client import Client, Handler
from monitor.desk.watchdog import Alarm, Fine, Rebuild, Verdict, Vitals, pause, verdict
from monitor.errors import DeliveryError, DeliveryPermanent, DeliveryRetryable
from monitor.model import SocketHealth, SocketState
from monitor.store import socket as rows
from monitor.store.db import Store

log = structlog.get_logger()

Receive = Callable[[Mapping[str, object]], Awaitable[dict[str, object] | None]]

PING_SECONDS = 5.0
OPEN_SECONDS = 10.0
"""For the handshake and Slack's hello."""
LINGER = timedelta(seconds=3)
"""So long a connection is kept beside its successor: what it has brought is acknowledged on it."""
STEADY = timedelta(minutes=1)

APP_TOKEN_ADVICE = {
    "invalid_auth": "check SLACK_APP_TOKEN: it must be an app-level token (xapp-...) of the same app",
    "not_authed": "set SLACK_APP_TOKEN to the app-level token (xapp-...)",
    "not_allowed_token_type": "SLACK_APP_TOKEN must be the app-level token (xapp-...), not the bot token",
    "missing_scope": "make an app-level token with the scope connections:write, and set SLACK_APP_TOKEN",
    "no_permission": "make an app-level token with the scope connections:write, and set SLACK_APP_TOKEN",
    "token_revoked": "make a new app-level token, and set SLACK_APP_TOKEN",
    "forbidden_team": "switch Socket Mode on in the app's settings",
}
"""Slack's error codes (docs.slack.dev, apps.connections.open, Errors) that a person can mend, with how."""


class _Address(msgspec.Struct):
    url: str


async def ask_address(api: SlackApi) -> str:
    """The one-time address of a new connection, with the app-level token. It is a secret. Raises DeliveryError."""
    try:
        return (await api.call("apps.connections.open", _Address, form={})).url
    except DeliveryPermanent as error:
        advice = APP_TOKEN_ADVICE.get(error.code or "", "run `monitor doctor`")
        raise DeliveryPermanent(f"apps.connections.open: Slack answered {error.code}: {advice}", error.code) from error


class Line:
    """One connection, from its handshake to its end. `vitals` is what is known of it; `stir` is called on a change."""

    def __init__(
        self, app: AsyncApp, token: Secret, api: SlackApi, stir: Callable[[], None], now: Callable[[], datetime]
    ) -> None:
        self._app = app
        self._token = token
        self._api = api
        self._stir = stir
        self._now = now
        self._handler: Handler | None = None
        self._greeted = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self.opened_at = now()
        self.vitals = Vitals(self.opened_at)

    @property
    def is_usable(self) -> bool:
        return self.vitals.closed is None

    async def open(self, expected: int) -> None:
        """Shake hands and wait for Slack's hello. `expected`: how many connections are ours then. Raises
        DeliveryError."""
        client = Client(self._token, self._api, await ask_address(self._api), self._hear)
        self._handler = Handler(self._app, client)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await client.connect()  # type: ignore[no-untyped-call]
                if client.current_session is not None:
                    self._watching = asyncio.create_task(self._until_closed(client.current_session))
                await self._greeted.wait()
        except TimeoutError as error:
            raise DeliveryRetryable(f"Slack said no hello within {OPEN_SECONDS:g} seconds") from error
        except (OSError, WebSocketException) as error:
            raise DeliveryRetryable(f"the handshake failed: {type(error).__name__}: {error}") from error
        if self.vitals.closed is not None:
            raise DeliveryRetryable(f"Slack closed the connection before its hello: {self.vitals.closed}")
        self.opened_at = self._now()
        self.vitals = replace(self.vitals, pong_at=self.opened_at, expected=expected)

    async def ping(self) -> None:
        """Ask for a sign of life, and note it."""
        session = None if self._handler is None else self._handler.client.current_session
        if session is None or not self.is_usable:
            return
        with suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(PING_SECONDS):
                await (await session.ping())
            self.vitals = replace(self.vitals, pong_at=self._now())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._handler is not None:
            await self._handler.client.close()  # type: ignore[no-untyped-call]

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message.get("type") == "hello":
            self.vitals = replace(self.vitals, connections=int(message.get("num_connections") or 1))
            self._greeted.set()
        else:
            self.vitals = replace(self.vitals, disconnect=str(message.get("reason") or "unknown"))
            self._stir()

    async def _until_closed(self, session: ClientConnection) -> None:
        await session.wait_closed()
        said = f"{session.close_code} {session.close_reason or ''}".strip()
        self.vitals = replace(self.vitals, closed=said)
        self._greeted.set()
        self._stir()


class Socket:
    """Keeps one connection open while the service runs. It never raises: without it alerts go out all the same."""

    def __init__(
        self, config: SlackConfig, app_token: Secret, store: Store, receive: Receive, now: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._token = app_token
        self._store = store
        self._now = now
        self._app = _app(receive)
        self._stirred = asyncio.Event()
        self._line: Line | None = None
        self._leaving: list[tuple[Line, datetime]] = []
        self._attempts = 0
        self._next_try = now()
        self._judged: Verdict | None = None
        self._health = SocketHealth(SocketState.CONNECTING, now())

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        async with SlackApi(self._token, self._config.base_url) as api, asyncio.TaskGroup() as tasks:
            tending = tasks.create_task(self._tend_on(api), name="desk:socket:watch")
            await stop.wait()
            tending.cancel()

    async def _tend_on(self, api: SlackApi) -> None:
        try:
            while True:
                try:
                    await self._tend(api)
                except Exception as error:
                    log.exception("the watch over the socket stumbled", error=repr(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), self._until_next())
                self._stirred.clear()
        finally:
            for line in (self._line, *(line for line, _ in self._leaving)):
                if line is not None:
                    await line.close()
            await self._note(SocketState.STOPPED)

    async def _tend(self, api: SlackApi) -> None:
        """One look: say how it stands, and build another connection where it is time to."""
        await self._see_off()
        if self._line is not None:
            await self._line.ping()
        now = self._now()
        given = Rebuild("not connected yet") if self._line is None else verdict(self._line.vitals, now)
        if self._line is not None and isinstance(given, Fine):
            if now - self._line.opened_at >= STEADY:
                self._attempts = 0
            await self._tell(given)
            return
        await self._tell(given)
        if now >= self._next_try:
            await self._rebuild(api)

    async def _rebuild(self, api: SlackApi) -> None:
        """The new connection stands before the old one goes, so that no click falls between them."""
        self._attempts += 1
        line = Line(self._app, self._token, api, self._stirred.set, self._now)
        ours = [known for known in (self._line, *(line for line, _ in self._leaving)) if known and known.is_usable]
        try:
            await line.open(expected=1 + len(ours))
        except DeliveryError as error:
            await line.close()
            await self._failed(error)
            return
        except BaseException:
            await line.close()
            raise
        first = self._line is None and self._health.rebuilt == 0
        if self._line is not None:
            self._leaving.append((self._line, self._now()))
        self._line = line
        self._health = replace(
            self._health, rebuilt=self._health.rebuilt + (not first), connections=line.vitals.connections
        )
        given = verdict(line.vitals, self._now())
        self._next_try = self._now() + timedelta(seconds=pause(given, self._attempts))
        await self._tell(given)

    async def _failed(self, error: DeliveryError) -> None:
        lasting = isinstance(error, DeliveryPermanent)
        given: Verdict = Alarm(str(error)) if lasting else Rebuild(str(error))
        seconds = pause(given, self._attempts)
        if isinstance(error, DeliveryRetryable) and error.retry_after is not None:
            seconds = max(seconds, error.retry_after)
        self._next_try = self._now() + timedelta(seconds=seconds)
        log.warning("no socket for clicks: tried again", error=str(error), seconds=round(seconds))
        await self._note(SocketState.ALARM if lasting else SocketState.DOWN, str(error))

    async def _see_off(self) -> None:
        """Close the predecessors whose time is over."""
        now = self._now()
        over = [line for line, since in self._leaving if now - since >= LINGER or not line.is_usable]
        self._leaving = [(line, since) for line, since in self._leaving if line not in over]
        for line in over:
            await line.close()

    async def _tell(self, given: Verdict) -> None:
        """In the log and in the store, once for each change."""
        if given == self._judged:
            return
        self._judged = given
        match given:
            case Fine():
                log.info("clicks arrive", rebuilt=self._health.rebuilt)
                await self._note(SocketState.CONNECTED)
            case Rebuild() if self._line is None:
                log.info("the socket for clicks is opened")
                await self._note(SocketState.CONNECTING)
            case Rebuild(reason):
                log.warning("the socket for clicks is built anew", reason=reason)
                await self._note(SocketState.CONNECTING, reason)
            case Alarm(reason):
                log.error("the socket for clicks NEEDS A LOOK", reason=reason)
                await self._note(SocketState.ALARM, reason)

    async def _note(self, state: SocketState, error: str | None = None) -> None:
        now = self._now()
        if state is not self._health.state:
            self._health = replace(self._health, state=state, since=now)
        if error is not None:
            self._health = replace(self._health, last_error=error, last_error_at=now)
        await asyncio.to_thread(rows.save, self._store, self._health)

    def _until_next(self) -> float:
        wait = (self._next_try - self._now()).total_seconds()
        return min(PING_SECONDS, wait) if wait > 0 else PING_SECONDS


def _app(receive: Receive) -> AsyncApp:
    async def take(body: dict[str, Any]) -> BoltResponse:
        try:
            answer = await receive(body)
        except Exception as error:
            # Not acknowledged: Slack shows its presser that it did not work.
            log.exception("a click could not be stored", error=repr(error))
            return BoltResponse(status=500)
        return BoltResponse(status=200, body=answer or "")

    return AsyncApp(
        token="not-used",  # noqa: S106 - Bolt wants one, and would ask Slack about it behind `before_authorize`
        before_authorize=take,
        logger=quiet_logger(),
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )
