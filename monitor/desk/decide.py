"""What comes of what a person asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.config import DeskConfig
from monitor.desk.actions import Action
from monitor.model import (
    Claim,
    Event,
    Incident,
    LookAlike,
    Notice,
    Person,
    Post,
    PostedText,
    Proposal,
    Silence,
)
from monitor.store.answers import Answer


@dataclass(frozen=True, slots=True)
class Said:
    """A notice and where it goes: to an incident's thread (`broadcast`: shown in the channel too), or to `channel`, or
    with neither to the alerts' channel."""

    notice: Notice
    incident_id: str | None = None
    channel: str | None = None
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the store and the rules know that an action needs besides its incident.

    `claim`: the incident's; `right_claim`: the one that WrongClaim names; `first`: the post that opened the incident;
    `answer`: to the post that Answered names; `silence`: the one that EndSilence names, or one that runs already on
    what SilenceFor names.
    """

    claim: Claim | None = None
    right_claim: Claim | None = None
    first: Post | None = None
    posted: PostedText | None = None
    answer: Answer | None = None
    silence: Silence | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an action: to be stored and sent together, or not at all.

    `refusal`: why nothing came of it, to be told to the person alone; `answer`: what else only that person is told.
    `update`: the incident's message has to be rewritten. `verdicts`: (claim id, whether the first post asserts it).
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


def decide(
    action: Action, incident: Incident | None, person: Person, now: datetime, settings: DeskConfig, known: Known
) -> Outcome:
    raise NotImplementedError
