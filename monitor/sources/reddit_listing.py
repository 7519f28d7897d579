"""Reddit's listings, and which posts ("t3") and comments ("t1") are in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from monitor.errors import PostError
from monitor.sources.fields import Shape, read_json
from monitor.sources.reading import nameless


class Data(msgspec.Struct):
    """The fields of posts and comments that are read. With raw_json=1, no HTML stands for & and < in them."""

    name: str
    created_utc: float | None = None
    author: str | None = None


class Thing(msgspec.Struct):
    kind: str
    data: msgspec.Raw

    IGNORED: ClassVar[str] = ""


class _Children(msgspec.Struct):
    children: list[msgspec.Raw]
    after: str | None = None

    ALWAYS: ClassVar[str] = "after"
    IGNORED: ClassVar[str] = "before dist facets geo_filter modhash"


class Listing(msgspec.Struct):
    data: _Children

    IGNORED: ClassVar[str] = "kind"


class _Replies(msgspec.Struct):
    """Comments may hold those that answer them; where there are none, an empty text."""

    replies: Listing | str = ""


AROUND = Shape(Listing)


def placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    """Where a post stands in a listing. Raises PostError."""
    data = read_json(data_of(raw), Data, "a post of Reddit")
    return data.name, second_of(data)


def comments_in(children: list[msgspec.Raw]) -> Iterator[tuple[str, msgspec.Raw]]:
    """Every comment among some things, with its name, those that answer another one too.

    One that cannot be read has no name; it stays among them, so that it is counted where it is read.
    """
    for raw in children:
        try:
            thing = read_json(raw, Thing, "a comment of Reddit")
            # "more" stands for comments that did not fit in.
            if thing.kind != "t1":
                continue
            name = read_json(thing.data, Data, "a comment of Reddit").name
            replies = read_json(thing.data, _Replies, "a comment of Reddit").replies
        except PostError:
            yield nameless(raw), raw
            continue
        yield name, raw
        if isinstance(replies, Listing):
            yield from comments_in(replies.data.children)


def data_of(raw: msgspec.Raw) -> msgspec.Raw:
    return read_json(raw, Thing, "a thing of Reddit").data


def second_of(data: Data) -> int | None:
    return None if data.created_utc is None else int(data.created_utc)
