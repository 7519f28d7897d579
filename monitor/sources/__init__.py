"""poll: what is new on a source since its cursor? One file per platform turns its JSON into posts, and nothing else.

Each kind is imported only where it is used: nothing loads what the config leaves out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module

from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    JsonlSource,
    LemmySource,
    MastodonSource,
    RssSource,
    SourceConfig,
    StdinSource,
    WebhookSource,
)
from monitor.errors import SourceUnavailable
from monitor.sources.source import Source

CHECK_SECONDS = 20.0

KINDS: dict[type[SourceConfig], tuple[str, str]] = {
    JsonlSource: ("jsonl", "JsonlFile"),
    StdinSource: ("jsonl", "StandardInput"),
    RssSource: ("rss", "Feed"),
    MastodonSource: ("mastodon", "Mastodon"),
    BlueskySource: ("bluesky", "Bluesky"),
    HackerNewsSource: ("hackernews", "HackerNews"),
    LemmySource: ("lemmy", "Lemmy"),
    FourchanSource: ("fourchan", "Fourchan"),
    GdeltSource: ("gdelt", "Gdelt"),
    GoogleNewsSource: ("googlenews", "GoogleNews"),
    WebhookSource: ("webhook", "Webhook"),
}
"""Config -> (module in this folder, class). A test holds that none is missing."""


def build(config: SourceConfig) -> Source:
    """The source that a config describes. Opens nothing: the first request is made by `pages` or `check`."""
    module, name = KINDS[type(config)]
    if isinstance(config, MastodonSource) and config.stream:
        module, name = "mastodon_stream", "MastodonStream"
    source: Callable[[SourceConfig], Source] = getattr(import_module(f"monitor.sources.{module}"), name)
    return source(config)


async def check(source: Source) -> str:
    """One real request to a source: what came back, in words. Raises SourceError."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await source.check()
    except TimeoutError as error:
        raise SourceUnavailable(f"{source.name}: no answer within {CHECK_SECONDS:.0f} seconds") from error
