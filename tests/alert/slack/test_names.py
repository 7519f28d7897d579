from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from monitor.alert.slack import names
from monitor.model import SilenceScope


def test_a_value_comes_apart_as_it_was_put_together() -> None:
    assert names.parts(names.value("withdrawn-1", "rss:https://example.org/a|b")) == (
        "withdrawn-1",
        "rss:https://example.org/a|b",
    )
    assert names.parts("withdrawn-1") == ("withdrawn-1", "")


def test_metadata_comes_back_as_it_was_packed_and_anything_else_is_refused() -> None:
    meta = names.SilenceMeta("i", SilenceScope.LINK, datetime(2026, 10, 20, tzinfo=UTC), "why")

    assert names.unpack(names.pack(meta), names.SilenceMeta) == meta
    for other in ("", "{}", "null", "[1"):
        with pytest.raises(msgspec.DecodeError):
            names.unpack(other, names.SilenceMeta)


def test_buttons_that_open_a_window_are_known_by_their_name() -> None:
    assert all(map(names.opens_a_window, (names.compose("x"), names.share("x"), names.OPEN_INCIDENT)))
    assert not any(map(names.opens_a_window, (names.TAKE_ON, names.CORRECTIONS, names.REPORT_SIGHTING)))
