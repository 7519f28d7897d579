"""What the reader answered, kept in a file: new trees over the same reader are measured without reading all again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.match.encoder import computes_in_bfloat16

SAVED_EVERY = 300.0
"""Seconds: a part that is stopped after an hour loses no more than this."""


class Answers:
    """A memory for `load_judge`; for this run only where no folder is named. What a processor computes otherwise has a
    file of its own."""

    def __init__(self, folder: Path | None) -> None:
        kind = "bfloat16" if computes_in_bfloat16() else "float32"
        self._path = None if folder is None else folder / f"answers-{kind}.npz"
        self._found: dict[bytes, bytes] = {}
        self._has_new = False
        self._saved = time.monotonic()
        if self._path is not None and self._path.exists():
            with np.load(self._path, allow_pickle=False) as stored:
                self._found = dict(zip(map(bytes, stored["keys"]), map(bytes, stored["values"]), strict=True))

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self._found[key] for key in keys if key in self._found}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        self._found.update(found)
        self._has_new = True
        if time.monotonic() - self._saved > SAVED_EVERY:
            self.save()

    def save(self) -> None:
        if self._path is None or not self._has_new:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half_written = self._path.with_suffix(".part.npz")
        np.savez(half_written, keys=_table(self._found), values=_table(self._found.values()))
        half_written.replace(self._path)
        self._has_new, self._saved = False, time.monotonic()


def _table(values: Iterable[bytes]) -> NDArray[np.uint8]:
    """uint8[n, bytes]: values of one length, one a row."""
    rows = list(values)
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1)
