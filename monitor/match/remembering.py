"""Vectors, answers of the reader and counts of cues that are asked for again: what a backtest spares.

All depend on words alone: a vector on a text and the model, an answer on a passage, a claim's dossier and the reader.
So a change to one claim leaves all vectors as they are, and all answers about the other claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.match import cues
from monitor.match.encoder import Encoder, computes_in_bfloat16, sha256
from monitor.match.evidence import Names
from monitor.match.reader import Question, sentences_of
from monitor.model import Claim
from monitor.text.texts import Memory, made_by

__all__ = [
    "Count", "Memory", "Reads", "RememberingCues", "RememberingEncoder", "RememberingReader", "key_of", "model_version",
]  # fmt: skip

KEY_BYTES = 16

Kind = TypeVar("Kind", np.float32, np.float64, np.uint8)

Count = Callable[[Sequence[str]], NDArray[np.float64]]
"""How often each cue is in some texts: float64[n, len(cues.NAMES)] (cues.py)."""


class Reads(Protocol):
    """What of `reader.Reader` a judge uses."""

    def read(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        """float64[n, len(SAYS)]: the logarithms of probabilities."""
        ...


class RememberingEncoder:
    """An encoder that encodes a text once, as long as its memory lasts."""

    def __init__(self, encoder: Encoder, memory: Memory, version: str) -> None:
        """`version`: what `model_version` says of the encoder's model."""
        self._encoder = encoder
        self._memory = memory
        self._version = version

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return self._encoder.encode(texts)
        keys = [key_of("vector", self._version, text) for text in texts]
        asked = dict(zip(keys, texts, strict=True))
        known = self._memory.recall(list(asked))
        new = [key for key in asked if key not in known]
        if new:
            rows = self._encoder.encode([asked[key] for key in new])
            found = {key: row.tobytes() for key, row in zip(new, rows, strict=True)}
            self._memory.keep(found)
            known |= found
        return _rows(keys, known, np.float32)


class RememberingReader:
    """A reader that reads a passage with a claim once, as long as its memory lasts."""

    def __init__(self, reader: Reads, memory: Memory, version: str) -> None:
        """`version`: what `judge.reads_as` says of the reader."""
        self._reader = reader
        self._memory = memory
        self._version = version
        self._dossiers: dict[tuple[Claim, Names], str] = {}

    def read(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        if not questions:
            return self._reader.read(questions)
        dossiers = {(id(asked.claim), id(asked.names)): asked for asked in questions}
        told = {key: self._dossier(asked) for key, asked in dossiers.items()}
        keys = [
            key_of("answer", self._version, told[id(asked.claim), id(asked.names)], asked.text) for asked in questions
        ]
        asked = dict(zip(keys, questions, strict=True))
        known = self._memory.recall(list(asked))
        new = [key for key in asked if key not in known]
        if new:
            rows = self._reader.read([asked[key] for key in new])
            found = {key: row.tobytes() for key, row in zip(new, rows, strict=True)}
            self._memory.keep(found)
            known |= found
        return _rows(keys, known, np.float64)

    def _dossier(self, question: Question) -> str:
        """All that the reader is told of a claim, as hex digits."""
        key = (question.claim, question.names)
        if key not in self._dossiers:
            names = question.names
            told = (sentences_of(question.claim), sorted(names.own), sorted(names.others))
            self._dossiers[key] = key_of(msgspec.json.encode(told).decode()).hex()
        return self._dossiers[key]


class RememberingCues:
    """Counts the cues of a text once, as long as its memory lasts."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        source = resources.files("monitor.match").joinpath("cues.py").read_bytes()
        self._version = sha256(made_by() + source)

    def count(self, texts: Sequence[str]) -> NDArray[np.float64]:
        keys = [key_of("cues", self._version, text) for text in texts]
        asked = dict(zip(keys, texts, strict=True))
        known = self._memory.recall(list(asked))
        # A cue is counted up to MOST: a byte is enough.
        found = {key: bytes(map(int, cues.count(text))) for key, text in asked.items() if key not in known}
        if found:
            self._memory.keep(found)
        return _rows(keys, known | found, np.uint8).astype(np.float64)


def _rows(keys: Sequence[bytes], known: Mapping[bytes, bytes], kind: type[Kind]) -> NDArray[Kind]:
    """The numbers that are known of some keys, a row for each."""
    return np.frombuffer(b"".join([known[key] for key in keys]), dtype=kind).reshape(len(keys), -1)


def key_of(*parts: str) -> bytes:
    """A hash of some texts in order."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=KEY_BYTES).digest()


def model_version(model: str) -> str:
    """What a vector depends on beside its text: the model, how this processor computes, and, of a model in a folder,
    when its files last changed."""
    folder = Path(model)
    changed = max((file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()), default=0)
    return f"{model} {'bfloat16' if computes_in_bfloat16() else 'float32'} {changed}"
