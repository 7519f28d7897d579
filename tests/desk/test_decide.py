from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor.config import DeskConfig
from monitor.desk.actions import (
    AcceptProposal,
    Answered,
    Close,
    Confirm,
    DiscardProposal,
    Escalate,
    Look,
    NotThisClaim,
    OnIncident,
    PostedCorrection,
    TakeOn,
    WrongClaim,
)
from monitor.desk.decide import decide, on_proposal
from monitor.desk.outcome import Known, Outcome, confirmed_by, described, written
from monitor.model import (
    Claim,
    Did,
    Event,
    Incident,
    IncidentState,
    NoticeKind,
    Person,
    Post,
    PostedText,
    Proposal,
    ProposalState,
    Rules,
    ShareLink,
)
from monitor.store.answers import Answer

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=4)
DESK = DeskConfig(escalate_to="S0TEAM", amplifiers="C0SHARE")
POSTED = PostedCorrection("i", "https://example.org/c/1", "She is on the ballot.", "bluesky", "en")


def done(
    action: OnIncident, incident: Incident, person: Person, known: Known | None = None, desk: DeskConfig = DESK
) -> Outcome:
    return decide(action, incident, person, NOW, desk, known or Known())


def dids(outcome: Outcome) -> list[Did]:
    return [event.did for event in outcome.events]


def owned(incident: Incident, person: Person) -> Incident:
    at = NOW - timedelta(seconds=4)
    return replace(incident, owner=person, owned_at=at, owner_active_at=at)


def test_whoever_presses_first_has_it(incident: Incident, ana: Person) -> None:
    outcome = done(TakeOn("i", None), incident, ana)

    assert outcome.incident == replace(incident, owner=ana, owned_at=NOW, owner_active_at=NOW)
    assert outcome.events == (Event(NOW, ana, Did.TOOK_ON, incident.id, "", "Ana Flores (U1ANA)"),)
    assert [said.notice.title for said in outcome.notices] == ["Ana Flores has it (12:04 UTC)"]
    assert outcome.update


def test_whoever_presses_at_the_same_time_is_told_who_was_faster(incident: Incident, ana: Person, ben: Person) -> None:
    taken = owned(incident, ana)

    outcome = done(TakeOn("i", None), taken, ben)

    assert outcome.refusal == "Ana Flores took it 4 s ago; press again to take it over."
    assert (outcome.incident, outcome.events, outcome.notices, outcome.update) == (taken, (), (), False)


def test_pressing_again_hands_it_over_and_tells_the_one_who_had_it(
    incident: Incident, ana: Person, ben: Person
) -> None:
    outcome = done(TakeOn("i", ana.id), owned(incident, ana), ben)

    assert outcome.incident is not None
    assert (outcome.incident.owner, outcome.incident.owned_at) == (ben, NOW)
    assert [(event.did, event.before, event.after) for event in outcome.events] == [
        (Did.HANDED_OVER, "Ana Flores (U1ANA)", "Ben Okafor (U2BEN)")
    ]
    (said,) = outcome.notices
    assert said.notice.title == "Ben Okafor took it over from Ana Flores (12:04 UTC)"
    assert said.notice.ping == (ana.id,)


def test_an_owner_who_was_released_meanwhile_can_be_followed(incident: Incident, ana: Person, ben: Person) -> None:
    assert dids(done(TakeOn("i", ana.id), incident, ben)) == [Did.TOOK_ON]


def test_an_owner_who_presses_again_is_still_there(incident: Incident, ana: Person) -> None:
    outcome = done(TakeOn("i", ana.id), owned(incident, ana), ana)

    assert outcome.answer == "You have it, since 12:03 UTC."
    assert (outcome.events, outcome.notices) == ((), ())
    assert outcome.incident is not None
    assert outcome.incident.owner_active_at == NOW


