"""Vectors kept in a file, so that a list of 39,398 claims is encoded once and not in every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
PROBE = "Polling places are open from seven to eight."


class Remembering:
    """An encoder that knows again what it has encoded. Its file in the folder is named after the vector that the model
    gives a fixed sentence, so that the vectors of one model are never taken for another's, and two users of one model
    share them."""

    def __init__(self, encode: Encode, folder: Path | None) -> None:
        self._encode = encode
        self._rows: dict[str, NDArray[np.float32]] = {}
        self._new = 0
        self._path: Path | None = None
        if folder is not None:
            probe = np.round(encode([PROBE])[0], 3) + 0.0
            self._path = folder / f"vectors-{blake2b(probe.tobytes(), digest_size=6).hexdigest()}.npz"
            self._load(self._path)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], one row for each text."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        if new:
            self._rows.update(zip(new, self._encode(list(new.values())), strict=True))
            self._new += len(new)
        return np.stack([self._rows[key] for key in keys]) if keys else np.empty((0, 0), np.float32)

    def save(self) -> None:
        """Write the file where there is something new. What another user of the file has written meanwhile is kept."""
        if self._path is None or not self._new:
            return
        self._load(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half_written = self._path.with_suffix(".part.npz")
        np.savez(half_written, keys=np.array(list(self._rows)), vectors=np.stack(list(self._rows.values())))
        half_written.replace(self._path)
        self._new = 0

    def _load(self, path: Path) -> None:
        if path.exists():
            with np.load(path, allow_pickle=False) as stored:
                self._rows |= dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))


def _key(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
