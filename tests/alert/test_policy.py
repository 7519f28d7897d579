from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alert.policy import Outcome, decide, due_at, notifications, silence_ended, update
from monitor.config import AlertConfig
from monitor.model import (
    Alert,
    Change,
    ChangeKind,
    Claim,
    ClaimStatus,
    Incident,
    IncidentState,
    Notification,
    NotificationKind,
    Person,
    Post,
    Reason,
    Silence,
    SilenceScope,
)
from monitor.store.gathering import SHOWN

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
SETTINGS = AlertConfig(growth=(3, 10, 30), large_account=50_000, max_new_per_minute=5, max_age_hours=48)
ANA = Person("U1", "Ana Flores")
SILENCE = Silence("s1", SilenceScope.CLAIM, "withdrawn", ANA, "we know", NOON, NOON + timedelta(hours=1))
MESSAGE = (NotificationKind.MESSAGE,)
UPDATE = (NotificationKind.UPDATE,)
TOLD_AGAIN = (NotificationKind.REPLY, NotificationKind.UPDATE)

Decide = Callable[..., Outcome]


@pytest.fixture
def told(claim: Claim, post: Post) -> Decide:
    def outcome(incident: Incident, kind: ChangeKind = ChangeKind.GREW, **changes: object) -> Outcome:
        followers = changes.get("followers")
        created_at = changes.get("created_at", NOON)
        seen = replace(post, followers=followers, created_at=created_at)  # type: ignore[arg-type]
        status = changes.get("status", ClaimStatus.ACTIVE)
        change = Change(kind, incident, bool(changes.get("new_account", True)), "post 2 of this incident")
        return decide(
            change,
            replace(claim, status=status),  # type: ignore[arg-type]
            seen,
            SETTINGS,
            int(str(changes.get("new_messages", 0))),
            NOON,
            silence=changes.get("silence"),  # type: ignore[arg-type]
            reported_by=changes.get("reported_by"),  # type: ignore[arg-type]
        )

    return outcome


@pytest.fixture
def known(incident: Incident) -> Incident:
    """An incident that people were told about at its first post, now with two."""
    return replace(incident, posts=2, alerted_posts=1, has_message=True)


def test_a_first_sighting_gets_a_message(told: Decide, incident: Incident) -> None:
    outcome = told(incident, ChangeKind.OPENED, followers=100)

    assert (outcome.reason, outcome.kinds, outcome.broadcast) == (Reason.FIRST, MESSAGE, False)
    assert (outcome.incident.alerted_posts, outcome.incident.alerted_followers) == (1, 100)
    assert outcome.incident.has_message


def test_one_more_post_goes_into_the_thread_and_is_no_news(told: Decide, known: Incident) -> None:
    outcome = told(known)

    assert (outcome.reason, outcome.kinds, outcome.incident) == (Reason.COUNTED, TOLD_AGAIN, known)


def test_a_repost_only_updates_the_message(told: Decide, known: Incident) -> None:
    assert told(known, ChangeKind.DUPLICATE).reason is Reason.DUPLICATE


@pytest.mark.parametrize("kind", [ChangeKind.GREW, ChangeKind.DUPLICATE])
def test_passing_a_growth_step_is_told_in_the_thread(told: Decide, known: Incident, kind: ChangeKind) -> None:
    outcome = told(replace(known, posts=3), kind)

    assert (outcome.reason, outcome.kinds, outcome.broadcast) == (Reason.GROWING, TOLD_AGAIN, False)
    assert outcome.incident.alerted_posts == 3


def test_passing_several_steps_at_once_is_told_once_at_the_highest(told: Decide, known: Incident) -> None:
    outcome = told(replace(known, posts=31))

    assert "mark of 30" in outcome.why
    assert told(replace(outcome.incident, posts=32)).reason is Reason.COUNTED


def test_a_large_account_is_told_once(told: Decide, known: Incident) -> None:
    outcome = told(known, followers=60_000)

    assert (outcome.reason, outcome.kinds) == (Reason.LARGE_ACCOUNT, TOLD_AGAIN)
    assert told(outcome.incident, followers=60_000).reason is Reason.COUNTED
    assert told(outcome.incident, followers=90_000).reason is Reason.LARGE_ACCOUNT


def test_a_large_account_that_posts_again_is_not_told_again(told: Decide, known: Incident) -> None:
    assert told(known, followers=60_000, new_account=False).reason is Reason.COUNTED


def test_a_return_after_quiet_is_shown_in_the_channel_too(told: Decide, known: Incident) -> None:
    outcome = told(known, ChangeKind.REOPENED)

    assert (outcome.reason, outcome.kinds, outcome.broadcast) == (Reason.REOPENED, TOLD_AGAIN, True)


