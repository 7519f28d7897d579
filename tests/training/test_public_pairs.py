from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from training import public_pairs
from training.public_pairs import PublicPair, read_pairs

ROWS = [
    {"a": "It rains.", "b": "It is wet.", "label": "entailment", "sub": "wiki"},
    {"a": "It rains.", "b": "It is dry.", "label": "contradiction", "sub": "news"},
    {"a": "x" * 500, "b": "long", "label": "entailment", "sub": "wiki"},
    {"a": "It rains.", "b": "Perhaps.", "label": "unknown", "sub": "wiki"},
]


def test_only_pairs_that_are_short_known_and_free_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"entailment": "asserts", "contradiction": "denies", "unknown": "skip"}
    (tmp_path / "MAPPING.json").write_text(json.dumps({"mapping": {"some": {"labels": labels}}}))
    with gzip.open(tmp_path / "some.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps(row) for row in ROWS))
    monkeypatch.setattr(public_pairs, "MOST", {"some": 10})
    monkeypatch.setattr(public_pairs, "ONLY_PARTS", {"some": "wiki"})
    assert read_pairs(tmp_path, np.random.default_rng(0)) == [PublicPair("It rains.", "It is wet.", "asserts")]
