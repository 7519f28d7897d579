from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.desk import silencing
from monitor.desk.actions import EndSilence, SilenceFor
from monitor.desk.outcome import Known
from monitor.model import Claim, Did, NoticeKind, Person, SilenceScope

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
ACTION = SilenceFor(SilenceScope.CLAIM, "withdrawn", NOON + timedelta(hours=1), "a film is called that", "w-1")


def test_a_silence_has_an_author_a_reason_and_an_end_and_the_channel_is_told(ana: Person, claim: Claim) -> None:
    outcome = silencing.decide(ACTION, ana, NOON, Known(right_claim=claim))

    silence = outcome.silence
    assert silence is not None
    assert (silence.by, silence.reason, silence.until) == (ana, ACTION.reason, ACTION.until)
    assert silence.is_active(NOON)
    assert not silence.is_active(ACTION.until)
    assert [(event.did, event.incident_id) for event in outcome.events] == [(Did.SILENCED, "w-1")]
    (said,) = outcome.notices
    assert (said.incident_id, said.channel) == (None, None)
    assert (said.notice.kind, said.notice.subject) == (NoticeKind.SILENCE, silence.id)
    assert said.notice.title == "Ana Flores silenced the claim withdrawn until 20 Oct 2026 13:00 UTC"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"reason": "  "}, "why"),
        ({"until": NOON}, "over before it began"),
        ({"value": "no-such-claim"}, "no such claim"),
        ({"scope": SilenceScope.LINK, "value": "not a link"}, "no such link"),
        ({"scope": SilenceScope.ACCOUNT, "value": "somebody"}, "Write platform and name"),
        ({"scope": SilenceScope.THREAD, "value": "bluesky:"}, "no such thread"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(ana: Person, change: dict[str, object], part: str) -> None:
    outcome = silencing.decide(replace(ACTION, **change), ana, NOON, Known())  # type: ignore[arg-type]

    assert part in str(outcome.refusal)
    assert (outcome.silence, outcome.events, outcome.notices) == (None, (), ())


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        (SilenceScope.LINK, "https://example.org/page"),
        (SilenceScope.ACCOUNT, "bluesky:someone.example"),
        (SilenceScope.THREAD, "bluesky:at://did:plc:1/app.bsky.feed.post/1"),
    ],
)
def test_accounts_links_and_threads_can_be_silenced(ana: Person, scope: SilenceScope, value: str) -> None:
    assert silencing.decide(replace(ACTION, scope=scope, value=value), ana, NOON, Known()).refusal is None


def test_what_is_silenced_already_says_by_whom(ana: Person, ben: Person, claim: Claim) -> None:
    running = silencing.decide(ACTION, ana, NOON, Known(right_claim=claim)).silence

    outcome = silencing.decide(ACTION, ben, NOON, Known(right_claim=claim, silence=running))

    assert outcome.refusal is not None
    assert outcome.refusal.startswith("Ana Flores has silenced it already, until 20 Oct 2026 13:00 UTC")


def test_a_silence_that_is_ended_is_over_now(ana: Person, ben: Person, claim: Claim) -> None:
    running = silencing.decide(ACTION, ana, NOON, Known(right_claim=claim)).silence
    assert running is not None
    later = NOON + timedelta(minutes=5)

    outcome = silencing.decide(EndSilence(running.id), ben, later, Known(silence=running))

    assert outcome.silence == replace(running, until=later)
    assert [(event.did, event.who) for event in outcome.events] == [(Did.SILENCE_ENDED, ben)]
    again = silencing.decide(EndSilence(running.id), ben, later, Known(silence=outcome.silence))
    assert again.refusal == "It has ended already."
    assert silencing.decide(EndSilence("?"), ben, later, Known()).refusal == "There is no such silence."
