"""What was made of stored posts when they came: what a backtest is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from monitor.model import Decision, Post, Reason
from monitor.store.db import Store, known_time, to_text

_POST = msgspec.json.Decoder(Post)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A post and what some rules make of it. `claim_id`: the claim of which it alerts, None where it does not, or where
    that claim is only in shadow. `score` and `why` are those of its likeliest claim; None, "" where none was near."""

    post: Post
    at: datetime
    claim_id: str | None
    score: float | None
    why: str


def rulings(store: Store, since: datetime) -> list[Ruling]:
    """Every stored post that was received since a moment and is decided, in the order in which they came."""
    with store.reading() as db:
        rows = db.execute(
            """
            SELECT posts.body, posts.received_at, matches.score, coalesce(matches.why, ''),
                CASE WHEN matches.decision = ? AND unseen.post_key IS NULL THEN matches.claim_id END
            FROM posts LEFT JOIN matches ON matches.post_key = posts.key
                LEFT JOIN (SELECT DISTINCT post_key FROM alerts WHERE reason = ?) AS unseen
                    ON unseen.post_key = posts.key
            WHERE posts.decided IS NOT NULL AND posts.received_at >= ? ORDER BY posts.received_at, posts.rowid
            """,
            [Decision.ALERT.value, Reason.SHADOW.value, to_text(since)],
        ).fetchall()
    return [Ruling(_POST.decode(body), known_time(at), claim_id, score, why) for body, at, score, why, claim_id in rows]
