"""Telling people: what was decided is written down, and what they are to be sent goes into the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from monitor import showing
from monitor.alert import policy
from monitor.alert.policy import Outcome
from monitor.config import AlertConfig
from monitor.model import Alert, Claim, Incident, Post, Reason, Rules, Silence
from monitor.store import incidents, outbox, posts, silences


def tell(
    db: Database, rules: Rules, outcome: Outcome, alerts: Sequence[Alert], wall: datetime, *, replayed: bool
) -> None:
    """Write down what was decided, and what people are to be sent, inside the caller's transaction.

    `alerts`: the newest post last. `wall`: the real time. `replayed`: minutes between posts pass in no time.
    """
    *earlier, alert = alerts
    incidents.record_alert(db, alert, outcome.kinds)
    if not outcome.kinds:
        return
    shown = showing.snapshot(db, rules, alert.incident.id)
    # What is only counted can wait until people have read the message itself.
    quiet = outcome.reason is Reason.COUNTED
    last = outbox.last_reply_at(db, alert.incident.id, or_message=quiet)
    if replayed:
        # News is told as it comes, and takes along what was counted before it.
        last = wall if quiet else None
    for notification in policy.notifications(outcome, alert, shown, earlier):
        outbox.enqueue(db, notification, wall, policy.due_at(notification, wall, last))


def end_silence(
    db: Database, rules: Rules, silence: Silence, settings: AlertConfig, now: datetime, *, replayed: bool
) -> tuple[Incident, ...]:
    """Tell people of every incident that went on under a silence that is over: see `Pipeline.end_silence`."""
    others = [other for other in silences.active(db, now) if other.id != silence.id]
    told = []
    for incident_id, keys in incidents.silenced(db).items():
        current = incidents.get(db, incident_id)
        claim = rules.claim(current.claim_id) if current is not None else None
        if current is None or claim is None or not policy.is_told(current, claim):
            continue
        kept = [post for key in keys if (post := posts.get(db, key)) is not None]
        due = [post for post in kept if showing.is_let_go(db, silence, others, claim.id, post, now)]
        if due:
            outcome, alerts = _after_silence(db, rules, claim, current, due, settings, now)
            tell(db, rules, outcome, alerts, now, replayed=replayed)
            told.append(outcome.incident)
    return tuple(told)


def _after_silence(
    db: Database,
    rules: Rules,
    claim: Claim,
    current: Incident,
    kept: Sequence[Post],
    settings: AlertConfig,
    now: datetime,
) -> tuple[Outcome, list[Alert]]:
    """What follows for an incident of which these posts came under the silence; it is saved as it is then."""
    followers = max(post.followers or 0 for post in kept)
    recent = incidents.new_messages_since(db, now - policy.MINUTE)
    outcome = policy.silence_ended(current, followers, settings, recent, now)
    incidents.save(db, outcome.incident)
    return outcome, [
        showing.alert_about(
            rules, outcome.reason, outcome.incident, claim, post, showing.match_of(db, claim, post), now
        )
        for post in kept
    ]
