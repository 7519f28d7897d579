from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import AlertConfig
from monitor.match.look_alikes import with_look_alikes
from monitor.match.matcher import Matcher
from monitor.model import (
    Candidate,
    Claim,
    ClaimStatus,
    Correction,
    Decision,
    Deletion,
    IncidentState,
    LookAlike,
    Match,
    Mention,
    Notification,
    NotificationKind,
    Page,
    Person,
    Post,
    Reason,
    Receipt,
    Rules,
    Severity,
    Silence,
    SilenceScope,
    Stance,
    stand_in,
)
from monitor.pipeline import Pipeline, Stages
from monitor.store import incidents, outbox, posts, silences, sources, summary
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
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


def delivered(store: Store, now: datetime = NOW) -> list[Notification]:
    """Deliver what is due."""
    found = []
    while deliveries := outbox.claim_due(store, now, 10, tuple(NotificationKind)):
        for delivery in deliveries:
            outbox.mark_sent(store, delivery.notification.delivery_id, Receipt("C1", "1.0"))
            found.append(delivery.notification)
    return found


def shown(notification: Notification) -> list[str]:
    return [alert.post.id for alert in notification.alerts]


def test_until_an_alert_is_delivered_all_news_go_into_it(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2), post(3))
    reasons = [told.reason for told in incidents.told(store)]
    assert reasons == [Reason.FIRST, Reason.COUNTED, Reason.GROWING]
    (message,) = delivered(store, NOW + MINUTE)
    (alert,) = message.alerts
    assert (message.kind, alert.reason, alert.post, alert.incident.posts) == (
        NotificationKind.MESSAGE, Reason.FIRST, post(1), 3,
    )  # fmt: skip


