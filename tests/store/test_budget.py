from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from monitor.store.budget import DailyBudget
from monitor.store.db import Store
from monitor.store.summary import summary

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_so_many_may_be_taken_in_a_day_and_no_more(store: Store) -> None:
    budget = DailyBudget(store, 2, lambda: NOON)
    assert [budget.take() for _ in range(4)] == [True, True, False, False]


def test_a_restart_gives_nothing_back(store: Store) -> None:
    DailyBudget(store, 1, lambda: NOON).take()
    assert DailyBudget(store, 1, lambda: NOON + timedelta(hours=11)).take() is False


def test_midnight_utc_gives_a_new_day_and_the_old_one_is_forgotten(store: Store) -> None:
    now = [NOON]
    budget = DailyBudget(store, 1, lambda: now[0])
    budget.take()
    now[0] = (NOON + timedelta(hours=12)).astimezone(timezone(timedelta(hours=-5)))
    assert [budget.take(), budget.take()] == [True, False]
    rows = store.db.execute("SELECT name, value FROM counters").fetchall()
    assert rows == [("second opinions 2026-10-21", 1)]


def test_other_counters_are_left_alone(store: Store) -> None:
    store.db.execute("INSERT INTO counters VALUES ('matched', 7)")
    DailyBudget(store, 1, lambda: NOON).take()
    assert summary(store).posts_matched == 7
