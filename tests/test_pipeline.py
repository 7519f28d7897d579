from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import AlertConfig
from monitor.match.matcher import Matcher
from monitor.model import (
    Candidate,
    Claim,
    ClaimStatus,
    Correction,
    Decision,
    Match,
    Mention,
    NotificationKind,
    Page,
    Post,
    Reason,
    Receipt,
    Rules,
    Severity,
    Stance,
)
from monitor.pipeline import Pipeline, Stages
from monitor.store import incidents, outbox, posts, sources, summary
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
WITHDRAWN = Claim(
    "withdrawn", "Ana Rivera has withdrawn.", "She is on the ballot.", ("rivera",), severity=Severity.CRITICAL,
    phrasings=("Rivera dropped out",), corrections=(Correction("{{ candidate }} is on the ballot."),),
)  # fmt: skip
SHADOW = Claim("ill", "Ana Rivera is ill.", "She is well.", ("rivera",), status=ClaimStatus.SHADOW)
RULES = Rules((Candidate("rivera", "Ana Rivera"),), (WITHDRAWN, SHADOW), "v1")


class ScriptedMatcher(Matcher):
    """Reads the verdict off the post: 'withdrawn' and 'ill' assert, 'not' denies, 'crash' fails."""

    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [self._match(post) for post, _ in posts]

    def _match(self, post: Post) -> Match | None:
        if "crash" in post.text:
            raise ValueError("the model choked")
        claim_id = next((claim.id for claim in RULES.claims if claim.id in post.text.lower()), None)
        if claim_id is None:
            return None
        denies = "not" in post.text
        decision, stance = (Decision.QUIET, Stance.DENY) if denies else (Decision.ALERT, Stance.SUPPORT)
        return Match(post.key, claim_id, "Rivera dropped out", 0.9, stance, decision, post.text, "because")


def post(number: int, text: str = "Ana Rivera withdrawn", author: str | None = None, minutes: float = 0) -> Post:
    return Post(
        id=str(number), text=f"{text} {number}", platform="bluesky", author=author or f"user{number}",
        created_at=NOW + timedelta(minutes=minutes), lang="en",
    )  # fmt: skip


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return Pipeline(Stages(RULES, ScriptedMatcher()), store, AlertConfig())


def send(pipeline: Pipeline, *found: Post, now: datetime = NOW, cursor: str = "c") -> None:
    pipeline.accept("sky", "bluesky", Page(posts=found, cursor=cursor), now)
    while pipeline.advance(now, 10):
        pass


def queued(store: Store) -> list[str]:
    return [row[0] for row in store.db.execute("SELECT kind FROM outbox ORDER BY rowid").fetchall()]


def test_the_first_sighting_opens_an_incident_and_queues_one_message(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    (incident,) = incidents.open_incidents(store)
    assert (incident.claim_id, incident.posts, incident.has_message) == ("withdrawn", 1, True)
    (delivery,) = outbox.claim_due(store, NOW, 10, tuple(NotificationKind))
    (alert,) = delivery.notification.alerts
    assert (alert.reason, alert.post, alert.rules_version) == (Reason.FIRST, post(1), "v1")
    assert alert.correction is not None
    assert alert.correction.text == "Ana Rivera is on the ballot."


def test_a_posts_language_is_found_where_its_source_does_not_say_it(store: Store, pipeline: Pipeline) -> None:
    unsaid = Post("1", "Ana Rivera withdrawn: dicen que se retiró de la contienda por la noche", "bluesky")
    said = replace(unsaid, id="2", lang="fr")
    send(pipeline, unsaid, said)
    stored = [posts.get(store.db, found.key) for found in (unsaid, said)]
    assert [found.lang for found in stored if found] == ["es", "fr"]


def test_growth_is_told_in_the_thread_and_everything_else_in_place(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2), post(3))
    reasons = [told.reason for told in incidents.told(store)]
    assert reasons == [Reason.FIRST, Reason.COUNTED, Reason.GROWING]
    assert queued(store) == ["message", "reply", "update"]


def test_the_message_goes_on_quoting_the_first_post(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2))
    later = NOW + timedelta(minutes=1)
    (message,) = outbox.claim_due(store, later, 10, tuple(NotificationKind))
    outbox.mark_sent(store, message.notification.delivery_id, Receipt("C1", "1.0"))
    (update,) = outbox.claim_due(store, later, 10, tuple(NotificationKind))
    assert update.notification.kind is NotificationKind.UPDATE
    assert update.notification.alerts[0].post == post(1)
    assert update.notification.alerts[0].incident.posts == 2


