"""Encodes a long list of claims: says how far it is, and keeps what was made of each wording beside the list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.errors import StoreError
from monitor.match.remembering import RememberingEncoder, model_version
from monitor.store.memory import MemoryFile, file_beside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.match.encoder import Encoder

WORDINGS_PER_STEP = 4096
"""Wordings encoded between two words of progress. A list of no more takes seconds, and nothing of it is kept."""


class LongListEncoder:
    """An encoder that tells on standard error how far it is with a long list, and encodes a wording once. Of a short
    list, and of posts, nothing is kept."""

    def __init__(self, encoder: Encoder, model: str, path: Path) -> None:
        """`model`: the encoder's name in the config. `path`: the list; what is kept stands in a file beside it."""
        self._encoder = encoder
        self._version = model_version(model)
        self._path = path

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) <= WORDINGS_PER_STEP:
            return self._encoder.encode(texts)
        import numpy as np  # noqa: PLC0415 (not for --help)

        rows = []
        with _kept_beside(self._path) as memory:
            for start in range(0, len(texts), WORDINGS_PER_STEP):
                click.echo(f"reading wordings: {start:,} of {len(texts):,}", err=True)
                rows.append(self._step(texts[start : start + WORDINGS_PER_STEP], memory))
        return np.concatenate(rows)

    def _step(self, texts: Sequence[str], memory: MemoryFile | None) -> NDArray[np.float32]:
        if memory is None:
            return self._encoder.encode(texts)
        encoder = RememberingEncoder(self._encoder, memory, self._version)
        try:
            with memory.page([]):
                return encoder.encode(texts)
        except sqlite3.Error as error:
            _not_kept(f"cannot use {file_beside(self._path)}: {error}; delete it, it holds nothing but spared time")
            return self._encoder.encode(texts)


@contextmanager
def _kept_beside(path: Path) -> Iterator[MemoryFile | None]:
    """What is kept of a list of claims; None, and a line on standard error, where that cannot be."""
    try:
        memory = MemoryFile(path)
    except StoreError as error:
        _not_kept(str(error))
        yield None
        return
    with closing(memory):
        yield memory


def _not_kept(why: str) -> None:
    click.echo(f"{why}. Without it each call reads all wordings anew.", err=True)
