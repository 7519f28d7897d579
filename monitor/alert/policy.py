"""Must people be told now, how, and why? Pure: a change of an incident, its claim and post, the settings and `now`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.config import AlertConfig
from monitor.model import (
    Alert,
    Change,
    ChangeKind,
    Claim,
    ClaimStatus,
    Incident,
    IncidentState,
    Notification,
    NotificationKind,
    Post,
    Reason,
)

MINUTE = timedelta(minutes=1)
"""The span of `new_messages_last_minute`, and how long a digest collects."""
UPDATE_DELAY = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do about a change.

    `kinds` are the notifications to send, in order; none when people are left in peace. `incident` remembers what they
    were told, and is to be stored. `why` says in words what led to `reason`.
    """

    reason: Reason
    kinds: tuple[NotificationKind, ...]
    incident: Incident
    why: str
    broadcast: bool = False
    """The reply shows in the channel too."""


def decide(
    change: Change, claim: Claim, post: Post, settings: AlertConfig, new_messages_last_minute: int, now: datetime
) -> Outcome:
    """Decide about one change. `new_messages_last_minute`: the MESSAGEs decided on in the minute before `now`."""
    incident = change.incident
    kept_quiet = _kept_quiet(incident, claim, post, settings, now)
    if kept_quiet is not None:
        reason, why = kept_quiet
        return Outcome(reason, (), incident, why)
    news = _news(change, post, settings)
    if news is None:
        reason = Reason.DUPLICATE if change.kind is ChangeKind.DUPLICATE else Reason.COUNTED
        return Outcome(reason, (NotificationKind.UPDATE,) if incident.has_message else (), incident, change.why)
    reason, why = news

    told = replace(
        incident,
        alerted_posts=incident.posts,
        alerted_followers=max(incident.alerted_followers, post.followers or 0),
    )
    if incident.has_message:
        kinds = (NotificationKind.REPLY, NotificationKind.UPDATE)
        return Outcome(reason, kinds, told, why, broadcast=reason is Reason.REOPENED)
    if new_messages_last_minute >= settings.max_new_per_minute:
        why = f"{why}; {new_messages_last_minute} new messages went out within a minute already"
        return Outcome(Reason.DIGEST, (NotificationKind.DIGEST,), told, why)
    return Outcome(reason, (NotificationKind.MESSAGE,), replace(told, has_message=True), why)


def notifications(outcome: Outcome, alert: Alert, shown: Alert | None = None) -> tuple[Notification, ...]:
    """The messages that an outcome asks for. `alert` must carry the outcome's reason and incident.

    An UPDATE rewrites the incident's message, which goes on quoting the post that it quoted first: `shown` is an alert
    about that post (None: `alert` itself, when the first post is no longer stored). Delivery ids come from incident,
    kind and post, so that deciding again after a crash gives the same ids.
    """
    return tuple(
        Notification(
            delivery_id=_delivery_id(kind, alert),
            kind=kind,
            alerts=(_refreshed(shown or alert, alert) if kind is NotificationKind.UPDATE else alert,),
            broadcast=outcome.broadcast and kind is NotificationKind.REPLY,
        )
        for kind in outcome.kinds
    )


def due_at(notification: Notification, now: datetime) -> datetime:
    """When to deliver: an alert at once, counters a little later so that several changes make one request, a digest
    when its minute is over."""
    match notification.kind:
        case NotificationKind.UPDATE:
            return now + UPDATE_DELAY
        case NotificationKind.DIGEST:
            return now + MINUTE
        case _:
            return now


def _kept_quiet(
    incident: Incident, claim: Claim, post: Post, settings: AlertConfig, now: datetime
) -> tuple[Reason, str] | None:
    """Why nobody is to see this at all."""
    if incident.state is IncidentState.FALSE_ALARM:
        return Reason.FALSE_ALARM, "a person marked this incident as a false alarm"
    if claim.status is not ClaimStatus.ACTIVE:
        return Reason.SHADOW, f"the claim's status is {claim.status}"
    if post.created_at is not None and now - post.created_at > timedelta(hours=settings.max_age_hours):
        return Reason.TOO_OLD, f"the post is older than {settings.max_age_hours:g} h"
    return None


def _news(change: Change, post: Post, settings: AlertConfig) -> tuple[Reason, str] | None:
    """Why this is worth interrupting people for."""
    incident = change.incident
    if incident.state is IncidentState.CLOSED:
        return None
    if not incident.alerted_posts:
        return Reason.FIRST, change.why
    if change.kind is ChangeKind.REOPENED:
        return Reason.REOPENED, change.why
    followers = post.followers or 0
    if change.new_account and followers >= settings.large_account and followers > incident.alerted_followers:
        return Reason.LARGE_ACCOUNT, f"the account has {followers:,} followers"
    step = _step(incident, settings)
    if step is not None:
        return Reason.GROWING, f"{incident.posts} posts passed the mark of {step}"
    return None


def _step(incident: Incident, settings: AlertConfig) -> int | None:
    """The highest growth step that was passed since people were last told."""
    return max((step for step in settings.growth if incident.alerted_posts < step <= incident.posts), default=None)


def _delivery_id(kind: NotificationKind, alert: Alert) -> str:
    digest = hashlib.sha256(f"{kind}\n{alert.post.key}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{alert.incident.id}.{kind}.{digest[:12]}"


def _refreshed(shown: Alert, alert: Alert) -> Alert:
    return replace(shown, reason=alert.reason, incident=alert.incident, decided_at=alert.decided_at)
