"""What a day looked like, in figures: the morning's digest, App Home and `monitor status` show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.desk import Person
from monitor.model.incident import Incident, IncidentState


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source was blind. `ended_at` is None while it still is.

    `is_gap`: the source itself worked, and said that it could not bring the posts of that time.
    """

    source: str
    began_at: datetime
    ended_at: datetime | None
    error: str
    is_gap: bool = False

    def lasted(self, now: datetime) -> timedelta:
        return (self.ended_at or now) - self.began_at


@dataclass(frozen=True, slots=True)
class Handled:
    """An incident that people were told of, and what they made of it.

    `owned_at`: when somebody first took it on, whoever has it now. `ended_at`: when a person first closed it or called
    it a false alarm. `taken_for`: the claim that people were told of first; a person may have moved it to another.
    """

    incident: Incident
    taken_for: str
    owned_at: datetime | None = None
    owned_by: Person | None = None
    ended_at: datetime | None = None

    @property
    def is_false_alarm(self) -> bool:
        """Whether the claim that people were told of was not the right one."""
        return self.incident.state is IncidentState.FALSE_ALARM or self.taken_for != self.incident.claim_id


@dataclass(frozen=True, slots=True)
class Traffic:
    """Posts that the sources brought, those of them that are about a candidate or the vote and were kept, and those
    that spread a known claim and were counted on an incident."""

    seen: int = 0
    kept: int = 0
    alerting: int = 0


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What a claim in shadow would have done: incidents that people would have been told of, and the posts on them."""

    claim_id: str
    incidents: int
    posts: int


@dataclass(frozen=True, slots=True)
class Unsure:
    """Posts near a claim of which nobody was told, since they ask whether it is true or may not say it at all."""

    claim_id: str
    posts: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A day, or what there was of it by `until`. `told` are the incidents that people were told of in that time, the
    oldest first."""

    since: datetime
    until: datetime
    told: tuple[Handled, ...] = ()
    went_on: int = 0
    """Incidents of earlier days that had more posts."""
    untold: int = 0
    """Incidents that opened and of which nobody was told: in shadow, silenced, or of old posts only."""
    shadowed: tuple[Shadowed, ...] = ()
    """Claims in shadow that posts spread, the most posts first."""
    watched: tuple[Unsure, ...] = ()
    """The most posts first."""
    silences_set: int = 0
    silences_on: int = 0
    """Silences in force at the end of the time."""
    traffic: Traffic = Traffic()
    outages: tuple[Outage, ...] = ()
    actions: int = 0
    """What people did at the desk, as the audit has it."""
    people: int = 0
    """How many people that were."""
    clicks_failed: int = 0
    """Presses of a button that monitor could not carry out."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One claim's posts over time: one count for each step. `told_at` and `corrected_at` are its incidents'."""

    claim_id: str
    posts: tuple[int, ...]
    told_at: tuple[datetime, ...] = ()
    corrected_at: tuple[datetime, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.posts)


@dataclass(frozen=True, slots=True)
class Curves:
    """Claims over time: step number n of each curve begins at `since + n * step`. The most posts first."""

    since: datetime
    step: timedelta
    steps: int
    curves: tuple[Curve, ...] = ()

    @property
    def until(self) -> datetime:
        return self.since + self.steps * self.step
