"""How notifications that wait together become one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.model import Alert, Notification, NotificationKind, Severity

SHOWN = 30
"""Posts that a waiting REPLY lists; the incident's own counts say how many there are in all."""
REPLIES_APART = timedelta(minutes=1)
"""A thread hears of further posts at most so often."""

_RANKS = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.LOW: 3}
MIDDLE = _RANKS[Severity.MEDIUM]
"""The rank of what belongs to no incident."""


def rank(notification: Notification) -> int | None:
    """The place in the queue: that of the most severe claim in it, 0 first. None where it shows no alert."""
    return min((_RANKS[alert.claim.severity] for alert in notification.alerts), default=None)


def incident_of(notification: Notification) -> str | None:
    """The one incident that a notification is about; a DIGEST is about several."""
    if is_digest(notification):
        return None
    return notification.incident_id or (notification.alerts[-1].incident.id if notification.alerts else None)


def is_digest(notification: Notification) -> bool:
    """Whether it lists incidents: a DIGEST, or the EDIT of one."""
    is_edit = notification.kind is NotificationKind.EDIT and notification.notice is None
    return notification.kind is NotificationKind.DIGEST or (is_edit and notification.incident_id is None)


def merged_digest(waiting: Notification, newer: Notification) -> Notification:
    """The alerts of two digests; an incident that is in both is shown as it stands in the newer."""
    replaced = {alert.incident.id for alert in newer.alerts}
    kept: tuple[Alert, ...] = tuple(alert for alert in waiting.alerts if alert.incident.id not in replaced)
    return replace(waiting, alerts=(*kept, *newer.alerts))


def merged_reply(waiting: Notification, newer: Notification) -> Notification:
    """The posts of two replies, the newest last and at most SHOWN; shown in the channel if either was to be."""
    replaced = {alert.post.key for alert in newer.alerts}
    kept: tuple[Alert, ...] = tuple(alert for alert in waiting.alerts if alert.post.key not in replaced)
    answered = dict(waiting.answered) | dict(newer.answered)
    return replace(
        waiting,
        alerts=(*kept, *newer.alerts)[-SHOWN:],
        broadcast=waiting.broadcast or newer.broadcast,
        answered=tuple(answered.items()),
    )


def folded(shown: Notification, news: Notification) -> Notification:
    """A MESSAGE or an UPDATE that is not delivered yet, as it stands after an UPDATE or a REPLY to it.

    An UPDATE brings the whole newest picture; a REPLY is about other posts, and brings the incident's counts. The
    reason for which people are told stays.
    """
    newest = news.alerts[-1]
    if news.kind is NotificationKind.UPDATE:
        return replace(shown, alerts=(replace(newest, reason=shown.alerts[0].reason),))
    alert = replace(shown.alerts[0], incident=newest.incident, decided_at=newest.decided_at)
    return replace(shown, alerts=(alert,))
