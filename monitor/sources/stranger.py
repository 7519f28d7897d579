"""Asks an address that a person gives, which may lead anywhere, into our own network too.

So only https on its usual port is asked, a name is looked up once, every address behind it must be a public one, and
the connection goes to that very address (another look-up could be answered differently). So it is with a redirect.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from monitor.errors import SourceRefused, SourceUnavailable
from monitor.sources.http import tls, user_agent

SECONDS = 5.0
"""For everything: the person waits."""
LARGEST_BODY = 1_000_000
"""Bytes, after decompression."""
MOST_REDIRECTS = 3

Address = IPv4Address | IPv6Address
LookUp = Callable[[str], Awaitable[list[str]]]
"""A host's name -> its IP addresses. Raises OSError."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as they look behind NAT64 (RFC 6052): as public as what they stand for."""
_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""Kept for protocols (RFC 6890); Python counts only its beginning as private before 3.11.10."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `location`: where it redirects to."""

    status: int
    body: bytes
    kind: str
    """The media type, without parameters."""
    encoding: str | None
    location: str | None


class Stranger:
    """Whoever an address leads to. Raises SourceRefused or SourceUnavailable with words for the person who asked."""

    def __init__(self, look_up: LookUp | None = None, largest: int = LARGEST_BODY) -> None:
        self._look_up = look_up or _look_up
        self._largest = largest

    async def get(self, url: str) -> Answer:
        for _ in range(1 + MOST_REDIRECTS):
            answer = await self._get_once(url)
            if answer.location is None:
                return answer
            url = _joined(url, answer.location)
        raise SourceRefused(f"{host_of(url)} redirects too often")

    async def _get_once(self, url: str) -> Answer:
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
                    if len(body) > self._largest:
                        raise SourceRefused(f"the page at {asked.host} is too large to read")
                return Answer(
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
        raise SourceRefused(f"{host_of(url)} redirects to what is not an address") from error


def host_of(url: str) -> str:
    return _checked(url).host
