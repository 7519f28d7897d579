"""Proxies in front of a Slack server that fail at random, and remember what came through."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from tests.peers.proxy import Fault, FaultyProxy
from tests.peers.socket_proxy import SocketProxy

SHARES = {
    Fault.RATE_LIMIT: 0.04,
    Fault.ERROR_BEFORE: 0.03,
    Fault.ERROR_AFTER: 0.03,
    Fault.LOST_REQUEST: 0.03,
    Fault.LOST_ANSWER: 0.03,
}
"""Of all requests."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A chat.postMessage that the server carried out."""

    at: float
    delivery_id: str
    thread: str | None
    ts: str


class FaultyApi(FaultyProxy):
    """Fails requests at random, from a seed; while `is_away`, all of them. `posts` are what the server carried out,
    `injected` how often which fault was met."""

    def __init__(self, upstream: str, retry_after: float, seed: int, shares: Mapping[Fault, float] = SHARES) -> None:
        super().__init__(upstream, retry_after)
        self._shares = shares
        self._random = random.Random(seed)
        self.is_away = False
        self.posts: list[Posted] = []
        self.injected: Counter[str] = Counter()
        self.refused = 0

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if self.is_away:
            self.refused += 1
            self.plan(method, Fault.LOST_REQUEST if self.refused % 2 else Fault.ERROR_BEFORE)
        elif fault := self._fault():
            self.injected[fault.name.lower()] += 1
            self.plan(method, fault)
        return await super()._answer(request)

    def _fault(self) -> Fault | None:
        drawn = self._random.random()
        for fault, share in self._shares.items():
            drawn -= share
            if drawn < 0:
                return fault
        return None

    async def _pass_on(self, request: web.Request, method: str) -> web.Response:
        response = await super()._pass_on(request, method)
        if method == "chat.postMessage" and isinstance(response.body, bytes):
            asked, answered = json.loads(await request.read()), json.loads(response.body)
            if answered.get("ok"):
                delivery_id = asked.get("metadata", {}).get("event_payload", {}).get("delivery_id", "")
                self.posts.append(Posted(time.monotonic(), delivery_id, asked.get("thread_ts"), answered["ts"]))
        return response


@dataclass(slots=True)
class Pressed:
    """One envelope with a press of a button, on its way to us; when it went down and when its acknowledgement came."""

    trigger: str
    button: tuple[str, str]
    sent: float
    acknowledged: float | None = None


@dataclass(slots=True)
class Traffic:
    by_envelope: dict[str, Pressed] = field(default_factory=dict)

    @property
    def all(self) -> list[Pressed]:
        return list(self.by_envelope.values())

    def was_acknowledged(self, button: tuple[str, str]) -> bool:
        return any(one.button == button and one.acknowledged is not None for one in self.by_envelope.values())


class WatchedSocket(SocketProxy):
    """Notes each press that goes down and each acknowledgement that comes up."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.traffic = Traffic()

    def _note(self, text: str) -> None:
        super()._note(text)
        envelope = json.loads(text)
        if envelope.get("type") == "interactive":
            payload = envelope["payload"]
            pressed = Pressed(payload["trigger_id"], button_of(payload["actions"][0]), time.monotonic())
            self.traffic.by_envelope[envelope["envelope_id"]] = pressed
        elif "type" not in envelope and envelope.get("envelope_id") in self.traffic.by_envelope:
            pressed = self.traffic.by_envelope[envelope["envelope_id"]]
            pressed.acknowledged = pressed.acknowledged or time.monotonic()


def button_of(action: dict[str, object]) -> tuple[str, str]:
    """A press, as (action id, value): each is made once in this benchmark."""
    option = action.get("selected_option")
    value = option.get("value") if isinstance(option, dict) else action.get("value")
    return str(action["action_id"]), str(value)
