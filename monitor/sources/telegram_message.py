"""A message of a public Telegram channel (core.telegram.org/constructor/message), as Telethon writes it in JSON."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json, utc_from_iso


class _Reply(msgspec.Struct):
    reply_to_msg_id: int | None = None

    ALWAYS: ClassVar[str] = "reply_to_msg_id|story_id"


class _WebPage(msgspec.Struct):
    """A link's card. An empty or pending one has no title."""

    url: str | None = None
    title: str | None = None
    description: str | None = None

    ALWAYS: ClassVar[str] = "url"


class _Media(msgspec.Struct):
    """Of all kinds of media, only a link has words."""

    webpage: _WebPage | None = None


class Message(msgspec.Struct):
    """A message; one that tells of something ("Channel photo changed") has no text, but an `action`."""

    id: int
    date: str | None = None
    message: str | None = None
    edit_date: str | None = None
    reply_to: _Reply | None = None
    media: _Media | None = None
    post_author: str | None = None
    action: dict[str, object] | None = None

    ALWAYS: ClassVar[str] = "date message|action edit_date|action reply_to media|action post_author|action"
    IGNORED: ClassVar[str] = (
        "_ edit_hide effect entities factcheck forwards from_boosts_applied from_id from_rank from_scheduled fwd_from "
        "grouped_id guestchat_via_from invert_media legacy media_unread mentioned noforwards offline out "
        "paid_message_stars paid_suggested_post_stars paid_suggested_post_ton peer_id pinned post "
        "quick_reply_shortcut_id reactions reactions_are_possible replies reply_markup "
        "report_delivery_until_date restriction_reason "
        "rich_message saved_peer_id schedule_repeat_period silent suggested_post summary_from_language "
        "ttl_period via_bot_id "
        "via_business_bot_id video_processing_pending views"
    )


SHAPE = Shape(Message)


def post_from(raw: bytes | msgspec.Raw, channel: str) -> Post | None:
    """A message as a post, None where it only tells of something. Its id is "channel/number". Raises PostError."""
    message = read_json(raw, Message, f"a message of t.me/{channel}")
    if message.action is not None:
        return None
    page = message.media.webpage if message.media else None
    title = " - ".join(part for part in (page.title, page.description) if part) if page else ""
    return Post(
        id=f"{channel}/{message.id}",
        text=message.message or "",
        platform="telegram",
        author=channel,
        created_at=utc_from_iso(message.date),
        url=f"https://t.me/{channel}/{message.id}",
        reply_to=f"{channel}/{message.reply_to.reply_to_msg_id}"
        if message.reply_to and message.reply_to.reply_to_msg_id
        else None,
        media=(Media(url=page.url, alt=title or None),) if page else (),
    )
