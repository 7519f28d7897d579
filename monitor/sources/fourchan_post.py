"""A post of a thread on 4chan (4chan/4chan-API, pages/Threads.md) as a post. Pure.

A post's id does not say in which thread it stands, and only whole threads can be asked for. So its alias names both.
"""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.fields import Shape, read_json
from monitor.sources.markup import quoted_number, to_text
from monitor.sources.report import moment

NAMELESS = "Anonymous"
_ELSEWHERE = re.compile(r'href="/(?P<board>\w{1,10})/thread/(?P<thread>[0-9]{1,12})#p(?P<no>[0-9]{1,12})"')
"""A link to a post of another thread, where its own would be "#p123"."""


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


class _Opening(msgspec.Struct):
    sticky_cap: int = 0
    """After so many replies the first are dropped."""


SHAPE = Shape(_Post)


def number_of(raw: msgspec.Raw) -> Number | None:
    """None where the post has none: it is new, and cannot be read."""
    try:
        return read_json(raw, Number, "a post")
    except PostError:
        return None


def is_rolling(raw: msgspec.Raw) -> bool:
    """Whether a thread with this first post drops its oldest replies. Raises PostError."""
    return read_json(raw, _Opening, "a thread").sticky_cap > 0


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
        reply_to=name_of(board, thread, thread) if post.resto else None,
        quote_of=_quoted(post.com, said, board, thread),
        media=(Media(f"https://i.4cdn.org/{board}/{post.tim}{post.ext}"),) if post.tim else (),
        alias=name_of(board, thread, post.no),
    )


def name_of(board: str, thread: int | str, number: int | str) -> str:
    """What a post goes by: "pol/100/123"."""
    return f"{board}/{thread}/{number}"


def _quoted(markup: str, said: str, board: str, thread: int) -> str | None:
    """The post that one begins with, in its own thread unless the link says another."""
    number = quoted_number(said)
    if number is None:
        return None
    for found in _ELSEWHERE.finditer(markup):
        if found["no"] == number:
            return name_of(found["board"], found["thread"], number)
    return name_of(board, thread, number)
