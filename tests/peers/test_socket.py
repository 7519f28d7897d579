"""Clicks over a real Socket Mode connection: local-slack, with a proxy between that drops, stalls and refuses."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from monitor.config import Secret, SlackConfig
from monitor.desk import socket, watchdog
from monitor.desk.inbox import Inbox
from monitor.desk.socket import Socket
from monitor.model import Click, ClickKind, SocketState
from monitor.store import clicks
from monitor.store import socket as rows
from monitor.store.db import Store
from tests.peers.screen import screen
from tests.peers.socket_proxy import SocketProxy

pytestmark = pytest.mark.peer

CHANNEL, USER = "C01RAPID", "U02RAPID"
BOT, APP = Secret("xoxb-test-token"), Secret("xapp-test-token")
SOON = 300.0
LOOK_AGAIN = 0.05
"""What is seen in the store alone tells nobody when it changes."""
ACK_SECONDS = 3.0


def now() -> datetime:
    return datetime.now(UTC)


class Slack:
    """The controls of local-slack."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def press(self, action_id: str, value: str = "") -> float:
        """Press a button; returns the seconds until it was acknowledged."""
        ts = await self._post()
        began = time.monotonic()
        action = {"type": "button", "action_id": action_id, "value": value}
        await self._control("interact", channel=CHANNEL, messageTs=ts, user=USER, action=action)
        return time.monotonic() - began

    async def command(self, text: str) -> float:
        began = time.monotonic()
        await self._control("command", channel=CHANNEL, user=USER, command="/monitor", text=text)
        return time.monotonic() - began

    async def open_home(self) -> None:
        await self._control("open-home", user=USER)

    async def _post(self) -> str:
        arguments = {"channel": CHANNEL, "text": "an alert"}
        headers = {"Authorization": f"Bearer {BOT.reveal()}"}
        async with self._session.post(f"{self.url}/api/chat.postMessage", json=arguments, headers=headers) as answer:
            return str((await answer.json())["ts"])

    async def _control(self, what: str, **arguments: object) -> None:
        async with self._session.post(f"{self.url}/_control/{what}", json=arguments) as answer:
            assert answer.status == 200, await answer.text()


@pytest.fixture
async def slack(local_slack: str) -> AsyncIterator[Slack]:
    async with aiohttp.ClientSession() as session:
        yield Slack(local_slack, session)


class Running:
    """A socket and an inbox at work. `handled` are the clicks that reached the desk."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.handled: list[Click] = []
        self.told: list[str] = []
        self.arrived = asyncio.Event()
        self.fails = False

    async def handle(self, click: Click) -> None:
        self.handled.append(click)
        self.arrived.set()
        if self.fails:
            raise ValueError("stumbled")

    async def tell(self, click: Click, text: str) -> None:
        self.told.append(text)
        self.arrived.set()

    async def until(self, look: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(SOON):
                while not look():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.arrived.wait(), LOOK_AGAIN)
                    self.arrived.clear()
        except TimeoutError:
            raise AssertionError(f"never: {what}; socket {rows.health(self.store)}") from None

    def state(self) -> SocketState | None:
        health = rows.health(self.store)
        return None if health is None else health.state

    async def connected(self) -> None:
        await self.until(lambda: self.state() is SocketState.CONNECTED, "connected")

    async def rebuilt(self, times: int) -> None:
        def look() -> bool:
            health = rows.health(self.store)
            return health is not None and health.state is SocketState.CONNECTED and health.rebuilt >= times

        await self.until(look, f"rebuilt {times} times")


@asynccontextmanager
async def running(store: Store, api: str) -> AsyncIterator[Running]:
    desk, stop = Running(store), asyncio.Event()
    with Inbox(store, desk.handle, lambda click: None, desk.tell, now) as inbox:
        connection = Socket(SlackConfig(CHANNEL, BOT, api), APP, store, inbox.receive, now)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(inbox.work(stop))
            tasks.create_task(connection.run(stop))
            try:
                yield desk
            finally:
                stop.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same watch, on a faster beat."""
    monkeypatch.setattr(socket, "PING_SECONDS", 0.3)
    monkeypatch.setattr(socket, "OPEN_SECONDS", 2.0)
    monkeypatch.setattr(socket, "LINGER", timedelta(seconds=0.3))
    monkeypatch.setattr(watchdog, "NO_PONG", timedelta(seconds=1))
    monkeypatch.setattr(watchdog, "LONGEST_PAUSE", 0.5)


async def test_a_click_is_stored_acknowledged_and_handled(store: Store, slack: Slack) -> None:
    async with running(store, f"{slack.url}/api/") as desk:
        await desk.connected()
        took = await slack.press("take_on", "withdrawn-1|-")
        await desk.until(lambda: len(desk.handled) == 1, "handled")
        await desk.until(lambda: not clicks.waiting(store, 9), "marked as handled")

    assert took < ACK_SECONDS
    (click,) = desk.handled
    assert click.kind is ClickKind.ACTION
    assert json.loads(click.body)["actions"][0]["value"] == "withdrawn-1|-"


