from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.desk import not_this
from monitor.desk.actions import TakeOn
from monitor.desk.not_this import Spared
from monitor.desk.payload import Pressed
from monitor.desk.wiring import Desk
from monitor.model import LookAlike, Notification
from monitor.store import clicks, incidents, look_alikes
from monitor.store.db import Store
from monitor.store.enqueue import decode
from tests.desk.scripted import ANA, NOW, click, open_desk, post, send


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path / "rules")[0]


def press(incident_id: str) -> Pressed:
    return Pressed(ANA.id, "not_this", incident_id, "")


def notices(store: Store) -> list[str]:
    found = []
    for delivery_id, body in store.db.execute(
        "SELECT delivery_id, body FROM outbox WHERE kind = 'notice' ORDER BY rowid"
    ).fetchall():
        notification: Notification = decode(delivery_id, body)
        if notification.notice is not None:
            found.append(" / ".join((notification.notice.title, *notification.notice.lines)))
    return found


async def mark(desk: Desk, key: str = "click") -> str:
    (incident,) = incidents.open_incidents(desk.store)
    await not_this.pressed(desk, click(desk.store, key), press(incident.id))
    return incident.id


def decided(desk: Desk, key: str) -> str:
    return str(desk.store.db.execute("SELECT decided FROM posts WHERE key = ?", [key]).fetchone()[0])


async def test_posts_like_it_stay_quiet_from_now_on_and_after_a_restart(desk: Desk) -> None:
    send(desk, post(1, "Ana Rivera quit the choir"))
    await mark(desk)
    send(desk, post(2, "Ana Rivera quit the choir"), post(3, "Ana Rivera quit the race"))
    assert (decided(desk, "bluesky:2"), decided(desk, "bluesky:3")) == ("quiet", "alert")

    written = desk.pipeline._written
    desk.pipeline.swap(desk.pipeline.stages.with_rules(written))
    desk.pipeline.learn()
    assert "+" in desk.rules().version
    send(desk, post(4, "Ana Rivera quit the choir"))
    assert decided(desk, "bluesky:4") == "quiet"


async def test_a_slip_taken_back_is_forgotten_at_once(desk: Desk) -> None:
    send(desk, post(1, "Ana Rivera quit the race"))
    incident_id = await mark(desk)
    await desk.do(click(desk.store, "second"), TakeOn(incident_id, None))
    send(desk, post(2, "Ana Rivera quit the race"))
    assert decided(desk, "bluesky:2") == "alert"
    assert desk.rules() == desk.pipeline._written


async def test_it_tells_how_many_earlier_alerts_it_would_have_prevented(desk: Desk) -> None:
    send(desk, post(1, "Ana Rivera quit the choir"), post(2, "Ana Rivera quit  the choir", author="b"))
    send(desk, post(3, "Ana Rivera quit the race"))
    await mark(desk)
    said = notices(desk.store)
    assert said[-1].startswith("Known before, it would have prevented 1 of the 2 earlier alerts of this claim")
    assert len(said) == 3


async def test_a_press_that_is_handled_again_does_and_says_nothing_new(desk: Desk) -> None:
    send(desk, post(1, "Ana Rivera quit the choir"))
    incident_id = await mark(desk)
    said = notices(desk.store)
    await not_this.pressed(desk, click(desk.store), press(incident_id))
    assert notices(desk.store) == said
    assert clicks.waiting(desk.store, 10) == []
    assert len(look_alikes.every(desk.store)) == 1


async def test_alerts_that_somebody_confirmed_are_counted_by_themselves(desk: Desk) -> None:
    send(desk, post(1, "Ana Rivera quit the choir"))
    (incident,) = incidents.open_incidents(desk.store)
    with desk.store.transaction() as db:
        incidents.save(db, replace(incident, owner=ANA))
    missed = LookAlike("withdrawn", "Ana Rivera quit the choir", "bluesky:9", ANA, NOW)
    assert await not_this.count(desk, missed) == Spared(1, 1, 1)
    assert await not_this.count(desk, replace(missed, text="something else")) == Spared(1, 0, 0)
    assert await not_this.count(desk, replace(missed, post_key="bluesky:1")) == Spared(0, 0, 0)
    assert await not_this.count(desk, replace(missed, claim_id="ill")) == Spared(0, 0, 0)


async def test_many_alerts_are_counted_a_few_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(not_this, "MOST_POSTS", 2)
    monkeypatch.setattr(not_this, "AT_A_TIME", 1)
    send(desk, *(post(number, "Ana Rivera quit the choir" + " " * number) for number in range(1, 5)))
    assert await not_this.count(desk, LookAlike("withdrawn", "Ana Rivera quit the choir", "-", ANA, NOW)) == Spared(
        2, 2, 0
    )


async def test_an_incident_that_is_gone_is_said_to_be(store: Store, tmp_path: Path) -> None:
    desk, heard = open_desk(store, tmp_path / "rules")
    await not_this.pressed(desk, click(store), press("withdrawn-gone"))
    assert heard.said == ["This incident is no longer stored."]
    assert notices(store) == []
