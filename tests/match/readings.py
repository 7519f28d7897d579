"""Posts in plain words, read and held against claims, in one line of a test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.match.encoder import Encoder
from monitor.match.index import Index, Near
from monitor.match.reading import Reading, reading_of
from monitor.text import fold
from monitor.text.plain import Plain, words_of


def read(written: tuple[str, ...], windows: tuple[str, ...], vectors: NDArray[np.float32]) -> Reading:
    """A post of some windows, the whole text first, that are in plain words already."""
    return reading_of(Plain("", written, windows, fold(windows[0]), words_of(windows[0])), vectors)


def nearest(index: Index, reading: Reading, top: int) -> list[Near]:
    """The nearest claims of a post, best first."""
    nearness = index.search(reading)
    claims = nearness.best_first(nearness.score, top)[0]
    return nearness.near(np.zeros_like(claims), claims)


def ranked(index: Index, encoder: Encoder, texts: Sequence[str], top: int) -> list[list[Near]]:
    """The same for each of some texts."""
    return [nearest(index, read((text,), (text,), encoder.encode([text])), top) for text in texts]
