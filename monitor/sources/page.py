"""One post by the address that a person gives: from Bluesky, Mastodon, or any page that says what it holds."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from selectolax.lexbor import LexborHTMLParser

from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Post
from monitor.sources.bluesky_record import COLLECTION, post_from_record
from monitor.sources.bluesky_search import APPVIEW
from monitor.sources.fields import utc_from_iso
from monitor.sources.mastodon_status import post_from_status
from monitor.sources.stranger import SECONDS, Answer, LookUp, Stranger, host_of

MOST_TEXT = 5000
"""Characters of a page's title and description."""
MOST_TAGS, LONGEST_TAG = 300, 20_000

Payload = TypeVar("Payload")

_BLUESKY = re.compile(r"https://bsky\.app/profile/(?P<actor>[^/?#]+)/post/(?P<rkey>[A-Za-z0-9._~:-]+)/?(?:[?#].*)?")
_MASTODON = re.compile(
    r"https://(?P<host>[^/?#@:]+)/(?:(?:web/)?@[^/?#]+|users/[^/?#]+/statuses)/(?P<id>[0-9]{6,})/?(?:[?#].*)?"
)
_META = re.compile(r"""<meta\s(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*+>([^<]*+)</title", re.IGNORECASE)
_PLATFORMS = {
    "x.com": "x",
    "twitter.com": "x",
    "threads.net": "threads",
    "threads.com": "threads",
    "reddit.com": "reddit",
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "tiktok.com": "tiktok",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "t.me": "telegram",
    "bsky.app": "bluesky",
}


class _Did(msgspec.Struct):
    did: str


class _View(msgspec.Struct, rename="camel"):
    uri: str
    record: msgspec.Raw
    indexed_at: str | None = None


class _Views(msgspec.Struct):
    posts: list[_View]


async def read_post(url: str, look_up: LookUp | None = None) -> Post:
    """The post at an address. Its text may be no more than a page's title and description.

    Raises SourceRefused or SourceUnavailable with words for the person who asked.
    """
    reader = _Reader(Stranger(look_up))
    try:
        async with asyncio.timeout(SECONDS):
            if found := _BLUESKY.fullmatch(url):
                return await reader.bluesky(found["actor"], found["rkey"])
            if found := _MASTODON.fullmatch(url):
                status = await reader.mastodon(found["host"], found["id"])
                if status is not None:
                    return status
            return await reader.page(url)
    except TimeoutError as error:
        raise SourceUnavailable(f"{host_of(url)} did not answer within {SECONDS:g} seconds") from error


class _Reader:
    def __init__(self, stranger: Stranger) -> None:
        self._stranger = stranger

    async def bluesky(self, actor: str, rkey: str) -> Post:
        did = actor
        if not actor.startswith("did:"):
            asked = httpx.QueryParams(handle=actor)
            did = _json(await self._stranger.get(f"{APPVIEW}com.atproto.identity.resolveHandle?{asked}"), _Did).did
        asked = httpx.QueryParams(uris=f"at://{did}/{COLLECTION}/{rkey}")
        views = _json(await self._stranger.get(f"{APPVIEW}app.bsky.feed.getPosts?{asked}"), _Views).posts
        if not views:
            raise SourceRefused("Bluesky has no such post: it may have been deleted")
        try:
            seen = utc_from_iso(views[0].indexed_at) or datetime.now(UTC)
            return post_from_record(views[0].record, views[0].uri, seen)
        except PostError as error:
            raise SourceRefused("Bluesky sent a post that cannot be read") from error

    async def mastodon(self, host: str, status_id: str) -> Post | None:
        """None where the server is no Mastodon, or does not show the post to strangers: its page may still say it."""
        answer = await self._stranger.get(f"https://{host}/api/v1/statuses/{status_id}")
        if answer.status != 200 or answer.kind != "application/json":
            return None
        try:
            return post_from_status(answer.body, host)
        except PostError:
            return None

    async def page(self, url: str) -> Post:
        answer = await self._stranger.get(url)
        if answer.status != 200:
            raise SourceRefused(f"{host_of(url)} does not show this page (status {answer.status})")
        if answer.kind not in ("text/html", "application/xhtml+xml"):
            raise SourceRefused(f"what {host_of(url)} has there is no page")
        text = _said(answer.body, answer.encoding)
        if not text:
            raise SourceRefused(f"{host_of(url)} shows no text without a login")
        return Post(id=url, text=text, platform=platform_of(url), url=url)


def _json(answer: Answer, kind: type[Payload]) -> Payload:
    if answer.status in (400, 404):
        raise SourceRefused("Bluesky has no such post: it may have been deleted")
    if answer.status != 200:
        raise SourceUnavailable(f"Bluesky cannot answer now (status {answer.status})")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnavailable("Bluesky sent something that cannot be read") from error


def platform_of(url: str) -> str:
    """The platform on which a web address lies, as far as its name tells."""
    return _PLATFORMS.get(".".join((urlsplit(url).hostname or "").split(".")[-2:]), "other")


def _said(body: bytes, encoding: str | None) -> str:
    """A page's title and description as its authors give them for previews (ogp.me), else as for search engines."""
    markup = _decoded(body, encoding)
    # Of the whole page only these are parsed: a page of nested elements costs the parser the square of its length.
    tags = [tag for tag in _META.findall(markup)[:MOST_TAGS] if len(tag) <= LONGEST_TAG]
    found: dict[str, str] = {}
    for tag in LexborHTMLParser("".join(tags)).css("meta"):
        name = tag.attributes.get("property") or tag.attributes.get("name") or ""
        found.setdefault(name.lower(), " ".join((tag.attributes.get("content") or "").split()))
    titled = _TITLE.search(markup)
    shown = " ".join(html.unescape(titled[1]).split()) if titled else ""
    title = found.get("og:title") or found.get("twitter:title") or shown
    said = found.get("og:description") or found.get("twitter:description") or found.get("description") or ""
    return "\n".join(part for part in (title, said) if part)[:MOST_TEXT]


def _decoded(body: bytes, encoding: str | None) -> str:
    try:
        return body.decode(encoding or "utf-8", "replace")
    except (LookupError, ValueError):  # a name that is no encoding's, or one that is no text's
        return body.decode("utf-8", "replace")
