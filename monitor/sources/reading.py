"""A page from the JSON of its posts: what cannot be read is counted and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from monitor.errors import PostError
from monitor.model import Page, Post
from monitor.sources.fields import Drift, Shape, added
from monitor.sources.samples import samples_of


@dataclass(frozen=True, slots=True)
class Within:
    """A post, and those that came inside it because it quotes or answers them."""

    post: Post
    parents: tuple[Post, ...]


Read = Callable[[msgspec.Raw], Post | Within | None]
"""The JSON of a post as a post, None where it is not to be kept. Raises PostError."""

_NAMELESS = "unreadable "


def nameless(raw: msgspec.Raw) -> str:
    """Stands for the id of a post that cannot be read."""
    return f"{_NAMELESS}{blake2b(bytes(raw), digest_size=8).hexdigest()}"


def is_nameless(post_id: str) -> bool:
    return post_id.startswith(_NAMELESS)


def page_of(
    raws: Iterable[msgspec.Raw],
    read: Read,
    cursor: str,
    *,
    shape: Shape,
    drift: Drift = (),
    gap: str | None = None,
    everything: bool = False,
    suspicious: str | None = None,
) -> Page:
    """`shape` is what a post's JSON is expected to look like; `drift` is that of the answer around the posts."""
    posts: list[Post] = []
    parents: list[Post] = []
    skipped, skip_reason = 0, None
    strange: list[tuple[msgspec.Raw, Drift]] = []
    raws = list(raws)
    for raw in raws:
        if odd := shape.drift(raw):
            drift = added(drift, odd)
            strange.append((raw, odd))
        try:
            found = read(raw)
        except PostError as error:
            skipped, skip_reason = skipped + 1, str(error)
            continue
        if isinstance(found, Within):
            parents += found.parents
            found = found.post
        posts += [found] if found else []
    return Page(
        tuple(posts), cursor, (), skipped, skip_reason, gap, everything, drift, suspicious, samples_of(strange),
        tuple(parents), b"[%s]" % b",".join(map(bytes, raws)) if drift else b"",
    )  # fmt: skip
