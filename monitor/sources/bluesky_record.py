"""A Bluesky post record (lexicon app.bsky.feed.post) as a post. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.model import Media, Post
from monitor.sources.fields import Shape, primary_lang, read_json, utc_from_iso

COLLECTION = "app.bsky.feed.post"


class _Quoted(msgspec.Struct):
    """A reference to a quoted post; in app.bsky.embed.recordWithMedia it lies one level deeper."""

    uri: str | None = None
    record: _Quoted | None = None

    ALWAYS: ClassVar[str] = "uri|record"
    IGNORED: ClassVar[str] = "$type cid"


class _Link(msgspec.Struct):
    cid: str = msgspec.field(name="$link", default="")


class _Blob(msgspec.Struct):
    ref: _Link | None = None

    IGNORED: ClassVar[str] = "$type cid mimeType size"


class _Image(msgspec.Struct):
    alt: str | None = None
    image: _Blob | None = None

    ALWAYS: ClassVar[str] = "alt"
    IGNORED: ClassVar[str] = "$type aspectRatio"


class _Card(msgspec.Struct):
    uri: str | None = None
    title: str | None = None
    description: str | None = None

    ALWAYS: ClassVar[str] = "uri title description"
    IGNORED: ClassVar[str] = "$type associatedRefs thumb"


class _Embed(msgspec.Struct):
    """The fields of app.bsky.embed.images, .video (`alt`), .external, .record and .recordWithMedia together."""

    images: list[_Image] | None = None
    alt: str | None = None
    external: _Card | None = None
    record: _Quoted | None = None
    media: _Embed | None = None

    IGNORED: ClassVar[str] = "$type aspectRatio captions presentation video"


class _Feature(msgspec.Struct):
    """A link; a mention has a `did` instead, a hashtag a `tag`."""

    uri: str | None = None

    ALWAYS: ClassVar[str] = "uri|did|tag"
    IGNORED: ClassVar[str] = "$type"


class _Facet(msgspec.Struct):
    features: list[_Feature]

    IGNORED: ClassVar[str] = "$type index"


class _Parent(msgspec.Struct):
    uri: str

    IGNORED: ClassVar[str] = "$type cid"


class _Reply(msgspec.Struct):
    parent: _Parent

    IGNORED: ClassVar[str] = "$type root"


class _Record(msgspec.Struct, rename="camel"):
    text: str
    created_at: str | None = None
    langs: list[str] | None = None
    tags: list[str] | None = None
    reply: _Reply | None = None
    embed: _Embed | None = None
    facets: list[_Facet] | None = None

    ALWAYS: ClassVar[str] = "createdAt"
    # After `labels`: what other programs and bridges add of their own.
    IGNORED: ClassVar[str] = (
        "$type entities labels bridgyOriginalText bridgyOriginalUrl fediverseId fullText fullUrl platform source space "
        "threadgate url via"
    )


SHAPE = Shape(_Record)


def post_from_record(record: bytes | msgspec.Raw, uri: str, seen: datetime) -> Post:
    """A record with its at:// uri, which becomes the post's id, as a post.

    The author is the DID that the uri names: handles change, and an account's removal is told by DID alone. A date of
    writing in the future is the author's invention: `seen`, when the network saw the post, then stands for it.
    Raises PostError for what the lexicon does not allow: Bluesky shows no such post either.
    """
    fields = read_json(record, _Record, f"the post {uri}")
    written = utc_from_iso(fields.created_at)
    hidden_tags = " ".join(f"#{tag}" for tag in fields.tags or ())
    return Post(
        id=uri,
        text=f"{fields.text}\n{hidden_tags}".strip(),
        platform="bluesky",
        author=uri.split("/")[2] if uri.count("/") == 4 else None,
        created_at=min(written, seen) if written else seen,
        url=_web_address(uri),
        lang=primary_lang(fields.langs[0]) if fields.langs else None,
        reply_to=fields.reply.parent.uri if fields.reply else None,
        media=_media(fields, uri),
        quote_of=_quoted(fields.embed),
    )


def _quoted(embed: _Embed | None) -> str | None:
    """The post that is quoted, None where none is, or something else (a list, a feed)."""
    if embed is None or embed.record is None:
        return None
    uri = (embed.record.record or embed.record).uri or ""
    return uri if _web_address(uri) else None


def _media(fields: _Record, uri: str) -> tuple[Media, ...]:
    media = _embedded(fields.embed, uri) if fields.embed else []
    # The text shows only the start of a long link.
    links = [feature.uri for facet in fields.facets or () for feature in facet.features if feature.uri]
    shown = {item.url for item in media}
    return (*media, *(Media(url=link) for link in dict.fromkeys(links) if link not in shown))


def _embedded(embed: _Embed, uri: str) -> list[Media]:
    pictures = (Media(_picture_address(image, uri), image.alt or None) for image in embed.images or ())
    media = [picture for picture in pictures if picture.url or picture.alt]
    if embed.alt:
        media.append(Media(alt=embed.alt))
    if embed.external:
        title = " - ".join(part for part in (embed.external.title, embed.external.description) if part)
        media.append(Media(url=embed.external.uri, alt=title or None))
    if embed.record:
        quoted = embed.record.record or embed.record
        media.append(Media(url=_web_address(quoted.uri or "")))
    return media + (_embedded(embed.media, uri) if embed.media else [])


def _picture_address(image: _Image, uri: str) -> str | None:
    """Where Bluesky shows a picture: a record names its hash alone."""
    cid = image.image.ref.cid if image.image and image.image.ref else ""
    did = uri.split("/")[2] if uri.count("/") == 4 else ""
    return f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg" if did and cid.isalnum() else None


def _web_address(uri: str) -> str | None:
    """https://bsky.app/profile/DID/post/RKEY of an at://DID/app.bsky.feed.post/RKEY; None of any other."""
    match uri.split("/"):
        case ["at:", "", did, collection, rkey] if collection == COLLECTION:
            return f"https://bsky.app/profile/{did}/post/{rkey}"
        case _:
            return None