def test_a_return_after_quiet_stays_in_the_thread_where_the_config_says_so(
    known: Incident, claim: Claim, post: Post
) -> None:
    change = Change(ChangeKind.REOPENED, known, True, "goes on")
    outcome = decide(change, claim, post, replace(SETTINGS, reopened_in_channel=False), 0, NOON)

    assert (outcome.reason, outcome.broadcast) == (Reason.REOPENED, False)


def test_what_is_silenced_is_not_told_and_the_next_post_after_it_is_the_first_sighting(
    told: Decide, incident: Incident
) -> None:
    muted = told(incident, ChangeKind.OPENED, silence=SILENCE, followers=10**6)

    assert (muted.reason, muted.kinds, muted.incident) == (Reason.SILENCED, (), incident)
    assert "Ana Flores" in muted.why
    assert told(replace(incident, posts=2)).reason is Reason.FIRST


@pytest.mark.parametrize("status", [ClaimStatus.SHADOW, ClaimStatus.DRAFT])
def test_a_claim_that_is_never_told_is_not_called_silenced(
    told: Decide, incident: Incident, status: ClaimStatus
) -> None:
    assert told(incident, silence=SILENCE, status=status).reason is Reason.SHADOW
    assert told(incident, reported_by=ANA, status=status).kinds == ()


def test_what_a_person_reports_is_told_though_it_is_old_or_silenced_or_repeated(
    told: Decide, incident: Incident, known: Incident
) -> None:
    old = NOON - timedelta(days=9)
    first = told(incident, ChangeKind.OPENED, reported_by=ANA, silence=SILENCE, created_at=old)
    more = told(known, ChangeKind.DUPLICATE, reported_by=ANA)

    assert (first.reason, first.kinds) == (Reason.REPORTED, MESSAGE)
    assert (more.reason, more.kinds) == (Reason.REPORTED, TOLD_AGAIN)


def test_the_moment_of_the_first_alert_stays(told: Decide, incident: Incident, known: Incident) -> None:
    earlier = NOON - timedelta(minutes=9)

    assert told(incident, ChangeKind.OPENED).incident.alerted_at == NOON
    assert told(replace(known, posts=3, alerted_at=earlier)).incident.alerted_at == earlier
    assert told(incident, ChangeKind.OPENED, new_messages=5).incident.alerted_at == NOON


def test_the_end_of_a_silence_is_told_like_any_other_news(incident: Incident, known: Incident) -> None:
    unknown, heard = (silence_ended(one, 70, SETTINGS, 0, NOON) for one in (incident, known))

    assert (unknown.reason, unknown.kinds, unknown.incident.alerted_followers) == (Reason.SILENCE_ENDED, MESSAGE, 70)
    assert (heard.kinds, heard.incident.alerted_posts, heard.broadcast) == (TOLD_AGAIN, 2, False)
    assert silence_ended(incident, 0, SETTINGS, 5, NOON).kinds == (NotificationKind.DIGEST,)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_claim_in_shadow_is_never_told(told: Decide, incident: Incident, kind: ChangeKind) -> None:
    outcome = told(replace(incident, posts=100), kind, status=ClaimStatus.SHADOW, followers=10**6)

    assert (outcome.reason, outcome.kinds) == (Reason.SHADOW, ())
    assert outcome.incident.alerted_posts == 0


def test_an_old_post_is_not_told_and_the_next_fresh_one_is_the_first_sighting(told: Decide, incident: Incident) -> None:
    old = told(incident, ChangeKind.OPENED, created_at=NOON - timedelta(hours=49))

    assert (old.reason, old.kinds) == (Reason.TOO_OLD, ())
    assert told(replace(old.incident, posts=2)).reason is Reason.FIRST


def test_a_false_alarm_is_left_in_peace(told: Decide, known: Incident) -> None:
    outcome = told(replace(known, state=IncidentState.FALSE_ALARM, posts=100), followers=10**6)

    assert (outcome.reason, outcome.kinds) == (Reason.FALSE_ALARM, ())


def test_a_closed_incident_is_updated_and_never_told_again(told: Decide, known: Incident) -> None:
    outcome = told(replace(known, state=IncidentState.CLOSED, posts=100), ChangeKind.DUPLICATE)

    assert (outcome.reason, outcome.kinds) == (Reason.DUPLICATE, UPDATE)


def test_one_message_too_many_in_a_minute_goes_into_the_digest(told: Decide, incident: Incident) -> None:
    outcome = told(incident, ChangeKind.OPENED, new_messages=5)

    assert (outcome.reason, outcome.kinds) == (Reason.DIGEST, (NotificationKind.DIGEST,))
    assert not outcome.incident.has_message


def test_an_incident_of_the_digest_gets_its_message_when_it_is_news_again(told: Decide, incident: Incident) -> None:
    digested = told(incident, ChangeKind.OPENED, new_messages=5).incident

    second = told(replace(digested, posts=2))
    assert (second.reason, second.kinds) == (Reason.COUNTED, ())
    third = told(replace(second.incident, posts=3))
    assert (third.reason, third.kinds) == (Reason.GROWING, MESSAGE)
    assert told(replace(digested, posts=3), new_messages=5).kinds == (NotificationKind.DIGEST,)


