"""An encoder and a judge without a language model."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.match.judge import Pair
from monitor.text import fold

WIDTH = 512


class WordEncoder:
    """Texts are alike as far as they share words. `calls` are the batches that it was asked for."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in fold(text).replace(".", " ").split():
                row[zlib.crc32(word.encode()) % WIDTH] += 1
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


class CosineJudge:
    """A claim is asserted as far as its best cosine says, and denied by the word "not"."""

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        rows = []
        for pair in pairs:
            near = min(1.0, max(0.0, pair.evidence.cosine))
            rows.append((0.0, near, 1 - near) if " not " in pair.reading.text else (near, 0.0, 1 - near))
        return np.array(rows).reshape(len(rows), 3)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def judge() -> CosineJudge:
    return CosineJudge()
