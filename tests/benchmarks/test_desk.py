from __future__ import annotations

import random

from benchmarks.parts.desk.faults import SHARES, button_of
from benchmarks.parts.desk.steps import TRIED, WRITTEN, note_steps
from benchmarks.parts.desk.storm import _order
from benchmarks.parts.desk.world import StubMatcher, campaign, text_of
from monitor.model import Mention, Post, Severity
from monitor.store import outbox
from monitor.store.db import Store
from tests.peers.proxy import Fault
from tests.store.outgoing import NOON, claim_all, claim_one, note, put

CRITICAL, LOW = 0, 3


def test_an_alert_that_was_tried_before_a_more_severe_one_that_waited_is_out_of_order() -> None:
    both = [(WRITTEN, "low", LOW), (WRITTEN, "critical", CRITICAL)]
    assert _order([*both, (TRIED, "critical", CRITICAL), (TRIED, "low", LOW)]) == (1, 0)
    assert _order([*both, (TRIED, "low", LOW), (TRIED, "critical", CRITICAL)]) == (1, 1)


def test_a_more_severe_alert_that_came_later_was_not_waiting() -> None:
    steps = [(WRITTEN, "low", LOW), (TRIED, "low", LOW), (WRITTEN, "critical", CRITICAL), (TRIED, "critical", CRITICAL)]
    assert _order(steps) == (0, 0)


def test_the_database_notes_what_was_there_before_each_first_attempt(store: Store) -> None:
    note_steps(store)
    put(store, note("late"))
    claim_one(store)
    put(store, note("early"))
    outbox.mark_retry(store, "late", "busy", NOON)
    claim_all(store)
    noted = store.db.execute("SELECT step, delivery_id FROM benchmark_steps ORDER BY number").fetchall()
    assert noted == [(WRITTEN, "late"), (TRIED, "late"), (WRITTEN, "early"), (TRIED, "early")]


def test_every_fault_that_is_asked_for_is_injected() -> None:
    assert set(SHARES) == set(Fault) - {Fault.SILENCE}
    assert 0.1 < sum(SHARES.values()) < 0.3


def test_a_press_is_known_by_its_button() -> None:
    assert button_of({"action_id": "take_on", "value": "w-1|-"}) == ("take_on", "w-1|-")
    assert button_of({"action_id": "more", "selected_option": {"value": "close|w-1"}}) == ("more", "close|w-1")


def test_the_stub_judge_reads_the_number_of_a_claim() -> None:
    rules = campaign(8, seed=1)
    assert sorted(claim.severity for claim in rules.claims) == sorted(list(Severity) * 2)
    (match, nothing) = StubMatcher().match(
        [(Post("1", text_of(7, random.randint(0, 9))), Mention()), (Post("2", "hello"), Mention())],
        None,  # type: ignore[arg-type]
    )
    assert match is not None
    assert match.claim_id == rules.claims[7].id
    assert nothing is None
