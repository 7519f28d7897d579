"""A source whose searches follow the rules: written anew where rules files change while the service runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from monitor.config import SourceConfig
from monitor.model import Page, Rules
from monitor.sources import build
from monitor.sources.caps import Budget, Cap
from monitor.sources.plan import filled
from monitor.sources.source import Source


class Refilled:
    """The source that a config and the rules of the moment describe, under one name and with one cursor.

    A source that is polled asks with the new searches from its next round on, a stream after its next page, a sign of
    life too. Their cursors tell the searches apart: one that stays goes on where it was, a new one begins.
    """

    def __init__(self, config: SourceConfig, rules: Callable[[], Rules], budget: Callable[[Cap], Budget]) -> None:
        self._config = config
        self._rules = rules
        self._budget = budget
        self._version = rules().version
        self._filled = filled(config, rules())
        self._source = build(self._filled, budget)
        self.name = self._source.name
        self.kind = self._source.kind

    @property
    def every_seconds(self) -> float:
        return self._source.every_seconds

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        source = self._current()
        async with aclosing(source.pages(cursor)) as pages:
            async for page in pages:
                yield page
                if self._current() is not source:
                    return

    async def check(self) -> str:
        return await self._current().check()

    def _current(self) -> Source:
        """The source, another one where the rules ask for other searches by now."""
        rules = self._rules()
        if rules.version != self._version:
            self._version = rules.version
            if (wanted := filled(self._config, rules)) != self._filled:
                self._filled = wanted
                self._source = build(wanted, self._budget)
        return self._source
