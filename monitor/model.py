"""The words of the system as frozen dataclasses: what passes between the stages. No I/O and no clock in here.

Times are timezone-aware UTC datetimes. A post's identity is its `key`: an id is unique on its platform only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Stance(StrEnum):
    """What a post does with a claim, in RumourEval's words (Gorrell et al. 2019)."""

    SUPPORT = "support"
    DENY = "deny"
    QUERY = "query"
    COMMENT = "comment"


class Decision(StrEnum):
    """What is done with a post: tell people, count it for the digest, or nothing."""

    ALERT = "alert"
    WATCH = "watch"
    QUIET = "quiet"


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


class IncidentState(StrEnum):
    OPEN = "open"
    CORRECTED = "corrected"
    CLOSED = "closed"
    FALSE_ALARM = "false alarm"


class Reason(StrEnum):
    """Why people are told now, or why they are not."""

    FIRST = "first sighting"
    GROWING = "growing"
    LARGE_ACCOUNT = "large account"
    REOPENED = "re-opened after quiet"
    DIGEST = "in the digest: too many new alerts this minute"
    COUNTED = "counted on the open incident"
    DUPLICATE = "repost or same text"
    SHADOW = "claim is in shadow"
    TOO_OLD = "post is older than the alert window"
    FALSE_ALARM = "the incident was marked a false alarm"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or link card; `alt` is its description or title and is matched like text."""

    url: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One public message. `text` is plain text, never HTML. `author` is the account as people write it."""

    id: str
    text: str
    platform: str = "other"
    author: str | None = None
    created_at: datetime | None = None
    url: str | None = None
    lang: str | None = None
    """Primary BCP-47 subtag ("en", "es"): as the platform says, else as the text shows; None where neither does."""
    repost_of: str | None = None
    """Id, on the same platform, of the post that this one passes on unchanged."""
    reply_to: str | None = None
    media: tuple[Media, ...] = ()
    followers: int | None = None

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A platform said that a post, or with `author` alone every post of an account, is gone."""

    platform: str
    post_id: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request to a source, or one batch of its stream, brought. `cursor` resumes after it.

    `skipped` counts posts that could not be read; `skip_reason` says why the last of them could not.
    `gap` says in words what is known to be missing before this page (a resume point that was too old, say).
    """

    posts: tuple[Post, ...]
    cursor: str
    deletions: tuple[Deletion, ...] = ()
    skipped: int = 0
    skip_reason: str | None = None
    gap: str | None = None


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


@dataclass(frozen=True, slots=True)
class Mention:
    """Who and what a post is about: candidate ids, and the ids of the claims about the vote whose words it uses.

    `implied` are claims that it may be about without naming anybody in full: a bare name that could mean somebody else,
    or words of the claim itself. A third of the posts that spread a claim are like that ("she", a surname).
    """

    candidates: tuple[str, ...] = ()
    vote_claims: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.candidates or self.vote_claims or self.implied)

    def concerns(self, claim: Claim) -> bool:
        """Whether a claim may match a post with this mention."""
        return self.names(claim) or claim.id in self.implied

    def names(self, claim: Claim) -> bool:
        """Whether the post says in so many words whom or what the claim is about."""
        if claim.about:
            return any(candidate in self.candidates for candidate in claim.about)
        return claim.id in self.vote_claims


@dataclass(frozen=True, slots=True)
class Match:
    """A post held against one claim.

    `score` is the calibrated probability, 0..1, that the post asserts the claim; `sentence` the part of the post that
    decided; `why` the decision in words that staff understand.
    """

    post_key: str
    claim_id: str
    phrasing: str
    score: float
    stance: Stance
    decision: Decision
    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What mention, match and judge say of one post. `match` is the likeliest claim, None where no claim was near."""

    post: Post
    mention: Mention
    decision: Decision
    why: str
    match: Match | None = None


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


@dataclass(frozen=True, slots=True)
class RenderedCorrection:
    """A correction filled in for one post. `length` and `limit` are in the platform's own counting; None: no limit."""

    text: str
    platform: str
    lang: str
    length: int
    limit: int | None


class NotificationKind(StrEnum):
    """MESSAGE is an incident's one message, UPDATE rewrites it, REPLY is in its thread, DIGEST stands alone."""

    MESSAGE = "message"
    UPDATE = "update"
    REPLY = "reply"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Alert:
    """The decision to tell people about an incident, with everything that they are shown."""

    reason: Reason
    incident: Incident
    claim: Claim
    post: Post
    match: Match
    correction: RenderedCorrection | None
    rules_version: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to deliver. Its `delivery_id` travels in the message's metadata, so that a delivery of unknown outcome
    can be found again. A digest carries several alerts, every other kind exactly one."""

    delivery_id: str
    kind: NotificationKind
    alerts: tuple[Alert, ...]
    broadcast: bool = False
    """For a REPLY: show it in the channel too."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a notification was delivered: Slack's channel id and message ts, or the console's own."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does: kept in the store, shown by `monitor status`."""

    name: str
    kind: str
    last_page_at: datetime | None = None
    last_post_at: datetime | None = None
    posts_seen: int = 0
    posts_kept: int = 0
    skipped: int = 0
    skip_reason: str | None = None
    error: str | None = None
    """What it fails with now, None once a page came through again."""
    error_since: datetime | None = None
    error_count: int = 0
    """Failures in a row."""
    retry_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    errors_total: int = 0
    gap: str | None = None
    gap_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of the store: what `monitor status` and the demo's last table show."""

    posts_seen: int = 0
    posts_about: int = 0
    posts_matched: int = 0
    denials_quiet: int = 0
    waiting: int = 0
    alerts: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    outbox: dict[str, int] = field(default_factory=dict)
