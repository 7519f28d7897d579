from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import AlertConfig
from monitor.incident import Sighting, hour_before, observe, seen_at
from monitor.model import Change, ChangeKind, Decision, Incident, IncidentState, Match, Post, Stance

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = AlertConfig(window_hours=24, quiet_hours=6)


def sighting(number: int, at: datetime | None, duplicate_of: str | None = None, platform: str = "x") -> Sighting:
    post = Post(id=str(number), text="she is out", platform=platform, created_at=at)
    match = Match(post.key, "withdrawn", "she dropped out", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "near")
    return Sighting(post, match, duplicate_of=duplicate_of)


def opened(at: datetime = NOON) -> Incident:
    return observe(None, sighting(1, at), at, SETTINGS).incident


def observed(current: Incident, at: datetime, duplicate_of: str | None = None) -> Change:
    return observe(current, sighting(2, at, duplicate_of), at, SETTINGS)


def test_the_first_post_of_a_claim_opens_an_incident() -> None:
    change = observe(None, sighting(1, NOON), NOON, SETTINGS)

    assert change.kind is ChangeKind.OPENED
    assert change.incident.posts == 1
    assert change.incident.platforms == ("x",)
    assert (change.incident.first_seen, change.incident.last_seen) == (NOON, NOON)
    assert re.fullmatch(r"withdrawn-[0-9a-f]{8}", change.incident.id)


def test_the_same_first_post_gives_the_same_incident_id_and_another_gives_another() -> None:
    assert opened().id == opened().id
    assert opened().id != observe(None, sighting(2, NOON), NOON, SETTINGS).incident.id


def test_another_post_soon_after_grows_the_incident() -> None:
    change = observed(opened(), NOON + HOUR)

    assert change.kind is ChangeKind.GREW
    assert (change.incident.posts, change.incident.duplicates, change.incident.accounts) == (2, 0, 2)
    assert change.incident.last_seen == NOON + HOUR


def test_a_repost_is_counted_as_a_duplicate() -> None:
    change = observed(opened(), NOON + HOUR, duplicate_of="x:1")

    assert change.kind is ChangeKind.DUPLICATE
    assert (change.incident.posts, change.incident.duplicates) == (2, 1)


def test_an_account_that_is_known_is_not_counted_again() -> None:
    change = observe(opened(), replace(sighting(2, NOON), new_account=False), NOON, SETTINGS)

    assert change.incident.accounts == 1
    assert not change.new_account


def test_a_platform_is_added_once_in_order_of_appearance() -> None:
    incident = opened()
    for number, platform in enumerate(("bluesky", "x", "bluesky"), start=2):
        incident = observe(incident, sighting(number, NOON, platform=platform), NOON, SETTINGS).incident

    assert incident.platforms == ("x", "bluesky")


def test_growth_after_quiet_reopens_the_incident() -> None:
    change = observed(opened(), NOON + 7 * HOUR)

    assert change.kind is ChangeKind.REOPENED
    assert change.incident.id == opened().id
    assert "7 h" in change.why


def test_a_corrected_incident_stays_corrected_while_it_goes_on_and_is_open_again_after_quiet() -> None:
    corrected = replace(opened(), state=IncidentState.CORRECTED)

    assert observed(corrected, NOON + HOUR).incident.state is IncidentState.CORRECTED
    after_quiet = observed(corrected, NOON + 7 * HOUR)
    assert (after_quiet.kind, after_quiet.incident.state) == (ChangeKind.REOPENED, IncidentState.OPEN)


def test_a_repost_after_quiet_does_not_reopen() -> None:
    assert observed(opened(), NOON + 7 * HOUR, duplicate_of="x:1").kind is ChangeKind.DUPLICATE


@pytest.mark.parametrize("duplicate_of", [None, "x:1"])
def test_after_the_window_everything_opens_a_new_incident(duplicate_of: str | None) -> None:
    change = observed(opened(), NOON + 25 * HOUR, duplicate_of)

    assert change.kind is ChangeKind.OPENED
    assert change.incident.id != opened().id
    assert (change.incident.posts, change.incident.duplicates) == (1, 0)


def test_a_closed_incident_is_followed_by_a_new_one() -> None:
    closed = replace(opened(), state=IncidentState.CLOSED)

    assert observed(closed, NOON + HOUR).kind is ChangeKind.OPENED


