"""What a source's last request brought, as it came: where its fields are not as expected, that is kept for repair.

Each source runs in tasks of its own, and a context variable says in whose: no source need pass its answers on.
"""

from __future__ import annotations

import dataclasses
import re
from contextvars import ContextVar

from monitor.config import Secret, SourceConfig

LARGEST = 256 * 1024
"""Bytes that are kept of an answer."""
_SECRET = re.compile(
    rb'(?i)((?:access_?token|refresh_?token|access_?jwt|refresh_?jwt|api_?key|client_?secret|password|authorization)"?'
    rb"\s*[:=]\s*\"?)(?:Bearer\s+)?[^\s\"&,}<>]+"
)
"""Platforms put tokens into the addresses of further pages."""


class Heard:
    """The last answer of one source; empty where it has asked for nothing since it was emptied."""

    def __init__(self) -> None:
        self.body = b""


listening: ContextVar[Heard | None] = ContextVar("listening", default=None)


def note(body: bytes) -> None:
    """An answer came, for whichever source asks in this context."""
    heard = listening.get()
    if heard is not None:
        heard.body = body


def stripped(body: bytes, config: SourceConfig) -> bytes:
    """An answer without the secrets of its source or anything that looks like one, cut to what is kept."""
    # What a secret may reach beyond the cut is read along, so that no part of one is left.
    body = body[: LARGEST + 4096]
    for field in dataclasses.fields(config):
        secret = getattr(config, field.name)
        if isinstance(secret, Secret) and secret.reveal():
            body = body.replace(secret.reveal().encode(), b"(secret)")
    return _SECRET.sub(rb"\1(secret)", body)[:LARGEST]
