from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Outage, Page
from monitor.store import outages, posts, sources, summary
from monitor.store.db import Store

NOW = datetime(2026, 11, 2, 3, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def fail(store: Store, minutes: int, error: str = "timed out", source: str = "sky") -> None:
    sources.save_failure(store, source, "bluesky", error, NOW, NOW + minutes * MINUTE)


def back(store: Store, minutes: int, source: str = "sky", gap: str | None = None) -> None:
    posts.save_page(store, source, "bluesky", Page((), "c", gap=gap), [], NOW + minutes * MINUTE)


def found(store: Store, since: int = -1000, until: int = 1000) -> list[Outage]:
    with store.reading() as db:
        return outages.between(db, NOW + since * MINUTE, NOW + until * MINUTE)


def test_a_source_is_blind_from_its_first_failure_until_a_page_comes(store: Store) -> None:
    back(store, -5)
    for minute in (0, 1, 3):
        fail(store, minute, f"error {minute}")
    assert found(store) == [Outage("sky", NOW, None, "error 3")]
    back(store, 42)
    back(store, 43)
    assert found(store) == [Outage("sky", NOW, NOW + 42 * MINUTE, "error 3")]


def test_each_outage_of_each_source_is_one(store: Store) -> None:
    fail(store, 0)
    fail(store, 1, source="feed")
    back(store, 2)
    fail(store, 5)
    assert [(one.source, one.began_at, one.ended_at) for one in found(store)] == [
        ("sky", NOW, NOW + 2 * MINUTE),
        ("feed", NOW + MINUTE, None),
        ("sky", NOW + 5 * MINUTE, None),
    ]


def test_a_clock_that_was_set_back_gives_no_outage_of_negative_length(store: Store) -> None:
    fail(store, 0)
    back(store, -60)
    assert found(store) == [Outage("sky", NOW, NOW, "timed out")]


def test_a_gap_reaches_back_to_the_last_page(store: Store) -> None:
    back(store, 0)
    back(store, 30, gap="the server forgot")
    assert found(store) == [Outage("sky", NOW, NOW + 30 * MINUTE, "the server forgot", is_gap=True)]


def test_an_outage_and_the_gap_that_it_left_are_both_remembered(store: Store) -> None:
    back(store, 0)
    fail(store, 1)
    back(store, 30, gap="the server forgot")
    assert [one.is_gap for one in found(store)] == [True, False]


def test_a_gap_on_the_first_page_ever_has_no_length(store: Store) -> None:
    back(store, 0, gap="older posts were not read")
    assert found(store) == [Outage("sky", NOW, NOW, "older posts were not read", is_gap=True)]


@pytest.mark.parametrize(
    ("since", "until", "sees"), [(-10, 0, 0), (-10, 1, 1), (5, 6, 1), (10, 20, 1), (11, 20, 0), (-10, 20, 1)]
)
def test_what_has_a_part_in_a_time_is_found(store: Store, since: int, until: int, sees: int) -> None:
    fail(store, 0)
    back(store, 10)
    assert len(found(store, since, until)) == sees


def test_the_time_in_which_the_service_did_not_run_was_blind(store: Store) -> None:
    assert outages.resume(store, NOW) is None, "a first start"
    summary.beat(store, NOW)
    assert outages.resume(store, NOW + timedelta(seconds=30)) is None, "a restart"
    away = outages.resume(store, NOW + 90 * MINUTE)
    assert away == Outage("monitor", NOW, NOW + 90 * MINUTE, "monitor was not running")
    assert found(store) == [away]


def test_old_outages_are_forgotten_and_a_lasting_one_is_not(store: Store) -> None:
    fail(store, 0)
    back(store, 5)
    fail(store, 6)
    outages.purge(store, NOW + 60 * MINUTE)
    assert [one.began_at for one in found(store)] == [NOW + 6 * MINUTE]
