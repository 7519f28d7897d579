"""A tick on a post of a thread reply: found, rewritten, and forgotten like everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import AlertConfig
from monitor.match.matcher import Matcher
from monitor.model import (
    Claim,
    Decision,
    Deletion,
    Incident,
    Match,
    Mention,
    Notification,
    NotificationKind,
    Page,
    Person,
    Post,
    Receipt,
    Rules,
    Silence,
    SilenceScope,
    Stance,
)
from monitor.pipeline import Pipeline, Stages
from monitor.store import answers, enqueue, incidents, outbox, posts, silences
from monitor.store.answers import Answer
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
ANA = Person("U1ANA", "Ana Flores")
CLAIM = Claim("withdrawn", "She has withdrawn.", "She is on the ballot.")
THREAD = Receipt("C0ALERTS", "17.2")


class EverythingAsserts(Matcher):
    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [
            Match(post.key, CLAIM.id, "", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "because")
            for post, _ in posts
        ]


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return Pipeline(Stages(Rules((), (CLAIM,), "v1"), EverythingAsserts()), store, AlertConfig())


@pytest.fixture
def incident(store: Store, pipeline: Pipeline) -> Incident:
    """An incident with three posts, of which the last two stand in a delivered reply."""
    found = tuple(Post(str(number), f"She quit {number}", "x", f"user{number}", NOW) for number in range(3))
    pipeline.accept("sky", "x", Page(found, "c"), NOW)
    pipeline.advance(NOW, 1)
    deliver(store, NOW, Receipt("C0ALERTS", "17.1"))
    pipeline.advance(NOW, 10)
    deliver(store, NOW + timedelta(minutes=5), THREAD)
    known = incidents.latest(store.db, CLAIM.id)
    assert known is not None
    return known


def deliver(store: Store, now: datetime, receipt: Receipt) -> None:
    for delivery in outbox.claim_due(store, now, 10, tuple(NotificationKind)):
        outbox.mark_sent(store, delivery.notification.delivery_id, receipt)


def tick(store: Store, pipeline: Pipeline, incident: Incident, post_key: str) -> list[Notification]:
    with store.transaction() as db:
        answers.add(db, incident.id, Answer(post_key, ANA, NOW))
        pipeline.enqueue_answered(db, incident, post_key, NOW)
    rows = store.db.execute("SELECT delivery_id, body FROM outbox WHERE state = 'pending'").fetchall()
    return [enqueue.decode(*row) for row in rows]


def test_the_reply_that_shows_a_post_is_rewritten_with_its_tick(
    store: Store, pipeline: Pipeline, incident: Incident
) -> None:
    (edit,) = tick(store, pipeline, incident, "x:1")

    assert (edit.kind, edit.target) == (NotificationKind.EDIT, THREAD)
    assert [alert.post.key for alert in edit.alerts] == ["x:1", "x:2"]
    assert edit.answered == (("x:1", ANA),)


def test_two_ticks_are_one_rewriting(store: Store, pipeline: Pipeline, incident: Incident) -> None:
    tick(store, pipeline, incident, "x:1")

    (edit,) = tick(store, pipeline, incident, "x:2")

    assert edit.answered == (("x:1", ANA), ("x:2", ANA))


def test_of_a_deleted_post_the_reply_shows_a_stand_in(store: Store, pipeline: Pipeline, incident: Incident) -> None:
    with store.transaction() as db:
        posts.forget(db, Deletion("x", "2"))

    (edit,) = tick(store, pipeline, incident, "x:1")

    assert [(alert.post.key, alert.post.text, alert.post.gone) for alert in edit.alerts] == [
        ("x:1", "She quit 1", ""),
        ("x:2", "", "the post was deleted"),
    ]


def test_a_post_that_stands_in_no_reply_is_only_recorded(store: Store, pipeline: Pipeline, incident: Incident) -> None:
    assert tick(store, pipeline, incident, "x:9") == []


def test_what_a_delivered_reply_quoted_is_forgotten(store: Store, incident: Incident) -> None:
    rows = store.db.execute("SELECT body FROM outbox WHERE state = 'sent'").fetchall()

    assert not any(b"She quit" in body for (body,) in rows)


@pytest.mark.parametrize(
    ("scope", "value", "expected"),
    [
        (SilenceScope.CLAIM, "withdrawn", True),
        (SilenceScope.ACCOUNT, "x:user0", True),
        (SilenceScope.ACCOUNT, "x:user1", False),
        (SilenceScope.CLAIM, "other", False),
    ],
)
def test_an_incident_is_silenced_with_its_claim_or_its_first_post(
    store: Store, pipeline: Pipeline, incident: Incident, scope: SilenceScope, value: str, expected: bool
) -> None:
    with store.transaction() as db:
        silences.add(db, Silence("s", scope, value, ANA, "a film", NOW, NOW + timedelta(hours=1)))

        assert pipeline.is_silenced(db, incident, NOW) is expected
        assert not pipeline.is_silenced(db, incident, NOW + timedelta(hours=1))
