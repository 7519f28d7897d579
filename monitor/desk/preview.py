"""What a silence would have muted, had it run before: shown before one is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from monitor.alert.silencing import covers
from monitor.model import Person, Post, Silence, SilenceScope
from monitor.store import posts, sightings

LOOKS_BACK = timedelta(days=1)
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Muted:
    """`sightings`: posts that it covers; `alerts`: how often people were told because of one; `examples`: the newest
    of them that are still stored, at most EXAMPLES."""

    sightings: int
    alerts: int
    examples: tuple[Post, ...]


def would_have_muted(db: Database, scope: SilenceScope, value: str, since: datetime) -> Muted:
    """What a silence would have muted of the posts that were seen from a moment on."""
    silence = Silence("", scope, value, Person("", ""), "", since, since)
    is_thread = scope is SilenceScope.THREAD
    covered = [
        sighted
        for sighted in sightings.since(db, since)
        if covers(silence, sighted.claim_id, sighted.post, posts.above(db, sighted.post) if is_thread else ())
    ]
    shown = [sighted.post for sighted in covered if sighted.post.text.strip()]
    return Muted(len(covered), sum(sighted.alerts for sighted in covered), tuple(shown[:EXAMPLES]))
