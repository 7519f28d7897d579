"""What monitor says to one person alone: modals, the App Home, private answers.

A modal opens for three seconds after the click that asks for it, so nothing here goes on trying for long.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import aiohttp
import msgspec

from monitor.alert.slack.api import SlackApi
from monitor.alert.slack.blocks import escape
from monitor.alert.wording import excerpt, inert
from monitor.errors import DeliveryError, DeliveryPermanent, DeliveryRetryable, DeliveryUnknown, TooLate
from monitor.model import Click

TRIGGER_SECONDS = 2.6
"""Slack takes a trigger for 3 seconds from the click (docs.slack.dev/interactivity, "trigger_id")."""
PATIENCE_SECONDS = 8.0
FIRST_PAUSE = 0.2
TEXT_LIMIT = 3000
ASK_SECONDS = 1.0
"""For a name: a window that is to open does not wait longer for it."""
NAME_SECONDS = 3600.0
"""How long a name is remembered: people seldom change theirs."""

TOO_LATE = {"expired_trigger_id", "invalid_trigger_id", "trigger_expired"}
EXCHANGED = "exchanged_trigger_id"
"""The trigger was used before: by the attempt whose answer was lost."""
UNREACHABLE = {"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"}

Answer = TypeVar("Answer")
Blocks = Mapping[str, object] | msgspec.Struct
"""A view or a block as Slack takes it, or the struct that stands for it."""


class _View(msgspec.Struct):
    id: str = ""


class _Opened(msgspec.Struct):
    view: _View = msgspec.field(default_factory=_View)


class _Done(msgspec.Struct):
    pass


class _Link(msgspec.Struct):
    permalink: str


class _Profile(msgspec.Struct):
    real_name: str = ""
    display_name: str = ""


class _User(msgspec.Struct):
    profile: _Profile = msgspec.field(default_factory=_Profile)
    real_name: str = ""
    name: str = ""


class _UserInfo(msgspec.Struct):
    user: _User


class _Id(msgspec.Struct):
    id: str = ""


class _Container(msgspec.Struct):
    thread_ts: str | None = None


class _Event(msgspec.Struct):
    user: str = ""


class _Reach(msgspec.Struct):
    """Where an interaction's payload says that its presser is."""

    user: _Id = msgspec.field(default_factory=_Id)
    user_id: str = ""
    event: _Event = msgspec.field(default_factory=_Event)
    channel: _Id | None = None
    channel_id: str = ""
    container: _Container | None = None
    response_url: str | None = None


