"""X API v2: what its answers hold, and a post in them as a post. Pure.

Two vocabularies are about: X's prose says tweets (`tweet.fields`, `referenced_tweets`), its OpenAPI document posts
(`post.fields`, `referenced_posts`), for one address this, for another that. Both are read, and either is asked in.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Drift, Shape, added, primary_lang, read_json, utc_from_iso
from monitor.sources.reading import nameless

NO_LANGUAGE = ("art", "qam", "qct", "qht", "qme", "qst", "und", "zxx")
"""What X writes where a post is only hashtags, links or emoji, or where it does not know."""

Struct = TypeVar("Struct", bound=msgspec.Struct)


class _Reference(msgspec.Struct):
    type: str
    id: str

    IGNORED: ClassVar[str] = ""


class _Note(msgspec.Struct):
    """The whole of a long post: `text` beside it is only its start."""

    text: str

    IGNORED: ClassVar[str] = "entities"


class _Attachments(msgspec.Struct):
    media_keys: list[str] | None = None

    IGNORED: ClassVar[str] = "media_source_tweet_id media_source_post_id poll_ids"


class _Post(msgspec.Struct):
    id: str
    text: str
    author_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    attachments: _Attachments | None = None
    note_tweet: _Note | None = None
    note_post: _Note | None = None
    referenced_tweets: list[_Reference] | None = None
    referenced_posts: list[_Reference] | None = None

    ALWAYS: ClassVar[str] = "author_id created_at lang"
    IGNORED: ClassVar[str] = "edit_history_tweet_ids edit_history_post_ids username"


class _Id(msgspec.Struct):
    id: str


class _Metrics(msgspec.Struct):
    followers_count: int | None = None

    ALWAYS: ClassVar[str] = "followers_count"
    IGNORED: ClassVar[str] = "following_count tweet_count post_count listed_count like_count media_count"


class _User(msgspec.Struct):
    id: str
    username: str
    public_metrics: _Metrics | None = None

    ALWAYS: ClassVar[str] = "public_metrics"
    IGNORED: ClassVar[str] = "name"


class _Medium(msgspec.Struct):
    media_key: str
    url: str | None = None
    preview_image_url: str | None = None
    alt_text: str | None = None

    IGNORED: ClassVar[str] = "type"


class _Includes(msgspec.Struct):
    users: list[msgspec.Raw] = []
    media: list[msgspec.Raw] = []

    IGNORED: ClassVar[str] = "tweets posts places polls topics"


class _Meta(msgspec.Struct):
    newest_id: str | None = None
    next_token: str | None = None
    result_count: int = 0

    ALWAYS: ClassVar[str] = "result_count"
    IGNORED: ClassVar[str] = "oldest_id previous_token"


class Found(msgspec.Struct):
    """An answer of the search. Nothing found: no `data` in it."""

    data: list[msgspec.Raw] = []
    includes: _Includes = msgspec.field(default_factory=_Includes)
    meta: _Meta = msgspec.field(default_factory=_Meta)

    ALWAYS: ClassVar[str] = "data|meta"
    IGNORED: ClassVar[str] = "errors"


class Streamed(msgspec.Struct):
    """A line of the stream: a post, or why there is none."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    includes: _Includes = msgspec.field(default_factory=_Includes)

    IGNORED: ClassVar[str] = "matching_rules errors title detail type status connection_issue"


SHAPE, AROUND, AROUND_STREAMED = Shape(_Post), Shape(Found), Shape(Streamed)
_USER, _MEDIUM = Shape(_User, at="author."), Shape(_Medium, at="media.")


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer says beside its posts: authors by id, media by key, and the drift of both."""

    users: dict[str, _User] = field(default_factory=dict)
    media: dict[str, _Medium] = field(default_factory=dict)
    drift: Drift = ()


def known_of(includes: _Includes) -> Known:
    """One that cannot be read is left out: its post is read all the same."""
    users = {user.id: user for user in _readable(includes.users, _User)}
    media = {medium.media_key: medium for medium in _readable(includes.media, _Medium)}
    drifts = [*map(_USER.drift, includes.users), *map(_MEDIUM.drift, includes.media)]
    return Known(users, media, added((), *drifts))


def _readable(raws: Sequence[msgspec.Raw], kind: type[Struct]) -> list[Struct]:
    found = []
    for raw in raws:
        with suppress(PostError):
            found.append(read_json(raw, kind, "an answer of X"))
    return found


def id_of(raw: msgspec.Raw) -> str:
    try:
        return read_json(raw, _Id, "a post of X").id
    except PostError:
        return nameless(raw)


def post_from(raw: bytes | msgspec.Raw, known: Known) -> Post:
    """A post of X. Its author is the name that people write, their number where the answer does not say it.

    Raises PostError.
    """
    post = read_json(raw, _Post, "a post of X")
    author = known.users.get(post.author_id or "")
    references = {reference.type: reference.id for reference in post.referenced_tweets or post.referenced_posts or ()}
    note = post.note_tweet or post.note_post
    keys = post.attachments.media_keys if post.attachments else None
    media = [known.media[key] for key in keys or () if key in known.media]
    quoted = references.get("quoted")
    return Post(
        id=post.id,
        text=note.text if note else post.text,
        platform="x",
        author=author.username if author else post.author_id,
        created_at=utc_from_iso(post.created_at),
        url=f"https://x.com/{author.username if author else 'i'}/status/{post.id}",
        lang=None if post.lang in NO_LANGUAGE else primary_lang(post.lang),
        repost_of=references.get("retweeted"),
        reply_to=references.get("replied_to"),
        media=(
            *(Media(url=medium.url or medium.preview_image_url, alt=medium.alt_text) for medium in media),
            *((Media(url=f"https://x.com/i/status/{quoted}"),) if quoted else ()),
        ),
        followers=author.public_metrics.followers_count if author and author.public_metrics else None,
    )
