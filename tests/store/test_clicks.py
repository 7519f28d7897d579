from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Click, ClickKind
from monitor.store import clicks
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def click(number: int) -> Click:
    return Click(f"trigger-{number}", ClickKind.ACTION, b'{"type": "block_actions"}', NOW + timedelta(seconds=number))


def test_clicks_wait_in_the_order_in_which_they_came(store: Store) -> None:
    for number in (2, 1, 3):
        assert clicks.add(store, click(number))

    assert clicks.waiting(store, 2) == [click(1), click(2)]


def test_a_click_that_slack_sends_twice_is_stored_once(store: Store) -> None:
    clicks.add(store, click(1))

    assert not clicks.add(store, click(1))
    assert clicks.waiting(store, 10) == [click(1)]


def test_a_handled_click_never_comes_up_again_even_if_slack_sends_it_again(store: Store) -> None:
    clicks.add(store, click(1))
    with store.transaction() as db:
        assert clicks.handled(db, "trigger-1", NOW)
        assert not clicks.handled(db, "trigger-1", NOW)

    assert not clicks.add(store, click(1))
    assert clicks.waiting(store, 10) == []


def test_a_click_that_nobody_stored_cannot_be_handled(store: Store) -> None:
    with store.transaction() as db:
        assert not clicks.handled(db, "trigger-1", NOW)


def test_what_a_handled_click_said_is_forgotten(store: Store) -> None:
    clicks.add(store, click(1))
    with store.transaction() as db:
        clicks.handled(db, "trigger-1", NOW)

    assert store.db.execute("SELECT body FROM clicks").fetchone() == (b"",)


def test_a_crash_while_it_is_handled_leaves_a_click_waiting(store: Store) -> None:
    clicks.add(store, click(1))

    def crash() -> None:
        with store.transaction() as db:
            clicks.handled(db, "trigger-1", NOW)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        crash()
    assert clicks.waiting(store, 10) == [click(1)]


def test_a_click_that_failed_is_not_tried_again_and_its_error_is_kept(store: Store) -> None:
    clicks.add(store, click(1))
    with store.transaction() as db:
        clicks.failed(db, "trigger-1", "no such button", NOW)

    assert clicks.waiting(store, 10) == []
    assert store.db.execute("SELECT error FROM clicks").fetchone() == ("no such button",)


def test_purging_forgets_handled_clicks_and_keeps_those_that_wait(store: Store) -> None:
    for number in (1, 2, 3):
        clicks.add(store, click(number))
    with store.transaction() as db:
        clicks.handled(db, "trigger-1", NOW)
        clicks.handled(db, "trigger-2", NOW + timedelta(days=1))

    assert clicks.purge(store, NOW + timedelta(hours=1)) == 1
    assert clicks.waiting(store, 10) == [click(3)]
    assert clicks.purge(store, NOW + timedelta(days=2)) == 1
