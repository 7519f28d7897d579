from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.match import projection
from monitor.match.compared import exact
from monitor.match.encoder import DEFAULT_MODEL, load_encoder
from monitor.match.projection import Projected, projected

WIDTH = 8
MATRIX = exact(np.random.default_rng(5).normal(size=(WIDTH, WIDTH)))


class DrawnEncoder:
    """A vector drawn by lot for each text; none for an empty one."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(len(text)).normal(size=WIDTH) * bool(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), WIDTH)


def test_vectors_have_length_one_and_nothing_stays_nothing() -> None:
    rows = Projected(DrawnEncoder(), MATRIX).encode(["quit", ""])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0])


def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    encoder = Projected(DrawnEncoder(), MATRIX)
    texts = ["x" * length for length in range(40)]
    together = encoder.encode(texts)
    assert all(np.array_equal(encoder.encode([text])[0], row) for text, row in zip(texts, together, strict=True))


def test_another_model_is_left_as_it_is() -> None:
    encoder = DrawnEncoder()
    assert projected(encoder, "some/multilingual-model") is encoder


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "PATH", tmp_path / "projection.npy")
    np.save(tmp_path / "projection.npy", np.eye(384, dtype=np.float16))
    with pytest.raises(ModelError, match="damaged"):
        projected(DrawnEncoder(), DEFAULT_MODEL)


def test_claims_about_one_candidate_lie_further_apart_and_wordings_of_one_stay_together() -> None:
    quits = ["Ana Rivera has withdrawn from the race.", "heard Rivera quit last night"]
    others = ["Ana Rivera was arrested for fraud.", "Ana Rivera is not a citizen.", "Ana Rivera endorsed Daniel Moon."]
    plain = load_encoder(DEFAULT_MODEL)

    def margin(rows: NDArray[np.float32]) -> float:
        return float(rows[0] @ rows[1] - (rows[2:] @ rows[1]).max())

    assert margin(projected(plain, DEFAULT_MODEL).encode(quits + others)) > margin(plain.encode(quits + others))
