"""How far the timelines of a Mastodon server were read, and what an answer brings of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import httpx
import msgspec

from monitor.errors import PostError
from monitor.sources.fields import Drift, Shape, read_json, utc_from_iso
from monitor.sources.http import Answer, decode
from monitor.sources.reading import is_nameless, nameless


@dataclass(frozen=True, slots=True)
class Timeline:
    """How far a hashtag or a search was read. `known`: ids of its last statuses on this server, oldest first."""

    known: tuple[str, ...] = ()
    forward: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The cursor: what was read, by "#hashtag" or "?search"."""

    timelines: dict[str, Timeline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Statuses, newest first, each with its id. `newer`: the `min_id` that the server names for going on forward."""

    statuses: tuple[tuple[str, msgspec.Raw], ...]
    newer: str | None = None
    gap: str | None = None
    newest: datetime | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    drift: Drift = ()


class _Id(msgspec.Struct):
    id: str
    created_at: str | None = None


class _Statuses(msgspec.Struct):
    statuses: list[msgspec.Raw]

    IGNORED: ClassVar[str] = "accounts hashtags"


AROUND = Shape(_Statuses)


def advance(timeline: Timeline, batch: Batch, keep: int) -> Timeline:
    """The timeline after a batch. How it is paged is learned from the first answer that has statuses."""
    ids = [post_id for post_id, _ in reversed(batch.statuses)]
    known = (*(post_id for post_id in timeline.known if post_id not in ids), *ids)[-keep:]
    return Timeline(known, timeline.forward if timeline.known else batch.newer is not None)


def tag_batch(answer: Answer) -> Batch:
    """The answer of a hashtag's timeline."""
    return _batch(answer, decode(answer, list[msgspec.Raw]), _newer(answer.headers))


def search_batch(answer: Answer) -> Batch:
    """The answer of a search, which cannot be paged on."""
    return _batch(answer, decode(answer, _Statuses).statuses, None, AROUND.drift(answer.body))


def named(post_ids: Iterable[str]) -> str | None:
    """The first of some ids that a server can be asked with: not one that stands for a status without any."""
    return next((post_id for post_id in post_ids if not is_nameless(post_id)), None)


def _batch(answer: Answer, statuses: Sequence[msgspec.Raw], newer: str | None, drift: Drift = ()) -> Batch:
    known = [_known(raw) for raw in statuses]
    newest = utc_from_iso(known[0].created_at) if known else None
    pairs = tuple((status.id, raw) for status, raw in zip(known, statuses, strict=True))
    return Batch(pairs, newer, newest=newest, headers=answer.headers, drift=drift)


def _known(raw: msgspec.Raw) -> _Id:
    """One without an id stays, so that it is counted where it is read."""
    try:
        return read_json(raw, _Id, "a status")
    except PostError:
        return _Id(nameless(raw))


def _newer(headers: httpx.Headers) -> str | None:
    """`min_id` in the Link header's rel="prev". The id alone: a header must not say where our token is sent."""
    link = httpx.Response(200, headers=headers).links.get("prev", {}).get("url", "")
    try:
        newer: str | None = httpx.URL(link).params.get("min_id")
    except httpx.InvalidURL:
        return None
    return newer
