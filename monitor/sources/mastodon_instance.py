"""What a Mastodon server says of itself."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import msgspec

from monitor.sources.http import decode, request


class _Urls(msgspec.Struct):
    streaming: str = ""


class _Configuration(msgspec.Struct):
    urls: _Urls = msgspec.field(default_factory=_Urls)


class _Instance(msgspec.Struct):
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


async def streaming_address(http: httpx.AsyncClient, server: str) -> str:
    """Where the server streams: many do on a host of their own. The token goes to the server's own domain only."""
    answer = await request(http, "GET", f"{server}/api/v2/instance")
    if answer.status != 200:
        return server
    named = urlsplit(decode(answer, _Instance).configuration.urls.streaming)
    own = urlsplit(server)
    if named.hostname and own.hostname and f".{named.hostname}".endswith(f".{own.hostname}"):
        return f"{own.scheme}://{named.netloc}"
    return server