def test_somebody_of_the_command_line_is_not_pinged(incident: Incident, ben: Person) -> None:
    shell = Person("cli:root", "root")

    (said,) = done(TakeOn("i", shell.id), owned(incident, shell), ben).notices

    assert said.notice.ping == ()


@pytest.mark.parametrize("state", [IncidentState.CLOSED, IncidentState.FALSE_ALARM])
def test_taking_on_what_is_over_opens_it_again(incident: Incident, ana: Person, state: IncidentState) -> None:
    outcome = done(TakeOn("i", None), replace(incident, state=state), ana)

    assert dids(outcome) == [Did.REOPENED, Did.TOOK_ON]
    assert outcome.incident is not None
    assert outcome.incident.state is IncidentState.OPEN
    assert outcome.taken_back == (state is IncidentState.FALSE_ALARM)


def test_an_owner_can_open_it_again_too(incident: Incident, ana: Person) -> None:
    closed = replace(owned(incident, ana), state=IncidentState.CLOSED, corrected_at=NOON)

    outcome = done(TakeOn("i", ana.id), closed, ana)

    assert dids(outcome) == [Did.REOPENED]
    assert outcome.incident is not None
    assert outcome.incident.state is IncidentState.CORRECTED


def test_not_this_claim_makes_a_look_alike_a_verdict_and_a_proposal(
    incident: Incident, ana: Person, claim: Claim, post: Post
) -> None:
    outcome = done(NotThisClaim("i"), incident, ana, Known(claim=claim, first=post, look_alike="Rivera quit smoking"))

    assert outcome.incident == replace(incident, state=IncidentState.FALSE_ALARM)
    assert dids(outcome) == [Did.FALSE_ALARM, Did.PROPOSED]
    assert outcome.verdicts == (("withdrawn", False),)
    assert outcome.look_alike is not None
    assert (outcome.look_alike.text, outcome.look_alike.post_key) == ("Rivera quit smoking", post.key)
    assert outcome.proposal is not None
    assert (outcome.proposal.text, outcome.proposal.file) == ("Rivera quit smoking", "withdrawn.toml")
    said, proposed = (said.notice for said in outcome.notices)
    assert said.title == "Ana Flores: not this claim (12:04 UTC)"
    assert (proposed.kind, proposed.subject) == (NoticeKind.PROPOSAL, outcome.proposal.id)


def test_a_first_post_that_was_deleted_leaves_only_the_false_alarm(
    incident: Incident, ana: Person, claim: Claim
) -> None:
    outcome = done(NotThisClaim("i"), incident, ana, Known(claim=claim))

    assert dids(outcome) == [Did.FALSE_ALARM]
    assert (outcome.look_alike, outcome.proposal) == (None, None)


def test_the_right_claim_takes_the_incident_and_the_wrong_one_learns(
    incident: Incident, ana: Person, rules: Rules, post: Post
) -> None:
    known = Known(claim=rules.claims[0], right_claim=rules.claims[1], first=post, look_alike="Rivera quit")

    outcome = done(WrongClaim("i", "ill"), incident, ana, known)

    assert outcome.incident == replace(incident, claim_id="ill")
    assert (outcome.events[0].did, outcome.events[0].before, outcome.events[0].after) == (
        Did.WRONG_CLAIM, "withdrawn", "ill",
    )  # fmt: skip
    assert outcome.verdicts == (("withdrawn", False), ("ill", True))
    assert outcome.look_alike is not None
    assert outcome.look_alike.claim_id == "withdrawn"


def test_the_right_claim_brings_a_false_alarm_back(incident: Incident, ana: Person, rules: Rules) -> None:
    false_alarm = replace(incident, state=IncidentState.FALSE_ALARM)

    outcome = done(WrongClaim("i", "ill"), false_alarm, ana, Known(right_claim=rules.claims[1]))

    assert dids(outcome) == [Did.WRONG_CLAIM, Did.REOPENED]


