"""A source whose searches are written from the rules, and written anew when these change while it runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

import structlog

from monitor.config import BlueskySource, MastodonSource, SourceConfig, XSource
from monitor.model import Page, Rules
from monitor.sources.heard import Heard, listening, stripped
from monitor.sources.plan import filled
from monitor.sources.source import Source

log = structlog.get_logger()


class FromRules:
    """The source that a config and the rules as they are now describe. One whose config names its searches itself stays
    as it is, whatever the rules say.

    The source is made anew between two rounds, never within one: what it asks for next, and when, is as its platform
    allows. It goes on at its cursor: what is still asked for goes on where it was, what is new begins. A stream, which
    has no rounds, is opened anew after the page at hand.
    """

    def __init__(
        self, config: SourceConfig, rules: Callable[[], Rules], make: Callable[[SourceConfig], Source]
    ) -> None:
        self._config = config
        self._rules = rules
        self._make = make
        now = rules()
        self._version = now.version
        self._wanted = self._filled = filled(config, now)
        self.current = make(self._filled)
        self._told: set[str] = set()

    @property
    def name(self) -> str:
        return self.current.name

    @property
    def kind(self) -> str:
        return self.current.kind

    @property
    def every_seconds(self) -> float:
        return self.current.every_seconds

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        if self._is_outdated():
            self._filled, self.current = self._wanted, self._make(self._wanted)
            log.info("searches are written anew", source=self.name, rules=self._version)
        heard = Heard()
        async with aclosing(self.current.pages(cursor)) as pages:
            # Each step may run in a task, and so in a context, of its own.
            while (page := await self._next(pages, heard)) is not None:
                yield page
                if _is_stream(self._config) and self._is_outdated():
                    return

    async def _next(self, pages: AsyncGenerator[Page, None], heard: Heard) -> Page | None:
        """The next page, where its fields are not as expected with what the platform sent."""
        listening.set(heard)
        page = await anext(pages, None)
        came, heard.body = heard.body, b""
        if page is None:
            return None
        fields = {name for name, _ in page.drift}
        is_new = not fields <= self._told
        self._told |= fields
        return replace(page, raw=stripped(came or page.raw, self._filled) if is_new else b"")

    async def check(self) -> str:
        return await self.current.check()

    def _is_outdated(self) -> bool:
        """Whether the rules now ask for something else."""
        now = self._rules()
        if now.version != self._version:
            self._version, self._wanted = now.version, filled(self._config, now)
        return self._wanted != self._filled


def _is_stream(config: SourceConfig) -> bool:
    return isinstance(config, BlueskySource) or (isinstance(config, MastodonSource | XSource) and config.stream)
