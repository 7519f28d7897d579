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

    `requests_per_day` is what a quiet day takes: what is found page after page, or asked for by name, comes on top.
    """

    source: str
    kind: str
    asks: tuple[str, ...]
    requests_per_day: int
    note: str


@dataclass(frozen=True, slots=True)
class _Search:
    """How a platform is searched: its queries, requests for each, requests of a round beside those, and what bounds
    them."""

    platform: str
    note: str
    requests: int = 1
    beside: int = 0


APART: dict[type[SourceConfig], float] = {
    FourchanSource: 1.1,
    GdeltSource: 6.0,
    HackerNewsSource: 0.4,
    LemmySource: 10.0,
    MastodonSource: 1.0,
    RedditSource: 0.65,
    ThreadsSource: 40.0,
    XSource: 2.0,
    YouTubeSource: 0.2,
}
"""Seconds between two requests, as each source file keeps them (SECONDS_BETWEEN; a test holds that they agree)."""
STREAM_POLL_SECONDS = 300.0
"""How often a hashtag is polled that is streamed too (mastodon_stream.py)."""


_SEARCHES: dict[type[SourceConfig], _Search] = {
    BlueskySource: _Search("bluesky", "free; the stream brings every post, searches only fill its gaps"),
    HackerNewsSource: _Search("hackernews", "free; at most 240,000 a day"),
    # Version 3 searches posts and comments apart.
    LemmySource: _Search("lemmy", "free; at most 8,640 a day, less where a server says so", requests=2),
    GdeltSource: _Search("gdelt", "free; at most one in 5 seconds"),
    GoogleNewsSource: _Search("googlenews", "free; undocumented, so ask seldom"),
    XSource: _Search("x", f"paid, {USD_PER_POST} USD a post"),
    # One request looks at all threads that are followed.
    RedditSource: _Search("reddit", "free for an approved app; comments on top, at most 144,000 a day", beside=1),
    YouTubeSource: _Search("youtube", "free"),
    ThreadsSource: _Search("threads", "free for an approved app; at most 2,160 a day"),
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
            every = STREAM_POLL_SECONDS if config.stream else config.every_seconds
            return Plan(config.name, "mastodon", asks, _per_day(len(asks), every, APART[MastodonSource]), note)
        case FourchanSource():
            boards = tuple(f"/{board}/" for board in config.boards)
            apart = APART[FourchanSource]
            note = f"free; on busy boards up to {DAY_SECONDS / apart:,.0f} (one in {apart} seconds)"
            return Plan(config.name, "fourchan", boards, _per_day(len(boards), config.every_seconds, apart), note)
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
            # One request of every round looks at all videos that are followed.
            return config.searches_per_day + _per_day(1, config.every_seconds)
        case _:
            requests = how.requests * len(config.search) + how.beside
            return _per_day(requests, config.every_seconds, APART.get(type(config), 0.0))


def _per_day(requests: int, every_seconds: float, apart: float = 0.0) -> int:
    """Requests in a day of rounds that follow `every_seconds` on each other, each round's requests `apart` seconds."""
    return round(requests * DAY_SECONDS / (every_seconds + requests * apart))
