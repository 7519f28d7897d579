"""poll: what is new on a source since its cursor? One file per platform turns its JSON into posts, and nothing else.

Each kind is imported only where it is used: nothing loads what the config leaves out.
"""

from __future__ import annotations

import asyncio
from typing import assert_never

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


def build(config: SourceConfig) -> Source:
    """The source that a config describes. Opens nothing: the first request is made by `pages` or `check`."""
    match config:
        case JsonlSource():
            from monitor.sources.jsonl import JsonlFile  # noqa: PLC0415

            return JsonlFile(config)
        case StdinSource():
            from monitor.sources.jsonl import StandardInput  # noqa: PLC0415

            return StandardInput(config)
        case RssSource():
            from monitor.sources.rss import Feed  # noqa: PLC0415

            return Feed(config)
        case MastodonSource():
            from monitor.sources.mastodon import Mastodon  # noqa: PLC0415

            return Mastodon(config)
        case BlueskySource():
            from monitor.sources.bluesky import Bluesky  # noqa: PLC0415

            return Bluesky(config)
        case HackerNewsSource():
            from monitor.sources.hackernews import HackerNews  # noqa: PLC0415

            return HackerNews(config)
        case LemmySource():
            from monitor.sources.lemmy import Lemmy  # noqa: PLC0415

            return Lemmy(config)
        case FourchanSource():
            from monitor.sources.fourchan import Fourchan  # noqa: PLC0415

            return Fourchan(config)
        case GdeltSource():
            from monitor.sources.gdelt import Gdelt  # noqa: PLC0415

            return Gdelt(config)
        case GoogleNewsSource():
            from monitor.sources.googlenews import GoogleNews  # noqa: PLC0415

            return GoogleNews(config)
        case WebhookSource():
            from monitor.sources.webhook import Webhook  # noqa: PLC0415

            return Webhook(config)
        case _:
            assert_never(config)


async def check(source: Source) -> str:
    """One real request to a source, for `monitor doctor`: what came back, in words. Raises SourceError."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await source.check()
    except TimeoutError as error:
        raise SourceUnavailable(f"{source.name}: no answer within {CHECK_SECONDS:.0f} seconds") from error
