from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.desk.preview import Muted, would_have_muted
from monitor.model import Incident, IncidentState, Media, Mention, Page, Post, SilenceScope
from monitor.store import incidents, posts
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY_AGO = NOON - timedelta(days=1)
ROOT = Post("1", "She quit https://example.org/story?utm_source=x", "bluesky", "someone.example")
REPLY = Post("2", "So it is true", "bluesky", "other.example", reply_to="1")
DEEPER = Post("3", "I knew it", "bluesky", "third.example", reply_to="2", media=(Media("https://example.org/story"),))
ELSEWHERE = Post("4", "She is ill", "x", "someone.example")
OLD = Post("5", "She quit, last week", "bluesky", "someone.example")


@pytest.fixture(autouse=True)
def seen(store: Store) -> None:
    found = (ROOT, REPLY, DEEPER, ELSEWHERE, OLD)
    posts.save_page(store, "sky", "bluesky", Page(found, "c"), [(post, Mention()) for post in found], NOON)
    with store.transaction() as db:
        for claim_id in ("withdrawn", "ill"):
            incidents.save(db, Incident(f"{claim_id}-1", claim_id, IncidentState.OPEN, "x", NOON, NOON))
        for number, post in enumerate((ROOT, REPLY, DEEPER)):
            incidents.add_sighting(db, "withdrawn-1", post, NOON + timedelta(minutes=number), None)
        incidents.add_sighting(db, "ill-1", ELSEWHERE, NOON, None)
        incidents.add_sighting(db, "withdrawn-1", OLD, DAY_AGO - timedelta(hours=1), None)
        for kinds in ("message", "reply update", "update", ""):
            db.execute(
                "INSERT INTO alerts (incident_id, claim_id, post_key, reason, kinds, posts, score, rules_version, "
                "decided_at) VALUES ('withdrawn-1', 'withdrawn', 'bluesky:1', 'growing', ?, 1, 0.9, 'v1', '')",
                [kinds],
            )


@pytest.mark.parametrize(
    ("scope", "value", "expected"),
    [
        (SilenceScope.CLAIM, "withdrawn", Muted(3, 2, (DEEPER, REPLY, ROOT))),
        (SilenceScope.CLAIM, "none", Muted(0, 0, ())),
        (SilenceScope.ACCOUNT, "bluesky:someone.example", Muted(1, 2, (ROOT,))),
        (SilenceScope.LINK, "http://www.example.org/story/", Muted(2, 2, (DEEPER, ROOT))),
        (SilenceScope.THREAD, "bluesky:1", Muted(3, 2, (DEEPER, REPLY, ROOT))),
        (SilenceScope.THREAD, "bluesky:2", Muted(2, 0, (DEEPER, REPLY))),
    ],
)
def test_a_preview_counts_what_a_silence_would_have_muted(
    store: Store, scope: SilenceScope, value: str, expected: Muted
) -> None:
    assert would_have_muted(store.db, scope, value, DAY_AGO) == expected


def test_deleted_posts_are_counted_and_not_shown(store: Store) -> None:
    store.db.execute("DELETE FROM posts WHERE key = 'bluesky:1'")

    assert would_have_muted(store.db, SilenceScope.CLAIM, "withdrawn", DAY_AGO) == Muted(3, 2, (DEEPER, REPLY))
