"""A message of a public Telegram channel (core.telegram.org/constructor/message), as Telethon writes it in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json, utc_from_iso
from monitor.sources.reading import Within

NONE: Mapping[int, str] = {}


class _Peer(msgspec.Struct):
    channel_id: int | None = None


class _Reply(msgspec.Struct):
    """`reply_to_peer_id`: where the message stands that is answered, if not here. `quote_text`: the words of it that
    the answer shows, where its author chose some."""

    reply_to_msg_id: int | None = None
    reply_to_peer_id: _Peer | None = None
    quote_text: str | None = None

    ALWAYS: ClassVar[str] = "reply_to_msg_id|story_id"


class _Forward(msgspec.Struct):
    """Where a message comes from that was passed on."""

    from_id: _Peer | None = None
    channel_post: int | None = None


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
    fwd_from: _Forward | None = None
    media: _Media | None = None
    post_author: str | None = None
    action: dict[str, object] | None = None

    ALWAYS: ClassVar[str] = "date message|action edit_date|action reply_to media|action post_author|action"
    IGNORED: ClassVar[str] = (
        "_ edit_hide effect entities factcheck forwards from_boosts_applied from_id from_rank from_scheduled "
        "grouped_id guestchat_via_from invert_media legacy media_unread mentioned noforwards offline out "
        "paid_message_stars paid_suggested_post_stars paid_suggested_post_ton peer_id pinned post "
        "quick_reply_shortcut_id reactions reactions_are_possible replies reply_markup "
        "report_delivery_until_date restriction_reason "
        "rich_message saved_peer_id schedule_repeat_period silent suggested_post summary_from_language "
        "ttl_period via_bot_id "
        "via_business_bot_id video_processing_pending views"
    )


SHAPE = Shape(Message)


def post_from(raw: bytes | msgspec.Raw, channel: str, channels: Mapping[int, str] = NONE) -> Post | None:
    """A message as a post, None where it only tells of something. Its id is "channel/number".

    `channels` are the names of those that we read, by their numbers: messages of others cannot be named. Raises
    PostError.
    """
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
        reply_to=_answered(message.reply_to, channel, channels),
        repost_of=_forwarded(message.fwd_from, channels),
        media=(Media(url=page.url, alt=title or None),) if page else (),
    )


def post_within(raw: bytes | msgspec.Raw, channel: str, channels: Mapping[int, str] = NONE) -> Post | Within | None:
    """The same, with the words of another message that an answer shows. Raises PostError."""
    post = post_from(raw, channel, channels)
    reply = read_json(raw, Message, f"a message of t.me/{channel}").reply_to
    if post is None or post.reply_to is None or reply is None or not reply.quote_text:
        return post
    return Within(post, (Post(post.reply_to, reply.quote_text, "telegram", post.reply_to.partition("/")[0]),))


def _answered(reply: _Reply | None, channel: str, channels: Mapping[int, str]) -> str | None:
    if reply is None or reply.reply_to_msg_id is None:
        return None
    where = channels.get(reply.reply_to_peer_id.channel_id or 0) if reply.reply_to_peer_id else channel
    return f"{where}/{reply.reply_to_msg_id}" if where else None


def _forwarded(forward: _Forward | None, channels: Mapping[int, str]) -> str | None:
    where = channels.get(forward.from_id.channel_id or 0) if forward and forward.from_id else None
    return f"{where}/{forward.channel_post}" if forward and where and forward.channel_post else None
