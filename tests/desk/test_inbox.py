from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from monitor.desk import inbox
from monitor.desk.inbox import OUR_MISTAKE, PRESS_AGAIN, Inbox, read
from monitor.errors import DeliveryUnknown, TooLate
from monitor.model import Click, ClickKind
from monitor.store import clicks
from monitor.store.db import Store

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def press(trigger: str, user: str = "U1", action: str = "take_on") -> dict[str, object]:
    return {"type": "block_actions", "trigger_id": trigger, "user": {"id": user}, "actions": [{"action_id": action}]}


class Desk:
    """Handles clicks as it is told: `fails` by key; while `gate` is closed it waits, for the keys in `slow`."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.fails: dict[str, Exception] = {}
        self.slow: set[str] = set()
        self.gate = asyncio.Event()
        self.expected = 0
        self.enough = asyncio.Event()

    async def handle(self, click: Click) -> None:
        self.begun.append(click.key)
        if click.key in self.slow:
            await self.gate.wait()
        if click.key in self.fails:
            self._count()
            raise self.fails[click.key]
        self.done.append(click.key)
        self._count()

    async def tell(self, click: Click, text: str) -> None:
        self.told.append((click.key, text))
        self._count()

    def _count(self) -> None:
        if len(self.done) + len(self.told) >= self.expected:
            self.enough.set()

    async def until(self, expected: int) -> None:
        self.expected = expected
        self.enough.clear()
        self._count()
        async with asyncio.timeout(600):
            await self.enough.wait()


def no_answer(click: Click) -> dict[str, object] | None:
    return None


@contextmanager
def opened(store: Store, desk: Desk) -> Iterator[Inbox]:
    with Inbox(store, desk.handle, no_answer, desk.tell, lambda: NOW) as opened:
        yield opened


async def work_until(inbox: Inbox, desk: Desk, expected: int) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(inbox.work(stop))
        await desk.until(expected)
        stop.set()


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        (press("1.2"), ClickKind.ACTION, "1.2"),
        (
            {"type": "view_submission", "trigger_id": "3.4", "user": {"id": "U1"}, "view": {}},
            ClickKind.SUBMISSION,
            "3.4",
        ),
        ({"type": "message_action", "trigger_id": "5.6"}, ClickKind.SHORTCUT, "5.6"),
        ({"command": "/monitor", "text": "status", "trigger_id": "7.8"}, ClickKind.COMMAND, "7.8"),
        (
            {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "user": "U1"}},
            ClickKind.HOME,
            "Ev1",
        ),
    ],
)
def test_every_kind_of_interaction_is_a_click(body: dict[str, object], kind: ClickKind, key: str) -> None:
    click = read(body, NOW)
    assert click is not None
    assert (click.kind, click.key, json.loads(click.body)) == (kind, key, body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "view_closed"},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": ["block_actions"]},
    ],
)
def test_what_asks_for_nothing_is_no_click(body: dict[str, object]) -> None:
    assert read(body, NOW) is None


def test_a_payload_without_a_key_of_its_own_is_known_by_what_it_says() -> None:
    first, same, other = (read({"command": "/monitor", "text": text}, NOW) for text in ("a", "a", "b"))
    assert first is not None
    assert same is not None
    assert other is not None
    assert first.key == same.key != other.key


async def test_a_click_that_comes_twice_is_handled_once(store: Store) -> None:
    desk = Desk()
    with opened(store, desk) as inbox:
        await inbox.receive(press("1"))
        await inbox.receive(press("1"))
        await inbox.receive(press("2"))
        await work_until(inbox, desk, 2)
    assert desk.begun == ["1", "2"]
    assert clicks.waiting(store, 9) == []


async def test_what_a_dead_process_left_is_handled_at_the_start_oldest_first(store: Store) -> None:
    with opened(store, Desk()) as dead:
        for trigger in ("1", "2", "3"):
            await dead.receive(press(trigger))
    desk = Desk()
    with opened(store, desk) as inbox:
        await work_until(inbox, desk, 3)
    assert desk.done == ["1", "2", "3"]


async def test_a_click_that_fails_is_kept_with_its_error_and_the_ones_behind_it_go_on(store: Store) -> None:
    desk = Desk()
    desk.fails = {
        "1": TooLate("views.open: the click is too old"),
        "2": DeliveryUnknown("Slack did not answer"),
        "3": ZeroDivisionError("oops"),
    }
    with opened(store, desk) as inbox:
        for trigger in ("1", "2", "3", "4"):
            await inbox.receive(press(trigger))
        await work_until(inbox, desk, 4)
    assert desk.told == [("1", PRESS_AGAIN), ("2", "That did not work: Slack did not answer"), ("3", OUR_MISTAKE)]
    assert desk.done == ["4"]
    errors = dict(store.db.execute("SELECT key, error FROM clicks WHERE error IS NOT NULL").fetchall())
    assert "ZeroDivisionError" in errors["3"]
    assert clicks.waiting(store, 9) == []


async def test_what_failed_after_it_was_done_is_not_to_be_pressed_again(store: Store) -> None:
    desk = Desk()

    async def handle(click: Click) -> None:
        with store.transaction() as db:
            clicks.handled(db, click.key, NOW)
        if click.key == "1":
            raise DeliveryUnknown("the answer was lost")
        await desk.handle(click)

    with Inbox(store, handle, no_answer, desk.tell, lambda: NOW) as inbox:
        await inbox.receive(press("1"))
        await inbox.receive(press("2"))
        await work_until(inbox, desk, 1)
    assert desk.told == []


async def test_people_do_not_wait_for_one_another_and_a_persons_clicks_stay_in_order(store: Store) -> None:
    desk = Desk()
    desk.slow = {"slow"}
    with opened(store, desk) as inbox:
        for trigger, user in (("slow", "U1"), ("behind", "U1"), ("other", "U2")):
            await inbox.receive(press(trigger, user))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(inbox.work(stop))
            await desk.until(1)
            assert desk.done == ["other"]
            desk.gate.set()
            await desk.until(3)
            stop.set()
    assert desk.done == ["other", "slow", "behind"]


async def test_what_is_not_finished_when_the_service_stops_waits_for_the_next_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "FINISH_SECONDS", 0.01)
    desk, stop = Desk(), asyncio.Event()
    desk.slow = {"1"}
    with opened(store, desk) as box:
        await box.receive(press("1"))
        working = asyncio.create_task(box.work(stop))
        async with asyncio.timeout(600):
            while not desk.begun:  # noqa: ASYNC110 - a turn of the loop, no sleep
                await asyncio.sleep(0)
        stop.set()
        await working
    assert [click.key for click in clicks.waiting(store, 9)] == ["1"]


async def test_a_form_with_mistakes_is_answered_and_not_stored(store: Store) -> None:
    errors: dict[str, object] = {"response_action": "errors", "errors": {"url": "not an address"}}
    answers: dict[str, dict[str, object] | None] = {
        "wrong": errors,
        "right": {"response_action": "push"},
        "plain": None,
    }
    desk = Desk()
    with Inbox(store, desk.handle, lambda click: answers[click.key], desk.tell, lambda: NOW) as box:
        given = {name: await box.receive(press(name)) for name in answers}
    assert given == answers
    assert [click.key for click in clicks.waiting(store, 9)] == ["right", "plain"]


async def test_a_form_on_whose_answer_we_stumble_is_stored_all_the_same(store: Store) -> None:
    def stumble(click: Click) -> dict[str, object] | None:
        raise KeyError("values")

    desk = Desk()
    with Inbox(store, desk.handle, stumble, desk.tell, lambda: NOW) as box:
        assert await box.receive(press("1")) is None
    assert len(clicks.waiting(store, 9)) == 1


async def test_a_click_is_stored_while_the_pipeline_holds_its_lock(store: Store) -> None:
    with opened(store, Desk()) as box, store.reading():
        await asyncio.wait_for(box.receive(press("1")), 600)
    assert len(clicks.waiting(store, 9)) == 1


async def test_a_click_that_cannot_be_stored_is_not_acknowledged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "STORE_SECONDS", 0.0)
    with opened(store, Desk()) as box, store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        await box.receive(press("1"))


async def test_a_click_waits_for_whoever_writes(store: Store) -> None:
    with opened(store, Desk()) as box:
        with store.transaction():
            taking = asyncio.create_task(box.receive(press("1")))
            await asyncio.sleep(0)
        await taking
    assert len(clicks.waiting(store, 9)) == 1
