"""What comes of what a person asks for. Pure: an action, how things stand, and `now`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alert import wording
from monitor.config import DeskConfig
from monitor.desk import notices
from monitor.desk.actions import (
    AcceptProposal,
    Answered,
    Close,
    Confirm,
    Escalate,
    Look,
    NotThisClaim,
    OnIncident,
    OnProposal,
    PostedCorrection,
    TakeOn,
    WrongClaim,
)
from monitor.desk.outcome import Known, Outcome, described, event_of, written
from monitor.model import (
    Did,
    Event,
    Incident,
    IncidentState,
    LookAlike,
    Person,
    PostedText,
    Proposal,
    ProposalState,
)
from monitor.store.answers import Answer

GONE = "This incident is no longer stored."
ESCALATE_AGAIN = timedelta(minutes=5)
"""So long after an escalation another one would ping the same people about the same thing."""
OVER = (IncidentState.CLOSED, IncidentState.FALSE_ALARM)
_NOT_THIS = "not_this"


def decide(
    action: OnIncident, incident: Incident | None, person: Person, now: datetime, settings: DeskConfig, known: Known
) -> Outcome:
    """Decide about an action on an incident. Whatever its owner does shows that the owner is still there."""
    if incident is None:
        return Outcome(refusal=GONE)
    outcome = _decide(action, incident, person, now, settings, known)
    stands = outcome.incident or incident
    if stands.owner is not None and stands.owner.id == person.id:
        stands = replace(stands, owner_active_at=now)
    return replace(outcome, incident=stands)


def _decide(
    action: OnIncident, incident: Incident, person: Person, now: datetime, settings: DeskConfig, known: Known
) -> Outcome:
    match action:
        case TakeOn():
            outcome = _take_on(action, incident, person, now)
        case Look():
            outcome = Outcome()
        case Confirm():
            outcome = _confirm(incident, person, now, known)
        case NotThisClaim():
            outcome = _not_this_claim(incident, person, now, known)
        case WrongClaim():
            outcome = _wrong_claim(incident, person, now, known)
        case Close():
            outcome = _close(incident, person, now)
        case Escalate():
            outcome = _escalate(incident, person, now, settings, known)
        case PostedCorrection():
            outcome = _posted(action, incident, person, now, settings, known)
        case Answered():
            outcome = _answered(action, incident, person, now, known)
    return outcome


def _take_on(action: TakeOn, incident: Incident, person: Person, now: datetime) -> Outcome:
    """Whoever presses last wins only over the owner whom they saw. On an incident that is over it is opened again: the
    way back from a slip."""
    owner = incident.owner
    is_theirs = owner is not None and owner.id == person.id
    if owner is not None and not is_theirs and owner.id != action.seen_owner:
        when = notices.ago(incident.owned_at, now)
        return Outcome(refusal=f"{owner.name} took it {when}; press again to take it over.")
    is_over = incident.state in OVER
    if is_theirs and not is_over:
        return Outcome(answer=f"You have it, since {notices.clock(incident.owned_at or now)}.")
    events = []
    stands = incident
    if is_over:
        stands = replace(stands, state=_reopened(incident))
        events.append(event_of(Did.REOPENED, stands.id, person, now, incident.state, stands.state))
    if not is_theirs:
        stands = replace(stands, owner=person, owned_at=now, owner_active_at=now)
        did = Did.TOOK_ON if owner is None else Did.HANDED_OVER
        events.append(event_of(did, stands.id, person, now, described(owner), described(person)))
    return Outcome(
        stands,
        tuple(events),
        (notices.taken_on(incident.id, person, owner, is_over, now),),
        update=True,
        answer=f"It was over ({incident.state}); it is open again, and yours." if is_over else None,
        taken_back=incident.state is IncidentState.FALSE_ALARM,
    )


def _confirm(incident: Incident, person: Person, now: datetime, known: Known) -> Outcome:
    if incident.state is IncidentState.FALSE_ALARM:
        return Outcome(refusal="It is marked as not this claim. Press I'm on it to take that back first.")
    if known.confirmed is not None:
        return Outcome(refusal=f"{known.confirmed.name} has said so already.")
    event = event_of(Did.CONFIRMED, incident.id, person, now, "", incident.claim_id)
    said = notices.confirmed(incident.id, person, now)
    return Outcome(events=(event,), notices=(said,), verdicts=((incident.claim_id, True),))


def _not_this_claim(incident: Incident, person: Person, now: datetime, known: Known) -> Outcome:
    if incident.state is IncidentState.FALSE_ALARM:
        return Outcome(refusal="It is marked as not this claim already.")
    stands = replace(incident, state=IncidentState.FALSE_ALARM)
    event = event_of(Did.FALSE_ALARM, stands.id, person, now, incident.state, stands.state, note=incident.claim_id)
    outcome = Outcome(
        stands,
        (event,),
        (notices.not_this_claim(incident.id, person, now),),
        update=True,
        verdicts=((incident.claim_id, False),),
    )
    return _with_look_alike(outcome, incident, person, now, known)


def _wrong_claim(incident: Incident, person: Person, now: datetime, known: Known) -> Outcome:
    right = known.right_claim
    if right is None:
        return Outcome(refusal="The rules no longer have that claim.")
    if right.id == incident.claim_id:
        return Outcome(refusal="It is about that claim already.")
    stands = replace(incident, claim_id=right.id)
    events = [event_of(Did.WRONG_CLAIM, stands.id, person, now, incident.claim_id, right.id)]
    if incident.state is IncidentState.FALSE_ALARM:
        stands = replace(stands, state=_reopened(incident))
        events.append(event_of(Did.REOPENED, stands.id, person, now, incident.state, stands.state))
    outcome = Outcome(
        stands,
        tuple(events),
        (notices.moved(incident.id, person, right, now),),
        update=True,
        verdicts=((incident.claim_id, False), (right.id, True)),
    )
    return _with_look_alike(outcome, incident, person, now, known)


def _with_look_alike(outcome: Outcome, incident: Incident, person: Person, now: datetime, known: Known) -> Outcome:
    """The first post becomes a look-alike of the claim that it was taken for, and a proposal for the claim's file."""
    first, claim, text = known.first, known.claim, known.look_alike
    if first is None or not text:
        return outcome
    outcome = replace(outcome, look_alike=LookAlike(incident.claim_id, text, first.key, person, now))
    if claim is None or not claim.file:
        return outcome
    proposal_id = hashlib.sha256(f"{claim.id}\n{_NOT_THIS}\n{first.key}".encode("utf-8", "surrogatepass")).hexdigest()
    proposal = Proposal(proposal_id[:16], claim.id, claim.file, _NOT_THIS, text, person, now, incident_id=incident.id)
    event = Event(now, person, Did.PROPOSED, incident.id, after=f"{_NOT_THIS} of {claim.file}", note=text)
    return replace(
        outcome,
        events=(*outcome.events, event),
        notices=(*outcome.notices, notices.proposal(incident.id, proposal)),
        proposal=proposal,
    )


