"""X API v2: what its answers hold beside and around posts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import msgspec

from monitor.errors import PostError
from monitor.sources.fields import Drift, Shape, added, read_json
from monitor.sources.reading import nameless

_ALIKE = {"user.fields": "username,public_metrics", "media.fields": "alt_text,url,preview_image_url"}
TWEETS = {
    "tweet.fields": "author_id,created_at,lang,note_tweet,referenced_tweets,attachments,entities",
    "expansions": "author_id,attachments.media_keys",
    **_ALIKE,
}
POSTS = {
    "post.fields": "created_at,lang,note_post,attachments,entities,text",
    "expansions": "author_id,attachments.media_keys,referenced_posts",
    **_ALIKE,
}
"""What to ask for, in either vocabulary: without this a post has an id and a text only."""

Struct = TypeVar("Struct", bound=msgspec.Struct)


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
    tweets: list[msgspec.Raw] = []
    posts: list[msgspec.Raw] = []

    IGNORED: ClassVar[str] = "places polls topics"


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


class _Problem(msgspec.Struct):
    """Why something that was asked for is not there."""

    type: object = ""
    resource_id: object = ""
    value: object = ""


class Looked(Found):
    """An answer to being asked for posts by id."""

    errors: list[_Problem] = []


class Streamed(msgspec.Struct):
    """A line of the stream: a post, or why there is none."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    includes: _Includes = msgspec.field(default_factory=_Includes)

    IGNORED: ClassVar[str] = "matching_rules errors title detail type status connection_issue"


AROUND, AROUND_STREAMED = Shape(Found), Shape(Streamed)
_USER, _MEDIUM = Shape(_User, at="author."), Shape(_Medium, at="media.")


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer says beside its posts: authors by id, media by key, the drift of both, and by id the posts that
    its posts quote or answer, as far as X sends them along."""

    users: dict[str, _User] = field(default_factory=dict)
    media: dict[str, _Medium] = field(default_factory=dict)
    drift: Drift = ()
    posts: dict[str, msgspec.Raw] = field(default_factory=dict)


def known_of(includes: _Includes) -> Known:
    """One that cannot be read is left out: its post is read all the same."""
    users = {user.id: user for user in _readable(includes.users, _User)}
    media = {medium.media_key: medium for medium in _readable(includes.media, _Medium)}
    drifts = [*map(_USER.drift, includes.users), *map(_MEDIUM.drift, includes.media)]
    posts = {id_of(raw): raw for raw in (*includes.tweets, *includes.posts)}
    return Known(users, media, added((), *drifts), posts)


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


def number_of(post_id: str) -> int:
    """By which ids are in order of time."""
    return int(post_id) if post_id.isdecimal() else 0