class Voice:
    """Speaks to single people. Raises DeliveryError where Slack does not take what is said."""

    def __init__(self, api: SlackApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._names: dict[str, tuple[float, str]] = {}
        self._links: dict[tuple[str, str], str] = {}

    async def open_view(self, trigger: str, view: Blocks) -> str:
        """Open a modal; returns its view id, empty where only the answer was lost. Raises TooLate."""
        return await self._show("views.open", trigger, view)

    async def update_view(self, view_id: str, view: Blocks, view_hash: str | None = None) -> None:
        """Show something else in an open modal. With `view_hash` only if nobody has changed it since."""
        arguments: dict[str, object] = {"view_id": view_id, "view": msgspec.to_builtins(view)}
        if view_hash is not None:
            arguments["hash"] = view_hash
        await self._patiently(lambda: self._api.call("views.update", _Opened, json=arguments), PATIENCE_SECONDS)

    async def publish_home(self, user: str, view: Blocks) -> None:
        """Show somebody's App Home."""
        arguments = {"user_id": user, "view": msgspec.to_builtins(view)}
        await self._patiently(lambda: self._api.call("views.publish", _Opened, json=arguments), PATIENCE_SECONDS)

    async def whisper(
        self,
        user: str,
        text: str,
        *,
        blocks: list[Blocks] | None = None,
        response_url: str | None = None,
        channel: str | None = None,
        thread: str | None = None,
    ) -> None:
        """Say something that nobody else sees: where the click came from, else in `channel`, else as a direct message.

        `text` is shown as it is: no formatting, link or mention is read in it. With `blocks` it is what screen readers
        and notifications say, escaped already (`Message.text`).
        """
        message: dict[str, object] = {
            "text": escape(excerpt(inert(text), TEXT_LIMIT)) if blocks is None else text,
            "blocks": [_plain(text)] if blocks is None else msgspec.to_builtins(blocks),
        }
        if response_url and await self._respond(response_url, message, thread):
            return
        message |= {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
        if channel and not channel.startswith("D"):
            beside = {"channel": channel, "user": user} | ({"thread_ts": thread} if thread else {})
            try:
                await self._patiently(
                    lambda: self._api.call("chat.postEphemeral", _Done, json=message | beside), PATIENCE_SECONDS
                )
            except DeliveryPermanent as error:
                if error.code not in UNREACHABLE:
                    raise
            else:
                return
        await self._patiently(
            lambda: self._api.call("chat.postMessage", _Done, json=message | {"channel": user}), PATIENCE_SECONDS
        )

    async def tell(self, click: Click, text: str) -> None:
        """Answer a click, to its presser alone."""
        reach = msgspec.json.decode(click.body, type=_Reach)
        await self.whisper(
            reach.user.id or reach.user_id or reach.event.user,
            text,
            response_url=reach.response_url,
            channel=reach.channel.id if reach.channel is not None else reach.channel_id,
            thread=reach.container.thread_ts if reach.container is not None else None,
        )

    async def permalink(self, channel: str, ts: str) -> str | None:
        """The address of a message; None where Slack does not say."""
        known = self._links.get((channel, ts))
        if known is not None:
            return known
        try:
            answer = await self._api.call("chat.getPermalink", _Link, form={"channel": channel, "message_ts": ts})
        except DeliveryError:
            return None
        self._links[channel, ts] = answer.permalink
        return answer.permalink

    async def user_name(self, user: str, otherwise: str = "") -> str:
        """The name by which others know somebody; `otherwise`, or the id, where Slack does not say."""
        known = self._names.get(user)
        if known is not None and self._clock() - known[0] < NAME_SECONDS:
            return known[1]
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = (await self._api.call("users.info", _UserInfo, form={"user": user})).user
        except (DeliveryError, TimeoutError):
            return known[1] if known is not None else otherwise or user
        name = (
            found.profile.display_name or found.profile.real_name or found.real_name or found.name or otherwise or user
        )
        self._names[user] = (self._clock(), name)
        return name

    async def _show(self, method: str, trigger: str, view: Blocks) -> str:
        arguments = {"trigger_id": trigger, "view": msgspec.to_builtins(view)}
        attempts = 0

        async def attempt() -> str:
            nonlocal attempts
            attempts += 1
            try:
                return (await self._api.call(method, _Opened, json=arguments)).view.id
            except DeliveryPermanent as error:
                if error.code == EXCHANGED and attempts > 1:
                    return ""
                if error.code in TOO_LATE:
                    raise TooLate(f"{method}: the click is too old to open a window: press again") from error
                raise

        return await self._patiently(attempt, TRIGGER_SECONDS)

    async def _patiently(self, attempt: Callable[[], Awaitable[Answer]], seconds: float) -> Answer:
        """Try again while that may help and `seconds` last. All that is said here may be said twice."""
        deadline = self._clock() + seconds
        pause = FIRST_PAUSE
        while True:
            left = deadline - self._clock()
            try:
                async with asyncio.timeout(max(0.0, left)):
                    return await attempt()
            except TimeoutError as error:
                raise DeliveryUnknown(f"Slack did not answer within {seconds:g} seconds") from error
            except (DeliveryRetryable, DeliveryUnknown) as error:
                asked = error.retry_after if isinstance(error, DeliveryRetryable) else None
                wait = pause * (0.5 + random.random()) if asked is None else asked  # noqa: S311 - spreads attempts
                if wait >= deadline - self._clock():
                    raise
            await asyncio.sleep(wait)
            pause *= 2

    async def _respond(self, response_url: str, message: Mapping[str, object], thread: str | None) -> bool:
        """Through the address that came with the click: five times within 30 minutes. False where it takes no more."""
        session = self._api.client.session
        if session is None:
            return False
        body = {**message, "response_type": "ephemeral", "replace_original": False}
        if thread:
            body["thread_ts"] = thread
        try:
            async with session.post(response_url, json=body) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def _plain(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "plain_text", "text": excerpt(inert(text), TEXT_LIMIT), "emoji": False}}
