"""What responders do at the desk: who they are, what they ask for, and the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts: a Slack user id (or "cli:NAME" for the command line) and the name that others know."""

    id: str
    name: str


class Did(StrEnum):
    """What an event in the audit says was done."""

    TOOK_ON = "took it on"
    HANDED_OVER = "took it over"
    RELEASED = "released"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    CORRECTED = "posted a correction"
    CORRECTION_CHANGED = "changed the correction"
    SHARED = "asked the amplifiers to share"
    ANSWERED = "answered a post"
    CONFIRMED = "confirmed the claim"
    FALSE_ALARM = "not this claim"
    WRONG_CLAIM = "moved to another claim"
    CLOSED = "closed"
    REOPENED = "re-opened"
    SILENCED = "silenced"
    SILENCE_ENDED = "ended a silence"
    REPORTED = "reported a sighting"
    PROPOSED = "proposed a rule change"
    ACCEPTED = "accepted a rule change"
    DISCARDED = "discarded a rule change"
    DRAFTED = "drafted a claim"
    RETIRED = "retired a claim"
    REFUSED = "was refused"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit, never changed: who did what to what, when, and how it stood before and after.

    `who` is None where monitor acted by itself. `incident_id` is None where no incident is concerned.
    """

    at: datetime
    who: Person | None
    did: Did
    incident_id: str | None = None
    before: str = ""
    after: str = ""
    note: str = ""


class SilenceScope(StrEnum):
    """What a silence mutes. Of a THREAD: a post and all replies to it (its key); of a LINK: posts that carry it."""

    CLAIM = "claim"
    ACCOUNT = "account"
    LINK = "link"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Silence:
    """A time-limited mute. `value`: a claim id, "platform:author", a link, or a post's key.

    `ended_at` is set once its end was announced, whether its time had come or a person ended it.
    """

    id: str
    scope: SilenceScope
    value: str
    by: Person
    reason: str
    starts_at: datetime
    until: datetime
    ended_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= now < self.until


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A post that people said is not the claim that it was taken for: it joins the claim's `not_this`."""

    claim_id: str
    text: str
    post_key: str
    by: Person
    at: datetime


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to a claim's file that comms staff may accept: one more entry in its list `key`. `incident_id`: what it
    comes from, in whose thread what becomes of it is told."""

    id: str
    claim_id: str
    file: str
    key: str
    text: str
    by: Person
    at: datetime
    state: ProposalState = ProposalState.OPEN
    incident_id: str | None = None


class ClickKind(StrEnum):
    """What kind of interaction Slack told us of."""

    ACTION = "block_actions"
    SUBMISSION = "view_submission"
    SHORTCUT = "message_action"
    COMMAND = "command"
    HOME = "app_home_opened"


@dataclass(frozen=True, slots=True)
class Click:
    """An interaction as Slack sent it, stored before it is acknowledged. `key` is its own: Slack may send it twice."""

    key: str
    kind: ClickKind
    body: bytes
    received_at: datetime


class NudgeKind(StrEnum):
    """What the clock does by itself about an incident."""

    OWNER_SOON = "an owner is due soon"
    OWNER_LATE = "nobody took it on in time"
    CORRECTION_SOON = "a correction is due soon"
    CORRECTION_LATE = "no correction in time"
    OWNER_ASKED = "the owner was asked"
    OWNER_RELEASED = "the owner was released"


@dataclass(frozen=True, slots=True)
class Nudge:
    """`about`: whom, and since when that owner was quiet; empty for an incident's deadlines. `at`: when it was due,
    of one that was told: when that was."""

    kind: NudgeKind
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PostedText:
    """A correction that a responder posted: what it says, where it stands."""

    by: Person
    at: datetime
    platform: str
    lang: str
    text: str
    url: str
