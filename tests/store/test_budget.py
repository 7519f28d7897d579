from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

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


def test_as_much_as_is_left_may_be_taken_at_once_and_given_back(store: Store) -> None:
    budget = DailyBudget(store, 100, lambda: NOON, "spent x posts")
    assert [budget.take_up_to(70), budget.take_up_to(70), budget.take_up_to(70)] == [70, 30, 0]
    assert budget.take_up_to(-40) == -40
    assert (budget.used(), budget.left()) == (60, 40)
    assert DailyBudget(store, 100, lambda: NOON, "spent x posts").left() == 40, "also after a restart"


def test_what_is_given_back_after_midnight_does_not_make_the_new_day_longer(store: Store) -> None:
    now = [NOON]
    budget = DailyBudget(store, 100, lambda: now[0], "spent x posts")
    budget.take_up_to(100)
    now[0] += timedelta(days=1)
    assert budget.take_up_to(-90) == 0
    assert budget.left() == 100


def test_budgets_of_other_names_are_left_alone(store: Store) -> None:
    now = [NOON]
    names = ("spent x posts", "spent x", "spent x posts of ours")
    budgets = [DailyBudget(store, 10, lambda: now[0], name) for name in names]
    for budget in budgets:
        budget.take()
    assert [budget.used() for budget in budgets] == [1, 1, 1]


def test_a_day_ends_where_the_quota_says(store: Store) -> None:
    now = [datetime(2026, 10, 20, 6, 59, tzinfo=UTC)]
    budget = DailyBudget(store, 1, lambda: now[0], "spent youtube units", ZoneInfo("America/Los_Angeles"))
    assert budget.take()
    assert not budget.take()
    now[0] += timedelta(minutes=2)
    assert budget.take()
