"""What becomes of posts that were deleted or edited after they were counted: what shows them is rewritten, and a post
that makes its claim no longer is taken off the count."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlite_utils import Database

from monitor import incident, showing
from monitor.alert import policy
from monitor.model import (
    Alert,
    Decision,
    Deletion,
    Incident,
    LookedUp,
    Mention,
    Named,
    NotificationKind,
    Post,
    Rules,
    Verdict,
)
from monitor.store import incidents, outbox, posts, quoting, sightings

log = structlog.get_logger()


def reshow(db: Database, rules: Rules, incident_ids: Collection[str], keys: Collection[str], now: datetime) -> None:
    """Have everything rewritten that shows one of these posts, which are or were on these incidents: what waits at
    once, what is delivered by an UPDATE or an EDIT of its own. Inside the caller's transaction."""
    if not incident_ids:
        return
    for waiting in quoting.undelivered(db, keys):
        alerts = tuple(_as_it_stands(db, rules, waiting.kind, alert) for alert in waiting.alerts)
        quoting.rewrite(db, replace(waiting, alerts=alerts))
    for incident_id in incident_ids:
        shown = showing.snapshot(db, rules, incident_id)
        if shown is not None and shown.incident.has_message:
            outbox.enqueue(db, policy.update(shown, secrets.token_hex(6)), now, now)
    replies = [reply for incident_id in incident_ids for reply in quoting.replies(db, incident_id, keys)]
    for delivered in (*replies, *quoting.digests(db, keys)):
        edit = showing.rewritten(db, rules, delivered, secrets.token_hex(6), now)
        if edit is not None:
            outbox.enqueue(db, edit, now, now)


def follow_edit(db: Database, rules: Rules, verdict: Verdict, now: datetime) -> None:
    """A post that is counted and comes up again was edited: off the incidents whose claim it makes no longer, unless a
    person put it there, and shown everywhere as it reads now. Inside the caller's transaction."""
    counted = sightings.of_post(db, verdict.post.key)
    claim_id = verdict.match.claim_id if verdict.match and verdict.decision is Decision.ALERT else None
    for taken in counted:
        current = incidents.get(db, taken.incident_id)
        if current is None or taken.is_reported or claim_id in (current.claim_id, taken.taken_for):
            continue
        sightings.take_off(db, current.id, verdict.post.key)
        left = incidents.posts_since(db, current.id, current.last_seen - incident.HOUR)
        fewer = incident.without(current, is_copy=taken.is_copy, is_alone=taken.is_alone, posts_last_hour=left)
        incidents.save(db, fewer)
        _tell(db, rules, fewer, verdict.post, now)
        log.info("sighting withdrawn", incident=current.id, post=verdict.post.key, why=verdict.why)
    reshow(db, rules, [taken.incident_id for taken in counted], [verdict.post.key], now)


def revisit(
    db: Database,
    rules: Rules,
    mention: Callable[[Post], Mention],
    found: LookedUp,
    gone: Sequence[Named],
    now: datetime,
) -> None:
    """Take stored posts as their platform shows them now: those that were edited are read again, those that are gone
    are forgotten. Inside the caller's transaction."""
    for post in found.posts:
        if posts.can_be_stored(post):
            posts.again(db, post, mention(post), now)
    keys = [one.key for one in gone]
    incident_ids = sightings.incidents_of(db, keys)
    for one in gone:
        posts.forget(db, Deletion(one.platform, one.key.removeprefix(f"{one.platform}:")))
    reshow(db, rules, incident_ids, keys, now)


def _tell(db: Database, rules: Rules, fewer: Incident, post: Post, now: datetime) -> None:
    claim = rules.claim(fewer.claim_id)
    notice = policy.edited(fewer, post.key)
    is_told = claim is not None and fewer.has_message and policy.is_told(fewer, claim)
    if is_told and not outbox.is_known(db, notice.delivery_id):
        outbox.enqueue(db, notice, now, now)


def _as_it_stands(db: Database, rules: Rules, kind: NotificationKind, alert: Alert) -> Alert:
    """An alert that is not delivered yet, about what is stored of its post by now; an incident's message is about
    another post of it where its own is gone."""
    if kind in (NotificationKind.MESSAGE, NotificationKind.UPDATE):
        shown = showing.snapshot(db, rules, alert.incident.id)
        if shown is not None:
            return replace(shown, reason=alert.reason, decided_at=alert.decided_at)
    post = showing.counted(db, alert.incident.id, alert.post.key)
    match = showing.match_of(db, alert.claim, post)
    return showing.alert_about(rules, alert.reason, alert.incident, alert.claim, post, match, alert.decided_at)
