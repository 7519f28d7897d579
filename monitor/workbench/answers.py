"""What the workbench's handlers read of a request and answer with: pages, and JSON with a piece of a page in it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

T = TypeVar("T")


async def body(request: web.Request, kind: type[T]) -> T:
    """What the pages' script sends. Raises HTTPBadRequest for anything else."""
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text=f"this is not what the pages send: {error}") from error


def to_home() -> web.Response:
    return web.Response(status=303, headers={"Location": "/"})


def page(html: str, status: int = 200) -> web.Response:
    return web.Response(text=html, content_type="text/html", status=status)


def piece(html: str, **more: object) -> web.Response:
    return web.Response(body=msgspec.json.encode({"html": html, **more}), content_type="application/json")


def line(news: object) -> bytes:
    return msgspec.json.encode(news) + b"\n"