def test_the_first_correction_stops_the_clock_and_goes_to_the_amplifiers(
    incident: Incident, ana: Person, claim: Claim
) -> None:
    share = (ShareLink("bluesky", "https://bsky.app/intent/compose"),)

    outcome = done(replace(POSTED, share=share), owned(incident, ana), ana, Known(claim=claim))

    stands = outcome.incident
    assert stands is not None
    assert (stands.state, stands.corrected_at, stands.corrected_by, stands.correction_url) == (
        IncidentState.CORRECTED, NOW, ana, POSTED.url,
    )  # fmt: skip
    assert [(event.did, event.before, event.after) for event in outcome.events] == [
        (Did.CORRECTED, "", "https://example.org/c/1 (bluesky, en): She is on the ballot."),
        (Did.SHARED, "", "C0SHARE"),
    ]
    assert outcome.verdicts == (("withdrawn", True),)
    said, shared = outcome.notices
    assert (said.notice.title, said.notice.link) == ("Ana Flores posted the correction (12:04 UTC)", POSTED.url)
    assert said.notice.lines == ("4 min after the first post. The clock has stopped.",)
    assert (shared.channel, shared.incident_id, shared.notice.share) == ("C0SHARE", None, share)
    assert (shared.notice.quote, shared.notice.link) == (POSTED.text, POSTED.url)


def test_a_second_correction_is_a_change_and_the_amplifiers_hear_of_it_again(
    incident: Incident, ana: Person, ben: Person
) -> None:
    first = done(POSTED, incident, ana)
    assert first.incident is not None

    outcome = done(replace(POSTED, text="Edited."), first.incident, ben, Known(posted=first.posted))

    assert dids(outcome) == [Did.CORRECTION_CHANGED, Did.SHARED]
    assert (outcome.events[0].before, outcome.events[0].after) == (
        "https://example.org/c/1 (bluesky, en): She is on the ballot.",
        "https://example.org/c/1 (bluesky, en): Edited.",
    )
    assert outcome.incident is not None
    assert (outcome.incident.corrected_at, outcome.incident.corrected_by) == (NOW, ana)
    assert outcome.verdicts == ()
    assert "changed" in outcome.notices[1].notice.title


def test_the_same_correction_is_recorded_once(incident: Incident, ana: Person, ben: Person) -> None:
    posted = PostedText(ana, NOON, "bluesky", "en", POSTED.text, POSTED.url)

    outcome = done(POSTED, replace(incident, corrected_at=NOON), ben, Known(posted=posted))

    assert outcome.refusal == "Ana Flores has recorded this correction already."


def test_without_amplifiers_nobody_is_asked_to_share(incident: Incident, ana: Person) -> None:
    outcome = done(POSTED, incident, ana, desk=DeskConfig())

    assert dids(outcome) == [Did.CORRECTED]
    assert len(outcome.notices) == 1


@pytest.mark.parametrize(
    ("escalate_to", "expected"),
    [
        (None, [(None, True, ())]),
        ("S0TEAM", [(None, False, ("S0TEAM",))]),
        ("C0BOSS", [(None, False, ()), ("C0BOSS", False, ())]),
    ],
)
def test_an_escalation_goes_where_the_config_says(
    incident: Incident, ana: Person, escalate_to: str | None, expected: list[object]
) -> None:
    outcome = done(Escalate("i"), incident, ana, desk=DeskConfig(escalate_to=escalate_to))

    assert [(said.channel, said.broadcast, said.notice.ping) for said in outcome.notices] == expected
    assert dids(outcome) == [Did.ESCALATED]


def test_the_same_people_are_not_pinged_twice_within_minutes(incident: Incident, ana: Person, ben: Person) -> None:
    last = Event(NOW - timedelta(seconds=30), ben, Did.ESCALATED, incident.id)

    assert done(Escalate("i"), incident, ana, Known(escalated=last)).refusal == "Ben Okafor escalated it 30 s ago."
    assert done(Escalate("i"), incident, ana, Known(escalated=replace(last, at=NOON - timedelta(hours=1)))).events


