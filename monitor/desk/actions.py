"""What a person asks for, as it arrives from a button, a form, a command or the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import ShareLink, SilenceScope


@dataclass(frozen=True, slots=True)
class TakeOn:
    """`seen_owner`: the id of the owner whom the presser saw, None where nobody had it."""

    incident_id: str
    seen_owner: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened a form about an incident. It changes nothing, and shows that its owner is still there."""

    incident_id: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Its first post does make the claim."""

    incident_id: str


@dataclass(frozen=True, slots=True)
class NotThisClaim:
    incident_id: str


@dataclass(frozen=True, slots=True)
class WrongClaim:
    """The incident is about another claim: `claim_id`."""

    incident_id: str
    claim_id: str


@dataclass(frozen=True, slots=True)
class Close:
    incident_id: str


@dataclass(frozen=True, slots=True)
class Escalate:
    incident_id: str


@dataclass(frozen=True, slots=True)
class PostedCorrection:
    """A correction that stands at `url` now. `share`: buttons with which the amplifiers pass it on."""

    incident_id: str
    url: str
    text: str
    platform: str
    lang: str
    share: tuple[ShareLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A post of the incident has been answered."""

    incident_id: str
    post_key: str


@dataclass(frozen=True, slots=True)
class SilenceFor:
    """Mute something until a moment. `incident_id`: the incident from whose message it was asked, if any."""

    scope: SilenceScope
    value: str
    until: datetime
    reason: str
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndSilence:
    silence_id: str


@dataclass(frozen=True, slots=True)
class AcceptProposal:
    """`diff`: how its file changes, line by line; empty where it says so already."""

    proposal_id: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscardProposal:
    proposal_id: str


OnIncident = TakeOn | Look | Confirm | NotThisClaim | WrongClaim | Close | Escalate | PostedCorrection | Answered
OnSilence = SilenceFor | EndSilence
OnProposal = AcceptProposal | DiscardProposal
Action = OnIncident | OnSilence | OnProposal
