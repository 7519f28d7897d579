"""What modals, answers and the Home tab are rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.config import DeskConfig
from monitor.model import (
    Candidate,
    Claim,
    Incident,
    Match,
    Person,
    Post,
    RenderedCorrection,
    Silence,
    SilenceScope,
    SourceHealth,
)


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """`choices`: every prewritten text, filled in for the post, best first; `chosen`: the place of the one that is
    shown. `text`: as it was edited, None where it stands as it was written. `post` is None where it was deleted."""

    incident: Incident
    claim: Claim
    post: Post | None
    choices: tuple[RenderedCorrection, ...]
    settings: DeskConfig
    chosen: int = 0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PostedView:
    """`text`: what was posted, which may be corrected in the form. `url`: the address of the correction that was posted
    before, if any: then the form says that it changes it."""

    incident_id: str
    platform: str
    lang: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SilenceView:
    """`offered`: what can be muted, with what each is in words ("the account @name on bluesky"). `tomorrow`: the first
    day that the date may be, by the desk's clock."""

    incident_id: str
    offered: tuple[tuple[SilenceScope, str], ...]
    tomorrow: date


@dataclass(frozen=True, slots=True)
class SilencePreviewView:
    """`what` is muted, in words. `posts` and `alerts`: how many it would have muted in the last day, `posts` None while
    they are being counted."""

    incident_id: str
    scope: SilenceScope
    what: str
    until: datetime
    reason: str
    posts: int | None = None
    alerts: int = 0
    examples: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredClaim:
    """A claim, and the probability that the post asserts it; None where it is not near."""

    claim: Claim
    score: float | None = None


@dataclass(frozen=True, slots=True)
class WrongClaimView:
    """`options`: the other claims, likeliest first."""

    incident: Incident
    claim: Claim | None
    post: Post | None
    options: tuple[ScoredClaim, ...]


@dataclass(frozen=True, slots=True)
class WhyView:
    """`threshold`: the score from which a post alerts for this claim. `others`: the next likeliest claims. `confirmed`:
    who said that the post does make the claim."""

    incident: Incident
    claim: Claim | None
    post: Post | None
    match: Match | None
    threshold: float
    rules_version: str
    others: tuple[ScoredClaim, ...] = ()
    confirmed: Person | None = None


@dataclass(frozen=True, slots=True)
class NewClaimView:
    """`text`: what stood behind `/monitor new`. `candidates`: whom the claim may be about."""

    text: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A sighting to report. `check`: the token of the check that it comes from. `claims`: likeliest first."""

    text: str
    url: str | None
    claims: tuple[ScoredClaim, ...]
    check: str | None = None


@dataclass(frozen=True, slots=True)
class CheckView:
    """What the matcher says of a text. `matches`: each claim that is near, likeliest first; `why`: the decision in
    words, shown where there is none. `token`: of the stored check, None where there is nothing to report."""

    text: str
    why: str
    matches: tuple[tuple[Claim, Match], ...] = ()
    token: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim, the id of its open incident, and its last 7 days: incidents that people were told of, and how many of
    these were no such claim."""

    claim: Claim
    open_incident: str | None = None
    alerts: int = 0
    false_alarms: int = 0


@dataclass(frozen=True, slots=True)
class ClaimsView:
    """The claims of the rules, in the order in which they are shown."""

    claims: tuple[ClaimLine, ...]
    rules_version: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """`troubles`: what needs somebody, in words; none when all is well. `lines`: all else that there is to say."""

    troubles: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """`url`: of its message in Slack, None where it has none or where the address is not known."""

    incident: Incident
    claim: Claim
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of today, by the desk's clock. The times are medians, None where there was nothing to measure."""

    posts_seen: int = 0
    posts_alerting: int = 0
    alerts: int = 0
    corrected: int = 0
    false_alarms: int = 0
    to_owner: timedelta | None = None
    to_correction: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HomeView:
    """`silences`: those that run, each with what it mutes in words. `blind`: what the sources could not see in the last
    day, in words."""

    person: Person
    now: datetime
    incidents: tuple[OpenIncident, ...]
    silences: tuple[tuple[Silence, str], ...]
    sources: tuple[SourceHealth, ...]
    figures: Figures
    settings: DeskConfig
    blind: tuple[str, ...] = ()
