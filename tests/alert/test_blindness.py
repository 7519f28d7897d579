from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.blindness import blind_spots, lasted
from monitor.model import Outage

DAY = datetime(2026, 11, 2, tzinfo=UTC)
END = DAY + timedelta(days=1)


def at(hour: int, minute: int = 0) -> datetime:
    return DAY + timedelta(hours=hour, minutes=minute)


def spots(*outages: Outage) -> tuple[str, ...]:
    return blind_spots(outages, DAY, END)


def test_a_blind_spot_says_who_how_long_when_and_why() -> None:
    assert spots(Outage("bluesky", at(3, 10), at(3, 52), "bluesky: timed out")) == (
        "bluesky was blind for 42 min (03:10-03:52 UTC): timed out",
    )


def test_a_request_that_failed_once_is_no_blind_spot() -> None:
    assert spots(Outage("bluesky", at(3), at(3) + timedelta(seconds=59), "reset")) == ()


def test_several_outages_of_a_source_are_one_line() -> None:
    found = spots(
        Outage("sky", at(3), at(3, 10), "reset"),
        Outage("sky", at(5), at(6, 30), "timed out"),
        Outage("feed", at(4), at(4, 5), "503"),
    )
    assert found == (
        "feed was blind for 5 min (04:00-04:05 UTC): 503",
        "sky was blind 2 times, 1 h 40 min in all (longest 05:00-06:30 UTC): timed out",
    )


def test_what_still_lasts_is_said_first_of_all() -> None:
    found = spots(Outage("sky", at(3), at(3, 10), "reset"), Outage("sky", at(23), None, "refused"))
    assert found == ("sky is blind since 23:00 UTC, 70 min in all: refused",)


def test_what_began_days_ago_says_its_day_and_counts_only_the_time_asked_for() -> None:
    began = DAY - timedelta(days=3)
    assert spots(Outage("sky", began, None, "refused")) == ("sky is blind since 30 Oct 00:00 UTC: refused",)
    assert spots(Outage("sky", began, at(1), "refused")) == ("sky was blind for 60 min (00:00-01:00 UTC): refused",)


def test_missed_posts_are_told_beside_the_outage_that_lost_them() -> None:
    found = spots(
        Outage("sky", at(3), at(4), "reset"),
        Outage("sky", at(2, 59), at(4), "the server forgot", is_gap=True),
        Outage("feed", at(9), at(9), "too many posts", is_gap=True),
        Outage("feed", at(9), at(10), "too many posts", is_gap=True),
    )
    assert found == (
        "feed missed posts 2 times, last at 10:00 UTC: too many posts",
        "sky was blind for 60 min (03:00-04:00 UTC): reset",
        "sky missed posts at 04:00 UTC: the server forgot",
    )


def test_text_from_servers_is_inert_and_short() -> None:
    (line,) = spots(Outage("s\x1b[2Jky\n", at(3), at(4), "<b>\u202e" + "x" * 500))
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert len(line) < 260


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (4, "4 s"), (99, "99 s"), (100, "2 min"), (42 * 60, "42 min"), (99 * 60, "99 min"),
     (100 * 60, "1 h 40 min"), (3 * 3600, "3 h"), (47 * 3600, "47 h"), (60 * 3600, "2 days")],
)  # fmt: skip
def test_durations_are_as_people_say_them(seconds: int, said: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == said
