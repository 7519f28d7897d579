"""The decision to tell people, and the message that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.desk import Person
from monitor.model.incident import Incident
from monitor.model.match import Match
from monitor.model.post import Post
from monitor.model.rules import Claim


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
    SILENCED = "silenced"
    SILENCE_ENDED = "went on while it was silenced"
    REPORTED = "reported by a responder"


@dataclass(frozen=True, slots=True)
class RenderedCorrection:
    """A correction filled in for one post. `length` and `limit` are in the platform's own counting; None: no limit."""

    text: str
    platform: str
    lang: str
    length: int
    limit: int | None


class NotificationKind(StrEnum):
    """MESSAGE is an incident's one message, UPDATE rewrites it, REPLY is in its thread and shows sightings, DIGEST
    lists incidents that have no message of their own. NOTICE says something in words; EDIT rewrites a delivered notice,
    reply or digest."""

    MESSAGE = "message"
    UPDATE = "update"
    REPLY = "reply"
    DIGEST = "digest"
    NOTICE = "notice"
    EDIT = "edit"


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


class NoticeKind(StrEnum):
    """What a notice is about, which decides what it looks like."""

    DONE = "done"
    """In a thread: what somebody did."""
    REMINDER = "reminder"
    ESCALATION = "escalation"
    SILENCE = "silence"
    SHARE = "share"
    PROPOSAL = "proposal"
    SERVICE = "service"
    """About monitor itself: a source that is blind, say."""
    REPORT = "report"
    """The morning's digest."""


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A button that opens a platform's window to share or to compose, with the text filled in."""

    platform: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that a notice shows. `alt` says in words what is to be seen in it."""

    png: bytes
    alt: str
    title: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something said in words. Every text in it is shown as it is: no formatting, link or mention is read in it.

    `ping` names whom to notify: Slack ids of users (U...), or of user groups (S...). `subject`: what buttons on the
    notice are about (a proposal's id, a silence's id).
    """

    kind: NoticeKind
    title: str
    lines: tuple[str, ...] = ()
    quote: str | None = None
    link: str | None = None
    share: tuple[ShareLink, ...] = ()
    ping: tuple[str, ...] = ()
    subject: str | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to deliver. Its `delivery_id` travels in the message's metadata, so that a delivery of unknown outcome
    can be found again.

    Exactly one alert in a MESSAGE or an UPDATE; one for each post in a REPLY, the newest last; one for each incident in
    a DIGEST; none in a NOTICE. A NOTICE with `incident_id` goes to the incident's thread, unless `channel` names
    another place; with neither it stands in the alerts' channel. An EDIT rewrites `target` and carries what the message
    then shows: alerts like a REPLY, without `incident_id` like a DIGEST, or a notice.
    """

    delivery_id: str
    kind: NotificationKind
    alerts: tuple[Alert, ...] = ()
    broadcast: bool = False
    """For a REPLY or a NOTICE in a thread: show it in the channel too."""
    incident_id: str | None = None
    notice: Notice | None = None
    channel: str | None = None
    target: Receipt | None = None
    answered: tuple[tuple[str, Person], ...] = ()
    """For a REPLY or its EDIT: (post key, who answered it)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a notification was delivered: Slack's channel id and message ts, or the console's own."""

    channel: str
    ts: str
