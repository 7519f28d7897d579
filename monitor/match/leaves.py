"""Boosted trees asked about many rows at once, without walking them.

In each tree every cut that a row is above rules out the leaves to its left; the leaf that the row comes to is the first
that is not ruled out. So for each feature and each place among its cuts a table says which leaves of all trees stay,
and a row's leaves are the bits that all of its tables leave. (QuickScorer: Lucchese et al. 2015, "QuickScorer: a Fast
Algorithm to Rank Documents with Additive Ensembles of Regression Trees".)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

ROWS = 128
"""Rows asked about at a time: their bits stay in the processor's cache."""
TABLE = 256
"""Lines of a table for several features at most: cues have few cuts, so that many of them share a table."""
GRID = 2.0**40
"""Steps per 1 of what a leaf adds: a sum of steps is exact, so it is the same in any order."""

Bits = NDArray[Any]
"""Unsigned, as wide as the tree with most leaves needs."""


class Nodes(Protocol):
    """What of `judge.Trees` is used."""

    @property
    def roots(self) -> NDArray[np.int32]: ...
    @property
    def outputs(self) -> NDArray[np.int32]: ...
    @property
    def feature(self) -> NDArray[np.int32]: ...
    @property
    def cut(self) -> NDArray[np.float64]: ...
    @property
    def left(self) -> NDArray[np.int32]: ...
    @property
    def right(self) -> NDArray[np.int32]: ...
    @property
    def value(self) -> NDArray[np.float64]: ...
    @property
    def start(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True)
class _Table:
    """The leaves that stay, one bit each: [places, trees]. `cuts`: of each feature in order; a row's place counts its
    features' places up as the digits of a number."""

    features: tuple[int, ...]
    cuts: tuple[NDArray[np.float64], ...]
    stay: Bits

    def line(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """int64[n]: the places of rows, float64[n, features]."""
        place = np.zeros(len(rows), dtype=np.int64)
        for feature, cuts in zip(self.features, self.cuts, strict=True):
            place = place * (len(cuts) + 1) + np.searchsorted(cuts, rows[:, feature], side="left")
        return place


class Leaves:
    """The trees of a judge, ready to be asked about many rows. No tree may have more than 64 leaves."""

    def __init__(self, nodes: Nodes) -> None:
        self._start = nodes.start
        # Trees of a class side by side, so that a class is a stretch of columns.
        order = np.argsort(nodes.outputs, kind="stable")
        trees = [_Tree.of(nodes, int(root)) for root in nodes.roots[order]]
        self._of_class = np.bincount(nodes.outputs, minlength=len(nodes.start))
        most = max(len(tree.leaves) for tree in trees)
        kind = next(kind for kind in (np.uint16, np.uint32, np.uint64) if most <= np.iinfo(kind).bits)
        self._all: Bits = np.array([2 ** len(tree.leaves) - 1 for tree in trees], dtype=kind)
        self._tables = list(_packed(_of_feature(trees, feature, self._all) for feature in _features(trees)))
        values = np.zeros((len(trees), most))
        for number, tree in enumerate(trees):
            values[number, : len(tree.leaves)] = nodes.value[list(tree.leaves)]
        self._values = (np.rint(values * GRID) / GRID).ravel()
        self._first = np.arange(len(trees)) * most

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Class scores (log-odds up to a constant) float64[n, classes] of feature rows float64[n, features]."""
        result = np.tile(self._start, (len(rows), 1))
        places = [table.line(rows) for table in self._tables]
        ends = np.cumsum(self._of_class)
        for begin in range(0, len(rows), ROWS):
            end = min(begin + ROWS, len(rows))
            stay = np.repeat(self._all[None, :], end - begin, axis=0)
            for table, place in zip(self._tables, places, strict=True):
                np.bitwise_and(stay, table.stay[place[begin:end]], out=stay)
            leaf = np.bitwise_count((stay & -stay) - 1)
            added = self._values[leaf + self._first]
            for output, count in enumerate(self._of_class):
                result[begin:end, output] += added[:, ends[output] - count : ends[output]].sum(axis=1)
        return result


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree's leaves from left to right, and its cuts: feature, cut, and the leaves that a row above it misses."""

    leaves: tuple[int, ...]
    cuts: tuple[tuple[int, float, int], ...]

    @classmethod
    def of(cls, nodes: Nodes, root: int) -> _Tree:
        leaves: list[int] = []
        cuts: list[tuple[int, float, int]] = []

        def walk(node: int) -> None:
            if nodes.left[node] == node:
                leaves.append(node)
                return
            before = len(leaves)
            walk(int(nodes.left[node]))
            cuts.append((int(nodes.feature[node]), float(nodes.cut[node]), 2 ** len(leaves) - 2**before))
            walk(int(nodes.right[node]))

        walk(root)
        return cls(tuple(leaves), tuple(cuts))


def _features(trees: Sequence[_Tree]) -> list[int]:
    return sorted({feature for tree in trees for feature, _, _ in tree.cuts})


def _of_feature(trees: Sequence[_Tree], feature: int, everything: Bits) -> _Table:
    found = [
        (cut, number, gone)
        for number, tree in enumerate(trees)
        for of_feature, cut, gone in tree.cuts
        if of_feature == feature
    ]
    cuts = np.unique([cut for cut, _, _ in found])
    stay = np.tile(everything, (len(cuts) + 1, 1))
    for cut, number, gone in found:
        stay[np.searchsorted(cuts, cut) + 1 :, number] &= everything.dtype.type(~gone & int(everything[number]))
    return _Table((feature,), (cuts,), stay)


def _packed(tables: Iterator[_Table]) -> Iterator[_Table]:
    """Neighbours as one, as long as it stays small."""
    pack: _Table | None = None
    for table in tables:
        if pack is not None and len(pack.stay) * len(table.stay) <= TABLE:
            both = pack.stay[:, None, :] & table.stay[None, :, :]
            pack = _Table(pack.features + table.features, pack.cuts + table.cuts, both.reshape(-1, both.shape[2]))
            continue
        if pack is not None:
            yield pack
        pack = table
    if pack is not None:
        yield pack
