"""YouTube Data API v3: videos that a search finds, and comments, as posts. Pure.

Read in developers.google.com/youtube/v3/docs: search, videos, commentThreads, comments.

A comment that is asked for by its id does not say under which video it stands. So its alias, by which it is asked for,
names both ("dQw4w9WgXcQ/UgzDE2tasfmrYLyNkGt4AaABAg").
"""

from __future__ import annotations

import html
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json, utc_from_iso
from monitor.sources.reading import nameless

WATCH = "https://www.youtube.com/watch?v="


class _VideoId(msgspec.Struct):
    video_id: str = msgspec.field(name="videoId")

    IGNORED: ClassVar[str] = "kind"


class _Thumbnail(msgspec.Struct):
    url: str | None = None


class _VideoSnippet(msgspec.Struct, rename="camel"):
    published_at: str | None = None
    title: str = ""
    description: str = ""
    channel_title: str | None = None
    thumbnails: dict[str, _Thumbnail] = {}

    ALWAYS: ClassVar[str] = "publishedAt title description channelTitle"
    IGNORED: ClassVar[str] = "channelId liveBroadcastContent publishTime"


class _Found(msgspec.Struct):
    id: _VideoId
    snippet: _VideoSnippet

    IGNORED: ClassVar[str] = "kind etag"


class _CommentSnippet(msgspec.Struct, rename="camel"):
    text_display: str
    author_display_name: str | None = None
    published_at: str | None = None
    parent_id: str | None = None

    ALWAYS: ClassVar[str] = "authorDisplayName publishedAt"
    IGNORED: ClassVar[str] = (
        "authorChannelId authorChannelUrl authorProfileImageUrl canRate channelId likeCount moderationStatus "
        "textOriginal updatedAt videoId viewerRating"
    )


class _Comment(msgspec.Struct):
    id: str
    snippet: _CommentSnippet

    IGNORED: ClassVar[str] = "kind etag"


class _Replies(msgspec.Struct):
    comments: list[msgspec.Raw] = []

    IGNORED: ClassVar[str] = ""


class _ThreadSnippet(msgspec.Struct, rename="camel"):
    top_level_comment: msgspec.Raw

    IGNORED: ClassVar[str] = "canReply channelId isPublic totalReplyCount videoId"


class _Thread(msgspec.Struct):
    id: str
    snippet: _ThreadSnippet
    replies: _Replies = msgspec.field(default_factory=_Replies)

    IGNORED: ClassVar[str] = "kind etag"


class Items(msgspec.Struct, rename="camel"):
    """An answer of any list."""

    items: list[msgspec.Raw]
    next_page_token: str | None = None

    IGNORED: ClassVar[str] = "kind etag prevPageToken regionCode pageInfo"


class _Statistics(msgspec.Struct):
    comment_count: str = msgspec.field(default="0", name="commentCount")

    IGNORED: ClassVar[str] = "dislikeCount favoriteCount likeCount viewCount"


class _Shown(msgspec.Struct):
    id: str


class _Counted(msgspec.Struct):
    id: str
    statistics: _Statistics = msgspec.field(default_factory=_Statistics)

    ALWAYS: ClassVar[str] = "statistics"
    IGNORED: ClassVar[str] = "kind etag"


AROUND, VIDEO_SHAPE, THREAD_SHAPE, COMMENT_SHAPE = Shape(Items), Shape(_Found), Shape(_Thread), Shape(_Comment)
COUNT_SHAPE = Shape(_Counted)


def placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    """Where a video stands in a search. Raises PostError."""
    video = read_json(raw, _Found, "a video")
    published = utc_from_iso(video.snippet.published_at)
    return video.id.video_id, int(published.timestamp()) if published else None


def video_from(raw: msgspec.Raw) -> Post:
    """A video as a post: its title, and what the search shows of its description. Raises PostError."""
    video = read_json(raw, _Found, "a video")
    snippet = video.snippet
    picture = snippet.thumbnails.get("high") or snippet.thumbnails.get("default")
    return Post(
        id=video.id.video_id,
        # A search writes titles for a web page.
        text=html.unescape(f"{snippet.title}\n{snippet.description}").strip(),
        platform="youtube",
        author=html.unescape(snippet.channel_title) if snippet.channel_title else None,
        created_at=utc_from_iso(snippet.published_at),
        url=f"{WATCH}{video.id.video_id}",
        media=(Media(picture.url),) if picture and picture.url else (),
    )


def comments_in(raw: msgspec.Raw) -> list[tuple[str, msgspec.Raw]]:
    """The comments of a thread, the first and those of its answers that come with it, each with its id.

    What cannot be read stays among them, so that it is counted where it is read.
    """
    try:
        thread = read_json(raw, _Thread, "a comment on YouTube")
    except PostError:
        return [(nameless(raw), raw)]
    return [(thread.id, thread.snippet.top_level_comment), *((_id(reply), reply) for reply in thread.replies.comments)]


def id_of(raw: msgspec.Raw) -> str:
    """The id of a video or a comment that was asked for by it. Raises PostError."""
    return read_json(raw, _Shown, "what YouTube shows").id


def _id(raw: msgspec.Raw) -> str:
    try:
        return id_of(raw)
    except PostError:
        return nameless(raw)


def comment_from(raw: msgspec.Raw, video: str) -> Post:
    """A comment under a video as a post; it answers another or the video. Raises PostError."""
    comment = read_json(raw, _Comment, "a comment on YouTube")
    snippet = comment.snippet
    return Post(
        id=comment.id,
        text=snippet.text_display,
        platform="youtube",
        author=snippet.author_display_name,
        created_at=utc_from_iso(snippet.published_at),
        url=f"{WATCH}{video}&lc={comment.id}",
        reply_to=comment_name(video, snippet.parent_id) if snippet.parent_id else video,
        alias=comment_name(video, comment.id),
    )


def comment_name(video: str, comment: str) -> str:
    """What a comment goes by."""
    return f"{video}/{comment}"


def count_of(raw: msgspec.Raw) -> tuple[str, int]:
    """A video's id and how many comments it has: none where they are switched off. Raises PostError."""
    video = read_json(raw, _Counted, "a video")
    try:
        return video.id, int(video.statistics.comment_count)
    except ValueError as error:
        raise PostError(f"the video {video.id} has {video.statistics.comment_count[:20]!r} comments") from error
