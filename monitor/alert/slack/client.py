"""Delivers notifications to a Slack channel, and finds again what may have been delivered."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from monitor.alert.slack import failures
from monitor.alert.slack.render import render
from monitor.config import SlackConfig
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown
from monitor.model import Notification, NotificationKind, Receipt

log = structlog.get_logger()

Answer = TypeVar("Answer")

EVENT_TYPE = "campaign_monitor_notification"
TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
CLOCK_SKEW = timedelta(minutes=2)
"""How far Slack's clock may be from ours when we look for a message by its time."""
PAGE = 200
GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}


class _Metadata(msgspec.Struct):
    event_payload: dict[str, object] = {}


class _Block(msgspec.Struct):
    block_id: str = ""


class _Message(msgspec.Struct):
    ts: str
    metadata: _Metadata | None = None
    blocks: list[_Block] = []


class _Next(msgspec.Struct):
    next_cursor: str = ""


class _History(msgspec.Struct):
    messages: list[_Message] = []
    response_metadata: _Next | None = None


class _Channel(msgspec.Struct):
    name: str = ""
    is_archived: bool = False
    is_member: bool = True


class _ChannelInfo(msgspec.Struct):
    channel: _Channel


class _Posted(msgspec.Struct):
    channel: str
    ts: str


class _Identity(msgspec.Struct):
    team: str = ""
    user: str = ""


class SlackNotifier:
    """A Notifier for one Slack channel. Use it as an async context: it holds one HTTP session open."""

    seconds_between = 1.2
    """Slack allows about one message a second and channel, and 50 updates a minute (docs.slack.dev, "Rate limits")."""

    def __init__(self, config: SlackConfig) -> None:
        self._config = config
        self._client = AsyncWebClient(
            token=config.token.reveal(),
            base_url=config.base_url,
            # Slack has no idempotency key, and the SDK's own retries post a message twice. The outbox retries.
            retry_handlers=[],
            # At level DEBUG the SDK logs whole messages.
            logger=_quiet_logger(),
        )
        # The SDK takes HTTP_PROXY for every host; the session below also honours NO_PROXY.
        self._client.proxy = None

    async def __aenter__(self) -> Self:
        # Given a session, the SDK ignores its own time-out: this one counts.
        self._client.session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client.session is not None:
            await self._client.session.close()

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        """Post, or for an UPDATE rewrite, the notification's message."""
        if notification.kind is NotificationKind.UPDATE and root is not None:
            return await self._update(notification, root)
        message = render(notification)
        arguments: dict[str, object] = {
            "channel": self._config.channel,
            "text": message.text,
            "blocks": msgspec.to_builtins(message.blocks),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": notification.delivery_id}},
            "parse": "none",
            "link_names": False,
            "mrkdwn": False,
            # An alert must not show the post that it warns of.
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if root is not None:
            arguments |= {"thread_ts": root.ts, "reply_broadcast": notification.broadcast}
        posted = await self._call("chat.postMessage", _Posted, json=arguments)
        return Receipt(posted.channel, posted.ts)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        """Look through the channel (a reply: through its thread) for the notification's delivery id, newest first.

        Servers that keep no metadata keep block ids, so the delivery id is looked for in both. A broadcast reply is in
        its thread like any other.
        """
        oldest = f"{(since - CLOCK_SKEW).timestamp():.6f}"
        arguments: dict[str, object] = {
            "channel": self._config.channel if root is None else root.channel,
            "oldest": oldest,
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": PAGE,
        }
        method = "conversations.history"
        if root is not None:
            method = "conversations.replies"
            arguments["ts"] = root.ts
        while True:
            try:
                page = await self._call(method, _History, form=arguments)
            except DeliveryUnknown as error:
                raise DeliveryRetryable(str(error)) from error
            for message in page.messages:
                if _carries(message, notification.delivery_id):
                    return Receipt(str(arguments["channel"]), message.ts)
            cursor = page.response_metadata.next_cursor if page.response_metadata else ""
            if not cursor:
                return None
            arguments["cursor"] = cursor

    async def check(self) -> str:
        """Try the token and the channel. Returns what works, in words; raises DeliveryError saying what to do."""
        identity = await self._call("auth.test", _Identity, form={})
        where = self._config.channel
        missing = ""
        try:
            info = await self._call("conversations.info", _ChannelInfo, form={"channel": where})
        except DeliveryPermanent as error:
            if error.code != "missing_scope":
                raise
            missing = "; it cannot see whether it is in the channel: add the scope channels:read (private: groups:read)"
        else:
            where = f"#{info.channel.name}"
            if info.channel.is_archived:
                raise DeliveryPermanent(f"the Slack channel {where} is archived: unarchive it, or name another")
            if not info.channel.is_member:
                raise DeliveryPermanent(f"the bot is not in {where}: type /invite @{identity.user} there")
        try:
            await self._call("conversations.history", _History, form={"channel": self._config.channel, "limit": 1})
        except DeliveryPermanent as error:
            missing += f"; after a time-out an alert may come twice, because: {error}"
        return f"posts to {where} of {identity.team} as {identity.user}{missing}"

    async def _update(self, notification: Notification, root: Receipt) -> Receipt:
        message = render(notification)
        arguments: dict[str, object] = {
            "channel": root.channel,
            "ts": root.ts,
            # Without blocks Slack would take the message's blocks away.
            "text": message.text,
            "blocks": msgspec.to_builtins(message.blocks),
            "parse": "none",
            "link_names": False,
        }
        try:
            await self._call("chat.update", _Posted, json=arguments)
        except DeliveryUnknown as error:
            raise DeliveryRetryable(str(error)) from error
        except DeliveryPermanent as error:
            if error.code not in GONE:
                raise
            # Somebody deleted the message: that is an answer, and no reason to post it again.
            log.warning("the message is gone from the channel and is no longer updated", error=str(error))
        return root

    async def _call(
        self,
        method: str,
        answer: type[Answer],
        *,
        json: dict[str, object] | None = None,
        form: dict[str, object] | None = None,
    ) -> Answer:
        """One request, its answer decoded. Reading methods get a form: Slack takes JSON for some of them only."""
        try:
            response = await self._client.api_call(method, json=json, data=form)
        except SlackApiError as error:
            raise failures.of_answer(method, error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failures.of_connection(method, error) from error
        except AttributeError as error:
            # The SDK stumbles over an answer that is neither JSON nor an error: a proxy's page, say.
            raise DeliveryUnknown(f"{method}: the answer was not Slack's: check base_url and any proxy") from error
        try:
            return msgspec.convert(response.data, answer)
        except msgspec.ValidationError as error:
            raise DeliveryUnknown(f"{method}: the answer is not as Slack documents it: {error}") from error


def _carries(message: _Message, delivery_id: str) -> bool:
    if message.metadata is not None and message.metadata.event_payload.get("delivery_id") == delivery_id:
        return True
    return any(block.block_id == delivery_id for block in message.blocks)


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("monitor.slack_sdk")
    logger.setLevel(logging.WARNING)
    return logger
