"""poll: what is new on a source since its cursor? One file per platform turns its JSON into posts, and nothing else.

Each kind is imported only where it is used: nothing loads what the config leaves out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    JsonlSource,
    LemmySource,
    MastodonSource,
    RedditSource,
    RssSource,
    SourceConfig,
    StdinSource,
    TelegramSource,
    ThreadsSource,
    WebhookSource,
    XSource,
    YouTubeSource,
)
from monitor.errors import SourceUnavailable
from monitor.sources.caps import Budget, Cap, caps_of, in_memory
from monitor.sources.pace import Pace
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
    XSource: ("x", "X"),
    RedditSource: ("reddit", "Reddit"),
    YouTubeSource: ("youtube", "YouTube"),
    ThreadsSource: ("threads", "Threads"),
    TelegramSource: ("telegram", "Telegram"),
}
"""Config -> (module in this folder, class). A test holds that none is missing."""


def pace_of(config: SourceConfig) -> Pace | None:
    """A new pace for the requests of a source, None where its platform sets none."""
    seconds: float | None = getattr(_module(KINDS[type(config)][0]), "SECONDS_BETWEEN", None)
    return None if seconds is None else Pace(seconds)


def build(config: SourceConfig, budget: Callable[[Cap], Budget] = in_memory, pace: Pace | None = None) -> Source:
    """The source that a config describes. Opens nothing: the first request is made by `pages` or `check`.

    `budget` counts what a source with caps uses up: a service hands in one that outlives it. So does `pace`, from
    `pace_of`: a platform that said to wait is not asked any earlier because the source was made anew.
    """
    module, name = KINDS[type(config)]
    if isinstance(config, MastodonSource) and config.stream:
        module, name = "mastodon_stream", "MastodonStream"
    if isinstance(config, XSource) and config.stream:
        module, name = "x_stream", "XStream"
    source: Callable[..., Source] = getattr(_module(module), name)
    kept = {} if pace is None else {"pace": pace}
    return source(config, *(budget(cap) for cap in caps_of(config)), **kept)


def _module(name: str) -> ModuleType:
    return import_module(f"monitor.sources.{name}")


async def check(source: Source) -> str:
    """One real request to a source: what came back, in words. Raises SourceError."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await source.check()
    except TimeoutError as error:
        raise SourceUnavailable(f"{source.name}: no answer within {CHECK_SECONDS:.0f} seconds") from error
