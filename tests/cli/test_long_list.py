from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.cli import long_list
from monitor.cli.long_list import LongListEncoder
from monitor.store.memory import MemoryFile

WORDINGS = ["she has left", "the race is over", "votes were lost", "he was arrested", "a deal was made"]


class CountingEncoder:
    """A text's vector is its length; what was asked is written down."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def two_are_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_list, "WORDINGS_PER_STEP", 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claims.jsonl"


def encode(path: Path, texts: list[str], model: str = "mini") -> tuple[list[str], NDArray[np.float32]]:
    """What the model was asked, and the rows."""
    inside = CountingEncoder()
    rows = LongListEncoder(inside, model, path).encode(texts)
    return inside.asked, rows


def test_a_list_is_encoded_once_and_has_the_same_rows_again(path: Path) -> None:
    first, rows = encode(path, WORDINGS)
    again, same = encode(path, WORDINGS)
    assert (first, again) == (WORDINGS, [])
    assert np.array_equal(rows, same)
    assert rows[:, 0].tolist() == [len(text) for text in WORDINGS]


def test_of_a_list_that_has_grown_the_new_wordings_are_encoded(path: Path) -> None:
    encode(path, WORDINGS)
    asked, rows = encode(path, ["polls have closed", *WORDINGS])
    assert asked == ["polls have closed"]
    assert rows[0, 0] == len("polls have closed")


def test_another_model_has_vectors_of_its_own(path: Path) -> None:
    encode(path, WORDINGS)
    asked, _ = encode(path, WORDINGS, model="another")
    assert asked == WORDINGS


def test_of_a_short_list_nothing_is_kept(path: Path) -> None:
    encode(path, WORDINGS[:2])
    assert list(path.parent.iterdir()) == []


def test_it_says_how_far_it_is(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encode(path, WORDINGS)
    assert capsys.readouterr().err.splitlines() == [f"reading wordings: {done} of 5" for done in (0, 2, 4)]


def test_where_nothing_can_be_kept_it_says_so_and_encodes_all_the_same(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.with_name("claims.jsonl.vectors").mkdir()
    asked, rows = encode(path, WORDINGS)
    assert (asked, len(rows)) == (WORDINGS, 5)
    assert "claims.jsonl.vectors: unable to open database file" in capsys.readouterr().err


def test_where_the_file_fails_on_the_way_it_says_so_and_encodes_all_the_same(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(MemoryFile, "end", full)
    _, rows = encode(path, WORDINGS)
    assert len(rows) == 5
    assert "claims.jsonl.vectors: database or disk is full; delete it" in capsys.readouterr().err
