"""What a source may use up in a day: posts that cost money, searches and units of a quota.

Who builds a source hands it a `Budget` for each of its caps; what was taken is counted in the store, across restarts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.config import SourceConfig, XSource, YouTubeSource
from monitor.errors import SourceUnavailable

USD_PER_POST = 0.005
"""What X charges for reading a post (docs.x.com, pricing); one that is read again on the same UTC day is free."""
SEARCHES_PER_DAY, UNITS_PER_DAY = 100, 10_000
"""YouTube's quotas for one project (developers.google.com/youtube/v3/determine_quota_cost)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Spent(SourceUnavailable):
    """A cap is reached."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `per_day` of something for one source; a day ends at midnight in `zone`. `usd`: what each one costs."""

    source: str
    of: str
    per_day: int
    zone: str = "UTC"
    usd: float = 0.0

    @property
    def counter(self) -> str:
        return f"spent {self.source} {self.of}"

    @property
    def a_day(self) -> str:
        """ "3,000 posts a day (15.00 USD)"."""
        return f"{self.per_day:,} {self.of} a day" + (f" ({self.per_day * self.usd:.2f} USD)" if self.usd else "")

    def says(self, used: int) -> str:
        """ "1,200 of 3,000 posts today (6.00 of 15.00 USD)"."""
        cost = f" ({used * self.usd:.2f} of {self.per_day * self.usd:.2f} USD)" if self.usd else ""
        return f"{used:,} of {self.per_day:,} {self.of} today{cost}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a cap today.

    `take` takes up to so many and says how many it got; a negative number gives back. Take before a request and give
    back after it what was not used: then a crash between the two never spends more.
    """

    cap: Cap
    take: Callable[[int], int]
    left: Callable[[], int]
    now: Callable[[], datetime] = utc_now

    async def reserve(self, wanted: int, least: int = 1) -> int:
        """So many, or fewer down to `least`. Raises Spent where there are not, until the day ends."""
        got = await asyncio.to_thread(self.take, wanted)
        if got >= least:
            return got
        await self.give_back(got)
        wait = seconds_left(self.cap, self.now())
        until = f"it goes on at midnight ({self.cap.zone}), in {wait / 3600:.1f} hours"
        raise Spent(f"{self.cap.source}: today's {self.cap.per_day:,} {self.cap.of} are used up; {until}", wait)

    async def give_back(self, unused: int) -> None:
        if unused:
            await asyncio.to_thread(self.take, -unused)


def caps_of(config: SourceConfig) -> tuple[Cap, ...]:
    """The caps of a source, in the order in which its class takes their budgets."""
    match config:
        case XSource():
            return (Cap(config.name, "posts", config.posts_per_day, usd=USD_PER_POST),)
        case YouTubeSource():
            pacific = "America/Los_Angeles"
            return (
                Cap(config.name, "searches", config.searches_per_day, pacific),
                Cap(config.name, "units", config.units_per_day, pacific),
            )
        case _:
            return ()


def in_memory(cap: Cap) -> Budget:
    """A budget that is forgotten at the end of the process."""
    used = 0

    def take(wanted: int) -> int:
        nonlocal used
        got = min(wanted, max(0, cap.per_day - used))
        used += got
        return got

    return Budget(cap, take, lambda: max(0, cap.per_day - used))


def seconds_left(cap: Cap, now: datetime) -> float:
    """Until the cap's day ends."""
    zone = ZoneInfo(cap.zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return (datetime.combine(tomorrow, time(), zone).astimezone(UTC) - now).total_seconds()
