"""Some posts held against the same claims by their vectors: many at once, and each as if it were alone. Pure.

A backtest asks about 256 posts at a time and the service about the few that came, so no number may depend on how many
are asked about together. Sums of floating-point products depend on their order, and that depends on their number. So
vectors are put on a grid on which every such sum is exact, and then comes out the same in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 2.0**22
"""Steps per 1: coordinates move by 1e-7. Products of two are whole steps of 2**-44, and a float64 holds 2**53 of them:
sums up to 512, cosines and their sum over all wordings of a claim."""
AVERAGED = 6
"""Wordings of a claim, the nearest ones, that its mean is made of: else each that staff add would make the others count
for less."""

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


def exact(vectors: NDArray[np.float32] | Numbers) -> Numbers:
    """Vectors, or other numbers below 1, on the grid."""
    return np.asarray(np.rint(np.asarray(vectors, dtype=np.float64) * GRID) / GRID, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Compared:
    """How near n posts are to some claims. A post's windows are rows, the whole text first; a claim's wordings are
    columns, its own sentence first.

    `cosines`: float64[rows, columns], of `vectors` float64[rows, d]. `begins` and `windows`: int64[n], each post's
    first row and how many. `first` and `wordings`: int64[claims], each claim's first column and how many.
    `cosine`: float64[n, claims], the largest over windows and wordings; `window`: int64[n, claims], the row of that.
    `meaning`: float64[n, claims], its mean with the mean over the AVERAGED nearest wordings in that window: a claim of
    which many wordings are near is likelier than one of which a single wording is.
    """

    vectors: Numbers
    cosines: Numbers
    begins: Places
    windows: Places
    first: Places
    wordings: Places
    cosine: Numbers
    window: Places
    meaning: Numbers

    def columns(self, rows: Places, claims: Places) -> Numbers:
        """float64[k, most wordings]: for each of k rows its cosines with one claim's wordings, then -inf."""
        step = np.arange(int(self.wordings.max()))
        there = step < self.wordings[claims][:, None]
        columns = np.where(there, self.first[claims][:, None] + step, 0)
        return np.where(there, self.cosines[rows[:, None], columns], -np.inf)

    def largest(self, others: Numbers) -> Numbers:
        """float64[n, k]: the largest cosine over each post's windows with each of k vectors on the grid."""
        return np.asarray(np.maximum.reduceat(self.vectors @ others.T, self.begins, axis=0), dtype=np.float64)


def compare(vectors: Sequence[NDArray[np.float32]], rows: Numbers, wordings: Places) -> Compared:
    """`vectors`: of each post, float32[windows, d]. `rows`: float64[columns, d], on the grid. None may be empty."""
    windows = np.array([len(of_post) for of_post in vectors])
    begins = np.cumsum(windows) - windows
    first = np.cumsum(wordings) - wordings
    own = exact(np.concatenate(vectors))
    cosines = own @ rows.T
    best = np.maximum.reduceat(cosines, first, axis=1)
    mean = _means(cosines, first, wordings)
    cosine = np.maximum.reduceat(best, begins, axis=0)
    number = np.arange(len(cosines))[:, None]
    places = np.where(best == np.repeat(cosine, windows, axis=0), number, len(cosines))
    window = np.minimum.reduceat(places, begins, axis=0)
    meaning = (cosine + np.take_along_axis(mean, window, axis=0)) / 2
    return Compared(own, cosines, begins, windows, first, wordings, cosine, window, meaning)


def _means(cosines: Numbers, first: Places, wordings: Places) -> Numbers:
    """float64[windows, claims]: the mean cosine over a claim's wordings, the nearest of them where there are many."""
    means = np.asarray(np.add.reduceat(cosines, first, axis=1) / wordings, dtype=np.float64)
    for claim in np.flatnonzero(wordings > AVERAGED).tolist():
        own = np.sort(cosines[:, first[claim] : first[claim] + wordings[claim]], axis=1)
        means[:, claim] = own[:, -AVERAGED:].sum(axis=1) / AVERAGED
    return means


def but_own(values: Numbers, counted: NDArray[np.bool_], posts: Places, claims: Places) -> Numbers:
    """float64[k]: for each of k posts and claims the largest of `values`, float64[n, claims], over the other claims
    that are `counted` of this post; 0 where there is none."""
    known = np.where(counted, values, -np.inf)
    number = np.arange(len(known))
    place = known.argmax(axis=1)
    most = known[number, place]
    known[number, place] = -np.inf
    others = np.where(place[posts] == claims, known.max(axis=1)[posts], most[posts])
    return np.where(np.isneginf(others), 0.0, others)
