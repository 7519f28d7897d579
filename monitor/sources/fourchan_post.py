"""A post of a thread on 4chan (4chan/4chan-API, pages/Threads.md) as a post. Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json
from monitor.sources.markup import quoted_number, to_text
from monitor.sources.report import moment

NAMELESS = "Anonymous"


class Number(msgspec.Struct):
    no: int
    time: int


class _Post(Number):
    resto: int = 0
    sub: str = ""
    com: str = ""
    name: str = NAMELESS
    trip: str = ""
    tim: int | None = None
    ext: str = ""

    ALWAYS: ClassVar[str] = "resto name|trip"
    IGNORED: ClassVar[str] = (
        "archived archived_on board_flag bumplimit capcode closed country country_name custom_spoiler filedeleted "
        "filename flag_name fsize h id imagelimit images m_img md5 now omitted_images omitted_posts replies "
        "semantic_url since4pass spoiler sticky sticky_cap tag tail_id tail_size tn_h tn_w unique_ips w"
    )


SHAPE = Shape(_Post)


def number_of(raw: msgspec.Raw) -> Number | None:
    """None where the post has none: it is new, and cannot be read."""
    try:
        return read_json(raw, Number, "a post")
    except PostError:
        return None


def post_from_json(raw: msgspec.Raw, board: str, thread: int) -> Post:
    """A post of a thread. Its id is board and number ("pol/123"); nobody has an account. Raises PostError."""
    post = read_json(raw, _Post, f"a post on /{board}/")
    author = post.name + post.trip
    said = to_text(post.com)
    return Post(
        id=f"{board}/{post.no}",
        text=f"{to_text(post.sub)}\n{said}".strip(),
        platform="4chan",
        author=None if author == NAMELESS else author,
        created_at=moment(post.time),
        url=f"https://boards.4chan.org/{board}/thread/{thread}#p{post.no}",
        reply_to=f"{board}/{post.resto}" if post.resto else None,
        quote_of=f"{board}/{quoted}" if (quoted := quoted_number(said)) else None,
        media=(Media(f"https://i.4cdn.org/{board}/{post.tim}{post.ext}"),) if post.tim else (),
    )
