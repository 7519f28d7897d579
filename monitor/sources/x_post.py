"""X API v2: what its answers hold, and a post in them as a post. Pure.

Two vocabularies are about: X's prose says tweets (`tweet.fields`, `referenced_tweets`), its OpenAPI document posts
(`post.fields`, `referenced_posts`), for one address this, for another that. Both are read, and either is asked in.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, primary_lang, read_json, utc_from_iso
from monitor.sources.reading import Within
from monitor.sources.x_answer import Known

NO_LANGUAGE = ("art", "qam", "qct", "qht", "qme", "qst", "und", "zxx")
"""What X writes where a post is only hashtags, links or emoji, or where it does not know."""


class _Reference(msgspec.Struct):
    type: str
    id: str

    IGNORED: ClassVar[str] = ""


class _Link(msgspec.Struct):
    """A link with what its card says; one to a picture of the post itself has a `media_key`."""

    expanded_url: str | None = None
    unwound_url: str | None = None
    title: str | None = None
    description: str | None = None
    media_key: str | None = None


class _Entities(msgspec.Struct):
    urls: list[_Link] = []


class _Note(msgspec.Struct):
    """The whole of a long post: `text` beside it is only its start."""

    text: str
    entities: _Entities | None = None

    IGNORED: ClassVar[str] = ""


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
    entities: _Entities | None = None
    note_tweet: _Note | None = None
    note_post: _Note | None = None
    referenced_tweets: list[_Reference] | None = None
    referenced_posts: list[_Reference] | None = None

    ALWAYS: ClassVar[str] = "author_id created_at lang"
    IGNORED: ClassVar[str] = "edit_history_tweet_ids edit_history_post_ids username"


SHAPE = Shape(_Post)


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
        # X writes &amp;, &lt; and &gt; for &, < and > (https://github.com/sferik/twitter-ruby/issues/348).
        text=html.unescape(note.text if note else post.text),
        platform="x",
        author=author.username if author else post.author_id,
        created_at=utc_from_iso(post.created_at),
        url=f"https://x.com/{author.username if author else 'i'}/status/{post.id}",
        lang=None if post.lang in NO_LANGUAGE else primary_lang(post.lang),
        repost_of=references.get("retweeted"),
        reply_to=references.get("replied_to"),
        quote_of=quoted,
        media=(
            *(Media(url=medium.url or medium.preview_image_url, alt=medium.alt_text) for medium in media),
            *((Media(url=f"https://x.com/i/status/{quoted}"),) if quoted else ()),
            *_cards((note and note.entities) or post.entities, quoted),
        ),
        followers=author.public_metrics.followers_count if author and author.public_metrics else None,
    )


def _cards(entities: _Entities | None, quoted: str | None) -> Iterator[Media]:
    """Where a post's links lead, with what their cards say. The post that it quotes is a link of it, too."""
    for link in entities.urls if entities else ():
        url = link.unwound_url or link.expanded_url
        if url and link.media_key is None and not (quoted and url.endswith(f"/status/{quoted}")):
            yield Media(url, " - ".join(part for part in (link.title, link.description) if part) or None)


def post_within(raw: bytes | msgspec.Raw, known: Known) -> Post | Within:
    """A post of X, with those that X sent along because it quotes or answers them. Raises PostError."""
    post = post_from(raw, known)
    parents = []
    for name in (post.quote_of, post.reply_to):
        with suppress(PostError):
            parents += [post_from(known.posts[name], known)] if name in known.posts else []
    return Within(post, tuple(parents)) if parents else post
