"""A campaign with monitor at work as in `monitor run`, local-slack for its Slack, and a proxy on the socket between.

Posts come from a JSON Lines file, through the real stages with the sample campaign. What local-slack's page cannot
send, a press inside a window and a message shortcut, comes over the socket from the proxy, shaped as Slack documents.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path

from monitor.config import (
    AlertConfig,
    Config,
    DeskConfig,
    JsonlSource,
    LogConfig,
    MatchConfig,
    Secret,
    SlackConfig,
    StoreConfig,
)
from monitor.model import Did, Incident
from monitor.store import events, incidents
from monitor.store.db import Store
from tests.peers.screen import Json, Screen, parts, said
from tests.peers.socket_proxy import SocketProxy

ROOT = Path(__file__).parents[2]
CHANNEL, AMPLIFIERS = "C01RAPID", "C02AMPLIFY"
ANA, BEN, STRANGER = "U01COMMS", "U02RAPID", "U09NOBODY"
BOT_TOKEN = "xoxb-test-token"
WITHDRAWN = "Ana Rivera has withdrawn from the race"
POSTS = (
    {"id": "1", "source": "x", "author": "one", "text": "BREAKING: Ana Rivera has dropped out of the race for mayor!"},
    {"id": "2", "source": "x", "author": "two", "text": "Ana Rivera quit the race for mayor, she is out"},
    {"id": "3", "source": "bluesky", "author": "three", "text": "So Ana Rivera dropped out of the mayor's race today"},
    {
        "id": "4",
        "source": "bluesky",
        "author": "four",
        "text": "Rivera has withdrawn from the race for mayor. Sad day.",
    },
)
DESK = DeskConfig(amplifiers=AMPLIFIERS)
ALERTS = AlertConfig(growth=(2, 3, 4))
TEAM = {"id": "T01TEST", "domain": "campaign-hq"}
APP = "A01APP"


class Clock:
    """The time that monitor goes by: it starts at noon, runs as fast as the real one, and is moved on by a test."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self._ahead = datetime.combine(now.date(), time(12), UTC) - now

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move_to(self, moment: datetime) -> None:
        assert moment >= self(), "time does not run backwards"
        self._ahead = moment - datetime.now(UTC)


