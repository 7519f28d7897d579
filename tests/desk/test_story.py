from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.desk import silencing
from monitor.desk.actions import SilenceFor
from monitor.desk.outcome import Known
from monitor.desk.story import story
from monitor.model import Claim, Did, Event, Incident, IncidentState, Mention, Person, Post, Silence, SilenceScope
from monitor.store import events, incidents, posts, silences
from monitor.store.db import Store
from tests.invented import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def known(store: Store, incident: Incident, post: Post) -> Incident:
    with store.transaction() as db:
        posts.add(db, "posts", post, Mention(), NOON)
        incidents.save(db, incident)
        incidents.add_sighting(db, incident.id, post, NOON, None)
    return incident


def silenced(
    store: Store, by: Person, claim: Claim, scope: SilenceScope, value: str, at: datetime, incident: str | None = None
) -> Silence:
    """As the desk or the command line does it."""
    action = SilenceFor(scope, value, at + HOUR, "the debate is on", incident)
    outcome = silencing.decide(action, by, at, Known(right_claim=claim))
    assert outcome.silence is not None
    with store.transaction() as db:
        silences.add(db, outcome.silence)
        for event in outcome.events:
            events.add(db, event)
    return outcome.silence


def ended(store: Store, silence: Silence, at: datetime, who: Person | None = None) -> None:
    with store.transaction() as db:
        silences.end(db, silence.id, at)
        events.add(db, Event(at, who, Did.SILENCE_ENDED, before="the claim", note=silence.id))


def told(store: Store, incident: Incident) -> list[tuple[str, str]]:
    with store.reading() as db:
        return [(moment.what, moment.who) for moment in story(db, incident)][1:]


def test_a_silence_that_was_set_from_an_incident_is_in_its_story_with_its_end(
    store: Store, known: Incident, ana: Person, claim: Claim
) -> None:
    silence = silenced(store, ana, claim, SilenceScope.LINK, "https://fake.example/video", NOON + HOUR, known.id)
    ended(store, silence, NOON + 2 * HOUR)

    assert told(store, known) == [("silenced", "Ana Flores (U1ANA)"), ("ended a silence", "monitor")]


def test_a_silence_from_elsewhere_that_covers_one_of_its_posts_is_in_its_story(
    store: Store, known: Incident, post: Post, ana: Person, ben: Person, claim: Claim
) -> None:
    cli = Person("cli:ops", "ops")
    first = silenced(store, cli, claim, SilenceScope.CLAIM, known.claim_id, NOON + HOUR)
    account = f"{post.platform}:{post.author}"
    second = silenced(store, ana, claim, SilenceScope.ACCOUNT, account, NOON + 2 * HOUR, "another-1")
    ended(store, first, NOON + 3 * HOUR, ben)
    ended(store, second, NOON + 4 * HOUR)

    assert told(store, known) == [
        ("silenced", "ops (cli:ops)"),
        ("silenced", "Ana Flores (U1ANA)"),
        ("ended a silence", "Ben Okafor (U2BEN)"),
        ("ended a silence", "monitor"),
    ]


def test_silences_of_something_else_or_of_another_time_are_not_in_its_story(
    store: Store, known: Incident, ana: Person, claim: Claim
) -> None:
    silenced(store, ana, claim, SilenceScope.ACCOUNT, "x:somebody.else", NOON + HOUR)
    before = silenced(store, ana, claim, SilenceScope.CLAIM, known.claim_id, NOON - 3 * HOUR)
    ended(store, before, NOON - 2 * HOUR)
    closed = replace(known, state=IncidentState.CLOSED)
    silenced(store, ana, claim, SilenceScope.CLAIM, known.claim_id, NOON + 2 * HOUR)

    assert told(store, closed) == []


def test_that_its_claim_was_retired_is_in_its_story(store: Store, known: Incident, ana: Person) -> None:
    with store.transaction() as db:
        for claim_id in (known.claim_id, "ill"):
            events.add(db, Event(NOON + HOUR, ana, Did.RETIRED, after=claim_id, note="it came true"))

    assert told(store, known) == [("retired a claim", "Ana Flores (U1ANA)")]


@pytest.mark.parametrize("did", sorted(set(Did) - {Did.DRAFTED}))
def test_whatever_is_done_about_an_incident_is_in_its_story(
    store: Store, known: Incident, ana: Person, did: Did
) -> None:
    with store.transaction() as db:
        events.add(db, Event(NOON + HOUR, ana, did, known.id))
        events.add(db, Event(NOON + HOUR, ana, did, "another-1"))

    assert told(store, known) == [(did.value, "Ana Flores (U1ANA)")]
