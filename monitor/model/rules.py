"""What rules/*.toml say: candidates, claims, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.stance import Decision, Stance


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ClaimStatus(StrEnum):
    """A draft is not matched; a shadow claim is matched and never alerted; a retired one is kept for the record."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person on a ballot, and the ways in which posts name that person (rules/candidates.toml)."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A prewritten answer as it stands in the rules: `text` is a Jinja2 template. `platform` may be "any"."""

    text: str
    platform: str = "any"
    lang: str = "en"
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One `[[tests]]` entry: what the rules must say about a post."""

    post: str
    expect: Decision
    stance: Stance | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement known to be false: one file in rules/. `about` empty means that it is about the vote itself."""

    id: str
    claim: str
    truth: str
    about: tuple[str, ...] = ()
    status: ClaimStatus = ClaimStatus.ACTIVE
    severity: Severity = Severity.MEDIUM
    owner: str | None = None
    evidence: tuple[str, ...] = ()
    phrasings: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()
    threshold: float | None = None
    must_mention: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    known_false_alarms: str | None = None
    corrections: tuple[Correction, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    file: str = ""
    """Name of its file in the rules folder."""

    def bar(self, general: float) -> float:
        """The score from which it alerts: its own threshold goes before the general one."""
        return general if self.threshold is None else self.threshold

    def is_matched(self, now: datetime) -> bool:
        """Whether posts are held against this claim at `now`: active or shadow, and within its dates."""
        if self.status not in (ClaimStatus.ACTIVE, ClaimStatus.SHADOW):
            return False
        if self.valid_from is not None and now < self.valid_from:
            return False
        return self.valid_until is None or now < self.valid_until


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole rules folder. `version` is a short hash of its files' bytes; every alert records it."""

    candidates: tuple[Candidate, ...]
    claims: tuple[Claim, ...]
    version: str

    def claim(self, claim_id: str) -> Claim | None:
        return next((claim for claim in self.claims if claim.id == claim_id), None)

    def candidate(self, candidate_id: str) -> Candidate | None:
        return next((candidate for candidate in self.candidates if candidate.id == candidate_id), None)

    @property
    def turning_points(self) -> list[datetime]:
        """When claims begin and cease to be matched, the earliest first."""
        dates = {date for claim in self.claims for date in (claim.valid_from, claim.valid_until)}
        return sorted(date for date in dates if date is not None)
