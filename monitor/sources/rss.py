"""RSS and Atom feeds.

A feed has no cursor of its own: ours carries the validators of the last answer, a hash of its body for servers that
send none, and the ids that were seen.
"""

from __future__ import annotations

import asyncio
import calendar
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from xml.sax import SAXException

import feedparser  # type: ignore[import-untyped]
import httpx

from monitor.config import RssSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import Media, Page, Post
from monitor.sources.feed_fields import Habits, drift, fields_of, learned
from monitor.sources.fields import primary_lang, read_cursor, write_cursor
from monitor.sources.http import Answer, client, expect_success, request
from monitor.sources.markup import to_text
from monitor.sources.report import what_came

MOST_SEEN = 1000
"""Ids that are remembered beyond those that the feed still lists."""


@dataclass(frozen=True, slots=True)
class _State:
    """`feed` is a hash of the address: a cursor of another feed is worth nothing. `seen`: hashed ids, newest first."""

    feed: str
    etag: str | None = None
    modified: str | None = None
    body: str | None = None
    seen: tuple[str, ...] = ()
    habits: Habits = field(default_factory=Habits)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a feed's bytes say. `whole` is False where they are malformed, cut short say: more may be behind that."""

    posts: tuple[Post, ...]
    whole: bool
    skipped: int
    skip_reason: str | None
    fields: tuple[frozenset[str], ...]


class Feed:
    """An RSS or Atom feed, fetched again only when it changed."""

    kind = "rss"

    def __init__(self, config: RssSource) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._url = config.url

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """One page: the entries that were not seen yet, oldest first."""
        state = _State(feed=_hash(self._url))
        if cursor is not None:
            saved = read_cursor(cursor, _State, self.name)
            state = saved if saved.feed == state.feed else state
        answer = await self._fetch(state)
        if answer is None:
            yield Page((), write_cursor(state))
            return
        state = replace(state, etag=answer.headers.get("etag"), modified=answer.headers.get("last-modified"))
        digest = _hash(answer.body)
        if digest == state.body:
            yield Page((), write_cursor(state))
            return
        reading = await self._read(answer)
        seen = state.seen
        new = tuple(post for post in reading.posts if _hash(post.id) not in seen)
        # Whatever a malformed feed hides must be asked for again: then it is remembered by its entries alone.
        strange = drift(reading.fields, state.habits)
        habits = learned(reading.fields, state.habits) if reading.whole else state.habits
        state = replace(state, body=digest) if reading.whole else _State(state.feed)
        state = replace(state, seen=_remember(reading.posts, seen), habits=habits)
        yield Page(new, write_cursor(state), skipped=reading.skipped, skip_reason=reading.skip_reason, drift=strange)

    async def check(self) -> str:
        answer = await self._fetch(_State(feed=""))
        posts = (await self._read(answer)).posts if answer else ()
        headers = answer.headers if answer else httpx.Headers()
        newest = posts[-1].created_at if posts else None
        said = what_came(len(posts), newest, headers, datetime.now(UTC), thing="entry")
        return said if posts else f"{said}; a feed seldom has none: open its address in a browser"

    async def _fetch(self, state: _State) -> Answer | None:
        """The answer, None where the server says that nothing changed. Raises as `request` and `expect_success` do."""
        headers = {"Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"}
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.modified:
            headers["If-Modified-Since"] = state.modified
        async with client() as http:
            answer = await request(http, "GET", self._url, headers=headers)
        return None if answer.status == 304 else expect_success(answer)

    async def _read(self, answer: Answer) -> _Reading:
        return await asyncio.to_thread(read_feed, answer, self.name)


def read_feed(answer: Answer, source: str) -> _Reading:
    """A feed's entries as posts, oldest first. Raises SourceUnavailable where there is no feed in the answer."""
    # A stream, not the bytes themselves: feedparser would try those as the name of a file first.
    parsed = feedparser.parse(
        BytesIO(answer.body),
        response_headers={"content-type": answer.headers.get("content-type", "")},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    trouble = parsed.get("bozo_exception")
    # bozo also marks what is readable all the same: a wrong media type, a wrong declaration of the encoding.
    malformed = isinstance(trouble, SAXException)
    if not parsed.get("version") or (malformed and not parsed.entries):
        reason = trouble or "no RSS or Atom in it"
        raise SourceUnavailable(f"{answer.where} sent no readable feed ({reason}); open the address in a browser")
    posts: dict[str, Post] = {}
    skipped, skip_reason = 0, None
    # Feeds list the newest entry first.
    for entry in reversed(parsed.entries):
        try:
            post = _post(entry, parsed.feed, source)
        except PostError as error:
            skipped, skip_reason = skipped + 1, str(error)
        else:
            posts[post.id] = post
    # The last entry of a feed that was cut short is none.
    whole = parsed.entries[:-1] if malformed else parsed.entries
    return _Reading(tuple(posts.values()), not malformed, skipped, skip_reason, tuple(map(fields_of, whole)))


def _post(entry: feedparser.FeedParserDict, feed: feedparser.FeedParserDict, source: str) -> Post:
    title = to_text(entry.get("title", ""))
    summary = to_text(entry.get("summary", ""))
    guid, link = entry.get("id"), entry.get("link")
    if not guid and not link:
        raise PostError(f"an entry has neither id nor link: {title[:80]!r}")
    # Some feeds begin the summary with a title that is only its cut-off start.
    repeated = title and summary.startswith(title.rstrip(" .…"))
    return Post(
        id=_entry_id(guid, link, source),
        text=summary if repeated else f"{title}\n{summary}".strip(),
        platform="rss",
        author=entry.get("author") or feed.get("title") or None,
        created_at=_moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        url=link,
        lang=primary_lang(feed.get("language")),
        media=tuple(Media(url=url) for url in dict.fromkeys(_pictures(entry)) if url),
    )


def _pictures(entry: feedparser.FeedParserDict) -> Iterator[str]:
    """Addresses of the pictures that come with an entry: its enclosures, and Media RSS (rssboard.org/media-rss)."""
    for shown in (*entry.get("media_content", ()), *entry.get("enclosures", ())):
        if shown.get("medium") == "image" or (shown.get("type") or "").startswith("image/"):
            yield shown.get("url") or shown.get("href") or ""
    yield from (shown.get("url") or "" for shown in entry.get("media_thumbnail", ()))


def _entry_id(guid: str | None, link: str | None, source: str) -> str:
    """A guid that is no URI ("17") is unique in its own feed only."""
    if guid:
        return guid if ":" in guid else f"{source}:{guid}"
    return link or ""


def _moment(parsed: time.struct_time | None) -> datetime | None:
    """feedparser's times are in UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None


def _remember(posts: tuple[Post, ...], seen: tuple[str, ...]) -> tuple[str, ...]:
    listed = tuple(_hash(post.id) for post in reversed(posts))
    gone = [digest for digest in seen if digest not in listed]
    return listed + tuple(gone[:MOST_SEEN])


def _hash(content: str | bytes) -> str:
    return blake2b(content.encode() if isinstance(content, str) else content, digest_size=8).hexdigest()
