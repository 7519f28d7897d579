from __future__ import annotations

import math

import pytest

from benchmarks.parts.figure import Figure, Section, rows, table


@pytest.mark.parametrize(
    ("value", "mark"), [(0.90, "wanted"), (0.89, "floor"), (0.73, "floor"), (0.72, "SHORT"), (math.nan, "SHORT")]
)
def test_more_is_better_where_more_is_wanted(value: float, mark: str) -> None:
    assert Figure("F1", value, floor=0.73, wanted=0.90).mark == mark


@pytest.mark.parametrize(("value", "mark"), [(0.02, "wanted"), (0.08, "floor"), (0.081, "SHORT"), (math.nan, "SHORT")])
def test_less_is_better_where_less_is_wanted(value: float, mark: str) -> None:
    assert Figure("debunks alerted", value, floor=0.08, wanted=0.02).mark == mark


def test_a_figure_of_which_nothing_is_asked_has_no_mark() -> None:
    assert Figure("precision", 0.5).mark == ""


def test_the_table_shows_both_builds_what_is_asked_and_what_falls_short() -> None:
    figures = (Figure("debunks alerted", 0.1, 0.9, 0.08, 0.02, ".1%", "of 80"), Figure("recall", math.nan))
    lines = table([Section("campaign", figures, seconds=61.4)]).splitlines()
    assert lines[2] == "campaign, 61 s"
    assert lines[3].split() == ["debunks", "alerted", "10.0%", "90.0%", "8.0%", "2.0%", "SHORT", "(of", "80)"]
    assert lines[4].split() == ["recall", "-", "-", "-", "-"]


def test_columns_stand_below_each_other() -> None:
    assert rows(("world", "F1"), [("a", "0.5"), ("long name", "1")]) == (
        "world       F1",
        "a          0.5",
        "long name    1",
    )
