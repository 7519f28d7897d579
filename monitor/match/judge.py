"""Does a post assert a claim, deny it, or neither? The protocol, and the fitted models that answer.

There are two, one after the other. The reader reads both texts together (reader.py). Boosted decision trees then weigh
what it says with the evidence and the cues; they are fitted by training/fit_judge.py on invented campaigns that the
reader did not learn from, and shipped as plain arrays (judge.npz) beside a description in words (judge.json). Their
probabilities are calibrated on campaigns that they did not learn from. How good they are: MODEL_CARD.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.match import cues
from monitor.match.encoder import check_weights, computes_in_bfloat16, sha256
from monitor.match.evidence import Evidence, Names
from monitor.match.index import Near
from monitor.match.leaves import Leaves
from monitor.match.reader import SAYS, Question, load_reader
from monitor.match.reading import Reading
from monitor.match.remembering import Count, Reads, RememberingReader
from monitor.match.strangers import names_a_stranger
from monitor.model import Claim
from monitor.text.texts import Memory, made_by

PACKAGE = Path(str(files("monitor.match")))
"""Where the weights are."""
CLASSES = ("asserts", "denies", "neither")
"""What every judge says of a pair: its first columns, in order."""
FORM = ("windows", "words", "capitals", "tags")
READER = tuple(f"reader_{name}" for name in SAYS)
BESIDE = ("reader_lead", "reader_rank", "reader_denies_most")
FEATURES = (
    *READER,
    *BESIDE,
    *Evidence._fields,
    *(f"window_{name}" for name in cues.NAMES),
    *(f"text_{name}" for name in cues.NAMES),
    *FORM,
)
"""The trees' inputs, in order."""
ASSERTS, DENIES = SAYS.index("asserts"), SAYS.index("denies")
LEAST = -12.0
"""The logarithm of a probability that stands for none at all."""
UNNAMED = 1.2
"""By how much the log-odds of an assertion are lower where a post neither names nor implies whom the claim is about but
does name somebody else whom the rules do not know (strangers.py). In training such posts come from the same campaign,
in a feed they are about anything (a prior shift: Saerens et al. 2002, "Adjusting the Outputs of a Classifier to New a
Priori Probabilities"). How it was chosen: docs/measurements.md."""
LISTED = 2.0
"""The same for a claim in a plain list, without candidates: hardly a post of a feed has to do with any of thousands of
claims. The judge learned from lists of which every third post was about one; docs/measurements.md."""
LONG = 480
"""Characters of a post that the reader reads from its beginning: about as many as fit into its word pieces."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A post, a claim that it is near to (`near.claim`), and what speaks for the two belonging together.

    `instead`: whom the post names where it names nobody whom the claim is about: "Kimbrough, not Price".
    """

    reading: Reading
    near: Near
    claim: Claim
    """`near.claim` in the words in which posts are read: its Spanish in English."""
    evidence: Evidence
    names: Names
    instead: str | None = None


class Judge(Protocol):
    """Says what posts do with claims."""

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """float64[n, 3]: for each pair the probabilities that the post asserts the claim, denies it, does neither.

        Two more columns may follow, shares of the third: that it asks whether the claim is true, that it jokes.
        """
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


class Scaling(msgspec.Struct, frozen=True):
    """Vector scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"): scores * slope + shifts."""

    slope: float
    shifts: tuple[float, ...]

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64[n, len(SAYS)] of class scores."""
        scaled = scores * self.slope + np.array(self.shifts)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


class Description(msgspec.Struct, frozen=True):
    """judge.json: what the weights beside it are, and how well they did on campaigns left out of training.

    The trees weigh cosines, so the projection that turns vectors (projection.py) belongs to them.
    """

    reader_sha256: str
    trees_sha256: str
    projection_sha256: str
    features: tuple[str, ...]
    classes: tuple[str, ...]
    calibration: Scaling
    threshold: float
    trained_on: str
    left_out: dict[str, float]


class FittedJudge:
    """The reader, then boosted trees over what it says, evidence and cues, calibrated."""

    def __init__(self, reader: Reads, trees: Trees, calibration: Scaling, count: Count | None = None) -> None:
        """`count`: counts the cues of texts and remembers that in another way than in memory."""
        self._reader = reader
        self._count = count or counted
        self._leaves = Leaves(trees)
        self._calibration = calibration

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        scores = self._leaves.scores(features(pairs, said(self._reader, pairs), self._count))
        chances = wary(self._calibration.probabilities(scores), pairs)
        asserts, denies, asks, jokes, neither = chances.T
        return np.stack([asserts, denies, asks + jokes + neither, asks, jokes], axis=1)


def wary(chances: NDArray[np.float64], pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The probabilities of pairs, less sure of an assertion where the post names nobody whom the claim is about but
    somebody whom the rules do not know (UNNAMED), or where the claim stands in a plain list (LISTED)."""
    weighed = chances.copy()
    weighed[:, ASSERTS] *= [math.exp(-_doubt(pair)) for pair in pairs]
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), dtype=np.float64)