def test_a_yes_is_written_down_as_a_verdict_and_told_once(incident: Incident, ana: Person, ben: Person) -> None:
    outcome = done(Confirm("i"), incident, ana)

    assert (dids(outcome), outcome.verdicts) == ([Did.CONFIRMED], ((incident.claim_id, True),))
    assert [said.notice.title for said in outcome.notices] == ["Ana Flores: it is this claim (12:04 UTC)"]
    assert outcome.incident == incident, "who confirms it does not take it on"
    assert done(Confirm("i"), incident, ben, Known(confirmed=ana)).refusal == "Ana Flores has said so already."


def test_whoever_said_last_what_the_post_is_about_counts(incident: Incident, ana: Person, ben: Person) -> None:
    def story(*dids: tuple[Did, Person]) -> Person | None:
        return confirmed_by(Event(NOW, who, did, incident.id) for did, who in dids)

    assert story((Did.TOOK_ON, ana), (Did.CLOSED, ben)) is None
    assert story((Did.CONFIRMED, ana), (Did.ESCALATED, ben)) == ana
    assert story((Did.CORRECTED, ben)) == ben
    assert story((Did.CONFIRMED, ana), (Did.FALSE_ALARM, ben), (Did.REOPENED, ana)) is None
    assert story((Did.FALSE_ALARM, ben), (Did.WRONG_CLAIM, ana)) == ana


def test_the_first_to_answer_a_post_is_the_one(incident: Incident, ana: Person, ben: Person) -> None:
    action = Answered("i", "bluesky:7")

    outcome = done(action, owned(incident, ana), ben)

    assert outcome.answered == Answer("bluesky:7", ben, NOW)
    late = done(action, owned(incident, ana), ana, Known(answer=outcome.answered))
    assert late.refusal == "Ben Okafor has answered it already (12:04 UTC)."
    assert "press I'm on it" in str(done(action, incident, ana).refusal)


