"""One post by its address, which a person gives: from Bluesky, a Mastodon server, or any page that says what it holds.

An address that somebody pastes may lead anywhere, into our own network too. So only https on its usual port is asked, a
name is looked up once, every address behind it must be a public one, and the connection goes to that very address
(another look-up could be answered differently). A redirect is held to the same.
"""

from __future__ import annotations

import asyncio
import html
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from selectolax.lexbor import LexborHTMLParser

from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Post
from monitor.sources.bluesky_record import COLLECTION, post_from_record
from monitor.sources.fields import utc_from_iso
from monitor.sources.http import tls, user_agent
from monitor.sources.mastodon_status import post_from_status

SECONDS = 5.0
"""For everything: the person waits."""
LARGEST_BODY = 1_000_000
"""Bytes, after decompression."""
MOST_REDIRECTS = 3
MOST_TEXT = 5000
"""Characters of a page's title and description."""
MOST_TAGS, LONGEST_TAG = 300, 20_000
APPVIEW = "https://public.api.bsky.app/xrpc/"

Address = IPv4Address | IPv6Address
LookUp = Callable[[str], Awaitable[list[str]]]
"""A host's name -> its IP addresses. Raises OSError."""
Payload = TypeVar("Payload")

_BLUESKY = re.compile(r"https://bsky\.app/profile/(?P<actor>[^/?#]+)/post/(?P<rkey>[A-Za-z0-9._~:-]+)/?(?:[?#].*)?")
_MASTODON = re.compile(
    r"https://(?P<host>[^/?#@:]+)/(?:(?:web/)?@[^/?#]+|users/[^/?#]+/statuses)/(?P<id>[0-9]{6,})/?(?:[?#].*)?"
)
_META = re.compile(r"""<meta\s(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*+>([^<]*+)</title", re.IGNORECASE)
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as they look behind NAT64 (RFC 6052): as public as what they stand for."""
_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""Kept for protocols (RFC 6890); Python counts only its beginning as private before 3.11.10."""
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


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    kind: str
    """The media type, without parameters."""
    encoding: str | None
    location: str | None


async def read_post(url: str, look_up: LookUp | None = None) -> Post:
    """The post at an address. Its text may be no more than a page's title and description.

    Raises SourceRefused or SourceUnavailable with words for the person who asked.
    """
    reader = _Reader(look_up or _look_up)
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
        raise SourceUnavailable(f"{_host(url)} did not answer within {SECONDS:g} seconds") from error


class _Reader:
    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up

    async def bluesky(self, actor: str, rkey: str) -> Post:
        did = actor
        if not actor.startswith("did:"):
            asked = httpx.QueryParams(handle=actor)
            did = _json(await self._get(f"{APPVIEW}com.atproto.identity.resolveHandle?{asked}"), _Did).did
        asked = httpx.QueryParams(uris=f"at://{did}/{COLLECTION}/{rkey}")
        views = _json(await self._get(f"{APPVIEW}app.bsky.feed.getPosts?{asked}"), _Views).posts
        if not views:
            raise SourceRefused("Bluesky has no such post: it may have been deleted")
        try:
            seen = utc_from_iso(views[0].indexed_at) or datetime.now(UTC)
            return post_from_record(views[0].record, views[0].uri, seen)
        except PostError as error:
            raise SourceRefused("Bluesky sent a post that cannot be read") from error

    async def mastodon(self, host: str, status_id: str) -> Post | None:
        """None where the server is no Mastodon, or does not show the post to strangers: its page may still say it."""
        answer = await self._get(f"https://{host}/api/v1/statuses/{status_id}")
        if answer.status != 200 or answer.kind != "application/json":
            return None
        try:
            return post_from_status(answer.body, host)
        except PostError:
            return None

    async def page(self, url: str) -> Post:
        answer = await self._get(url)
        if answer.status != 200:
            raise SourceRefused(f"{_host(url)} does not show this page (status {answer.status})")
        if answer.kind not in ("text/html", "application/xhtml+xml"):
            raise SourceRefused(f"what {_host(url)} has there is no page")
        text = _said(answer.body, answer.encoding)
        if not text:
            raise SourceRefused(f"{_host(url)} shows no text without a login")
        return Post(id=url, text=text, platform=platform_of(url), url=url)

    async def _get(self, url: str) -> _Answer:
        for _ in range(1 + MOST_REDIRECTS):
            answer = await self._get_once(url)
            if answer.location is None:
                return answer
            url = _joined(url, answer.location)
        raise SourceRefused(f"{_host(url)} redirects too often")

    async def _get_once(self, url: str) -> _Answer:
        asked = _checked(url)
        host = asked.raw_host.decode("ascii")
        address = await self._public_address(host)
        headers = {"Host": host, "User-Agent": user_agent(), "Accept": "application/json, text/html"}
        # The certificate is held against the name, though the connection goes to the address (httpx, "Extensions").
        extensions = {"sni_hostname": host}
        there = asked.copy_with(host=str(address))
        try:
            # No proxy of the environment's: it would look the name up once more.
            async with (
                httpx.AsyncClient(timeout=SECONDS, trust_env=False, verify=tls()) as http,
                http.stream("GET", there, headers=headers, extensions=extensions) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise SourceRefused(f"the page at {asked.host} is too large to read")
                return _Answer(
                    response.status_code,
                    bytes(body),
                    response.headers.get("content-type", "").partition(";")[0].strip().lower(),
                    response.charset_encoding,
                    response.headers.get("location") if response.is_redirect else None,
                )
        except httpx.TimeoutException as error:
            raise SourceUnavailable(f"{asked.host} did not answer in time") from error
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"{asked.host} cannot be reached") from error

    async def _public_address(self, host: str) -> Address:
        try:
            found = [ip_address(address) for address in await self._look_up(host)]
        except (OSError, ValueError) as error:
            raise SourceRefused(f"there is no server {host}") from error
        if not found or not all(is_public(address) for address in found):
            raise SourceRefused(f"{host} is not on the public internet")
        return found[0]


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the internet: not private, not this machine's, not of the link, not reserved;
    nor an IPv6 address that stands for such an IPv4 address."""
    inside = _inside(address)
    if inside is not None:
        return is_public(inside)
    if address in _PROTOCOLS or (isinstance(address, IPv6Address) and address.is_site_local):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inside(address: Address) -> Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def _look_up(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _checked(url: str) -> httpx.URL:
    """The address, where it is one that may be asked."""
    try:
        asked = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SourceRefused("this is not an address") from error
    if asked.scheme != "https" or not asked.host or asked.userinfo or asked.port not in (None, 443):
        raise SourceRefused("only addresses that begin with https:// and name no port are opened")
    return asked


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except httpx.InvalidURL as error:
        raise SourceRefused(f"{_host(url)} redirects to what is not an address") from error


def _host(url: str) -> str:
    return _checked(url).host


def _json(answer: _Answer, kind: type[Payload]) -> Payload:
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
