from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.config import RssSource, Secret, XSource, YouTubeSource
from monitor.errors import SourceUnavailable
from monitor.sources.caps import Cap, caps_of, in_memory, seconds_left

POSTS = Cap("x", "posts", 100, usd=0.005)


def test_what_costs_money_or_is_limited_has_caps() -> None:
    assert caps_of(XSource("x", Secret(""), posts_per_day=100)) == (POSTS,)
    assert [cap.a_day for cap in caps_of(YouTubeSource("y", Secret("")))] == [
        "100 searches a day",
        "10,000 units a day",
    ]
    assert caps_of(RssSource("r", "x")) == ()


def test_a_cap_says_what_was_used_and_what_it_cost() -> None:
    assert POSTS.says(40) == "40 of 100 posts today (0.20 of 0.50 USD)"
    assert POSTS.a_day == "100 posts a day (0.50 USD)"


async def test_what_is_reserved_is_taken_until_nothing_is_left() -> None:
    budget = in_memory(POSTS)
    assert [await budget.reserve(60), await budget.reserve(60)] == [60, 40]
    with pytest.raises(SourceUnavailable, match="today's 100 posts are used up"):
        await budget.reserve(1)
    await budget.give_back(5)
    with pytest.raises(SourceUnavailable):
        await budget.reserve(60, least=10)
    assert budget.left() == 5, "what is too little is given back"


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("UTC", datetime(2026, 10, 1, 18, tzinfo=UTC), 6),
        ("America/Los_Angeles", datetime(2026, 10, 1, 18, tzinfo=UTC), 13),
        # The night in which clocks are set back has an hour more.
        ("America/Los_Angeles", datetime(2026, 11, 1, 7, tzinfo=UTC), 25),
    ],
)
def test_a_day_ends_at_midnight_in_its_zone(zone: str, now: datetime, hours: float) -> None:
    assert seconds_left(Cap("a", "units", 1, zone), now) == hours * 3600
