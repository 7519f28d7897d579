from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from monitor.cli.options import Since


def since(written: str) -> datetime:
    return Since().convert(written, None, None)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("12h", timedelta(hours=12)),
        ("90 days", timedelta(days=90)),
        (" 2w ", timedelta(weeks=2)),
        ("99999w", timedelta(weeks=99999)),
    ],
)
def test_a_span_goes_back_from_now(written: str, span: timedelta) -> None:
    assert abs(datetime.now(UTC) - span - since(written)) < timedelta(minutes=1)


def test_a_day_begins_at_its_midnight() -> None:
    assert since("2026-11-02") == datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "7", "7y", "7hays", "-7d", "2026-13-01", "soon"])
def test_what_is_neither_is_refused_with_what_would_do(written: str) -> None:
    with pytest.raises(click.BadParameter, match="12h, 7d, 2w or 2026-11-02"):
        since(written)
