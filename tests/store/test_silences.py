from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import Person, Silence, SilenceScope
from monitor.store import silences
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SILENCE = Silence("s1", SilenceScope.CLAIM, "withdrawn", Person("U1", "Ana"), "we know", NOON, NOON + HOUR)


def test_a_silence_comes_back_as_it_was_stored(store: Store) -> None:
    silences.add(store.db, SILENCE)

    assert silences.get(store.db, "s1") == SILENCE
    assert silences.get(store.db, "s2") is None


def test_a_silence_is_active_from_its_start_until_its_end(store: Store) -> None:
    silences.add(store.db, SILENCE)

    moments = (NOON - HOUR, NOON, NOON + HOUR - timedelta(microseconds=1), NOON + HOUR)
    for moment in moments:
        assert (silences.active(store.db, moment) == [SILENCE]) is SILENCE.is_active(moment)


def test_a_silence_that_ran_out_is_announced_once(store: Store) -> None:
    silences.add(store.db, SILENCE)
    silences.add(store.db, replace(SILENCE, id="s2", until=NOON + 2 * HOUR))

    assert silences.ended_unannounced(store.db, NOON + HOUR) == [SILENCE]
    assert silences.mark_ended(store.db, "s1", NOON + HOUR)
    assert not silences.mark_ended(store.db, "s1", NOON + HOUR)
    assert silences.ended_unannounced(store.db, NOON + HOUR) == []


def test_a_silence_that_a_person_ended_mutes_nothing_and_is_not_announced_again(store: Store) -> None:
    silences.add(store.db, SILENCE)
    silences.mark_ended(store.db, "s1", NOON)

    assert silences.active(store.db, NOON) == []
    assert silences.ended_unannounced(store.db, NOON + HOUR) == []
    assert silences.every(store) == [replace(SILENCE, ended_at=NOON)]
