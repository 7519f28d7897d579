"""Does a post assert a claim, deny it, or neither? The protocol, and the small fitted model that answers for now.

The model is boosted decision trees over the evidence and the cues, fitted by training/fit_judge.py on invented
campaigns and shipped as plain arrays (judge.npz) beside a description in words (judge.json). Its probabilities are
calibrated on campaigns that it did not learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.match import cues
from monitor.match.encoder import sha256
from monitor.match.evidence import Evidence, Names, Reading
from monitor.match.index import Near

CLASSES = ("asserts", "denies", "neither")
FORM = ("windows", "words", "capitals", "tags")
FEATURES = (
    *(field.name for field in fields(Evidence)),
    *(f"window_{name}" for name in cues.NAMES),
    *(f"text_{name}" for name in cues.NAMES),
    *FORM,
)
"""The model's inputs, in order."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A post, a claim that it is near to (`near.claim`), and what speaks for the two belonging together."""

    reading: Reading
    near: Near
    evidence: Evidence
    names: Names


class Judge(Protocol):
    """Says what posts do with claims."""

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """float64[n, 3]: for each pair the probabilities that the post asserts the claim, denies it, does neither."""
        ...


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees as arrays over all nodes. A row goes left where its feature is at most the node's cut.

    `roots` holds the first node of each tree, `outputs` which class it adds to, `start` the class scores before any
    tree. A leaf's `left` and `right` are itself and `value` is what it adds.
    """

    roots: NDArray[np.int32]
    outputs: NDArray[np.int32]
    feature: NDArray[np.int32]
    cut: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    start: NDArray[np.float64]

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Class scores (log-odds up to a constant) float64[n, classes] of feature rows float64[n, features]."""
        nodes = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        number = np.arange(len(rows))[:, None]
        while True:
            below = np.where(rows[number, self.feature[nodes]] <= self.cut[nodes], self.left[nodes], self.right[nodes])
            if np.array_equal(below, nodes):
                break
            nodes = below
        scores = np.tile(self.start, (len(rows), 1))
        for output in range(len(self.start)):
            scores[:, output] += self.value[nodes[:, self.outputs == output]].sum(axis=1)
        return scores


class Calibration(msgspec.Struct, frozen=True):
    """Vector scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"): scores * slope + shifts."""

    slope: float
    shifts: tuple[float, float, float]

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled = scores * self.slope + np.array(self.shifts)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


class Description(msgspec.Struct, frozen=True):
    """judge.json: what the arrays in judge.npz are, and how well they did on campaigns left out of training."""

    sha256: str
    features: tuple[str, ...]
    classes: tuple[str, ...]
    calibration: Calibration
    threshold: float
    trained_on: str
    left_out: dict[str, float]


class FittedJudge:
    """Boosted trees over evidence and cues, calibrated."""

    def __init__(self, trees: Trees, calibration: Calibration) -> None:
        self._trees = trees
        self._calibration = calibration

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        return self._calibration.probabilities(self._trees.scores(features(pairs)))


def features(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """float64[n, len(FEATURES)]."""
    rows = [
        (*astuple(pair.evidence), *_cues(pair.near.window), *_cues(pair.reading.text), *_form(pair.reading))
        for pair in pairs
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def load_judge() -> FittedJudge:
    """The judge that is part of the package. Raises ModelError when its files are damaged or do not belong together."""
    folder = files("monitor.match")
    arrays = (folder / "judge.npz").read_bytes()
    description = msgspec.json.decode((folder / "judge.json").read_bytes(), type=Description)
    if sha256(arrays) != description.sha256 or description.features != FEATURES:
        raise ModelError(
            "monitor/match/judge.npz does not belong to judge.json or to this version; install monitor again"
        )
    with np.load(BytesIO(arrays), allow_pickle=False) as stored:
        trees = Trees(**{field.name: stored[field.name] for field in fields(Trees)})
    return FittedJudge(trees, description.calibration)


@lru_cache(maxsize=4096)
def _cues(text: str) -> tuple[float, ...]:
    return cues.count(text)


def _form(reading: Reading) -> tuple[float, float, float, float]:
    """How a post is written: windows, words (logarithm), share of capitals among letters, hashtags."""
    letters = sum(character.isalpha() for character in reading.text)
    capitals = sum(character.isupper() for character in reading.text)
    return (
        float(len(reading.windows)),
        float(np.log1p(len(reading.text.split()))),
        capitals / max(1, letters),
        float(reading.text.count("#")),
    )
