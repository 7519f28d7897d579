"""What messages show of an incident, put together from the store and the rules, and whether a silence hides it.

Of a post that was deleted or that no longer makes the claim, messages show a stand-in (amending.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from monitor.alert import correction, policy, silencing
from monitor.model import (
    Alert,
    Claim,
    Decision,
    Incident,
    Match,
    Notification,
    NotificationKind,
    Post,
    Reason,
    Rules,
    Silence,
    Stance,
    stand_in,
)
from monitor.store import answers, incidents, posts, quoting, sightings, silences
from monitor.store.quoting import Shown

DELETED = "the post was deleted"
EDITED = "the post was edited, and no longer says this"


def snapshot(db: Database, rules: Rules, incident_id: str) -> Alert | None:
    """What an incident's message shows, as things stand: see `Pipeline.snapshot`."""
    current = incidents.get(db, incident_id)
    claim = rules.claim(current.claim_id) if current is not None else None
    if current is None or claim is None:
        return None
    post = posts.first_of(db, current) or _in_place_of(db, current.first_post)
    reason, at = incidents.last_told(db, incident_id) or (Reason.FIRST, current.last_seen)
    return alert_about(rules, reason, current, claim, post, match_of(db, claim, post), at)


def reply_with_answers(
    db: Database, rules: Rules, incident: Incident, post_key: str, token: str, now: datetime
) -> Notification | None:
    """An EDIT of the delivered reply in which a post stands, with who has answered its posts. None where there is no
    such reply. `token` makes its delivery id one of its own."""
    found = quoting.replies(db, incident.id, (post_key,))
    return rewritten(db, rules, found[0], token, now) if found else None


def rewritten(db: Database, rules: Rules, delivered: Shown, token: str, now: datetime) -> Notification | None:
    """The EDIT of a delivered reply or digest that shows what is stored of its posts by now."""
    shown = []
    for one in delivered.posts:
        current = incidents.get(db, one.incident_id)
        claim = rules.claim(current.claim_id) if current is not None else None
        if current is not None and claim is not None:
            post = counted(db, current.id, one.key)
            shown.append(alert_about(rules, one.reason, current, claim, post, match_of(db, claim, post), now))
    if not shown:
        return None
    if delivered.kind is NotificationKind.DIGEST:
        return policy.digest_rewritten(shown, delivered.receipt, token)
    incident_id = delivered.posts[0].incident_id
    answered = tuple((answer.post_key, answer.by) for answer in answers.of_incident(db, incident_id))
    return policy.reply_rewritten(shown, delivered.receipt, answered, token)


def counted(db: Database, incident_id: str, key: str) -> Post:
    """A post of an incident, or what stands in its place."""
    post = posts.get(db, key)
    is_counted = any(taken.incident_id == incident_id for taken in sightings.of_post(db, key))
    return post if post is not None and is_counted else _in_place_of(db, key)


def _in_place_of(db: Database, key: str) -> Post:
    return stand_in(key, DELETED if posts.get(db, key) is None else EDITED)


def alert_about(
    rules: Rules, reason: Reason, about: Incident, claim: Claim, post: Post, match: Match, now: datetime
) -> Alert:
    candidate = rules.candidate(claim.about[0]) if claim.about else None
    fitting = correction.render(claim, candidate.name if candidate else "", post)
    return Alert(reason, about, claim, post, match, fitting, rules.version, now)


def match_of(db: Database, claim: Claim, post: Post, reporter: str = "a responder") -> Match:
    """What the matcher said of a post and a claim, or where it said nothing of them, what a person did."""
    if post.gone:
        return Match(post.key, claim.id, claim.claim, 0.0, Stance.COMMENT, Decision.QUIET, "", post.gone)
    stored = posts.get_match(db, post.key)
    if stored is not None and stored.claim_id == claim.id:
        return stored
    why = f"reported by {reporter}"
    return Match(post.key, claim.id, claim.claim, 1.0, Stance.SUPPORT, Decision.ALERT, post.text, why)


def is_silenced(db: Database, incident: Incident, now: datetime) -> bool:
    """Whether a silence covers an incident at `now`: its claim, or its first post."""
    post = posts.first_of(db, incident) or Post("", "")
    return silence_on(db, silences.active(db, now), incident.claim_id, post, now) is not None


def silence_on(db: Database, active: Sequence[Silence], claim_id: str, post: Post, now: datetime) -> Silence | None:
    return silencing.silenced_by(active, claim_id, post, posts.above(db, post), now) if active else None


def is_let_go(
    db: Database, ended: Silence, others: Sequence[Silence], claim_id: str, post: Post, now: datetime
) -> bool:
    """Whether a post was silent because of a silence that ended, and nothing else keeps it so."""
    is_covered = silencing.covers(ended, claim_id, post, posts.above(db, post))
    return is_covered and silence_on(db, others, claim_id, post, now) is None
