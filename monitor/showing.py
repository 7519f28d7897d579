"""What messages show of an incident, put together from the store and the rules, and whether a silence hides it."""

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
    Post,
    Reason,
    Rules,
    Silence,
    Stance,
)
from monitor.store import answers, incidents, outbox, posts, silences


def snapshot(db: Database, rules: Rules, incident_id: str) -> Alert | None:
    """What an incident's message shows, as things stand: see `Pipeline.snapshot`."""
    current = incidents.get(db, incident_id)
    post = posts.first_of(db, current) if current is not None else None
    claim = rules.claim(current.claim_id) if current is not None else None
    if current is None or post is None or claim is None:
        return None
    reason, at = incidents.last_told(db, incident_id) or (Reason.FIRST, current.last_seen)
    return alert_about(rules, reason, current, claim, post, match_of(db, claim, post), at)


def reply_with_answers(
    db: Database, rules: Rules, incident: Incident, post_key: str, token: str, now: datetime
) -> Notification | None:
    """An EDIT of the delivered reply in which a post stands, with who has answered its posts. Posts that were deleted
    since then leave it. None where there is no such reply. `token` makes its delivery id one of its own."""
    reply = outbox.reply_showing(db, incident.id, post_key)
    claim = rules.claim(incident.claim_id)
    if reply is None or claim is None:
        return None
    shown = [
        alert_about(rules, reason, incident, claim, post, match_of(db, claim, post), now)
        for key, reason in reply.posts
        if (post := posts.get(db, key)) is not None
    ]
    answered = tuple((answer.post_key, answer.by) for answer in answers.of_incident(db, incident.id))
    return policy.reply_rewritten(shown, reply.receipt, answered, token) if shown else None


def alert_about(
    rules: Rules, reason: Reason, about: Incident, claim: Claim, post: Post, match: Match, now: datetime
) -> Alert:
    candidate = rules.candidate(claim.about[0]) if claim.about else None
    fitting = correction.render(claim, candidate.name if candidate else "", post)
    return Alert(reason, about, claim, post, match, fitting, rules.version, now)


def match_of(db: Database, claim: Claim, post: Post, reporter: str = "a responder") -> Match:
    """What the matcher said of a post and a claim, or where it said nothing of them, what a person did."""
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
