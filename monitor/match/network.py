"""The reader's network: MiniLM's six layers, in which a post reads itself and a claim's dossier. Imports torch.

A claim's dossier (its sentence, wordings, truth) goes through the layers once and alone; what each layer
made of it is kept. A post then goes through the same layers, attending to its own words and to the dossier's. So the
dossiers of a campaign cost nothing while posts stream in, however much stands in them, and a post is read with one
claim for the price of encoding it once. (Caching one side's keys and values: MacAvaney et al. 2020, "Efficient Document
Re-Ranking for Transformers by Precomputing Term Representations"; here the layers attend to them all the way up.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

VOCABULARY = 30522
WIDTH = 384
HEADS = 12
INNER = 1536
LAYERS = 6
LONGEST = 512
POST, DOSSIER = 0, 1
SCALE = ".scale"
INT8_MAX = 127
SMALL = 16
"""Rows below which a matrix is not worth packing: the few vectors of roles, parts and classes."""
_CLOSED = -30000.0
"""Added to the score of a place that must not be attended to; bfloat16 and float16 can hold it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the layers made of n dossiers: for each layer keys and values [n, heads, length, d], and which places count
    [n, 1, 1, length]."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    mask: Tensor


def packed(weights: Mapping[str, Tensor]) -> dict[str, NDArray[np.generic]]:
    """Weights for a file: matrices as int8 with a scale for each row (symmetric, rounded), the rest as float16."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, weight in weights.items():
        values = weight.detach().float().numpy()
        if values.ndim == 1 or values.shape[0] < SMALL:
            arrays[name] = values.astype(np.float16)
            continue
        scale = (np.abs(values).max(axis=1, keepdims=True) / INT8_MAX + 1e-12).astype(np.float32)
        arrays[name] = np.rint(values / scale).astype(np.int8)
        arrays[f"{name}{SCALE}"] = scale
    return arrays


def unpacked(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
    """What `packed` packed, as float32. Weights that were never packed come back as they are."""
    tables = {name: torch.from_numpy(np.asarray(values, dtype=np.float32)) for name, values in arrays.items()}
    return {
        name: table * tables[f"{name}{SCALE}"] if f"{name}{SCALE}" in tables else table
        for name, table in tables.items()
        if not name.endswith(SCALE)
    }


def stack(kept: Sequence[Kept], length: int | None = None) -> Kept:
    """Several kept dossiers as one, filled up to a length, else to the longest."""
    longest = length or max(one.mask.shape[-1] for one in kept)

    def columns(of_layer: Iterable[Tensor]) -> Tensor:
        return torch.cat([_filled(table, longest) for table in of_layer])

    return Kept(
        keys=tuple(columns(of_layer) for of_layer in zip(*(one.keys for one in kept), strict=True)),
        values=tuple(columns(of_layer) for of_layer in zip(*(one.values for one in kept), strict=True)),
        mask=torch.cat([functional.pad(one.mask, (0, longest - one.mask.shape[-1]), value=_CLOSED) for one in kept]),
    )


def _filled(table: Tensor, length: int) -> Tensor:
    """[n, heads, any length, d] up to a length. Padding by nothing would copy it."""
    missing = length - table.shape[2]
    return functional.pad(table, (0, 0, 0, missing)) if missing else table


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the word pieces of n texts stand in a table of shape (n, longest). Everything but attention works on the
    pieces alone, one row each, so that short texts cost what they are and not what the longest one is."""

    shape: tuple[int, int]
    where: Tensor
    mask: Tensor

    def spread(self, rows: Tensor) -> Tensor:
        """[pieces, d] as [n, longest, d], zero where no piece stands."""
        number, length = self.shape
        table = rows.new_zeros(number * length, rows.shape[1]).index_copy(0, self.where, rows)
        return table.view(number, length, -1)

    def gather(self, table: Tensor) -> Tensor:
        """[n, longest, d] as [pieces, d]."""
        return table.view(-1, table.shape[-1]).index_select(0, self.where)


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019), post-norm, whose attention may also see kept keys and values."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)
        self.leave = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(
        self, rows: Tensor, layout: Layout, beside: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The rows [pieces, d] after this layer, and their own keys and values."""
        number, length = layout.shape
        split = layout.spread(self.attend(rows)).view(number, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        queries, own_keys, own_values = split[0] * (WIDTH // HEADS) ** -0.5, split[1], split[2]
        # Written out: torch's fused attention is several times slower on CPUs in bfloat16, its gradient above all.
        scores = queries @ own_keys.transpose(-1, -2)
        # Scores are put side by side and not keys and values, which are many times as large.
        if beside is not None:
            scores = torch.cat([scores, queries @ beside[0].transpose(-1, -2)], dim=-1)
        shares = (scores + layout.mask).softmax(dim=-1)
        mixed = shares[..., :length] @ own_values
        if beside is not None:
            mixed = mixed + shares[..., length:] @ beside[1]
        rows = self.norm1(rows + self.leave(layout.gather(mixed.transpose(1, 2).reshape(number, length, WIDTH))))
        widened = functional.gelu(self.widen(rows), approximate="tanh")
        return self.norm2(rows + self.narrow(widened)), own_keys, own_values


class Network(nn.Module):
    """Posts and dossiers in, class scores out. Token 0 is padding."""

    def __init__(self, roles: int, parts: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(LONGEST, WIDTH)
        self.sides = nn.Embedding(2, WIDTH)
        self.roles = nn.Embedding(roles, WIDTH)
        self.parts = nn.Embedding(parts, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.inner = nn.Linear(2 * WIDTH, WIDTH)
        self.output = nn.Linear(WIDTH, classes)
        self.dropout = nn.Dropout(dropout)

    def keep(self, tokens: Tensor, roles: Tensor, parts: Tensor) -> Kept:
        """Read n dossiers: int64[n, length] each."""
        layout = self._layout(tokens)
        rows = self._enter(tokens, roles, DOSSIER, layout, self.parts(parts.view(-1)[layout.where]))
        keys, values = [], []
        for layer in self.layers:
            rows, own_keys, own_values = layer(rows, layout)
            keys.append(own_keys)
            values.append(own_values)
        return Kept(tuple(keys), tuple(values), layout.mask)

    def forward(self, tokens: Tensor, roles: Tensor, kept: Kept, dossier: Tensor | None = None) -> Tensor:
        """Class scores [n, classes] of n posts, int64[n, length], each read with one kept dossier, int64[n]; without
        `dossier` one is kept for each post, in order."""

        def of_posts(table: Tensor) -> Tensor:
            return table if dossier is None else table.index_select(0, dossier)

        alone = self._layout(tokens)
        mask = torch.cat([alone.mask, of_posts(kept.mask)], dim=-1)
        layout = Layout(alone.shape, alone.where, mask)
        rows = self._enter(tokens, roles, POST, layout)
        for layer, keys, values in zip(self.layers, kept.keys, kept.values, strict=True):
            rows, _, _ = layer(rows, layout, (of_posts(keys), of_posts(values)))
        table = layout.spread(rows)
        mean = table.sum(dim=1) / (tokens != 0).sum(dim=1, keepdim=True)
        scores: Tensor = self.output(self.dropout(torch.tanh(self.inner(torch.cat([table[:, 0], mean], dim=-1)))))
        return scores

    def _enter(self, tokens: Tensor, roles: Tensor, side: int, layout: Layout, more: Tensor | None = None) -> Tensor:
        where = layout.where
        rows = self.words(tokens.view(-1)[where]) + self.places(where % layout.shape[1])
        rows = rows + self.sides.weight[side] + self.roles(roles.view(-1)[where])
        entered: Tensor = self.norm(rows if more is None else rows + more)
        return entered

    def _layout(self, tokens: Tensor) -> Layout:
        there = tokens != 0
        closed = torch.zeros(tokens.shape, dtype=self.norm.weight.dtype).masked_fill_(~there, _CLOSED)
        return Layout((tokens.shape[0], tokens.shape[1]), there.view(-1).nonzero()[:, 0], closed[:, None, None, :])
