"""One post in our own format: what a line of JSON Lines is, and what the webhook takes. Pure.

{"id", "source", "author", "text", "created_at", "url", "lang", "repost_of", "reply_to", "quote_of", "media",
"followers"}; only id and text are required. Other keys are ignored: a label in a test file must not reach the pipeline.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import primary_lang, utc

LONGEST_LINE = 1024 * 1024
"""Bytes. A longer line is no post."""


class _Media(msgspec.Struct):
    url: str | None = None
    alt: str | None = None


class _Line(msgspec.Struct):
    text: str
    id: str | int | None = None
    post_id: str | int | None = None
    source: str | None = None
    platform: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    url: str | None = None
    lang: str | None = None
    repost_of: str | int | None = None
    reply_to: str | int | None = None
    quote_of: str | int | None = None
    media: list[_Media] | None = None
    followers: int | None = None


_line_decoder = msgspec.json.Decoder(_Line)


def post_from_json(line: bytes, where: str = "this line") -> Post:
    """One line of JSON Lines as a post. `where` opens the message of an error ("line 3").

    Ids may be numbers; `post_id` is accepted for `id`, `platform` for `source`; a time without a zone is UTC.
    Raises PostError: where, what is wrong, how to mend it.
    """
    if len(line) > LONGEST_LINE:
        raise PostError(f"{where} is longer than {LONGEST_LINE:,} bytes: one post per line, please")
    try:
        fields = _line_decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PostError(
            f'{where} is not a post: {error}. Write one JSON object per line, in UTF-8: {{"id": "1", "text": "..."}}'
        ) from error
    post_id = fields.id if fields.id is not None else fields.post_id
    if post_id is None or post_id == "":
        raise PostError(f'{where} is not a post: it has no "id". Give each post an id of its own')
    return Post(
        id=str(post_id),
        text=fields.text,
        platform=(fields.source or fields.platform or "other").strip().lower(),
        author=fields.author.removeprefix("@") if fields.author else None,
        created_at=utc(fields.created_at),
        url=fields.url,
        lang=primary_lang(fields.lang),
        repost_of=None if fields.repost_of is None else str(fields.repost_of),
        reply_to=None if fields.reply_to is None else str(fields.reply_to),
        quote_of=None if fields.quote_of is None else str(fields.quote_of),
        media=tuple(Media(url=media.url, alt=media.alt) for media in fields.media or ()),
        followers=fields.followers,
    )