def test_a_denial_is_kept_quiet_and_counted(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera has not withdrawn"))
    assert incidents.open_incidents(store) == []
    assert queued(store) == []
    assert summary.summary(store).denials_quiet == 1


def test_a_claim_in_shadow_is_written_down_and_never_told(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera is ill"), post(2, "Ana Rivera is ill"))
    assert [told.reason for told in incidents.told(store)] == [Reason.SHADOW, Reason.SHADOW]
    assert queued(store) == []


def test_posts_about_nobody_are_counted_and_dropped(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "lovely weather, the ferry was withdrawn"))
    totals = summary.summary(store)
    assert (totals.posts_seen, totals.posts_about, totals.posts_matched) == (1, 0, 0)


def test_a_post_fetched_twice_counts_once(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    send(pipeline, post(1), cursor="c2")
    (incident,) = incidents.open_incidents(store)
    assert incident.posts == 1


def test_an_edited_post_is_read_again_and_still_counts_once(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    edited = Post(id="1", text="Ana Rivera withdrawn, I hear", platform="bluesky", author="user1", created_at=NOW)
    send(pipeline, edited, cursor="c2")
    (incident,) = incidents.open_incidents(store)
    assert incident.posts == 1


def test_reposts_and_copies_are_duplicates_of_the_first(store: Store, pipeline: Pipeline) -> None:
    first = post(1)
    copy = Post(id="10", text=first.text.upper() + "!!", platform="x", author="c", created_at=NOW)
    repost = Post(
        id="9", text="RT: Ana Rivera withdrawn", platform="bluesky", author="b", created_at=NOW, repost_of="1"
    )
    send(pipeline, first, copy, repost)
    (incident,) = incidents.open_incidents(store)
    assert (incident.posts, incident.duplicates, incident.platforms) == (3, 2, ("bluesky", "x"))
    assert [told.reason for told in incidents.told(store)][1] is Reason.DUPLICATE


def test_a_post_that_the_model_chokes_on_does_not_stop_the_others(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera crash"), post(2))
    assert posts.count_waiting(store) == 0
    assert [told.post_key for told in incidents.told(store)] == ["bluesky:2"]


def test_a_post_that_cannot_be_stored_is_counted_and_the_page_goes_through(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), Post(id="2", text="Ana Rivera \ud800 withdrawn", platform="bluesky"))
    (health,) = sources.health(store)
    assert (health.posts_kept, health.skipped) == (1, 1)
    assert health.skip_reason is not None


def test_a_crash_while_settling_leaves_the_post_waiting(
    store: Store, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.accept("sky", "bluesky", Page(posts=(post(1),), cursor="c"), NOW)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("monitor.pipeline.outbox.enqueue", die)
        with pytest.raises(KeyboardInterrupt):
            pipeline.advance(NOW, 10)
    assert posts.count_waiting(store) == 1
    assert incidents.open_incidents(store) == []
    pipeline.advance(NOW, 10)
    assert queued(store) == ["message"]


def test_in_a_replay_the_posts_own_time_is_now(store: Store) -> None:
    pipeline = Pipeline(Stages(RULES, ScriptedMatcher()), store, AlertConfig(), stream_time=True)
    years_later = NOW + timedelta(days=900)
    send(pipeline, post(1), post(2, minutes=60 * 8), now=years_later)
    assert [told.reason for told in incidents.told(store)] == [Reason.FIRST, Reason.REOPENED]


def test_a_live_post_that_is_too_old_is_counted_and_never_told(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), now=NOW + timedelta(days=9))
    assert [told.reason for told in incidents.told(store)] == [Reason.TOO_OLD]
    assert queued(store) == []


def test_too_many_incidents_in_a_minute_become_one_digest(store: Store) -> None:
    claims = tuple(Claim(f"c{number}x", "c", "t", ("rivera",), phrasings=("p",)) for number in range(8))
    rules = Rules(RULES.candidates, claims, "v1")

    class Many(ScriptedMatcher):
        def _match(self, post: Post) -> Match | None:
            return Match(post.key, f"c{post.id}x", "p", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "because")

    pipeline = Pipeline(Stages(rules, Many()), store, AlertConfig(max_new_per_minute=5))
    send(pipeline, *(post(number) for number in range(8)))
    assert queued(store) == ["message"] * 5 + ["digest"]