@pytest.mark.parametrize(
    ("action", "change", "part"),
    [
        (NotThisClaim("i"), {"state": IncidentState.FALSE_ALARM}, "already"),
        (Confirm("i"), {"state": IncidentState.FALSE_ALARM}, "not this claim"),
        (Close("i"), {"state": IncidentState.CLOSED}, "closed"),
        (Close("i"), {"state": IncidentState.FALSE_ALARM}, "false alarm"),
        (Escalate("i"), {"state": IncidentState.CLOSED}, "closed"),
        (WrongClaim("i", "gone"), {}, "no longer"),
        (POSTED, {"state": IncidentState.FALSE_ALARM}, "not this claim"),
        (replace(POSTED, url="javascript:alert(1)"), {}, "https://"),
        (replace(POSTED, url=""), {}, "https://"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason_and_changes_nothing(
    incident: Incident, ana: Person, action: OnIncident, change: dict[str, object], part: str
) -> None:
    before = replace(incident, **change)  # type: ignore[arg-type]

    outcome = done(action, before, ana)

    assert part in str(outcome.refusal)
    assert (outcome.incident, outcome.events, outcome.notices) == (before, (), ())


def test_an_incident_that_is_gone_is_a_refusal(ana: Person) -> None:
    assert "no longer stored" in str(decide(Close("i"), None, ana, NOW, DESK, Known()).refusal)


def test_whatever_an_owner_does_shows_that_the_owner_is_there(incident: Incident, ana: Person, ben: Person) -> None:
    had = owned(incident, ana)

    mine, others = done(Look("i"), had, ana).incident, done(Look("i"), had, ben).incident

    assert mine == replace(had, owner_active_at=NOW)
    assert others == had


def test_a_proposal_is_accepted_or_discarded_once(ana: Person) -> None:
    proposal = Proposal("p", "withdrawn", "withdrawn.toml", "not_this", "Rivera quit smoking", ana, NOON)

    yes = on_proposal(AcceptProposal("p"), ana, NOW, Known(proposal=proposal))
    no = on_proposal(DiscardProposal("p"), ana, NOW, Known(proposal=proposal))

    assert (yes.proposal, dids(yes)) == (replace(proposal, state=ProposalState.ACCEPTED), [Did.ACCEPTED])
    assert (no.proposal, dids(no)) == (replace(proposal, state=ProposalState.DISCARDED), [Did.DISCARDED])
    assert on_proposal(AcceptProposal("p"), ana, NOW, Known(proposal=no.proposal)).refusal == "It was discarded before."
    assert on_proposal(AcceptProposal("p"), ana, NOW, Known()).refusal is not None


PEOPLE = (Person("U1ANA", "Ana Flores"), Person("U2BEN", "Ben Okafor"), Person("U3CEM", "Cem Kaya"))
RIGHT = Claim("ill", "She is ill.", "She is well.", file="ill.toml")
ACTIONS = st.one_of(
    st.builds(TakeOn, st.just("i"), st.sampled_from([None, *(person.id for person in PEOPLE)])),
    st.sampled_from([Look("i"), Confirm("i"), NotThisClaim("i"), WrongClaim("i", "ill"), Close("i"), Escalate("i")]),
    st.sampled_from([Answered("i", "x:1"), POSTED, replace(POSTED, url="https://example.org/c/2")]),
)


def audited(incident: Incident, posted: PostedText | None) -> list[tuple[str, tuple[Did, ...]]]:
    """What of an incident people may change, and which events say that they did."""
    return [
        (described(incident.owner), (Did.TOOK_ON, Did.HANDED_OVER)),
        (incident.claim_id, (Did.WRONG_CLAIM,)),
        (written(posted), (Did.CORRECTED, Did.CORRECTION_CHANGED)),
    ]


@given(st.lists(st.tuples(ACTIONS, st.sampled_from(PEOPLE), st.integers(0, 600)), max_size=20))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_do_the_incident_and_its_audit_stay_true(
    incident: Incident, post: Post, claim: Claim, steps: list[tuple[OnIncident, Person, int]]
) -> None:
    current, now, posted = incident, NOON, None
    for action, person, seconds in steps:
        now += timedelta(seconds=seconds)
        outcome = decide(action, current, person, now, DESK, Known(claim, RIGHT, post, "Rivera quit", posted))
        after = outcome.incident
        assert after is not None
        assert (after.owner is None) == (after.owned_at is None) == (after.owner_active_at is None)
        assert after.owner is None or after.owner.id != person.id or after.owner_active_at == now
        assert (after.corrected_at is None) == (after.corrected_by is None) == (after.correction_url is None)
        if current.corrected_at is not None:
            assert (after.corrected_at, after.corrected_by) == (current.corrected_at, current.corrected_by)
        for (before_value, which), (after_value, _) in zip(
            audited(current, posted), audited(after, outcome.posted or posted), strict=True
        ):
            said = [(event.before, event.after) for event in outcome.events if event.did in which]
            assert before_value == after_value or said == [(before_value, after_value)]
            assert said in ([], [(before_value, after_value)])
        if after.state is not current.state:
            assert outcome.events
        if outcome.refusal is not None:
            assert (outcome.events, outcome.notices, outcome.update) == ((), (), False)
            assert replace(after, owner_active_at=None) == replace(current, owner_active_at=None)
        assert all(event.who == person and event.at == now for event in outcome.events)
        current, posted = after, outcome.posted or posted


@given(st.permutations(PEOPLE))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_several_who_press_at_once_exactly_one_wins(incident: Incident, order: list[Person]) -> None:
    current, winners = incident, []
    for person in order:
        outcome = decide(TakeOn("i", None), current, person, NOW, DESK, Known())
        assert outcome.incident is not None
        current = outcome.incident
        if outcome.refusal is None:
            winners.append(person)
        else:
            assert order[0].name in outcome.refusal
    assert winners == [order[0]]
    assert current.owner == order[0]
