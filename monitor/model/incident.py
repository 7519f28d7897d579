"""The matches of one claim in a time window, and what a post changes about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.desk import Person


class IncidentState(StrEnum):
    OPEN = "open"
    CORRECTED = "corrected"
    CLOSED = "closed"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Incident:
    """The matches of one claim in a time window. `posts` counts reposts and copies; `duplicates` is how many."""

    id: str
    claim_id: str
    state: IncidentState
    first_post: str
    """Key of the post that opened it."""
    first_seen: datetime
    """The time of the earliest post: the correction clock starts here."""
    last_seen: datetime
    posts: int = 1
    duplicates: int = 0
    accounts: int = 1
    platforms: tuple[str, ...] = ()
    growth_per_hour: int = 0
    """Posts in the hour before `last_seen`."""
    alerted_posts: int = 0
    """`posts` when people were last told; 0 while nobody was."""
    alerted_followers: int = 0
    """Followers of the largest account that people were told about."""
    has_message: bool = False
    """Whether it has a message of its own; an incident that was only in a digest has none yet."""
    alerted_at: datetime | None = None
    """When it was first decided that people are told."""
    owner: Person | None = None
    owned_at: datetime | None = None
    owner_active_at: datetime | None = None
    """When the owner last did something about it: one who goes quiet is asked, then released."""
    corrected_at: datetime | None = None
    """When the first correction was posted: the clock stops here."""
    corrected_by: Person | None = None
    correction_url: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether a person treats it as real: somebody has it, or a correction was posted."""
        return self.owner is not None or self.corrected_at is not None


class ChangeKind(StrEnum):
    OPENED = "opened"
    GREW = "grew"
    DUPLICATE = "duplicate"
    REOPENED = "re-opened"


@dataclass(frozen=True, slots=True)
class Change:
    """What a post did to a claim's incident: `incident` is how it stands now, to be stored; `why` says it in words.

    `new_account`: the post is the first on the incident by its account.
    """

    kind: ChangeKind
    incident: Incident
    new_account: bool
    why: str
