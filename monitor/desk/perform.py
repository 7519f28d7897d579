"""Does what was decided, inside the caller's transaction: all of it or nothing.

What a click asks for, everything that comes of it, and that the click is handled are committed together. A crash at any
point leaves the click waiting and nothing done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from monitor.config import DeskConfig
from monitor.desk import clock, decide, look_alike, notices, silencing
from monitor.desk.actions import (
    AcceptProposal,
    Action,
    Answered,
    DiscardProposal,
    EndSilence,
    PostedCorrection,
    SilenceFor,
    WrongClaim,
)
from monitor.desk.notices import Said
from monitor.desk.outcome import Known, Outcome, confirmed_by, described
from monitor.model import (
    ClaimStatus,
    Did,
    Event,
    Incident,
    Notification,
    NotificationKind,
    Nudge,
    NudgeKind,
    Person,
    Proposal,
    ProposalState,
    Rules,
    Silence,
)
from monitor.store import (
    answers,
    clicks,
    corrections,
    events,
    incidents,
    look_alikes,
    nudges,
    outbox,
    posts,
    proposals,
    silences,
    verdicts,
)


@dataclass(frozen=True, slots=True)
class Context:
    """What performing needs of the rest. The callables run inside the transaction.

    `enqueue_update(db, incident, now)` rewrites an incident's message, `enqueue_answered(db, incident, post_key, now)`
    the reply in its thread that shows a post. `is_silenced(db, incident, now)`: whether the clock leaves it in peace.
    `accept(proposal)` writes a proposal into its file, again where it stands there already, and returns None, or why it
    cannot.
    """

    settings: DeskConfig
    rules: Rules
    enqueue_update: Callable[[Database, Incident, datetime], None]
    enqueue_answered: Callable[[Database, Incident, str, datetime], None]
    is_silenced: Callable[[Database, Incident, datetime], bool]
    accept: Callable[[Proposal], str | None]


def perform(
    db: Database, click_key: str | None, action: Action, person: Person, now: datetime, context: Context
) -> Outcome | None:
    """Do what a person asks. `click_key`: the stored click that asked, None where none did (the command line).

    Returns None, and does nothing, where the click was handled before.
    """
    if click_key is not None and not clicks.handled(db, click_key, now):
        return None
    outcome = _decide(db, action, person, now, context)
    _save(db, outcome, now)
    for event in outcome.events:
        events.add(db, event)
    seed = click_key or f"{person.id}\n{now.isoformat()}\n{action}"
    say(db, outcome.notices, seed, now)
    if outcome.update and outcome.incident is not None and outcome.incident.has_message:
        context.enqueue_update(db, outcome.incident, now)
    if outcome.answered is not None and outcome.incident is not None:
        context.enqueue_answered(db, outcome.incident, outcome.answered.post_key, now)
    return outcome


def refuse(
    db: Database, click_key: str | None, person: Person, asked: str, about: str, why: str, now: datetime
) -> bool:
    """Write down that somebody who may not act was refused. `about`: what the press named, an incident's id or anything
    else. False where the click was handled before."""
    if click_key is not None and not clicks.handled(db, click_key, now):
        return False
    incident = incidents.get(db, about)
    events.add(db, Event(now, person, Did.REFUSED, None if incident is None else incident.id, after=asked, note=why))
    return True


def nudge(db: Database, now: datetime, context: Context) -> int:
    """Do all that the clock has to do at `now`. Returns how many reminders, escalations and releases that was."""
    count = 0
    for incident in incidents.on_the_clock(db):
        if _is_quiet(db, incident, now, context):
            continue
        for due in clock.due(incident, nudges.of_incident(db, incident.id), context.settings, now):
            if nudges.add(db, incident.id, replace(due, at=now)):
                _nudge(db, due, incident, now, context)
                count += 1
    return count


def next_nudge_at(db: Database, now: datetime, context: Context) -> datetime | None:
    """When the clock will next have something to do, if nothing else happens; None where there is nothing."""
    moments = [
        clock.next_at(incident, nudges.of_incident(db, incident.id), context.settings, now)
        for incident in incidents.on_the_clock(db)
        if not _is_quiet(db, incident, now, context)
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _decide(db: Database, action: Action, person: Person, now: datetime, context: Context) -> Outcome:
    match action:
        case SilenceFor():
            running = next((one for one in silences.active(db, now) if _is_same(one, action)), None)
            known = Known(right_claim=context.rules.claim(action.value), silence=running)
            return silencing.decide(action, person, now, known)
        case EndSilence():
            return silencing.decide(action, person, now, Known(silence=silences.get(db, action.silence_id)))
        case AcceptProposal() | DiscardProposal():
            known = Known(proposal=proposals.get(db, action.proposal_id))
            return _with_file(decide.on_proposal(action, person, now, known), context)
    incident = incidents.get(db, action.incident_id)
    known = Known() if incident is None else _known(db, action, incident, context)
    return decide.decide(action, incident, person, now, context.settings, known)


def _known(db: Database, action: Action, incident: Incident, context: Context) -> Known:
    story = events.of_incident(db, incident.id)
    escalations = [event for event in story if event.did is Did.ESCALATED]
    first = posts.get(db, incident.first_post)
    return Known(
        claim=context.rules.claim(incident.claim_id),
        right_claim=context.rules.claim(action.claim_id) if isinstance(action, WrongClaim) else None,
        first=first,
        look_alike="" if first is None else look_alike.text_of(first, context.rules),
        posted=corrections.latest(db, incident.id) if isinstance(action, PostedCorrection) else None,
        confirmed=confirmed_by(story),
        answer=answers.get(db, incident.id, action.post_key) if isinstance(action, Answered) else None,
        escalated=escalations[-1] if escalations else None,
    )


def _is_same(silence: Silence, action: SilenceFor) -> bool:
    return (silence.scope, silence.value) == (action.scope, action.value)


def _with_file(outcome: Outcome, context: Context) -> Outcome:
    """The file is written before the transaction ends: after a crash it is written again, which changes nothing."""
    proposal = outcome.proposal
    if proposal is None or proposal.state is not ProposalState.ACCEPTED:
        return outcome
    refusal = context.accept(proposal)
    return outcome if refusal is None else Outcome(refusal=refusal)


def _save(db: Database, outcome: Outcome, now: datetime) -> None:
    incident = outcome.incident
    if incident is not None:
        incidents.save(db, incident)
        _learn(db, outcome, incident, now)
        if outcome.posted is not None:
            corrections.add(db, incident.id, outcome.posted)
        if outcome.answered is not None:
            answers.add(db, incident.id, outcome.answered)
    if outcome.silence is not None and not silences.end(db, outcome.silence.id, outcome.silence.until):
        silences.add(db, outcome.silence)
    if outcome.proposal is not None and not proposals.add(db, outcome.proposal):
        proposals.settle(db, outcome.proposal.id, outcome.proposal.state)


def _learn(db: Database, outcome: Outcome, incident: Incident, now: datetime) -> None:
    """What people said about the first post, for the matcher and for `monitor calibrate`; nothing where the post was
    deleted or has expired."""
    if outcome.taken_back:
        look_alikes.take_back(db, incident.claim_id, incident.first_post)
        verdicts.take_back(db, incident.first_post, incident.claim_id)
    if outcome.look_alike is not None:
        look_alikes.add(db, outcome.look_alike)
    if posts.get(db, incident.first_post) is None:
        return
    for claim_id, asserts in outcome.verdicts:
        verdicts.add(db, incident.first_post, claim_id, asserts, now)


def say(db: Database, said: tuple[Said, ...], seed: str, now: datetime) -> None:
    """Enqueue notices. `seed` makes their delivery ids: the same one again would be refused."""
    for number, one in enumerate(said):
        digest = hashlib.sha256(f"{seed}\n{number}".encode("utf-8", "surrogatepass")).hexdigest()
        notification = Notification(
            delivery_id=f"{one.incident_id or 'desk'}.notice.{digest[:12]}",
            kind=NotificationKind.NOTICE,
            broadcast=one.broadcast,
            incident_id=one.incident_id,
            notice=one.notice,
            channel=one.channel,
        )
        outbox.enqueue(db, notification, now, now)


def _is_quiet(db: Database, incident: Incident, now: datetime, context: Context) -> bool:
    """A claim that is in shadow by now, or gone, and an incident that is silenced: the clock runs on unheard."""
    claim = context.rules.claim(incident.claim_id)
    return claim is None or claim.status is not ClaimStatus.ACTIVE or context.is_silenced(db, incident, now)


_DID = {
    NudgeKind.OWNER_LATE: Did.ESCALATED,
    NudgeKind.CORRECTION_LATE: Did.ESCALATED,
    NudgeKind.OWNER_RELEASED: Did.RELEASED,
}


def _nudge(db: Database, due: Nudge, incident: Incident, now: datetime, context: Context) -> None:
    deadline = clock.deadline_of(replace(due, at=now), incident, context.settings) or now
    claim = context.rules.claim(incident.claim_id)
    said = notices.nudged(due.kind, incident, claim, context.settings, deadline, now)
    did = _DID.get(due.kind, Did.REMINDED)
    before = described(incident.owner) if did is Did.RELEASED else ""
    events.add(db, Event(now, None, did, incident.id, before, note=due.kind))
    say(db, said, f"{incident.id}\n{due.kind}\n{due.about}", now)
    if did is Did.RELEASED:
        free = replace(incident, owner=None, owned_at=None, owner_active_at=None)
        incidents.save(db, free)
        context.enqueue_update(db, free, now)
