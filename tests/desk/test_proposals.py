from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor import rulebook
from monitor.desk import proposals
from monitor.desk.payload import Pressed
from monitor.desk.wiring import Desk
from monitor.model import Did, Notice, Proposal, ProposalState
from monitor.rulebook import edit
from monitor.store import events
from monitor.store import proposals as rows
from monitor.store.db import Store
from monitor.store.enqueue import decode
from tests.desk.scripted import ANA, CLAIM, NOW, Heard, click, open_desk

PROPOSED = Proposal("p1", "withdrawn", "withdrawn.toml", "not_this", "Ana quit the choir", ANA, NOW, incident_id="w-1")
PRESS = Pressed(ANA.id, "proposal_accept", "p1", "")


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> tuple[Desk, Heard]:
    with store.transaction() as db:
        rows.add(db, PROPOSED)
    return open_desk(store, tmp_path / "rules")


def file(tmp_path: Path) -> Path:
    return tmp_path / "rules" / "withdrawn.toml"


def told(store: Store) -> list[tuple[str | None, Notice]]:
    found = []
    for delivery_id, body in store.db.execute("SELECT delivery_id, body FROM outbox ORDER BY rowid").fetchall():
        notification = decode(delivery_id, body)
        assert notification.notice is not None
        found.append((notification.incident_id, notification.notice))
    return found


def state(store: Store) -> ProposalState:
    found = rows.get(store.db, "p1")
    assert found is not None
    return found.state


async def test_it_is_written_into_its_file_and_the_thread_shows_the_change(
    opened: tuple[Desk, Heard], store: Store, tmp_path: Path
) -> None:
    desk, heard = opened
    await proposals.accepted(desk, click(store), PRESS)
    assert file(tmp_path).read_text("utf-8") == CLAIM.replace("]\n\n", '  "Ana quit the choir",\n]\n\n')
    ((incident_id, notice),) = told(store)
    assert (incident_id, notice.title) == ("w-1", "Ana Flores added it to not_this in withdrawn.toml (12:00 UTC)")
    assert notice.quote is not None
    assert '+  "Ana quit the choir",' in notice.quote.splitlines()
    (event,) = events.of_incident(store.db, "w-1")
    assert (event.did, state(store), heard.said) == (Did.ACCEPTED, ProposalState.ACCEPTED, [])


async def test_what_is_settled_stays_so(opened: tuple[Desk, Heard], store: Store, tmp_path: Path) -> None:
    desk, heard = opened
    await proposals.discarded(desk, click(store, "a"), PRESS)
    await proposals.accepted(desk, click(store, "b"), PRESS)
    await proposals.accepted(desk, click(store, "c"), replace(PRESS, value="unknown"))
    assert heard.said == ["It was discarded before.", "There is no such proposal any more."]
    assert file(tmp_path).read_text("utf-8") == CLAIM
    assert state(store) is ProposalState.DISCARDED


async def test_a_test_of_the_claim_that_would_fail_leaves_the_file_as_it_is(
    opened: tuple[Desk, Heard], store: Store, tmp_path: Path
) -> None:
    desk, heard = opened
    with store.transaction() as db:
        rows.add(db, replace(PROPOSED, id="p2", text="Ana Rivera quit the race"))
    await proposals.accepted(desk, click(store), replace(PRESS, value="p2"))
    (said,) = heard.said
    assert said.startswith('withdrawn.toml stays as it is: a test of this claim would fail. "Ana Rivera quit the race"')
    assert "expected an alert for this claim" in said
    assert (file(tmp_path).read_text("utf-8"), told(store)) == (CLAIM, [])


async def test_a_failing_test_of_another_claim_is_not_its_business(
    opened: tuple[Desk, Heard], store: Store, tmp_path: Path
) -> None:
    other = tmp_path / "rules" / "ill.toml"
    other.write_text(other.read_text("utf-8") + '[[tests]]\npost = "never"\nexpect = "alert"\n', "utf-8")
    await proposals.accepted(opened[0], click(store), PRESS)
    assert state(store) is ProposalState.ACCEPTED


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "there is nothing in this file"),
        (CLAIM.replace('id = "withdrawn"', 'id = "renamed"'), "'withdrawn' is not in the rules folder any more"),
        (CLAIM.replace("Rivera dropped out", "Ana quit the choir"), "stands in 'phrasings' and in 'not_this'"),
    ],
)
async def test_a_file_that_staff_changed_meanwhile_is_left_to_them(
    opened: tuple[Desk, Heard], store: Store, tmp_path: Path, text: str, what: str
) -> None:
    file(tmp_path).write_text(text, "utf-8")
    await proposals.accepted(opened[0], click(store), PRESS)
    (said,) = opened[1].said
    assert what in said
    assert file(tmp_path).read_text("utf-8") == text
    assert state(store) is ProposalState.OPEN


async def test_a_file_that_cannot_be_written_leaves_the_proposal_open(
    opened: tuple[Desk, Heard], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    await proposals.accepted(opened[0], click(store), PRESS)
    assert "no space left on device" in opened[1].said[0]
    assert state(store) is ProposalState.OPEN


async def test_after_a_crash_between_file_and_store_it_is_accepted_all_the_same(
    opened: tuple[Desk, Heard], store: Store, tmp_path: Path
) -> None:
    edit.write(edit.plan(tmp_path / "rules", "withdrawn", PROPOSED.text))
    await proposals.accepted(opened[0], click(store), PRESS)
    claim = rulebook.load(tmp_path / "rules").claim("withdrawn")
    assert claim is not None
    assert claim.not_this == ("Rivera quit smoking", "Ana quit the choir")
    assert state(store) is ProposalState.ACCEPTED
    assert told(store)[0][1].lines == ("It stood there already.",)
