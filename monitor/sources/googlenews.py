"""Google News: the press that a search finds, as the feed that Google makes of it, read like any other feed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from monitor.config import GoogleNewsSource, RssSource
from monitor.errors import SourceRefused
from monitor.model import Page
from monitor.sources.fields import read_cursor, write_cursor
from monitor.sources.rss import Feed


@dataclass(frozen=True, slots=True)
class _State:
    """The cursor: that of each search's feed."""

    feeds: dict[str, str] = field(default_factory=dict)


def feed_address(search: str, lang: str = "en", country: str = "US", server: str = "https://news.google.com") -> str:
    """The address of the feed for a search, in one language and one country's edition. Google does not document it."""
    edition = {"hl": f"{lang}-{country}", "gl": country, "ceid": f"{country}:{lang}"}
    return f"{server}/rss/search?{urlencode({'q': search, **edition})}"


class GoogleNews:
    """One feed for each search."""

    kind = "googlenews"

    def __init__(self, config: GoogleNewsSource) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        addresses = (feed_address(search, config.lang, config.country, config.server) for search in config.search)
        # The name is the source's: an article that two searches find has one id.
        self._feeds = {address: Feed(RssSource(config.name, address)) for address in addresses}

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """A page for each search. Where one is refused, the others are still read before SourceRefused is raised."""
        saved = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        cursors = {address: saved.feeds[address] for address in self._feeds if address in saved.feeds}
        refused: SourceRefused | None = None
        for address, feed in self._feeds.items():
            try:
                async with aclosing(feed.pages(cursors.get(address))) as pages:
                    async for page in pages:
                        cursors = {**cursors, address: page.cursor}
                        yield replace(page, cursor=write_cursor(_State(cursors)))
            except SourceRefused as error:
                refused = refused or error
        if refused:
            raise refused

    async def check(self) -> str:
        """Asks for the first search's feed."""
        return await next(iter(self._feeds.values())).check()
