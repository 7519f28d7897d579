"""What each source will ask for, how often, and what that costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.config import (
    BlueskySource,
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    LemmySource,
    MastodonSource,
    RedditSource,
    RssSource,
    SourceConfig,
    TelegramSource,
    ThreadsSource,
    XSource,
    YouTubeSource,
)
from monitor.model import Rules
from monitor.sources.caps import USD_PER_POST, caps_of
from monitor.sources.queries import hashtags, queries

DAY_SECONDS = 86_400

Searching = (
    BlueskySource
    | HackerNewsSource
    | LemmySource
    | GdeltSource
    | GoogleNewsSource
    | XSource
    | RedditSource
    | YouTubeSource
    | ThreadsSource
)
"""Configs whose `search` the rules fill where they name none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`asks` is what is looked for, hashtags with their #. `note` says what it costs, and what bounds it.

    `requests_per_day` is what a quiet day takes: what is found page after page comes on top.
    """

    source: str
    kind: str
    asks: tuple[str, ...]
    requests_per_day: int
    note: str


@dataclass(frozen=True, slots=True)
class _Search:
    """How a platform is searched: its queries, requests for each, seconds between two, and what bounds them."""

    platform: str
    note: str
    requests: int = 1
    apart: float = 0.0


_SEARCHES: dict[type[SourceConfig], _Search] = {
    BlueskySource: _Search("bluesky", "free; the stream brings every post, searches only fill its gaps"),
    HackerNewsSource: _Search("hackernews", "free; at most 240,000 a day", apart=0.4),
    # Version 3 searches posts and comments apart.
    LemmySource: _Search("lemmy", "free; at most 8,640 a day, less where a server says so", requests=2, apart=10.0),
    GdeltSource: _Search("gdelt", "free; at most one in 5 seconds", apart=6.0),
    GoogleNewsSource: _Search("googlenews", "free; undocumented, so ask seldom"),
    XSource: _Search("x", f"paid, {USD_PER_POST} USD a post", apart=2.0),
    RedditSource: _Search("reddit", "free for an approved app; comments on top, at most 144,000 a day", apart=0.65),
    YouTubeSource: _Search("youtube", "free"),
    ThreadsSource: _Search("threads", "free for an approved app; at most 2,160 a day", apart=40.0),
}


COSTS = {
    "x": f"{USD_PER_POST} USD for each post that is read",
    "x rules": f"{USD_PER_POST} USD for each post that is streamed",
    "reddit": "an approved app; at most 100 requests a minute",
    "youtube": "a key; at most 100 searches a day",
    "threads": "a reviewed app; at most 2,200 requests a day",
}
"""What platforms of `queries.DIALECTS` cost that take more than an address."""


def filled(config: SourceConfig, rules: Rules) -> SourceConfig:
    """The source with searches from the rules, where it takes any and its config names none."""
    if isinstance(config, MastodonSource) and not config.hashtags and not config.search:
        # Without a token servers answer a search with nothing. The hashtags have timelines of their own.
        searches = [search for search in queries(rules, "mastodon") if config.token and not search.startswith("#")]
        return replace(config, hashtags=hashtags(rules), search=tuple(searches))
    if isinstance(config, Searching) and not config.search:
        return replace(config, search=queries(rules, _SEARCHES[type(config)].platform))
    return config


def plan_of(config: SourceConfig) -> Plan:
    """What a source will do, once `filled`."""
    match config:
        case RssSource():
            return Plan(config.name, "rss", (config.url,), _per_day(1, config.every_seconds), "free")
        case MastodonSource():
            asks = (*(f"#{tag}" for tag in config.hashtags), *config.search)
            note = "free; at most 86,400 a day (300 in 5 minutes)" + ("; hashtags are streamed too" * config.stream)
            return Plan(config.name, "mastodon", asks, _per_day(len(asks), config.every_seconds), note)
        case FourchanSource():
            boards = tuple(f"/{board}/" for board in config.boards)
            return Plan(config.name, "fourchan", boards, round(DAY_SECONDS / 1.1), "free; that many on busy boards")
        case config if isinstance(config, Searching):
            how = _SEARCHES[type(config)]
            note = "; ".join([how.note, *(f"at most {cap.a_day}" for cap in caps_of(config))])
            return Plan(config.name, how.platform, config.search, _searches_per_day(config, how), note)
        case TelegramSource():
            channels = tuple(f"t.me/{channel}" for channel in config.channels)
            return Plan(config.name, "telegram", channels, _per_day(len(channels), config.every_seconds), "free")
        case _:
            return Plan(config.name, type(config).__name__.removesuffix("Source").lower(), (), 0, "asks nobody")


def _searches_per_day(config: Searching, how: _Search) -> int:
    match config:
        case BlueskySource():
            return 0
        case XSource() if config.stream:
            return 0
        case YouTubeSource():
            return config.searches_per_day
        case _:
            return _per_day(how.requests * len(config.search), config.every_seconds, how.apart)


def _per_day(requests: int, every_seconds: float, apart: float = 0.0) -> int:
    """Requests in a day of rounds that follow `every_seconds` on each other, each round's requests `apart` seconds."""
    return round(requests * DAY_SECONDS / (every_seconds + requests * apart))