def _close(incident: Incident, person: Person, now: datetime) -> Outcome:
    if incident.state in OVER:
        return Outcome(refusal=f"It is over already ({incident.state}).")
    stands = replace(incident, state=IncidentState.CLOSED)
    event = event_of(Did.CLOSED, stands.id, person, now, incident.state, stands.state)
    return Outcome(stands, (event,), (notices.closed(incident.id, person, now),), update=True)


def _escalate(incident: Incident, person: Person, now: datetime, settings: DeskConfig, known: Known) -> Outcome:
    if incident.state in OVER:
        return Outcome(refusal=f"It is over already ({incident.state}).")
    last = known.escalated
    if last is not None and now - last.at < ESCALATE_AGAIN:
        by = "The clock" if last.who is None else last.who.name
        return Outcome(refusal=f"{by} escalated it {notices.ago(last.at, now)}.")
    event = event_of(Did.ESCALATED, incident.id, person, now, "", settings.escalate_to or "the channel")
    said = notices.escalated(incident, known.claim, f"{person.name} asks for help ({notices.clock(now)})", settings)
    return Outcome(events=(event,), notices=said, answer="It is escalated.")


def _posted(
    action: PostedCorrection, incident: Incident, person: Person, now: datetime, settings: DeskConfig, known: Known
) -> Outcome:
    """The first correction stops the clock for good; a further one changes what stands on the message."""
    if wording.link(action.url) is None:
        return Outcome(refusal="That is no address of a post: it begins with https://.")
    if incident.state is IncidentState.FALSE_ALARM:
        return Outcome(refusal="It is marked as not this claim. Press I'm on it to take that back, then post again.")
    before = known.posted
    if before is not None and (before.url, before.text) == (action.url, action.text):
        return Outcome(refusal=f"{before.by.name} has recorded this correction already.")
    is_change = incident.corrected_at is not None
    stands = replace(incident, correction_url=action.url)
    if incident.state is IncidentState.OPEN:
        stands = replace(stands, state=IncidentState.CORRECTED)
    if not is_change:
        stands = replace(stands, corrected_at=now, corrected_by=person)
    posted = PostedText(person, now, action.platform, action.lang, action.text, action.url)
    did = Did.CORRECTION_CHANGED if is_change else Did.CORRECTED
    events = [event_of(did, stands.id, person, now, written(before), written(posted))]
    said = [notices.correction_posted(incident, person, action.url, is_change, now)]
    if settings.amplifiers is not None:
        events.append(event_of(Did.SHARED, stands.id, person, now, "", settings.amplifiers, action.url))
        said.append(
            notices.please_share(known.claim, action.text, action.url, action.share, is_change, settings.amplifiers)
        )
    return Outcome(
        stands,
        tuple(events),
        tuple(said),
        update=True,
        posted=posted,
        verdicts=() if is_change else ((incident.claim_id, True),),
    )


