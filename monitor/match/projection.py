"""The language model's vectors, turned so that what tells the claims of one campaign apart counts most.

All claims and posts of a campaign are about the same few people and the same vote, and much of MiniLM's cosines is just
that. One matrix, learnt from invented campaigns (training/fit_projection.py), takes this away: of spreading posts of
campaigns that it has not seen it has the right claim nearest for 81% instead of 73% (docs/measurements.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.match.compared import Numbers, exact
from monitor.match.encoder import DEFAULT_MODEL, Encoder, check_weights
from monitor.match.judge import PACKAGE, described

PATH = PACKAGE / "projection.npy"
"""float16[d, d]."""


class Projected:
    """An encoder whose vectors are multiplied by a matrix, float64[d, d], on the grid of exact sums: what comes out
    of a text does not depend on what is encoded beside it."""

    def __init__(self, encoder: Encoder, matrix: Numbers) -> None:
        self._encoder = encoder
        self._matrix = matrix

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        turned = exact(self._encoder.encode(texts)) @ self._matrix
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        unit: Numbers = np.divide(turned, lengths, out=np.zeros_like(turned), where=lengths > 0)
        return unit.astype(np.float32)


def projected(encoder: Encoder, model: str) -> Encoder:
    """The encoder by which posts are held against claims: of another model than the packaged one as it is, since the
    matrix was learnt from that one's vectors. Raises ModelError when the file is damaged."""
    if model != DEFAULT_MODEL:
        return encoder
    check_weights(PATH, described().projection_sha256)
    return Projected(encoder, read_matrix(PATH))


def read_matrix(path: Path) -> Numbers:
    """float64[d, d], on the grid."""
    return exact(np.load(path, allow_pickle=False).astype(np.float64))
