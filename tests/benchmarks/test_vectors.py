from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parts.vectors import MANY, Vectors


class Counting:
    """Encodes a text as its length and the model's number, and notes what it was asked for."""

    def __init__(self, number: float = 1.0) -> None:
        self.number = number
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), self.number] for text in texts], dtype=np.float32)


def test_a_text_is_encoded_once() -> None:
    model = Counting()
    remembering = Vectors(None).of(model)
    model.asked.clear()
    assert remembering.encode(["one", "three", "one"]).tolist() == [[3, 1], [5, 1], [3, 1]]
    assert remembering.encode(["three"]).tolist() == [[5, 1]]
    assert model.asked == ["one", "three"]


def test_what_was_saved_is_known_in_the_next_run(tmp_path: Path) -> None:
    first = Vectors(tmp_path / "new")
    first.of(Counting()).encode(["one", "surrogate \udc00"])
    first.save()
    model = Counting()
    again = Vectors(tmp_path / "new").of(model)
    model.asked.clear()
    assert again.encode(["surrogate \udc00", "one"]).tolist() == [[11, 1], [3, 1]]
    assert model.asked == []


def test_another_model_does_not_get_the_vectors_of_the_first(tmp_path: Path) -> None:
    first = Vectors(tmp_path)
    first.of(Counting(1.0)).encode(["one"])
    first.save()
    assert Vectors(tmp_path).of(Counting(2.0)).encode(["one"]).tolist() == [[3, 2]]


def test_two_users_of_one_model_share_what_it_encoded() -> None:
    vectors = Vectors(None)
    vectors.of(Counting()).encode(["one"])
    model = Counting()
    other = vectors.of(model)
    model.asked.clear()
    other.encode(["one"])
    assert model.asked == []


def test_nothing_is_written_where_nothing_is_new(tmp_path: Path) -> None:
    vectors = Vectors(tmp_path)
    vectors.of(Counting()).encode([])
    vectors.save()
    assert list(tmp_path.iterdir()) == []


def test_what_took_minutes_is_kept_at_once(tmp_path: Path) -> None:
    texts = [f"wording {number}" for number in range(MANY + 1)]
    Vectors(tmp_path).of(Counting()).encode(texts)
    model = Counting()
    again = Vectors(tmp_path).of(model)
    model.asked.clear()
    again.encode(texts)
    assert model.asked == texts[MANY:]