@dataclass(frozen=True)
class Headquarters:
    """What its Slack shows, its store, the file that its posts come from, its clock, and the socket to its Slack."""

    screen: Screen
    store: Store
    feed: Path
    clock: Clock
    socket: SocketProxy
    numbers: Iterator[int] = field(default_factory=count)

    def post(self, *posts: Json) -> None:
        with self.feed.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(post) + "\n" for post in posts)

    async def alerted(self) -> Json:
        """The first post comes in; the message about it."""
        self.post(POSTS[0])
        return await self.screen.message(CHANNEL, WITHDRAWN)

    async def shows(self, message: Json, *words: str) -> Json:
        """The incident's message, once it says these words."""

        def look() -> Json | None:
            current = self.screen.messages[message["channel"]][message["ts"]]
            return current if all(word in said(current) for word in words) else None

        return await self.screen.until(look, f"the incident's message with {words}")

    async def press_in_window(self, user: str, action_id: str, *, text: str = "", option: str | None = None) -> None:
        """Press a button in the window on top, or choose an entry of its menu; a text field says `text` by then. The
        shape is that of docs.slack.dev/reference/interaction-payloads/block_actions-payload."""
        view = self.screen.modals[-1]
        typed = [block["block_id"] for block in view["blocks"] if block.get("element", {}).get("action_id") == "text"]
        state = {"values": {block: {"text": {"type": "plain_text_input", "value": text}} for block in typed}}
        pressed = next(part for part in parts(view["blocks"]) if part.get("action_id") == action_id)
        action: Json = {key: pressed[key] for key in ("type", "action_id", "text", "value") if key in pressed}
        if option is not None:
            action["selected_option"] = next(entry for entry in pressed["options"] if entry["value"] == option)
        await self._interact(
            {
                "type": "block_actions",
                "user": _person(user),
                "container": {"type": "view", "view_id": view["id"]},
                "view": view | {"state": state},
                "actions": [action | {"block_id": "pressed", "action_ts": "1700000000.000100"}],
            }
        )

    async def press_at_home(self, user: str, action_id: str) -> None:
        """Press the first such button on somebody's Home tab. The shape is that of a press inside a window."""
        view = self.screen.homes[user]
        pressed = next(part for part in parts(view["blocks"]) if part.get("action_id") == action_id)
        action = {key: pressed[key] for key in ("type", "action_id", "text", "value") if key in pressed}
        await self._interact(
            {
                "type": "block_actions",
                "user": _person(user),
                "container": {"type": "view", "view_id": "V0HOME"},
                "view": {"id": "V0HOME", "type": "home", "callback_id": "", "private_metadata": "", "hash": "1.home"}
                | {"blocks": view["blocks"], "state": {"values": {}}},
                "actions": [action | {"block_id": "pressed", "action_ts": "1700000000.000400"}],
            }
        )

    async def use_shortcut(self, user: str, text: str) -> None:
        """*Check this message* in the menu of somebody's message. The shape is that of
        docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload; no response_url, which local-slack
        has none of for messages."""
        await self._interact(
            {
                "type": "message_action",
                "callback_id": "check_message",
                "user": _person(user),
                "channel": {"id": CHANNEL, "name": "rapid-response"},
                "message_ts": "1700000000.000200",
                "message": {"type": "message", "user": BEN, "ts": "1700000000.000200", "text": text},
                "action_ts": "1700000000.000300",
            }
        )

    async def _interact(self, payload: Json) -> None:
        """Bring an interaction over the socket; it must be acknowledged, and once. The envelope is that of
        docs.slack.dev/apis/events-api/using-socket-mode."""
        envelope = f"envelope-{next(self.numbers)}"
        about = {"team": TEAM, "enterprise": None, "is_enterprise_install": False, "api_app_id": APP, "token": "old"}
        await self.socket.say(
            {
                "type": "interactive",
                "envelope_id": envelope,
                "accepts_response_payload": True,
                "payload": about | {"trigger_id": f"7.7.{envelope}"} | payload,
            }
        )
        acknowledged = self.socket.acknowledged
        await self.screen.until(lambda: envelope in acknowledged, f"{envelope} acknowledged", poll=True)
        assert acknowledged.count(envelope) == 1

    def incident(self) -> Incident:
        """The only one that is open."""
        (incident,) = incidents.open_incidents(self.store)
        return incident

    def let_pass(self, minutes: float) -> None:
        """So long after the alert."""
        alerted_at = self.incident().alerted_at
        assert alerted_at is not None
        self.clock.move_to(alerted_at + timedelta(minutes=minutes, seconds=1))

    def did(self) -> list[Did]:
        with self.store.reading() as db:
            return [event.did for event in events.since(db, self.clock() - timedelta(days=2))]


Open = Callable[..., AbstractAsyncContextManager[Headquarters]]
"""Opens headquarters, with a DeskConfig and an AlertConfig where the campaign's own are not wanted; `more`: sources."""


def _person(user: str) -> Json:
    return {"id": user, "username": "somebody", "name": "somebody", "team_id": TEAM["id"]}


def make_config(api: str, folder: Path, desk: DeskConfig, alerts: AlertConfig) -> Config:
    feed = folder / "posts.jsonl"
    feed.touch()
    shutil.copytree(ROOT / "rules", folder / "rules")
    return Config(
        path=folder / "config.toml",
        rules=folder / "rules",
        store=StoreConfig(folder / "monitor.db"),
        match=MatchConfig(),
        judge=None,
        alerts=alerts,
        slack=SlackConfig(CHANNEL, Secret(BOT_TOKEN), api, Secret("xapp-test-token")),
        desk=desk,
        log=LogConfig(),
        sources=(JsonlSource("posts", feed, every_seconds=0.2),),
    )