def test_a_repost_of_what_was_closed_opens_nothing() -> None:
    closed = replace(opened(), state=IncidentState.CLOSED)

    change = observed(closed, NOON + HOUR, duplicate_of="x:1")

    assert (change.kind, change.incident.state) == (ChangeKind.DUPLICATE, IncidentState.CLOSED)


@pytest.mark.parametrize("hours", [1, 7])
def test_a_false_alarm_only_counts_within_the_window(hours: int) -> None:
    false_alarm = replace(opened(), state=IncidentState.FALSE_ALARM)

    change = observed(false_alarm, NOON + hours * HOUR)

    assert (change.kind, change.incident.state) == (ChangeKind.GREW, IncidentState.FALSE_ALARM)
    assert change.incident.posts == 2


def test_a_post_that_arrives_late_moves_the_start_and_not_the_end() -> None:
    change = observe(opened(), sighting(2, NOON - 2 * HOUR), NOON + HOUR, SETTINGS)

    assert change.kind is ChangeKind.GREW
    assert (change.incident.first_seen, change.incident.last_seen) == (NOON - 2 * HOUR, NOON)


def test_an_archived_post_does_not_start_the_correction_clock_in_another_year() -> None:
    change = observe(opened(), sighting(2, NOON - timedelta(days=400)), NOON, SETTINGS)

    assert change.incident.first_seen == NOON
    assert change.incident.posts == 2


@pytest.mark.parametrize("created", [None, NOON + timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_creation_time_that_cannot_be_right_is_replaced_by_now(created: datetime | None) -> None:
    assert seen_at(Post(id="1", text="", created_at=created), NOON) == NOON


def test_growth_counts_the_hour_before_the_last_post() -> None:
    late = replace(sighting(2, NOON - 2 * HOUR), posts_last_hour=4)
    fresh = replace(sighting(3, NOON), posts_last_hour=4)

    assert observe(opened(), late, NOON, SETTINGS).incident.growth_per_hour == 4
    assert observe(opened(), fresh, NOON, SETTINGS).incident.growth_per_hour == 5
    assert hour_before(opened(), late.post, NOON) == NOON - HOUR
    assert hour_before(opened(), sighting(4, NOON + HOUR).post, NOON + HOUR) == NOON


@given(
    st.lists(
        st.tuples(st.integers(-3000, 3000), st.booleans(), st.sampled_from(["x", "bluesky", "mastodon"])), max_size=40
    )
)
def test_counts_and_times_of_an_incident_always_agree(steps: list[tuple[int, bool, str]]) -> None:
    now = NOON
    incident: Incident | None = None
    for number, (minutes, repeats, platform) in enumerate(steps):
        now = max(now, NOON + timedelta(minutes=minutes))
        seen = sighting(number, NOON + timedelta(minutes=minutes), "x:0" if repeats else None, platform)
        change = observe(incident, seen, now, SETTINGS)
        before, incident = incident, change.incident
        assert incident.first_seen <= incident.last_seen <= now
        assert 0 <= incident.duplicates < incident.posts
        assert 1 <= incident.accounts <= incident.posts
        assert len(set(incident.platforms)) == len(incident.platforms)
        if change.kind is ChangeKind.OPENED:
            assert incident.posts == 1
        else:
            assert before is not None
            assert (incident.id, incident.posts) == (before.id, before.posts + 1)


@pytest.mark.parametrize("state", [IncidentState.CLOSED, IncidentState.FALSE_ALARM])
def test_a_reported_sighting_opens_a_new_incident_where_the_last_is_over(state: IncidentState) -> None:
    over = replace(opened(), state=state)
    repeated = replace(sighting(2, NOON + HOUR, "x:1"), reported=True)

    change = observe(over, repeated, NOON + HOUR, SETTINGS)

    assert (change.kind, change.incident.posts) == (ChangeKind.OPENED, 1)
    assert change.incident.id != over.id


def test_a_reported_sighting_joins_an_incident_that_is_open() -> None:
    change = observe(opened(), replace(sighting(2, NOON + HOUR), reported=True), NOON + HOUR, SETTINGS)

    assert (change.kind, change.incident.posts) == (ChangeKind.GREW, 2)
