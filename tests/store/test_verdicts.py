from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Deletion, Mention, Page, Post
from monitor.store import posts, verdicts
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, tzinfo=UTC)
ONE, TWO = Post("1", "Rivera quit"), Post("2", "Rivera quit smoking")


def keep(store: Store) -> None:
    posts.save_page(store, "feed", "jsonl", Page((ONE, TWO), "c"), [(ONE, Mention()), (TWO, Mention())], NOW)


def test_verdicts_come_back_with_their_posts(store: Store) -> None:
    keep(store)
    with store.transaction() as db:
        verdicts.add(db, TWO.key, "withdrawn", False, NOW + timedelta(seconds=1))
        verdicts.add(db, TWO.key, "smoking", True, NOW + timedelta(seconds=2))
        verdicts.add(db, ONE.key, "withdrawn", True, NOW)

    assert verdicts.every(store) == [
        verdicts.HumanVerdict(ONE, "withdrawn", True),
        verdicts.HumanVerdict(TWO, "withdrawn", False),
        verdicts.HumanVerdict(TWO, "smoking", True),
    ]


def test_the_last_verdict_on_a_post_and_claim_counts(store: Store) -> None:
    keep(store)
    with store.transaction() as db:
        verdicts.add(db, ONE.key, "withdrawn", False, NOW)
        verdicts.add(db, ONE.key, "withdrawn", True, NOW)

    assert verdicts.every(store) == [verdicts.HumanVerdict(ONE, "withdrawn", True)]


def test_a_verdict_is_forgotten_with_its_post(store: Store) -> None:
    keep(store)
    with store.transaction() as db:
        verdicts.add(db, ONE.key, "withdrawn", True, NOW)
        posts.forget(db, Deletion("other", "1"))

    assert verdicts.every(store) == []