def test_every_further_post_reaches_the_thread_in_one_reply_a_minute(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    delivered(store)
    send(pipeline, post(2))
    assert delivered(store, NOW + 59 * SECOND)[0].kind is NotificationKind.UPDATE, "people still read the message"
    send(pipeline, post(4, minutes=1), now=NOW + 59 * SECOND)
    reply, update = delivered(store, NOW + 62 * SECOND)
    assert (reply.kind, shown(reply)) == (NotificationKind.REPLY, ["2", "4"])
    assert (update.kind, shown(update), update.alerts[0].incident.posts) == (NotificationKind.UPDATE, ["1"], 3)
    assert update.alerts[0].reason is Reason.GROWING


def test_growth_is_told_at_once_with_the_posts_that_waited(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    delivered(store)
    send(pipeline, post(2), post(3))
    (reply,) = delivered(store)
    assert [alert.reason for alert in reply.alerts] == [Reason.COUNTED, Reason.GROWING]
    send(pipeline, *(post(number) for number in range(4, 11)))
    later = delivered(store, NOW + 59 * SECOND)
    assert [one.kind for one in later] == [NotificationKind.UPDATE], "a reply went out within the minute"
    (reply,) = delivered(store, NOW + MINUTE)
    assert (shown(reply), reply.alerts[-1].reason) == ([str(number) for number in range(4, 11)], Reason.GROWING)


def test_a_copy_only_counts(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    delivered(store)
    send(pipeline, replace(post(1), id="2", author="copycat"))
    assert queued(store) == ["message", "update"]


def test_the_message_goes_on_quoting_the_first_post_until_it_is_deleted(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2))
    (incident,) = incidents.open_incidents(store)
    first = pipeline.snapshot(store.db, incident.id)
    assert first is not None
    assert (first.post, first.incident, first.reason) == (post(1), incident, Reason.FIRST)
    posts.forget(store.db, Deletion("bluesky", "1"))
    second = pipeline.snapshot(store.db, incident.id)
    assert second is not None
    assert second.post == post(2)
    posts.forget(store.db, Deletion("bluesky", "2"))
    none = pipeline.snapshot(store.db, incident.id)
    assert none is not None
    assert none.post == stand_in("bluesky:1", "the post was deleted")
    assert pipeline.snapshot(store.db, "nowhere") is None


def test_people_are_told_from_the_first_time_on(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    send(pipeline, post(2), now=NOW + MINUTE)
    (incident,) = incidents.open_incidents(store)
    assert incident.alerted_at == NOW


ANA = Person("U1", "Ana Flores")


def test_what_a_person_changes_on_an_incident_is_shown_at_once(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    delivered(store)
    (incident,) = incidents.open_incidents(store)
    with store.transaction() as db:
        owned = replace(incident, owner=ANA)
        incidents.save(db, owned)
        pipeline.enqueue_update(db, owned, NOW)
    (update,) = delivered(store)
    assert (update.kind, update.alerts[0].incident.owner) == (NotificationKind.UPDATE, ANA)


def test_an_incident_without_a_message_has_none_to_rewrite(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera is ill"))
    (incident,) = incidents.open_incidents(store)
    pipeline.enqueue_update(store.db, incident, NOW)
    assert queued(store) == []


def test_a_post_that_a_person_reports_opens_an_incident_whatever_the_matcher_says(
    store: Store, pipeline: Pipeline
) -> None:
    said = post(1, "nothing that anybody matched")
    outcome = pipeline.report(said, "withdrawn", ANA, NOW)
    assert outcome is not None
    assert (outcome.reason, outcome.incident.first_post) == (Reason.REPORTED, said.key)
    (message,) = delivered(store)
    assert message.alerts[0].match.why == "reported by Ana Flores"
    send(pipeline, said)
    assert [one.posts for one in incidents.open_incidents(store)] == [1], "the stream brought it too"
    again = pipeline.report(said, "withdrawn", ANA, NOW)
    assert again is not None
    assert (again.reason, again.kinds, again.incident.posts) == (Reason.DUPLICATE, (), 1)


def test_a_reported_post_joins_the_incident_as_news(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    delivered(store)
    outcome = pipeline.report(post(2, "she said so herself"), "withdrawn", ANA, NOW)
    assert outcome is not None
    assert (outcome.reason, outcome.incident.posts) == (Reason.REPORTED, 2)
    (reply,) = delivered(store)
    assert (shown(reply), reply.alerts[0].reason) == (["2"], Reason.REPORTED)


def test_a_post_moves_to_the_claim_that_a_person_names_and_the_old_message_still_shows_it(
    store: Store, pipeline: Pipeline
) -> None:
    send(pipeline, post(1))
    (wrong,) = incidents.open_incidents(store)
    incidents.save(store.db, replace(wrong, state=IncidentState.FALSE_ALARM))
    rules = replace(RULES, claims=(WITHDRAWN, replace(SHADOW, status=ClaimStatus.ACTIVE)))
    pipeline.swap(Stages(rules, ScriptedMatcher()))
    outcome = pipeline.report(post(1), "ill", ANA, NOW)
    assert outcome is not None
    assert (outcome.reason, outcome.incident.claim_id) == (Reason.REPORTED, "ill")
    old, new = pipeline.snapshot(store.db, wrong.id), pipeline.snapshot(store.db, outcome.incident.id)
    assert old is not None
    assert new is not None
    assert (old.match.claim_id, old.match.why) == ("withdrawn", "because")
    assert (new.match.claim_id, new.post) == ("ill", post(1))


def test_reporting_for_a_claim_that_is_not_there_does_nothing(store: Store, pipeline: Pipeline) -> None:
    assert pipeline.report(post(1), "nonsense", ANA, NOW) is None
    assert queued(store) == []


def silence(scope: SilenceScope, value: str, name: str = "s1", hours: int = 1) -> Silence:
    return Silence(name, scope, value, ANA, "we know", NOW, NOW + timedelta(hours=hours))


def ended(store: Store, pipeline: Pipeline, which: Silence, now: datetime) -> list[str]:
    with store.transaction() as db:
        told = pipeline.end_silence(db, which, now)
        silences.mark_ended(db, which.id, now)
    return [incident.id for incident in told]


def test_a_silenced_incident_counts_on_and_is_told_when_the_silence_ends(store: Store, pipeline: Pipeline) -> None:
    muted = silence(SilenceScope.CLAIM, "withdrawn")
    silences.add(store.db, muted)
    send(pipeline, post(1), post(2))
    assert [told.reason for told in incidents.told(store)] == [Reason.SILENCED, Reason.SILENCED]
    assert queued(store) == []
    (incident,) = incidents.open_incidents(store)
    assert (incident.posts, incident.alerted_at) == (2, None)

    assert ended(store, pipeline, muted, muted.until) == [incident.id]
    (message,) = delivered(store, muted.until)
    assert (message.kind, shown(message)) == (NotificationKind.MESSAGE, ["1"])
    assert (message.alerts[0].reason, message.alerts[0].incident.alerted_at) == (Reason.SILENCE_ENDED, muted.until)
    assert ended(store, pipeline, muted, muted.until) == [], "people were told"


def test_an_incident_that_people_knew_goes_on_in_its_thread_when_a_silence_ends(
    store: Store, pipeline: Pipeline
) -> None:
    send(pipeline, post(1))
    delivered(store)
    muted = silence(SilenceScope.ACCOUNT, "bluesky:@LOUD")
    silences.add(store.db, muted)
    send(pipeline, post(2, author="loud"), post(3, author="loud"))
    assert queued(store) == ["message"]
    ended(store, pipeline, muted, NOW + MINUTE)
    reply, update = delivered(store, NOW + 2 * MINUTE)
    assert (shown(reply), {alert.reason for alert in reply.alerts}) == (["2", "3"], {Reason.SILENCE_ENDED})
    assert update.alerts[0].incident.posts == 3


def test_what_another_silence_covers_stays_silent(store: Store, pipeline: Pipeline) -> None:
    short, long = silence(SilenceScope.CLAIM, "withdrawn"), silence(SilenceScope.ACCOUNT, "bluesky:user1", "s2", 5)
    silences.add(store.db, short)
    silences.add(store.db, long)
    send(pipeline, post(1))
    assert ended(store, pipeline, short, short.until) == []
    assert len(ended(store, pipeline, long, long.until)) == 1


def test_a_false_alarm_is_not_told_when_a_silence_ends(store: Store, pipeline: Pipeline) -> None:
    muted = silence(SilenceScope.CLAIM, "withdrawn")
    silences.add(store.db, muted)
    send(pipeline, post(1))
    (incident,) = incidents.open_incidents(store)
    incidents.save(store.db, replace(incident, state=IncidentState.FALSE_ALARM))
    assert ended(store, pipeline, muted, muted.until) == []


def test_a_thread_is_silenced_down_to_the_answers_of_answers(store: Store, pipeline: Pipeline) -> None:
    silences.add(store.db, silence(SilenceScope.THREAD, "bluesky:100"))
    answer = replace(post(1, "who says that Ana Rivera is unwell?"), reply_to="100")
    send(pipeline, answer, replace(post(2), reply_to="1"), post(3))
    assert [told.reason for told in incidents.told(store)] == [Reason.SILENCED, Reason.FIRST]


def test_a_silence_holds_no_report_of_a_person_back(store: Store, pipeline: Pipeline) -> None:
    silences.add(store.db, silence(SilenceScope.CLAIM, "withdrawn"))
    outcome = pipeline.report(post(1), "withdrawn", ANA, NOW)
    assert outcome is not None
    assert outcome.reason is Reason.REPORTED


def test_other_rules_are_used_from_the_next_batch_on(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    pipeline.swap(Stages(replace(RULES, version="v2"), ScriptedMatcher()))
    send(pipeline, post(2))
    versions = [row[0] for row in store.db.execute("SELECT rules_version FROM alerts ORDER BY id").fetchall()]
    assert (versions, pipeline.rules_version) == (["v1", "v2"], "v2")


def test_look_alikes_of_people_join_those_of_the_files() -> None:
    rules = replace(RULES, claims=(replace(WITHDRAWN, not_this=("Rivera withdrew a bill",)), SHADOW))
    said = [LookAlike("withdrawn", text, "x:1", ANA, NOW) for text in ("Rivera withdrew a bill", "Rivera quit smoking")]
    both = with_look_alikes(rules, said)
    assert both.claims == (
        replace(WITHDRAWN, not_this=("Rivera withdrew a bill", "Rivera quit smoking")), SHADOW,
    )  # fmt: skip
    assert both.version.startswith("v1+")
    assert with_look_alikes(rules, said[:1]) == rules


def test_a_denial_is_kept_quiet_and_counted(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera has not withdrawn"))
    assert incidents.open_incidents(store) == []
    assert queued(store) == []
    assert summary.summary(store).denials_quiet == 1


def test_a_claim_in_shadow_is_written_down_and_never_told(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera is ill"), post(2, "Ana Rivera is ill"))
    assert [told.reason for told in incidents.told(store)] == [Reason.SHADOW, Reason.SHADOW]
    assert queued(store) == []


def test_of_a_whole_network_posts_about_nobody_are_counted_and_dropped(store: Store, pipeline: Pipeline) -> None:
    page = Page((post(1, "lovely weather, the ferry was withdrawn"),), "c1", everything=True)
    pipeline.accept("sky", "bluesky", page, NOW)
    totals = summary.summary(store)
    assert (totals.posts_seen, totals.posts_about, totals.posts_matched) == (1, 0, 0)


def test_posts_that_were_searched_for_are_judged_though_they_name_nobody(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "so she has withdrawn"))
    assert summary.summary(store).posts_about == 1


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


def test_in_a_replay_a_claim_counts_from_its_first_day_to_its_last_whatever_came_with_the_post(store: Store) -> None:
    week = replace(WITHDRAWN, valid_from=NOW, valid_until=NOW + timedelta(days=7))

    class Dated(ScriptedMatcher):
        def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
            return [self._match(post) if week.is_matched(now) else None for post, _ in posts]

    stages = Stages(replace(RULES, claims=(week,)), Dated())
    pipeline = Pipeline(stages, store, AlertConfig(), stream_time=True)
    send(pipeline, post(1, minutes=-1), post(2), post(3, minutes=60 * 24 * 8))
    assert [posts.get_match(store.db, post(number).key) is not None for number in (1, 2, 3)] == [False, True, False]


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
