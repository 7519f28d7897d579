from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import DeskConfig
from monitor.desk import clock
from monitor.model import Incident, IncidentState, Nudge, NudgeKind, Person

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
OWNER_SOON, OWNER_LATE = NudgeKind.OWNER_SOON, NudgeKind.OWNER_LATE
CORRECTION_SOON, CORRECTION_LATE = NudgeKind.CORRECTION_SOON, NudgeKind.CORRECTION_LATE
ASKED, RELEASED = NudgeKind.OWNER_ASKED, NudgeKind.OWNER_RELEASED
DEADLINES = (OWNER_SOON, OWNER_LATE, CORRECTION_SOON, CORRECTION_LATE)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def kinds(found: list[Nudge]) -> list[NudgeKind]:
    return [nudge.kind for nudge in found]


def owned(incident: Incident, person: Person, active: float = 0) -> Incident:
    return replace(incident, owner=person, owned_at=after(0), owner_active_at=after(active))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, []),
        (2.99, []),
        (3, [OWNER_SOON]),
        (4.99, [OWNER_SOON]),
        (5, [OWNER_LATE]),
        (17.99, [OWNER_LATE]),
        (18, [OWNER_LATE, CORRECTION_SOON]),
        (29.99, [OWNER_LATE, CORRECTION_SOON]),
        (30, [OWNER_LATE, CORRECTION_LATE]),
        (500, [OWNER_LATE, CORRECTION_LATE]),
    ],
)
def test_what_is_due_while_nobody_does_anything(
    incident: Incident, settings: DeskConfig, minutes: float, expected: list[NudgeKind]
) -> None:
    assert kinds(clock.due(incident, frozenset(), settings, after(minutes))) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(4, []), (14.99, []), (15, [ASKED]), (18, [ASKED, CORRECTION_SOON]), (30, [ASKED, CORRECTION_LATE])],
)
def test_what_is_due_while_an_owner_is_quiet(
    incident: Incident, ana: Person, settings: DeskConfig, minutes: float, expected: list[NudgeKind]
) -> None:
    assert kinds(clock.due(owned(incident, ana), frozenset(), settings, after(minutes))) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"state": IncidentState.CLOSED},
        {"state": IncidentState.FALSE_ALARM},
        {"state": IncidentState.CORRECTED, "corrected_at": NOON},
        {"corrected_at": NOON},
        {"alerted_at": None},
        {"has_message": False},
    ],
)
def test_an_incident_that_is_over_or_was_never_told_is_left_in_peace(
    incident: Incident, ana: Person, settings: DeskConfig, change: dict[str, object]
) -> None:
    for quiet in (incident, owned(incident, ana)):
        changed = replace(quiet, **change)  # type: ignore[arg-type]
        assert clock.due(changed, frozenset(), settings, after(500)) == []
        assert clock.next_at(changed, frozenset(), settings, after(0)) is None


def test_a_first_post_that_was_found_too_late_starts_the_clock_at_its_alert(
    incident: Incident, settings: DeskConfig
) -> None:
    found_late = replace(incident, first_seen=after(-60))

    assert clock.due(found_late, frozenset(), settings, after(2)) == []
    assert CORRECTION_SOON in kinds(clock.due(found_late, frozenset(), settings, after(18)))
    assert CORRECTION_LATE in kinds(clock.due(found_late, frozenset(), settings, after(30)))


def test_no_reminder_comes_on_the_heels_of_a_late_alert(incident: Incident, settings: DeskConfig) -> None:
    """Told 20 minutes after the first post: ten are left, and the reminder comes when six of them are over."""
    told_late = replace(incident, first_seen=after(-20))

    assert kinds(clock.due(told_late, frozenset(), settings, after(5.99))) == [OWNER_LATE]
    assert kinds(clock.due(told_late, frozenset(), settings, after(6))) == [OWNER_LATE, CORRECTION_SOON]
    assert kinds(clock.due(told_late, frozenset(), settings, after(10))) == [OWNER_LATE, CORRECTION_LATE]


def test_an_owner_is_released_only_so_long_after_having_been_asked(
    incident: Incident, ana: Person, settings: DeskConfig
) -> None:
    """However late the question came, because the service was down, say."""
    had = owned(incident, ana)
    (asked,) = (one for one in clock.due(had, frozenset(), settings, after(29)) if one.kind is ASKED)
    told = frozenset({replace(asked, at=after(29))})

    assert RELEASED not in kinds(clock.due(had, told, settings, after(43)))
    assert RELEASED in kinds(clock.due(had, told, settings, after(44)))