async def test_a_command_and_the_home_arrive(store: Store, slack: Slack) -> None:
    async with running(store, f"{slack.url}/api/") as desk:
        await desk.connected()
        assert await slack.command("status") < ACK_SECONDS
        await slack.open_home()
        await desk.until(lambda: len(desk.handled) == 2, "handled")

    assert [click.kind for click in desk.handled] == [ClickKind.COMMAND, ClickKind.HOME]


async def test_a_click_is_acknowledged_while_the_pipeline_holds_the_store_and_every_thread(
    store: Store, slack: Slack
) -> None:
    """Reading blocks nobody who writes, but the pipeline's lock would."""
    loop, release = asyncio.get_running_loop(), asyncio.Event()

    def hold() -> None:
        with store.reading():
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    async with running(store, f"{slack.url}/api/") as desk:
        await desk.connected()
        holding = [asyncio.create_task(asyncio.to_thread(hold)) for _ in range(40)]
        await asyncio.sleep(0)
        took = await slack.press("take_on")
        release.set()
        await asyncio.gather(*holding)
        await desk.until(lambda: len(desk.handled) == 1, "handled")

    assert took < 1.0


async def test_a_flood_of_clicks_is_acknowledged_in_time_and_handled_once_each(store: Store, slack: Slack) -> None:
    async with running(store, f"{slack.url}/api/") as desk:
        await desk.connected()
        took = await asyncio.gather(*(slack.press("take_on", str(n)) for n in range(100)))
        await desk.until(lambda: len(desk.handled) >= 100, "handled")
        await desk.until(lambda: not clicks.waiting(store, 9), "marked as handled")

    assert max(took) < ACK_SECONDS
    values = [json.loads(click.body)["actions"][0]["value"] for click in desk.handled]
    assert sorted(values, key=int) == [str(n) for n in range(100)]


async def test_one_that_fails_is_told_its_presser_and_the_next_goes_on(store: Store, slack: Slack) -> None:
    async with running(store, f"{slack.url}/api/") as desk:
        await desk.connected()
        desk.fails = True
        await slack.press("take_on")
        await desk.until(lambda: len(desk.told) == 1, "told")
        desk.fails = False
        await slack.press("take_on")
        await desk.until(lambda: len(desk.handled) == 2, "handled")

    assert "mistake in monitor" in desk.told[0]


async def test_a_second_socket_of_somebody_else_is_an_alarm_until_it_is_gone(store: Store, slack: Slack) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {APP.reveal()}"}
        async with session.post(f"{slack.url}/api/apps.connections.open", headers=headers) as answer:
            url = (await answer.json())["url"]
        async with session.ws_connect(url), running(store, f"{slack.url}/api/") as desk:
            await desk.until(lambda: desk.state() is SocketState.ALARM, "an alarm")
            health = rows.health(store)
            assert health is not None
            assert "another monitor" in (health.last_error or "")


async def test_the_alarm_ends_with_the_second_socket(store: Store, slack: Slack) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {APP.reveal()}"}
        async with session.post(f"{slack.url}/api/apps.connections.open", headers=headers) as answer:
            url = (await answer.json())["url"]
        other = await session.ws_connect(url)
        async with running(store, f"{slack.url}/api/") as desk:
            await desk.until(lambda: desk.state() is SocketState.ALARM, "an alarm")
            await other.close()
            await desk.connected()
            await slack.press("take_on")
            await desk.until(lambda: len(desk.handled) == 1, "handled")


async def drop_and_press(store: Store, slack: Slack) -> None:
    """A connection breaks, and the click after it arrives."""
    async with SocketProxy(slack.url) as proxy, running(store, proxy.api) as desk:
        await desk.connected()
        proxy.drop()
        await desk.rebuilt(1)
        await slack.press("take_on")
        await desk.until(lambda: len(desk.handled) == 1, "handled")


async def test_a_dropped_connection_is_built_anew_and_the_next_click_arrives(store: Store, slack: Slack) -> None:
    await drop_and_press(store, slack)
    health = rows.health(store)
    assert health is not None
    assert "closed" in (health.last_error or "")


