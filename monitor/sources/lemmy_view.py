"""A post or a comment of Lemmy as a post, in versions 3 and 4 of its API. Pure."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json, utc_from_iso
from monitor.sources.reading import Within


class _Item(msgspec.Struct):
    """What posts and comments have in common. The date is `published_at` in version 4, `published` before."""

    ap_id: str
    id: int | None = None
    published: str | None = None
    published_at: str | None = None
    name: str = ""
    body: str | None = None
    content: str = ""
    url: str | None = None
    embed_title: str | None = None
    embed_description: str | None = None
    thumbnail_url: str | None = None
    deleted: bool = False
    removed: bool = False
    path: str = ""
    """Of a comment: the numbers of those above it and its own, "0.12.34" say."""

    ALWAYS: ClassVar[str] = "id published|published_at name|content deleted removed"
    IGNORED: ClassVar[str] = (
        "alt_text child_count comments community_id controversy_rank creator_id distinguished downvotes "
        "embed_video_height embed_video_url embed_video_width featured_community "
        "featured_local federation_pending hot_rank hot_rank_active language_id local locked "
        "newest_comment_time_at newest_non_bot_comment_time_at nsfw post_id report_count scaled_rank "
        "scheduled_publish_time_at score unresolved_report_count updated updated_at upvotes "
        "url_content_type"
    )


class _Person(msgspec.Struct):
    name: str
    ap_id: str | None = None
    actor_id: str | None = None

    ALWAYS: ClassVar[str] = "ap_id|actor_id"
    IGNORED: ClassVar[str] = (
        "avatar ban_expires banned banner bio bot_account comment_count comment_score deleted display_name id "
        "instance_id last_refreshed_at local matrix_user_id post_count post_score published published_at updated "
        "updated_at"
    )


class _View(msgspec.Struct):
    """A post with its author; a comment with its post and its author."""

    post: _Item | None = None
    comment: _Item | None = None
    creator: _Person | None = None
    type: str = msgspec.field(default="", name="type_")
    """What a view of version 4 is: a search also finds communities and persons."""

    ALWAYS: ClassVar[str] = "post creator"
    IGNORED: ClassVar[str] = (
        "banned_from_community can_mod comment_actions community community_actions counts creator_ban_expires_at "
        "creator_banned creator_banned_from_community creator_blocked creator_community_ban_expires_at "
        "creator_is_admin creator_is_moderator hidden image_details my_vote person_actions post_actions post_tags read "
        "saved subscribed tags unread_comments"
    )


SHAPE = Shape(_View)


def placed(raw: msgspec.Raw, kind: str) -> tuple[str, int | None] | None:
    """Where a view stands in its listing, None for a community or a person that a search found too.

    `kind` is what version 3 was asked for: "Posts" or "Comments". Raises PostError.
    """
    view = read_json(raw, _View, "a post of Lemmy")
    if view.type.lower() not in ("", "post", "comment"):
        return None
    item = view.comment if view.type.lower() == "comment" or kind == "Comments" else view.comment or view.post
    if item is None:
        raise PostError("a post of Lemmy cannot be read: it has neither post nor comment")
    written = utc_from_iso(item.published_at or item.published)
    return item.ap_id, int(written.timestamp()) if written else None


def post_from_view(raw: msgspec.Raw, server: str) -> Post | None:
    """A post or a comment with its author as a post, None where it was deleted. Raises PostError.

    Its id is its address, which is the same on every server; its alias is the one that it has on `server`, by which it
    can be asked for there. A comment answers another, or the post under which it stands.
    """
    view = read_json(raw, _View, "a post of Lemmy")
    is_comment = view.type.lower() == "comment" or view.comment is not None
    item = view.comment if is_comment else view.post
    if item is None:
        raise PostError("a post of Lemmy cannot be read: it has neither post nor comment")
    if item.deleted or item.removed:
        return None
    return Post(
        id=item.ap_id,
        text=item.content if is_comment else f"{item.name}\n{item.body or ''}".strip(),
        platform="lemmy",
        author=_author(view.creator),
        created_at=utc_from_iso(item.published_at or item.published),
        url=item.ap_id,
        reply_to=_answered(item, view.post, server) if is_comment else None,
        media=() if is_comment else _media(item),
        alias=address(server, "comment" if is_comment else "post", item.id) if item.id is not None else None,
    )


def post_within(raw: msgspec.Raw, server: str) -> Post | Within | None:
    """A view as a post; a comment that answers the post under which it stands with that. Raises PostError."""
    post = post_from_view(raw, server)
    if post is None or post.reply_to is None:
        return post
    above = read_json(raw, _View, "a post of Lemmy").post
    if above is None or above.ap_id != post.reply_to or above.deleted or above.removed:
        return post
    said = f"{above.name}\n{above.body or ''}".strip()
    return Within(post, (Post(above.ap_id, said, "lemmy", url=above.ap_id, media=_media(above)),))


def address(server: str, kind: str, number: int | str) -> str:
    """Where a "post" or a "comment" stands on a server."""
    return f"{server}/{kind}/{number}"


def _answered(comment: _Item, post: _Item | None, server: str) -> str | None:
    above = comment.path.split(".")[1:-1]
    if above and above[-1].isdecimal():
        return address(server, "comment", above[-1])
    return post.ap_id if post else None


def _media(item: _Item) -> tuple[Media, ...]:
    """What a post links to, with the title that its page has, and its picture."""
    title = " - ".join(part for part in (item.embed_title, item.embed_description) if part)
    media = (Media(item.url, title or None), Media(item.thumbnail_url))
    return tuple(one for one in media if one.url or one.alt)


def _author(creator: _Person | None) -> str | None:
    """A person as others write it: name@server."""
    if creator is None:
        return None
    host = urlsplit(creator.ap_id or creator.actor_id or "").netloc
    return f"{creator.name}@{host}" if host else creator.name