def test_an_owner_who_answers_is_asked_anew_after_another_quiet_spell(
    incident: Incident, ana: Person, settings: DeskConfig
) -> None:
    (asked,) = clock.due(owned(incident, ana), frozenset(), settings, after(15))
    told = frozenset({asked})
    answered = owned(incident, ana, active=16)

    assert ASKED not in kinds(clock.due(answered, told, settings, after(30)))
    assert RELEASED not in kinds(clock.due(answered, told, settings, after(30)))
    assert ASKED in kinds(clock.due(answered, told, settings, after(31)))


def test_the_next_owner_is_asked_too(incident: Incident, ana: Person, ben: Person, settings: DeskConfig) -> None:
    told = frozenset(clock.due(owned(incident, ana), frozenset(), settings, after(15)))

    assert ASKED in kinds(clock.due(owned(incident, ben), told, settings, after(15)))


def test_the_deadline_of_a_question_is_the_release(incident: Incident, ana: Person, settings: DeskConfig) -> None:
    (asked,) = clock.due(owned(incident, ana), frozenset(), settings, after(15))

    assert clock.deadline_of(asked, incident, settings) == after(30)
    assert clock.deadline_of(replace(asked, kind=OWNER_SOON), incident, settings) == after(5)
    assert clock.deadline_of(replace(asked, kind=CORRECTION_LATE), incident, settings) == after(30)


minutes = st.floats(0, 120, allow_nan=False)


@given(steps=st.lists(minutes, max_size=25), has_owner=st.booleans(), found=st.floats(-90, 0))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_said_twice_and_everything_in_its_order_however_often_we_look(
    incident: Incident, ana: Person, steps: list[float], has_owner: bool, found: float
) -> None:
    current = replace(owned(incident, ana) if has_owner else incident, first_seen=after(found))
    config = DeskConfig(own_minutes=5, correct_minutes=30, owner_quiet_minutes=15)
    told: set[Nudge] = set()
    said: list[tuple[NudgeKind, str]] = []
    for step in sorted(steps):
        now = after(step)
        found_due = clock.due(current, frozenset(told), config, now)
        assert [nudge.at for nudge in found_due] == sorted(nudge.at for nudge in found_due)
        assert all(nudge.at <= now for nudge in found_due)
        told |= {replace(nudge, at=now) for nudge in found_due}
        said += [(nudge.kind, nudge.about) for nudge in found_due]
        assert clock.due(current, frozenset(told), config, now) == []
        following = clock.next_at(current, frozenset(told), config, now)
        assert following is None or following > now
    assert len(said) == len(set(said))
    order = [kind for kind, _ in said]
    for first, second in ((OWNER_SOON, OWNER_LATE), (CORRECTION_SOON, CORRECTION_LATE), (ASKED, RELEASED)):
        if first in order and second in order:
            assert order.index(first) < order.index(second)


@given(early=minutes, late=minutes)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_overdue_stays_overdue(incident: Incident, early: float, late: float) -> None:
    """Only a reminder goes, when its deadline takes its place."""
    early, late = sorted((early, late))
    config = DeskConfig(own_minutes=5, correct_minutes=30, owner_quiet_minutes=15)
    before = kinds(clock.due(incident, frozenset(), config, after(early)))
    afterwards = kinds(clock.due(incident, frozenset(), config, after(late)))
    replaced = {OWNER_SOON: OWNER_LATE, CORRECTION_SOON: CORRECTION_LATE}
    for kind in before:
        assert kind in afterwards or replaced[kind] in afterwards


@given(now=minutes, has_owner=st.booleans(), told=st.frozensets(st.sampled_from(DEADLINES)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_waking_at_the_moment_that_was_named_finds_something_to_do(
    incident: Incident, ana: Person, now: float, has_owner: bool, told: frozenset[NudgeKind]
) -> None:
    config = DeskConfig(own_minutes=5, correct_minutes=30, owner_quiet_minutes=15)
    current = owned(incident, ana) if has_owner else incident
    said = frozenset(Nudge(kind, "", NOON) for kind in told)
    moment = clock.next_at(current, said, config, after(now))
    if moment is not None:
        at = max(moment, after(now))
        assert clock.due(current, said, config, at)
        if moment > after(now):
            assert clock.due(current, said, config, moment - timedelta(seconds=1)) == clock.due(
                current, said, config, after(now)
            ) or after(now) > moment - timedelta(seconds=1)
