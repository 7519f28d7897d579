"""A status of Mastodon's client API (docs.joinmastodon.org/entities/Status) as a post. Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, primary_lang, read_json, utc_from_iso
from monitor.sources.markup import to_text
from monitor.sources.reading import Within

PUBLIC = ("public", "unlisted")


class _Account(msgspec.Struct):
    acct: str
    followers_count: int | None = None

    ALWAYS: ClassVar[str] = "followers_count"
    IGNORED: ClassVar[str] = (
        "akkoma attribution_domains avatar avatar_description avatar_media_id avatar_static bot created_at custom_css "
        "discoverable display_name email_subscriptions emojis enable_rss feature_approval fields following_count fqn "
        "group header header_description header_media_id header_static hide_collections id indexable last_status_at "
        "limited locked memorial moved mute_expires_at noindex note pleroma role roles show_featured show_media "
        "show_media_replies source statuses_count suspended theme uri url username"
    )


class _Attachment(msgspec.Struct):
    url: str | None = None
    description: str | None = None

    ALWAYS: ClassVar[str] = "url description"
    IGNORED: ClassVar[str] = "blurhash id meta pleroma preview_remote_url preview_url remote_url text_url type"


class _Card(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    description: str | None = None

    ALWAYS: ClassVar[str] = "url title description"
    IGNORED: ClassVar[str] = (
        "author_name author_url authors blurhash embed_url height history html image image_description language "
        "missing_attribution pleroma provider_name provider_url published_at type width"
    )


class _Option(msgspec.Struct):
    title: str

    IGNORED: ClassVar[str] = "emojis votes_count"


class _Poll(msgspec.Struct):
    options: list[_Option]

    IGNORED: ClassVar[str] = (
        "emojis expired expires_at id multiple non_anonymous own_votes pleroma voted voters_count votes_count"
    )


class _Pleroma(msgspec.Struct):
    """Pleroma and Akkoma also send the text as it was typed, under "text/plain"."""

    content: dict[str, str] | None = None


class _Quote(msgspec.Struct):
    """`quoted_status` is missing where its author does not agree, and of a quote within a quote."""

    quoted_status: _Status | None = None

    IGNORED: ClassVar[str] = "quoted_status_id state"


class _Status(msgspec.Struct):
    uri: str
    account: _Account
    id: str = ""
    content: str | None = None
    url: str | None = None
    created_at: str | None = None
    visibility: str = "public"
    spoiler_text: str | None = None
    language: str | None = None
    in_reply_to_id: str | None = None
    reblog: _Status | None = None
    media_attachments: list[_Attachment] | None = None
    card: _Card | None = None
    poll: _Poll | None = None
    quote: _Quote | None = None
    pleroma: _Pleroma | None = None

    ALWAYS: ClassVar[str] = "id content url created_at visibility spoiler_text in_reply_to_id reblog media_attachments"
    IGNORED: ClassVar[str] = (
        "akkoma application bookmark_folder bookmarked content_type edited_at emoji_reactions emojis event favourited "
        "favourites_count filtered group in_reply_to_account_id interaction_policy language_detected local_only "
        "mentions muted pinned quote_approval quote_approval_policy quote_id quote_url quotes_count reblogged "
        "reblogs_count replies_count sensitive tagged_collections tags text"
    )


class _QuotedRaw(msgspec.Struct):
    quoted_status: msgspec.Raw = msgspec.Raw(b"null")


class _Quoting(msgspec.Struct):
    quote: _QuotedRaw | None = None
    reblog: _Quoting | None = None


SHAPE = Shape(_Status)


def address(server: str, status_id: str) -> str:
    """Where a status stands on a server, which is how its answers there name it."""
    return f"https://{server}/api/v1/statuses/{status_id}"


def post_from_status(raw: bytes | msgspec.Raw, server: str) -> Post | None:
    """A status as a post, None where it is not public: a user's token can show what others cannot see.

    Its id is the status's uri, which is the same on every server. `server` is the host that completes the names of its
    own accounts. `in_reply_to_id` is an id of that server alone, so `reply_to` is the address of the status there, and
    each post has such an address as its alias.
    Raises PostError.
    """
    status = read_json(raw, _Status, f"a status of {server}")
    shown = status.reblog or status
    if status.visibility not in PUBLIC or shown.visibility not in PUBLIC:
        return None
    acct = status.account.acct
    return Post(
        id=status.uri,
        text=_text(shown),
        platform="mastodon",
        author=acct if "@" in acct else f"{acct}@{server}",
        created_at=utc_from_iso(status.created_at),
        url=status.url or status.uri,
        lang=primary_lang(shown.language),
        repost_of=status.reblog.uri if status.reblog else None,
        reply_to=address(server, shown.in_reply_to_id) if shown.in_reply_to_id else None,
        quote_of=shown.quote.quoted_status.uri if shown.quote and shown.quote.quoted_status else None,
        media=_media(shown),
        followers=status.account.followers_count,
        alias=address(server, status.id) if status.id else None,
    )


def post_within(raw: msgspec.Raw, server: str) -> Post | Within | None:
    """A status as a post, with the one that it quotes. Raises PostError."""
    post = post_from_status(raw, server)
    if post is None or post.quote_of is None:
        return post
    status = read_json(raw, _Quoting, f"a status of {server}")
    quote = (status.reblog or status).quote
    try:
        quoted = post_from_status(quote.quoted_status, server) if quote else None
    except PostError:
        return post
    return Within(post, (quoted,)) if quoted else post


def _text(status: _Status) -> str:
    """Content warning, text and the answers of a poll: all that is read as the post."""
    plain = ((status.pleroma and status.pleroma.content) or {}).get("text/plain")
    answers = status.poll.options if status.poll else []
    parts = [status.spoiler_text, plain or to_text(status.content or ""), *(answer.title for answer in answers)]
    return "\n".join(part for part in parts if part)


def _media(status: _Status) -> tuple[Media, ...]:
    media = [Media(url=attachment.url, alt=attachment.description) for attachment in status.media_attachments or ()]
    if status.card:
        title = " - ".join(part for part in (status.card.title, status.card.description) if part)
        media.append(Media(url=status.card.url, alt=title or None))
    return tuple(media)
