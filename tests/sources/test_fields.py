from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceRefused
from monitor.sources.fields import (
    micros_from_utc,
    primary_lang,
    read_cursor,
    utc_from_http,
    utc_from_iso,
    utc_from_micros,
    write_cursor,
)


@dataclass(frozen=True)
class State:
    page: int


@pytest.mark.parametrize(
    ("tag", "primary"), [("en-US", "en"), ("es", "es"), ("pt_BR", "pt"), ("ZH-Hant", "zh"), ("", None), (None, None)]
)
def test_a_language_is_its_primary_subtag(tag: str | None, primary: str | None) -> None:
    assert primary_lang(tag) == primary


def test_dates_are_read_in_utc() -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert utc_from_iso("2026-10-01T12:00:00.000Z") == noon
    assert utc_from_iso("2026-10-01T14:00:00+02:00") == noon
    assert utc_from_http("Thu, 01 Oct 2026 12:00:00 GMT") == noon


@given(st.text())
def test_what_is_no_date_is_none(text: str) -> None:
    for moment in (utc_from_iso(text), utc_from_http(text)):
        assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_lose_nothing(moment: datetime) -> None:
    assert utc_from_micros(micros_from_utc(moment)) == moment


def test_impossible_microseconds_are_no_date() -> None:
    assert utc_from_micros(10**30) is None


def test_a_cursor_comes_back_as_it_was() -> None:
    assert read_cursor(write_cursor(State(3)), State, "feed") == State(3)


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"page": "x"}'])
def test_a_damaged_cursor_is_loud_and_says_what_to_do(cursor: str) -> None:
    with pytest.raises(SourceRefused, match=r"feed: its saved cursor cannot be read .* new name"):
        read_cursor(cursor, State, "feed")