def said(reader: Reads, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """What the reader says of each pair: float64[n, len(SAYS)], logarithms of probabilities."""
    return reader.read([Question(_passage(pair), pair.claim, pair.names) for pair in pairs])


def counted(texts: Sequence[str]) -> NDArray[np.float64]:
    """float64[n, len(cues.NAMES)]: how often each cue is in some texts."""
    return np.array([_cues(text) for text in texts], dtype=np.float64).reshape(len(texts), len(cues.NAMES))


def features(pairs: Sequence[Pair], said: NDArray[np.float64], count: Count = counted) -> NDArray[np.float64]:
    """float64[n, len(FEATURES)]. `said` is what the reader says of the same pairs."""
    if not pairs:
        return np.empty((0, len(FEATURES)))
    texts = dict.fromkeys(text for pair in pairs for text in (pair.near.window, pair.reading.text))
    places = {text: place for place, text in enumerate(texts)}
    of_texts = count(list(texts))
    columns = (
        said,
        np.array(_beside(pairs, said)),
        np.array([pair.evidence for pair in pairs]),
        of_texts[[places[pair.near.window] for pair in pairs]],
        of_texts[[places[pair.reading.text] for pair in pairs]],
        np.array([_form(pair.reading.text, len(pair.reading.windows)) for pair in pairs]),
    )
    return np.concatenate(columns, axis=1)


def _beside(pairs: Sequence[Pair], said: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """What the reader says of a pair against what it says of the post's other claims: by how much this one is asserted
    more than any other, how many are asserted more, and the most that any claim is denied."""
    of_post: defaultdict[int, list[int]] = defaultdict(list)
    for number, pair in enumerate(pairs):
        of_post[id(pair.reading)].append(number)
    asserts, denies = said[:, ASSERTS].tolist(), said[:, DENIES].tolist()
    result = [(0.0, 0.0, 0.0)] * len(pairs)
    for numbers in of_post.values():
        most = max(denies[number] for number in numbers)
        for number in numbers:
            others = [asserts[other] for other in numbers if other != number]
            own = asserts[number]
            result[number] = (own - max(others, default=LEAST), float(sum(one > own for one in others)), most)
    return result


def _doubt(pair: Pair) -> float:
    if pair.evidence.concerned or pair.evidence.bare_name:
        return 0.0
    if not pair.names.own and not pair.names.others:
        return LISTED
    return UNNAMED * names_a_stranger(pair.reading.written[0], pair.names, pair.near.claim, pair.claim)


def _passage(pair: Pair) -> str:
    """What of a post is read with the claim: all of it, of a long one the part that begins where it is nearest."""
    text = pair.reading.text
    return text if len(text) <= LONG else text[max(0, text.find(pair.near.window)) :]


def described() -> Description:
    """What the files beside this one are."""
    return msgspec.json.decode((PACKAGE / "judge.json").read_bytes(), type=Description)


def load_judge(memory: Memory | None = None, count: Count | None = None) -> FittedJudge:
    """The judge that is part of the package; with a `memory` it reads nothing twice. `count` counts cues.

    Raises ModelError when its files are damaged or do not belong together.
    """
    folder, description = PACKAGE, described()
    check_weights(folder / "judge.npz", description.trees_sha256)
    check_weights(folder / "reader.safetensors", description.reader_sha256)
    if description.features != FEATURES or description.classes != SAYS:
        raise ModelError("monitor/match/judge.json does not belong to this version; install monitor again")
    with np.load(folder / "judge.npz", allow_pickle=False) as stored:
        trees = Trees(**{field.name: stored[field.name] for field in fields(Trees)})
    reader: Reads = load_reader(folder / "reader.safetensors")
    if memory is not None:
        reader = RememberingReader(reader, memory, reads_as(description))
    return FittedJudge(reader, trees, description.calibration, count)


def reads_as(description: Description) -> str:
    """What an answer of the reader depends on beside a passage and a dossier: its weights, how this processor computes,
    and the code that cuts texts into what it reads."""
    precision = "bfloat16" if computes_in_bfloat16() else "float32"
    code = made_by() + b"".join((PACKAGE / name).read_bytes() for name in ("reader.py", "network.py"))
    return f"{description.reader_sha256} {precision} {sha256(code)}"


_cues = lru_cache(maxsize=4096)(cues.count)


@lru_cache(maxsize=4096)
def _form(text: str, windows: int) -> tuple[float, float, float, float]:
    """How a post is written: windows, words (logarithm), share of capitals among letters, hashtags."""
    letters = sum(map(str.isalpha, text))
    capitals = sum(map(str.isupper, text))
    return float(windows), float(np.log1p(len(text.split()))), capitals / max(1, letters), float(text.count("#"))
