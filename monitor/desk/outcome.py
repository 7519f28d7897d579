"""What a decision needs to know, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.desk.notices import Said
from monitor.model import (
    Claim,
    Did,
    Event,
    Incident,
    LookAlike,
    Person,
    Post,
    PostedText,
    Proposal,
    Silence,
)
from monitor.store.answers import Answer


@dataclass(frozen=True, slots=True)
class Known:
    """What an action needs to know besides its incident.

    `claim`: the incident's; `right_claim`: the one that WrongClaim or SilenceFor names; `first`: the post that opened
    the incident; `look_alike`: what of it is remembered where it is not the claim; `posted`: its latest correction;
    `confirmed`: who said that its first post does make the claim; `answer`: to the post that Answered names;
    `escalated`: its latest escalation; `silence`: the one that EndSilence names, or one that runs already on what
    SilenceFor names.
    """

    claim: Claim | None = None
    right_claim: Claim | None = None
    first: Post | None = None
    look_alike: str = ""
    posted: PostedText | None = None
    confirmed: Person | None = None
    answer: Answer | None = None
    escalated: Event | None = None
    silence: Silence | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an action: to be stored and sent together, or not at all.

    `incident` is how it stands now, None where none is concerned. `refusal`: why what was asked did not come about,
    told to the person alone; `answer`: what else that person alone is told. `update`: the incident's message has to be
    rewritten. `verdicts`: (claim id, whether the first post asserts it); `taken_back`: the look-alike and the verdict
    that an earlier "not this claim" left are to go.
    """

    incident: Incident | None = None
    events: tuple[Event, ...] = ()
    notices: tuple[Said, ...] = ()
    update: bool = False
    refusal: str | None = None
    answer: str | None = None
    posted: PostedText | None = None
    answered: Answer | None = None
    look_alike: LookAlike | None = None
    taken_back: bool = False
    verdicts: tuple[tuple[str, bool], ...] = ()
    silence: Silence | None = None
    proposal: Proposal | None = None


def confirmed_by(story: Iterable[Event]) -> Person | None:
    """Who said last that an incident's first post makes its claim: by a press, by correcting it, or by moving it there.
    `story`: its events, oldest first. None where nobody did, or somebody said since that it does not."""
    who = None
    for event in story:
        if event.did in (Did.CONFIRMED, Did.CORRECTED, Did.WRONG_CLAIM):
            who = event.who
        elif event.did is Did.FALSE_ALARM:
            who = None
    return who


def described(person: Person | None) -> str:
    """A person as the audit writes one: names change and may be shared, ids do not."""
    return "" if person is None else f"{person.name} ({person.id})"


def written(posted: PostedText | None) -> str:
    """A correction as the audit writes one."""
    return "" if posted is None else f"{posted.url} ({posted.platform}, {posted.lang}): {posted.text}"


def event_of(
    did: Did, incident_id: str | None, person: Person, now: datetime, before: str, after: str, note: str = ""
) -> Event:
    return Event(now, person, did, incident_id, str(before), str(after), note)