@given(
    growth=st.lists(st.integers(1, 20), min_size=1, max_size=30),
    kinds=st.lists(st.sampled_from([ChangeKind.GREW, ChangeKind.DUPLICATE]), min_size=30, max_size=30),
    crowded=st.lists(st.booleans(), min_size=31, max_size=31),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_step_is_told_twice_and_what_was_told_never_shrinks(
    told: Decide, incident: Incident, growth: list[int], kinds: list[ChangeKind], crowded: list[bool]
) -> None:
    current = told(incident, ChangeKind.OPENED, new_messages=9 * crowded[-1]).incident
    steps_told: list[int] = []
    for added, kind, is_crowded in zip(growth, kinds, crowded, strict=False):
        outcome = told(replace(current, posts=current.posts + added), kind, new_messages=9 * is_crowded)
        passed = [step for step in SETTINGS.growth if current.alerted_posts < step <= outcome.incident.posts]
        assert bool(passed) == (outcome.reason in (Reason.GROWING, Reason.DIGEST))
        steps_told += passed
        assert outcome.incident.alerted_posts >= current.alerted_posts
        assert outcome.incident.has_message >= current.has_message
        current = outcome.incident
    assert len(set(steps_told)) == len(steps_told)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_minute_ever_holds_more_new_messages_than_allowed(
    claim: Claim, post: Post, incident: Incident, steps: list[tuple[int, bool]]
) -> None:
    sent: list[datetime] = []
    now = NOON
    for number, (seconds, is_large) in enumerate(steps):
        now += timedelta(seconds=seconds)
        new = replace(incident, id=f"i{number}", posts=40 if is_large else 1)
        recent = sum(moment > now - timedelta(minutes=1) for moment in sent)
        outcome = decide(Change(ChangeKind.OPENED, new, True, "new"), claim, post, SETTINGS, recent, now)
        if NotificationKind.MESSAGE in outcome.kinds:
            sent.append(now)
        assert sum(moment > now - timedelta(minutes=1) for moment in sent) <= SETTINGS.max_new_per_minute


def test_a_reply_and_its_update_carry_different_ids_and_the_update_goes_on_quoting_the_first_post(
    told: Decide, known: Incident, alert: Alert
) -> None:
    outcome = told(known, ChangeKind.REOPENED)
    first = replace(alert, post=replace(alert.post, id="0"), incident=outcome.incident)

    reply, update = notifications(outcome, replace(alert, incident=outcome.incident, reason=outcome.reason), first)

    assert reply.delivery_id != update.delivery_id
    assert (reply.broadcast, update.broadcast) == (True, False)
    assert (reply.alerts[0].post.id, update.alerts[0].post.id) == ("1", "0")
    assert update.alerts[0].incident == outcome.incident


def test_a_reply_shows_the_posts_that_came_before(told: Decide, known: Incident, alert: Alert) -> None:
    earlier = [replace(alert, post=replace(alert.post, id=str(number))) for number in range(2, 99)]

    reply, _ = notifications(told(known), alert, alert, earlier)

    assert len(reply.alerts) == SHOWN
    assert reply.alerts[-1] == alert


def test_further_posts_keep_their_distance_in_the_thread(alert: Alert) -> None:
    reply = Notification("r", NotificationKind.REPLY, (alert,))

    assert due_at(reply, NOON, NOON - timedelta(seconds=20)) == NOON + timedelta(seconds=40)
    assert due_at(reply, NOON, NOON - timedelta(hours=1)) == NOON
    assert due_at(replace(reply, kind=NotificationKind.MESSAGE), NOON, NOON) == NOON


def test_an_update_that_no_post_set_off_has_an_id_of_its_own(alert: Alert) -> None:
    assert update(alert, "one").delivery_id != update(alert, "two").delivery_id
    assert update(alert, "one").alerts == (alert,)


def test_deciding_again_after_a_crash_gives_the_same_delivery_ids(
    told: Decide, incident: Incident, alert: Alert
) -> None:
    outcome = told(incident, ChangeKind.OPENED)

    assert notifications(outcome, alert) == notifications(outcome, alert)


def test_an_alert_is_due_at_once_and_a_digest_when_its_minute_is_over(alert: Alert) -> None:
    due = {kind: due_at(Notification("d", kind, (alert,)), NOON) - NOON for kind in NotificationKind}

    assert due[NotificationKind.MESSAGE] == due[NotificationKind.REPLY] == timedelta(0)
    assert due[NotificationKind.DIGEST] == timedelta(minutes=1)
    assert timedelta(0) < due[NotificationKind.UPDATE] < timedelta(seconds=10)