def _answered(action: Answered, incident: Incident, person: Person, now: datetime, known: Known) -> Outcome:
    if known.answer is not None:
        when = notices.clock(known.answer.at)
        return Outcome(refusal=f"{known.answer.by.name} has answered it already ({when}).")
    if not incident.is_confirmed:
        return Outcome(refusal="Nobody has this incident yet: press I'm on it first.")
    event = event_of(Did.ANSWERED, incident.id, person, now, "", action.post_key)
    return Outcome(events=(event,), answered=Answer(action.post_key, person, now))


def _reopened(incident: Incident) -> IncidentState:
    return IncidentState.OPEN if incident.corrected_at is None else IncidentState.CORRECTED


def on_proposal(action: OnProposal, person: Person, now: datetime, known: Known) -> Outcome:
    """Decide about a rule change that waits for a yes."""
    proposal = known.proposal
    if proposal is None:
        return Outcome(refusal="There is no such proposal any more.")
    if proposal.state is not ProposalState.OPEN:
        return Outcome(refusal=f"It was {proposal.state} before.")
    is_yes = isinstance(action, AcceptProposal)
    diff = action.diff if isinstance(action, AcceptProposal) else ()
    settled = replace(proposal, state=ProposalState.ACCEPTED if is_yes else ProposalState.DISCARDED)
    did = Did.ACCEPTED if is_yes else Did.DISCARDED
    what = f"{proposal.key} of {proposal.file}"
    event = event_of(
        did, proposal.incident_id, person, now, f"{what} ({proposal.state})", f"{what} ({settled.state})", proposal.text
    )
    return Outcome(
        events=(event,),
        notices=(
            notices.accepted(proposal, person, diff, now) if is_yes else notices.discarded(proposal, person, now),
        ),
        proposal=settled,
    )