async def test_a_connection_that_breaks_is_told_once_and_in_our_own_words(
    store: Store, slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        await drop_and_press(store, slack)

    warned = [line for line in logs if line["log_level"] != "info"]
    assert [line["reason"] for line in warned] == ["the connection was closed: 1006"]
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_connection_that_falls_silent_is_noticed(store: Store, slack: Slack) -> None:
    async with SocketProxy(slack.url) as proxy, running(store, proxy.api) as desk:
        await desk.connected()
        proxy.stall()
        await desk.until(lambda: "no pong" in str(getattr(rows.health(store), "last_error", "")), "no pong")
        proxy.flow()
        await desk.rebuilt(1)
        await slack.press("take_on")
        await desk.until(lambda: len(desk.handled) >= 1, "handled")


async def test_a_handshake_that_fails_is_tried_again_with_a_new_address(store: Store, slack: Slack) -> None:
    async with SocketProxy(slack.url) as proxy:
        proxy.refuse(3)
        async with running(store, proxy.api) as desk:
            await desk.until(lambda: desk.state() is SocketState.DOWN, "down")
            await desk.connected()
            await slack.press("take_on")
            await desk.until(lambda: len(desk.handled) == 1, "handled")
    assert len(set(proxy.addresses)) == len(proxy.addresses) >= 4


async def test_a_socket_without_a_hello_is_given_up(store: Store, slack: Slack) -> None:
    async with SocketProxy(slack.url) as proxy:
        proxy.mute(1)
        async with running(store, proxy.api) as desk:
            await desk.until(lambda: "no hello" in str(getattr(rows.health(store), "last_error", "")), "no hello")
            await desk.connected()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_when_slack_says_that_it_will_disconnect_the_next_connection_stands_first(
    store: Store, slack: Slack, reason: str
) -> None:
    async with SocketProxy(slack.url) as proxy, running(store, proxy.api) as desk:
        await desk.connected()
        await proxy.say({"type": "disconnect", "reason": reason, "debug_info": {}})
        await desk.rebuilt(1)
        assert proxy.most_at_once == 2
        await slack.press("take_on")
        await desk.until(lambda: len(desk.handled) == 1, "handled")
        await desk.until(lambda: proxy.open_now == 1, "the old connection closed")
        assert len(desk.handled) == 1, "the old connection brought the click again"


async def test_socket_mode_switched_off_is_an_alarm_that_says_what_to_do(store: Store, slack: Slack) -> None:
    async with SocketProxy(slack.url) as proxy, running(store, proxy.api) as desk:
        await desk.connected()
        await proxy.say({"type": "disconnect", "reason": "link_disabled"})
        await desk.until(lambda: "switch it on" in str(getattr(rows.health(store), "last_error", "")), "an alarm")


async def test_a_message_shortcut_arrives(store: Store, slack: Slack) -> None:
    payload: dict[str, Any] = {
        "type": "message_action",
        "callback_id": "check_message",
        "trigger_id": "1.2.3",
        "user": {"id": USER},
        "channel": {"id": CHANNEL},
        "message": {"ts": "1.1", "text": "is she out?"},
    }
    async with SocketProxy(slack.url) as proxy, running(store, proxy.api) as desk:
        await desk.connected()
        await proxy.say({"type": "interactive", "envelope_id": "e-1", "payload": payload})
        await desk.until(lambda: len(desk.handled) == 1, "handled")
        await desk.until(lambda: "e-1" in proxy.acknowledged, "acknowledged")
    assert desk.handled[0].kind is ClickKind.SHORTCUT


async def test_a_server_that_is_away_is_waited_for(store: Store, slack: Slack) -> None:
    async with running(store, "http://127.0.0.1:1/api/") as desk:
        await desk.until(lambda: desk.state() is SocketState.DOWN, "down")
    assert desk.state() is SocketState.STOPPED


async def test_the_service_takes_clicks_in_and_refuses_a_stranger_in_private(slack: Slack, tmp_path: Path) -> None:
    """As a user runs it: `monitor run`, with both tokens, the sample rules and the shipped model."""
    config = tmp_path / "config.toml"
    rules = Path(__file__).parents[2] / "rules"
    config.write_text(f'rules = "{rules}"\n[slack]\nchannel = "{CHANNEL}"\nbase_url = "{slack.url}/api/"\n', "utf-8")
    tokens = {"SLACK_BOT_TOKEN": BOT.reveal(), "SLACK_APP_TOKEN": APP.reveal(), "HF_HUB_OFFLINE": "1"}
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "run", "-c", str(config)), env=os.environ | tokens
    )
    try:
        async with screen(slack.url) as shown:
            await shown.until(lambda: shown.connected, "the service connected")
            await shown.say("U99NOBODY", CHANNEL, "/monitor", "status")
            await shown.message(CHANNEL, "Only members of #rapid-response", private="U99NOBODY")
    finally:
        service.send_signal(signal.SIGTERM)
        assert await service.wait() == 0
    with closing(Store(tmp_path / "monitor.db")) as store:
        (refused,) = store.db.execute("SELECT who_id, did FROM events").fetchall()
        assert tuple(refused) == ("U99NOBODY", "was refused")
        health = rows.health(store)
        assert health is not None
        assert health.state is SocketState.STOPPED
