"""Must people be told now, how, and why? Pure: a change of an incident, its claim and post, the settings and `now`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Person,
    Post,
    Reason,
    Receipt,
    Silence,
)
from monitor.store.gathering import REPLIES_APART, SHOWN

MINUTE = timedelta(minutes=1)
"""The span of `new_messages_last_minute`, and how long a digest collects."""
UPDATE_DELAY = timedelta(seconds=3)
TOLD_AGAIN: tuple[NotificationKind, ...] = (NotificationKind.REPLY, NotificationKind.UPDATE)
"""How people hear more of an incident that has a message: in its thread, and in the message itself."""


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
    change: Change,
    claim: Claim,
    post: Post,
    settings: AlertConfig,
    new_messages_last_minute: int,
    now: datetime,
    *,
    silence: Silence | None = None,
    reported_by: Person | None = None,
) -> Outcome:
    """Decide about one change. `new_messages_last_minute`: the MESSAGEs decided on in the minute before `now`.

    `silence`: the one that covers the post now, if any. `reported_by`: who says that the post spreads the claim: that
    is never silenced, too old, or only counted.
    """
    incident = change.incident
    kept_quiet = _kept_quiet(incident, claim, post, settings, now, silence, reported_by)
    if kept_quiet is not None:
        reason, why = kept_quiet
        return Outcome(reason, (), incident, why)
    if reported_by is not None:
        news: tuple[Reason, str] | None = (Reason.REPORTED, f"{reported_by.name} reported it")
    else:
        news = _news(change, post, settings)
    if news is not None:
        return _tell(incident, post.followers or 0, news, settings, new_messages_last_minute, now)
    if change.kind is ChangeKind.DUPLICATE:
        reason, kinds = Reason.DUPLICATE, TOLD_AGAIN[1:]
    else:
        reason, kinds = Reason.COUNTED, TOLD_AGAIN
    return Outcome(reason, kinds if incident.has_message else (), incident, change.why)


def is_told(incident: Incident, claim: Claim) -> bool:
    """Whether people hear of an incident at all, whatever happens on it."""
    return incident.state is not IncidentState.FALSE_ALARM and claim.status is ClaimStatus.ACTIVE


def silence_ended(
    incident: Incident, followers: int, settings: AlertConfig, new_messages_last_minute: int, now: datetime
) -> Outcome:
    """Decide about an incident that went on while it was silenced. `followers`: those of the largest account."""
    news = (Reason.SILENCE_ENDED, f"{incident.posts} posts when the silence ended")
    return _tell(incident, followers, news, settings, new_messages_last_minute, now)


def notifications(
    outcome: Outcome, alert: Alert, shown: Alert | None = None, earlier: Sequence[Alert] = ()
) -> tuple[Notification, ...]:
    """The messages that an outcome asks for. `alert` must carry the outcome's reason and incident.

    The incident's message shows the post that opened it: `shown` is an alert about that post, as the incident stands
    now (None: `alert` itself, when that post is no longer stored). `earlier`: posts that a REPLY shows before this one.
    Delivery ids come from incident, kind and post, so that deciding again after a crash gives the same ids.
    """
    return tuple(
        Notification(
            delivery_id=_delivery_id(kind, alert),
            kind=kind,
            alerts=_shows(kind, alert, shown or alert, earlier),
            broadcast=outcome.broadcast and kind is NotificationKind.REPLY,
        )
        for kind in outcome.kinds
    )


def due_at(notification: Notification, now: datetime, last_in_thread: datetime | None = None) -> datetime:
    """When to deliver: an alert at once, counters a little later so that several changes make one request, a digest
    when its minute is over, further posts a minute after `last_in_thread`."""
    match notification.kind:
        case NotificationKind.UPDATE:
            return now + UPDATE_DELAY
        case NotificationKind.DIGEST:
            return now + MINUTE
        case NotificationKind.REPLY if last_in_thread is not None:
            return max(now, last_in_thread + REPLIES_APART)
        case _:
            return now


def _tell(
    incident: Incident,
    followers: int,
    news: tuple[Reason, str],
    settings: AlertConfig,
    new_messages_last_minute: int,
    now: datetime,
) -> Outcome:
    """How people are told of what is worth telling, and what the incident remembers of it."""
    reason, why = news
    told = replace(
        incident,
        alerted_posts=incident.posts,
        alerted_followers=max(incident.alerted_followers, followers),
        alerted_at=incident.alerted_at or now,
    )
    if incident.has_message:
        broadcast = reason is Reason.REOPENED and settings.reopened_in_channel
        return Outcome(reason, TOLD_AGAIN, told, why, broadcast)
    if new_messages_last_minute >= settings.max_new_per_minute:
        why = f"{why}; {new_messages_last_minute} new messages went out within a minute already"
        return Outcome(Reason.DIGEST, (NotificationKind.DIGEST,), told, why)
    return Outcome(reason, (NotificationKind.MESSAGE,), replace(told, has_message=True), why)


def _kept_quiet(
    incident: Incident,
    claim: Claim,
    post: Post,
    settings: AlertConfig,
    now: datetime,
    silence: Silence | None,
    reported_by: Person | None,
) -> tuple[Reason, str] | None:
    """Why nobody is to see this at all."""
    if incident.state is IncidentState.FALSE_ALARM:
        return Reason.FALSE_ALARM, "a person marked this incident as a false alarm"
    if claim.status is not ClaimStatus.ACTIVE:
        return Reason.SHADOW, f"the claim's status is {claim.status}"
    if reported_by is not None:
        return None
    if post.created_at is not None and now - post.created_at > timedelta(hours=settings.max_age_hours):
        return Reason.TOO_OLD, f"the post is older than {settings.max_age_hours:g} h"
    if silence is not None:
        return Reason.SILENCED, f"{silence.by.name} silenced this {silence.scope}: {silence.reason}"
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


def update(shown: Alert, token: str) -> Notification:
    """An UPDATE that no post set off; `token` makes it one of its own."""
    return Notification(f"{shown.incident.id}.{NotificationKind.UPDATE}.{token}", NotificationKind.UPDATE, (shown,))


def reply_rewritten(
    shown: Sequence[Alert], where: Receipt, answered: tuple[tuple[str, Person], ...], token: str
) -> Notification:
    """An EDIT of a delivered REPLY: the same posts, and who has answered them by now."""
    incident_id = shown[-1].incident.id
    return Notification(
        delivery_id=f"{incident_id}.{NotificationKind.EDIT}.{token}",
        kind=NotificationKind.EDIT,
        alerts=tuple(shown),
        incident_id=incident_id,
        target=where,
        answered=answered,
    )


def digest_rewritten(shown: Sequence[Alert], where: Receipt, token: str) -> Notification:
    """An EDIT of a delivered DIGEST: the same incidents."""
    return Notification(
        delivery_id=f"digest.{NotificationKind.EDIT}.{token}",
        kind=NotificationKind.EDIT,
        alerts=tuple(shown),
        target=where,
    )


def edited(incident: Incident, post_key: str) -> Notification:
    """What a thread is told of a post that was edited and makes the claim no longer. The same post gives the same id:
    it is told once, however often its author edits it."""
    digest = hashlib.sha256(f"edited\n{post_key}".encode("utf-8", "surrogatepass")).hexdigest()
    posts = "1 post is" if incident.posts == 1 else f"{incident.posts:,} posts are"
    title = "A post was edited, and no longer says this"
    return Notification(
        delivery_id=f"{incident.id}.{NotificationKind.NOTICE}.{digest[:12]}",
        kind=NotificationKind.NOTICE,
        incident_id=incident.id,
        notice=Notice(NoticeKind.DONE, title, (f"It is not counted any more: {posts} left.",)),
    )


def _delivery_id(kind: NotificationKind, alert: Alert) -> str:
    digest = hashlib.sha256(f"{kind}\n{alert.post.key}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{alert.incident.id}.{kind}.{digest[:12]}"


def _shows(kind: NotificationKind, alert: Alert, shown: Alert, earlier: Sequence[Alert]) -> tuple[Alert, ...]:
    match kind:
        case NotificationKind.MESSAGE | NotificationKind.UPDATE:
            return (shown,)
        case NotificationKind.REPLY:
            return (*earlier, alert)[-SHOWN:]
        case _:
            return (alert,)
