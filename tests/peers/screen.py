"""Somebody at local-slack's own web page: sees what it shows, over its WebSocket, and presses what can be pressed.

The page's state comes as events, so that a test waits for what it expects to see, with a deadline, and never sleeps.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import aiohttp

Json = dict[str, Any]
Seen = TypeVar("Seen")

PATIENCE = 300.0
LOOK_AGAIN = 0.1


class Screen:
    """What the page shows now. `errors`: those of the form that was sent last, by block id."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session
        self._changed = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.connected = False
        self.messages: dict[str, dict[str, Json]] = {}
        self.modals: list[Json] = []
        self.errors: Mapping[str, str] = {}
        self.homes: dict[str, Json] = {}

    async def watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        async for message in socket:
            self._take(json.loads(message.data))
            self._changed.set()

    def _take(self, event: Json) -> None:
        match event["t"]:
            case "init":
                state = event["state"]
                self.connected = any(app["connected"] for app in state["apps"])
                self.modals = state["modalStack"]
                self.messages = {
                    channel: {message["ts"]: message for message in messages}
                    for channel, messages in state["messages"].items()
                }
            case "socket_status":
                self.connected = event["connected"]
            case "message" | "message_update":
                message = event["message"]
                self.messages.setdefault(message["channel"], {})[message["ts"]] = message
            case "message_delete":
                self.messages.get(event["channel"], {}).pop(event["ts"], None)
            case "view":
                self.modals, self.errors = event.get("stack") or [], {}
            case "view_errors":
                self.errors = event.get("errors") or {}
            case "home":
                self.homes[event["user"]] = event["view"]

    async def until(self, look: Callable[[], Seen | None], what: str, *, poll: bool = False) -> Seen:
        """What `look` finds, as soon as it finds it. Fails with `what` was expected, and what is to be seen instead.

        `poll`: for what the page does not show, and so does not tell of.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._changed.clear()
                    found = look()
                    if found:
                        return found
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), LOOK_AGAIN if poll else None)
        except TimeoutError:
            raise AssertionError(f"never saw {what}; saw:\n{self._picture()}") from None

    def _picture(self) -> str:
        lines = [
            f"{channel} {message['ts']} {'  ' if 'thread_ts' in message else ''}{message['text']!r}"
            for channel, messages in self.messages.items()
            for message in messages.values()
        ]
        modals = [f"modal {said(modal)!r}" for modal in self.modals]
        return "\n".join((*lines, *modals, f"errors {self.errors}"))

    async def message(self, channel: str, *words: str, thread: str | None = None, private: str | None = None) -> Json:
        """A message, or a reply in `thread`, that says all these words. `private`: that only this user sees."""

        def look() -> Json | None:
            for message in reversed(self.messages.get(channel, {}).values()):
                if message.get("ephemeral_to") != private:
                    continue
                if private is None and message.get("thread_ts") != thread:
                    continue
                shown = said(message)
                if all(word in shown for word in words):
                    return message
            return None

        return await self.until(look, f"a message in {channel} with {words}")

    async def modal(self, form: str, *words: str) -> Json:
        """The modal on top, once it is this one and says all these words."""

        def look() -> Json | None:
            top = self.modals[-1] if self.modals else {}
            return top if top.get("callback_id") == form and all(word in said(top) for word in words) else None

        return await self.until(look, f"the modal {form} with {words}")

    async def no_modal(self) -> None:
        await self.until(lambda: not self.modals, "every modal closed")

    async def home(self, user: str, *words: str) -> Json:
        def look() -> Json | None:
            view = self.homes.get(user, {})
            return view if all(word in said(view) for word in words) else None

        return await self.until(look, f"the Home of {user} with {words}")

    async def press(self, user: str, shown: Json, action_id: str, *, option: str | None = None) -> None:
        """Press a button that the message shows, or choose the entry of a menu whose value begins with `option`."""
        element = next((part for part in parts(shown.get("blocks", [])) if part.get("action_id") == action_id), None)
        assert element is not None, f"there is no {action_id} on {said(shown)!r}"
        action = {key: element.get(key) for key in ("type", "action_id", "value")}
        if option is not None:
            action["selected_option"] = next(
                entry for entry in element["options"] if entry["value"].split("|")[0] == option
            )
        await self._control("interact", channel=shown["channel"], messageTs=shown["ts"], user=user, action=action)

    async def send(self, user: str, **fields: str) -> None:
        """Fill in the modal on top and send it: what is not named stays as the modal proposes it."""
        assert self._socket is not None
        values: dict[str, Json] = {}
        for block in self.modals[-1]["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                state = _filled(element, fields.get(element["action_id"]))
                values[block["block_id"]] = {element["action_id"]: state}
        await self._socket.send_json({"t": "view_submit", "user": user, "values": values})

    async def say(self, user: str, channel: str, command: str, text: str) -> None:
        await self._control("command", user=user, channel=channel, command=command, text=text)

    async def open_home(self, user: str) -> None:
        await self._control("open-home", user=user)

    async def _control(self, what: str, **arguments: object) -> None:
        async with self._session.post(f"{self._url}/_control/{what}", json=arguments) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def screen(url: str) -> AsyncIterator[Screen]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/_control/reset"),
        session.ws_connect(f"{url}/ui", max_msg_size=0) as socket,
    ):
        shown = Screen(url, session)
        watching = asyncio.create_task(shown.watch(socket))
        try:
            yield shown
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def parts(blocks: object) -> Iterator[Json]:
    """Every object within blocks, the outer before the inner."""
    if isinstance(blocks, dict):
        yield blocks
        for inner in blocks.values():
            yield from parts(inner)
    elif isinstance(blocks, list):
        for inner in blocks:
            yield from parts(inner)


def said(shown: Json) -> str:
    """Every text of a message or view, as a person reads it."""
    texts = [part["text"] for part in parts(shown.get("blocks", [])) if isinstance(part.get("text"), str)]
    filled = [part["initial_value"] for part in parts(shown.get("blocks", [])) if part.get("initial_value")]
    return "\n".join((*texts, *filled)) or str(shown.get("text", ""))


def _filled(element: Json, given: str | None) -> Json:
    """A field's state as Slack sends it: what was filled in, or what the field came with."""
    kind = element["type"]
    match kind:
        case "plain_text_input" | "url_text_input":
            return {"type": kind, "value": given if given is not None else element.get("initial_value")}
        case "datepicker":
            return {"type": kind, "selected_date": given or element.get("initial_date")}
        case _:
            chosen = next((option for option in _options(element) if option["value"] == given), None)
            assert given is None or chosen is not None, f"{given} is none of {[o['value'] for o in _options(element)]}"
            return {"type": kind, "selected_option": chosen or element.get("initial_option")}


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options", [])]
