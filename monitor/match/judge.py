"""Does a post assert a claim, deny it, or neither? The protocol, and the small fitted model that answers for now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.match.index import Near


@dataclass(frozen=True, slots=True)
class Pair:
    """A post and a claim that it is near to. `near` is what the index found; `named` whether the post says in so many
    words whom or what the claim is about."""

    text: str
    near: Near
    named: bool


class Judge(Protocol):
    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """float64[n, 3]: for each pair the probabilities that the post asserts the claim, denies it, does neither."""
        ...


class CosineJudge:
    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        asserts = 1 / (1 + np.exp(-12 * (np.array([pair.near.cosine for pair in pairs]) - 0.6)))
        return np.column_stack([asserts, (1 - asserts) / 2, (1 - asserts) / 2])


def load_judge() -> Judge:
    return CosineJudge()
