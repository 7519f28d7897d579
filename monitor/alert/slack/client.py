"""Delivers notifications to a Slack channel, and finds again what may have been delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import msgspec
import structlog

from monitor.alert.slack.api import WebApi
from monitor.alert.slack.pictures import Pictures
from monitor.alert.slack.render import render
from monitor.config import DeskConfig, SlackConfig
from monitor.errors import DeliveryPermanent
from monitor.model import Notification, NotificationKind, Receipt

log = structlog.get_logger()

EVENT_TYPE = "campaign_monitor_notification"
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
    """A Notifier for one Slack channel. Use it as an async context: it holds one HTTP session open.

    `desk`: what the alerts' buttons go by; None: alerts without buttons.
    """

    seconds_between = 1.2
    """Slack allows about one message a second and channel, and 50 updates a minute (docs.slack.dev, "Rate limits")."""

    def __init__(self, config: SlackConfig, desk: DeskConfig | None = None) -> None:
        self._config = config
        self._desk = desk
        self._api = WebApi(config)
        self._pictures = Pictures(self._api)

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._api.__aexit__(kind, error, traceback)

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        """Post the notification's message; for an UPDATE or an EDIT, rewrite the one that stands."""
        match notification.kind:
            case NotificationKind.UPDATE if root is not None:
                return await self._rewrite(notification, root)
            case NotificationKind.EDIT if notification.target is not None:
                return await self._rewrite(notification, notification.target)
        picture = await self._picture(notification)
        message = render(notification, self._desk, picture)
        arguments: dict[str, object] = {
            "channel": self._place(notification, root),
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
        try:
            posted = await self._api.call("chat.postMessage", _Posted, json=arguments)
        except DeliveryPermanent as error:
            later = self._pictures.later(notification.delivery_id, error)
            if later is None:
                raise
            raise later from error
        self._pictures.delivered(notification.delivery_id)
        return Receipt(posted.channel, posted.ts)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        """Look through the channel (a reply: through its thread) for the notification's delivery id, newest first.

        Servers that keep no metadata keep block ids, so the delivery id is looked for in both. A broadcast reply is in
        its thread like any other.
        """
        oldest = f"{(since - CLOCK_SKEW).timestamp():.6f}"
        arguments: dict[str, object] = {
            "channel": self._place(notification, root),
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
            page = await self._api.again(method, _History, form=arguments)
            for message in page.messages:
                if _carries(message, notification.delivery_id):
                    return Receipt(str(arguments["channel"]), message.ts)
            cursor = page.response_metadata.next_cursor if page.response_metadata else ""
            if not cursor:
                return None
            arguments["cursor"] = cursor

    async def check(self) -> str:
        """Try the token and the channel. Returns what works, in words; raises DeliveryError saying what to do."""
        identity = await self._api.call("auth.test", _Identity, form={})
        where = self._config.channel
        missing = ""
        try:
            info = await self._api.call("conversations.info", _ChannelInfo, form={"channel": where})
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
            await self._api.call("conversations.history", _History, form={"channel": self._config.channel, "limit": 1})
        except DeliveryPermanent as error:
            missing += f"; after a time-out an alert may come twice, because: {error}"
        return f"posts to {where} of {identity.team} as {identity.user}{missing}"

    async def _rewrite(self, notification: Notification, at: Receipt) -> Receipt:
        message = render(notification, self._desk)
        arguments: dict[str, object] = {
            "channel": at.channel,
            "ts": at.ts,
            # Without blocks Slack would take the message's blocks away.
            "text": message.text,
            "blocks": msgspec.to_builtins(message.blocks),
            "parse": "none",
            "link_names": False,
        }
        try:
            await self._api.again("chat.update", _Posted, json=arguments)
        except DeliveryPermanent as error:
            if error.code not in GONE:
                raise
            # Somebody deleted the message: that is an answer, and no reason to post it again.
            log.warning("the message is gone from the channel and is no longer updated", error=str(error))
        return at

    async def _picture(self, notification: Notification) -> str | None:
        if notification.notice is None or notification.notice.picture is None:
            return None
        return await self._pictures.file_of(notification.delivery_id, notification.notice.picture)

    def _place(self, notification: Notification, root: Receipt | None) -> str:
        return root.channel if root is not None else notification.channel or self._config.channel


def _carries(message: _Message, delivery_id: str) -> bool:
    if message.metadata is not None and message.metadata.event_payload.get("delivery_id") == delivery_id:
        return True
    return any(block.block_id == delivery_id for block in message.blocks)
