"""A post of Threads as a post (developers.facebook.com/docs/threads/reference/media-retrieval). Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json, utc_from_iso


class _Id(msgspec.Struct):
    id: str

    IGNORED: ClassVar[str] = ""


class _Post(msgspec.Struct):
    id: str
    text: str = ""
    permalink: str | None = None
    timestamp: str | None = None
    username: str | None = None
    alt_text: str | None = None
    link_attachment_url: str | None = None
    media_url: str | None = None
    quoted_post: _Id | None = None
    replied_to: _Id | None = None
    reposted_post: _Id | None = None

    ALWAYS: ClassVar[str] = "permalink timestamp username"
    IGNORED: ClassVar[str] = "media_type media_product_type has_replies is_quote_post is_reply shortcode"


SHAPE = Shape(_Post)


def placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    """Where a post stands in a search. Raises PostError."""
    post = read_json(raw, _Post, "a post of Threads")
    written = utc_from_iso(post.timestamp)
    return post.id, int(written.timestamp()) if written else None


def post_from(raw: bytes | msgspec.Raw) -> Post:
    """A post of Threads as a post. Raises PostError."""
    post = read_json(raw, _Post, "a post of Threads")
    shown = Media(post.media_url, post.alt_text) if post.media_url or post.alt_text else None
    link = Media(post.link_attachment_url) if post.link_attachment_url else None
    return Post(
        id=post.id,
        text=post.text,
        platform="threads",
        author=post.username,
        created_at=utc_from_iso(post.timestamp),
        url=post.permalink,
        repost_of=post.reposted_post.id if post.reposted_post else None,
        reply_to=post.replied_to.id if post.replied_to else None,
        quote_of=post.quoted_post.id if post.quoted_post else None,
        media=tuple(media for media in (shown, link) if media),
    )
