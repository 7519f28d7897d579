"""What each source will ask for, how often, and what that costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    LemmySource,
    MastodonSource,
    RssSource,
    SourceConfig,
)
from monitor.model import Rules
from monitor.sources.queries import hashtags, queries

DAY_SECONDS = 86_400
SECONDS_BETWEEN = {"lemmy": 10.0, "gdelt": 6.0, "fourchan": 1.1}
"""The least time between two requests, as the source files keep it: no day has more requests than fit."""

_Searching = TypeVar("_Searching", BlueskySource, HackerNewsSource, LemmySource, GdeltSource, GoogleNewsSource)


@dataclass(frozen=True, slots=True)
class Plan:
    """`asks` is what is searched for, hashtags with their #. `requests_per_day` is what a quiet day takes: what is found
    page after page comes on top. `note` says what it costs, and what bounds it."""

    source: str
    kind: str
    asks: tuple[str, ...]
    requests_per_day: int
    note: str = ""


def filled(config: SourceConfig, rules: Rules) -> SourceConfig:
    """The source with searches from the rules, where it takes any and its config names none."""
    match config:
        case MastodonSource(hashtags=(), search=()):
            # Without a token servers answer a search with nothing.
            searches = queries(rules, "mastodon") if config.token else ()
            return replace(config, hashtags=hashtags(rules), search=_without_tags(searches))
        case BlueskySource():
            return _searching(config, rules, "bluesky")
        case HackerNewsSource():
            return _searching(config, rules, "hackernews")
        case LemmySource():
            return _searching(config, rules, "lemmy")
        case GdeltSource():
            return _searching(config, rules, "gdelt")
        case GoogleNewsSource():
            return _searching(config, rules, "googlenews")
        case _:
            return config


def plan(config: SourceConfig) -> Plan:
    """What a source will do, once `filled`."""
    match config:
        case RssSource():
            return Plan(config.name, "rss", (config.url,), _per_day(1, config.every_seconds), "free")
        case MastodonSource():
            asks = (*(f"#{tag}" for tag in config.hashtags), *config.search)
            stream = "; hashtags also arrive over a connection each" if config.stream else ""
            return Plan(
                config.name, "mastodon", asks, _per_day(len(asks), config.every_seconds),
                f"free; a server allows 86,400 requests a day (300 in 5 minutes){stream}",
            )  # fmt: skip
        case BlueskySource():
            note = "free; the stream brings every post, searches only fill its gaps"
            return Plan(config.name, "bluesky", config.search, 0, note)
        case HackerNewsSource():
            count = _per_day(len(config.search), config.every_seconds)
            return Plan(config.name, "hackernews", config.search, count, "free; at most 240,000 a day")
        case LemmySource():
            # Version 3 searches posts and comments apart.
            count = _per_day(2 * len(config.search), config.every_seconds, SECONDS_BETWEEN["lemmy"])
            return Plan(
                config.name, "lemmy", config.search, count, "free; a server allows 8,640 a day unless it says less"
            )
        case FourchanSource():
            boards = tuple(f"/{board}/" for board in config.boards)
            most = int(DAY_SECONDS / SECONDS_BETWEEN["fourchan"])
            return Plan(config.name, "fourchan", boards, most, "free; at most one a second, fewer on slow boards")
        case GdeltSource():
            count = _per_day(len(config.search), config.every_seconds, SECONDS_BETWEEN["gdelt"])
            return Plan(config.name, "gdelt", config.search, count, "free; one in 5 seconds at most")
        case GoogleNewsSource():
            count = _per_day(len(config.search), config.every_seconds)
            return Plan(config.name, "googlenews", config.search, count, "free; undocumented, so ask seldom")
        case _:
            return Plan(config.name, type(config).__name__.removesuffix("Source").lower(), (), 0, "asks nobody")


def _searching(config: _Searching, rules: Rules, platform: str) -> _Searching:
    return config if config.search else replace(config, search=queries(rules, platform))


def _without_tags(searches: tuple[str, ...]) -> tuple[str, ...]:
    """The hashtags have timelines of their own."""
    return tuple(search for search in searches if not search.startswith("#"))


def _per_day(searches: int, every_seconds: float, apart: float = 0.0) -> int:
    """Requests in a day of rounds that follow `every_seconds` on each other."""
    return round(searches * DAY_SECONDS / (every_seconds + searches * apart))
