"""Corrections, answers, nudges, look-alikes and proposals: what they say of themselves when they are read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import (
    Incident,
    IncidentState,
    LookAlike,
    Nudge,
    NudgeKind,
    Person,
    PostedText,
    Proposal,
    ProposalState,
)
from monitor.store import answers, corrections, incidents, look_alikes, nudges, proposals
from monitor.store.answers import Answer
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ANA, BEN = Person("U1", "Ana Flores"), Person("U2", "Ben Okafor")
POSTED = PostedText(ANA, NOW, "bluesky", "en", "She is on the ballot.", "https://example.org/1")
PROPOSAL = Proposal("p1", "withdrawn", "withdrawn.toml", "not_this", "Rivera quit smoking", ANA, NOW)


@pytest.fixture(autouse=True)
def incident(store: Store) -> None:
    with store.transaction() as db:
        incidents.save(db, Incident("w-1", "withdrawn", IncidentState.OPEN, "x:1", NOW, NOW))


def test_every_version_of_a_correction_is_kept_and_the_latest_counts(store: Store) -> None:
    changed = replace(POSTED, by=BEN, at=LATER, text="She is on the November ballot.")
    with store.transaction() as db:
        assert corrections.latest(db, "w-1") is None
        corrections.add(db, "w-1", POSTED)
        corrections.add(db, "w-1", changed)

        assert corrections.of_incident(db, "w-1") == [POSTED, changed]
        assert corrections.latest(db, "w-1") == changed


def test_the_first_to_answer_a_post_stands(store: Store) -> None:
    with store.transaction() as db:
        assert answers.add(db, "w-1", Answer("x:1", ANA, NOW)) == Answer("x:1", ANA, NOW)
        assert answers.add(db, "w-1", Answer("x:1", BEN, LATER)) == Answer("x:1", ANA, NOW)
        answers.add(db, "w-1", Answer("x:0", BEN, LATER))

        assert answers.of_incident(db, "w-1") == [Answer("x:1", ANA, NOW), Answer("x:0", BEN, LATER)]
        assert answers.get(db, "w-1", "x:2") is None


def test_a_nudge_is_recorded_once_for_each_spell_of_quiet(store: Store) -> None:
    asked = Nudge(NudgeKind.OWNER_ASKED, "U1 12:00", NOW)
    with store.transaction() as db:
        assert nudges.add(db, "w-1", asked)
        assert not nudges.add(db, "w-1", replace(asked, at=LATER))
        assert nudges.add(db, "w-1", replace(asked, about="U1 12:30"))

        assert nudges.of_incident(db, "w-1") == {asked, replace(asked, about="U1 12:30")}


def test_a_look_alike_can_be_taken_back(store: Store) -> None:
    one = LookAlike("withdrawn", "Rivera quit smoking", "x:1", ANA, NOW)
    other = replace(one, post_key="x:2")
    with store.transaction() as db:
        look_alikes.add(db, one)
        look_alikes.add(db, replace(one, by=BEN))
        look_alikes.add(db, other)
        look_alikes.take_back(db, "withdrawn", "x:2")

    assert look_alikes.every(store) == [replace(one, by=BEN)]


def test_a_proposal_is_settled_once(store: Store) -> None:
    with store.transaction() as db:
        assert proposals.add(db, PROPOSAL)
        assert not proposals.add(db, replace(PROPOSAL, text="something else"))
    assert proposals.open_proposals(store) == [PROPOSAL]

    with store.transaction() as db:
        assert proposals.settle(db, "p1", ProposalState.ACCEPTED)
        assert not proposals.settle(db, "p1", ProposalState.DISCARDED)
        assert not proposals.settle(db, "p9", ProposalState.ACCEPTED)
        assert proposals.get(db, "p1") == replace(PROPOSAL, state=ProposalState.ACCEPTED)
        assert proposals.get(db, "p9") is None
    assert proposals.open_proposals(store) == []


def test_only_open_uncorrected_incidents_that_people_were_told_of_are_on_the_clock(store: Store) -> None:
    told = Incident("w-2", "withdrawn", IncidentState.OPEN, "x:2", NOW, NOW, has_message=True, alerted_at=NOW)
    with store.transaction() as db:
        incidents.save(db, told)
        incidents.save(db, replace(told, id="w-3", state=IncidentState.CLOSED))
        incidents.save(db, replace(told, id="w-4", corrected_at=NOW))
        incidents.save(db, replace(told, id="w-5", has_message=False))

        assert incidents.on_the_clock(db) == [told]


def test_an_incident_can_move_to_another_claim(store: Store) -> None:
    moved = Incident("w-1", "ill", IncidentState.OPEN, "x:1", NOW, NOW)
    with store.transaction() as db:
        incidents.save(db, moved)

        assert incidents.get(db, "w-1") == moved
