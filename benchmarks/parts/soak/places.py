"""The sources of the soak, each with the fake that answers it and the limits that its platform documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import httpx

from monitor.config import (
    FourchanSource,
    GdeltSource,
    GoogleNewsSource,
    HackerNewsSource,
    LemmySource,
    MastodonSource,
    RedditSource,
    RssSource,
    Secret,
    SourceConfig,
    ThreadsSource,
    XSource,
    YouTubeSource,
)
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import Dress

SEARCHES = ("Ana Rivera", '"Rivera has withdrawn"', "#Rivera2026")
KEY = Secret("a key")
PACIFIC = ZoneInfo("America/Los_Angeles")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def _everything(_: httpx.Request, __: datetime) -> str | None:
    return "requests"


def _searches(request: httpx.Request, _: datetime) -> str | None:
    return "searches" if request.url.path.endswith("/search") else None


def _thread(request: httpx.Request, _: datetime) -> str | None:
    return request.url.path if "/thread/" in request.url.path else None


def _quota(request: httpx.Request, at: datetime, *, of_searches: bool) -> str | None:
    """YouTube counts by days, which end at midnight in California."""
    is_search = request.url.path.endswith("/search")
    return f"{at.astimezone(PACIFIC):%Y-%m-%d}" if is_search is of_searches else None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests in any `seconds`; `most` None: the platform documents no limit.

    `counts` names what a request at a moment is counted with, None: with nothing.
    """

    most: int | None
    seconds: float
    says: str
    counts: Callable[[httpx.Request, datetime], str | None] = _everything


@dataclass(frozen=True, slots=True)
class Place:
    """`starts_new`: what was there before the source is left unread."""

    config: SourceConfig
    dress: Dress
    limits: tuple[Limit, ...]
    starts_new: bool = False


def _at(name: str) -> str:
    return f"https://{host_of(name)}"


def host_of(name: str) -> str:
    """Each source's fake has a host, and so addresses, of its own."""
    return f"{name}.example"


def _undocumented(seconds: float) -> tuple[Limit, ...]:
    return (Limit(None, seconds, "none documented"),)


PLACES = (
    Place(
        MastodonSource("mastodon", _at("mastodon"), ("rivera", "ana"), ("Ana Rivera",), KEY), fake_server.mastodon,
        (Limit(300, 5 * MINUTE, "300 in 5 minutes"),),
    ),
    Place(RssSource("rss", f"{_at('rss')}/feed"), fake_server.feed, _undocumented(HOUR)),
    Place(
        GoogleNewsSource("googlenews", SEARCHES, server=_at("googlenews")), fake_server.feed, _undocumented(HOUR)
    ),
    Place(
        HackerNewsSource("hackernews", SEARCHES, _at("hackernews")), fake_server.hackernews,
        (Limit(10_000, HOUR, "10,000 an hour"),),
    ),
    Place(
        LemmySource("lemmy-3", _at("lemmy-3"), SEARCHES), fake_server.lemmy_3,
        (Limit(60, 10 * MINUTE, "60 searches in 10 minutes", _searches),),
    ),
    Place(
        LemmySource("lemmy-4", _at("lemmy-4"), SEARCHES), fake_server.lemmy_4,
        (Limit(60, 10 * MINUTE, "60 searches in 10 minutes", _searches),),
    ),
    Place(GdeltSource("gdelt", SEARCHES, _at("gdelt")), fake_server.gdelt, (Limit(1, 5.0, "1 in 5 seconds"),)),
    Place(
        FourchanSource("fourchan", ("news",), _at("fourchan")), fake_server.fourchan,
        (Limit(1, 1.0, "1 a second"), Limit(1, 10.0, "1 in 10 seconds for each thread", _thread)), starts_new=True,
    ),
    Place(
        XSource("x", KEY, SEARCHES, 100_000, server=_at("x")), fake_accounts.x,
        (Limit(450, 15 * MINUTE, "450 in 15 minutes"),),
    ),
    Place(
        RedditSource("reddit", "app", KEY, SEARCHES, server=_at("reddit")), fake_accounts.reddit,
        (Limit(100, MINUTE, "100 a minute"),),
    ),
    Place(
        YouTubeSource("youtube", KEY, SEARCHES, server=_at("youtube")), fake_accounts.youtube,
        (
            Limit(100, DAY, "100 searches a day", partial(_quota, of_searches=True)),
            Limit(10_000, DAY, "10,000 units a day", partial(_quota, of_searches=False)),
        ),
    ),
    Place(
        ThreadsSource("threads", KEY, SEARCHES, _at("threads")), fake_accounts.threads,
        (Limit(2200, DAY, "2,200 in 24 hours"),),
    ),
)  # fmt: skip
