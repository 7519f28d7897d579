"""Vectors kept in a file, so that a list of 39,398 claims is encoded once and not in every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
PROBE = "Polling places are open from seven to eight."
MANY = 4_000
"""So many new texts take minutes to encode, and are kept at once."""


class Vectors:
    """What models have encoded, one file a model in a folder; kept for this run only where no folder is named.

    A model is known by the vector that it gives a fixed sentence: the vectors of one are never taken for another's, and
    two users of one model share them.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._models: dict[str, Remembering] = {}

    def of(self, encode: Encode) -> Remembering:
        """The encoder with its memory."""
        probe = np.round(encode([PROBE])[0], 3) + 0.0  # so that -0.0 is 0.0
        name = blake2b(probe.tobytes(), digest_size=6).hexdigest()
        if name not in self._models:
            path = None if self._folder is None else self._folder / f"vectors-{name}.npz"
            self._models[name] = Remembering(encode, path)
        return self._models[name]

    def save(self) -> None:
        for model in self._models.values():
            model.save()


class Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self, encode: Encode, path: Path | None) -> None:
        self._encode = encode
        self._path = path
        self._rows: dict[str, NDArray[np.float32]] = {}
        self._has_new = False
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as stored:
                self._rows = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], one row for each text."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        missing = list(new)
        for start in range(0, len(missing), MANY):
            some = missing[start : start + MANY]
            self._rows.update(zip(some, self._encode([new[key] for key in some]), strict=True))
            self._has_new = True
            if len(some) == MANY:
                self.save()
        return np.stack([self._rows[key] for key in keys]) if keys else np.empty((0, 0), np.float32)

    def save(self) -> None:
        if self._path is None or not self._has_new:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half_written = self._path.with_suffix(".part.npz")
        np.savez(half_written, keys=np.array(list(self._rows)), vectors=np.stack(list(self._rows.values())))
        half_written.replace(self._path)
        self._has_new = False


def _key(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
