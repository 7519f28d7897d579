from __future__ import annotations

from dataclasses import fields
from importlib.resources import files

import numpy as np
import pytest

from monitor.match.judge import FEATURES, Trees
from monitor.match.leaves import ROWS, Leaves


@pytest.fixture(scope="module")
def trees() -> Trees:
    with np.load(str(files("monitor.match") / "judge.npz"), allow_pickle=False) as stored:
        return Trees(**{field.name: stored[field.name] for field in fields(Trees)})


@pytest.fixture(scope="module")
def rows(trees: Trees) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """At the cuts, beside them and far from them, where a mistake would show."""
    drawn = np.random.default_rng(4)
    columns = []
    for feature in range(len(FEATURES)):
        cuts = np.unique(trees.cut[trees.feature == feature])
        places = np.concatenate([cuts, cuts + 1e-9, cuts - 1e-9, [-1e9, 0.0, 1e9]])
        columns.append(drawn.choice(places, ROWS + 50))
    return np.stack(columns, axis=1)


def test_rows_come_to_the_leaves_that_walking_the_trees_finds(
    trees: Trees, rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> None:
    assert np.abs(Leaves(trees).scores(rows) - trees.scores(rows)).max() < 1e-9


def test_a_row_scores_the_same_alone_and_among_others(
    trees: Trees, rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> None:
    leaves = Leaves(trees)
    together = leaves.scores(rows)
    assert all((leaves.scores(rows[[number]])[0] == together[number]).all() for number in (0, 7, ROWS, ROWS + 49))
    assert leaves.scores(rows[:0]).shape == (0, 5)
