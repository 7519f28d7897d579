from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.desk.watchdog import NO_PONG, Alarm, Fine, Rebuild, Vitals, pause, verdict

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def test_a_connection_that_answers_is_fine() -> None:
    assert verdict(Vitals(NOW - timedelta(seconds=5)), NOW) == Fine()


@pytest.mark.parametrize(
    ("vitals", "words"),
    [
        (Vitals(NOW - NO_PONG), "no pong for 15 seconds"),
        (Vitals(NOW, closed="1006"), "closed: 1006"),
        (Vitals(NOW, disconnect="warning"), "will close this connection: warning"),
        (Vitals(NOW, disconnect="refresh_requested"), "will close this connection: refresh_requested"),
        (Vitals(NOW, disconnect="something new"), "something new"),
    ],
)
def test_what_is_dead_or_dying_is_built_anew(vitals: Vitals, words: str) -> None:
    given = verdict(vitals, NOW)
    assert isinstance(given, Rebuild)
    assert words in given.reason


@pytest.mark.parametrize(
    ("vitals", "words"),
    [
        (Vitals(NOW, disconnect="link_disabled"), "switch it on"),
        (Vitals(NOW, disconnect="link_disabled", closed="1000"), "switch it on"),
        (Vitals(NOW, connections=2), "another monitor"),
        (Vitals(NOW, connections=3, expected=2), "counts 3 connections of this app where 2 are known"),
    ],
)
def test_what_only_a_person_can_mend_is_an_alarm(vitals: Vitals, words: str) -> None:
    given = verdict(vitals, NOW)
    assert isinstance(given, Alarm)
    assert words in given.reason


def test_our_own_connection_that_is_about_to_close_is_no_stranger() -> None:
    assert verdict(Vitals(NOW, connections=2, expected=2), NOW) == Fine()


def test_a_dead_connection_counts_before_a_crowd() -> None:
    assert isinstance(verdict(Vitals(NOW, connections=2, closed="1006"), NOW), Rebuild)


def test_the_first_rebuild_is_at_once_and_the_next_ones_ever_later() -> None:
    waits = [pause(Rebuild("it broke"), attempts) for attempts in range(30)]
    assert waits[:2] == [0, 0]
    assert waits == sorted(waits)
    assert sum(waits[:14]) < 60, "buttons that are dead for a minute are given up"
    assert waits[-1] == 60


def test_an_alarm_is_looked_at_again_at_least_every_five_minutes() -> None:
    assert [pause(Alarm("crowd"), attempts) for attempts in (0, 1, 2, 99)] == [60, 60, 120, 300]
