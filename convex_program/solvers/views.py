"""What a search sees of a gauge: coordinates to work in, where to look, what to price.

A search works with rows of size one in coordinates of the row space.  Where the hidden bias is
decayed neurons are vectors there.  Where it is free they are a vector and a bias, and the rows have
a last column of ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import Executor
from typing import final

import numpy as np

from convex_program.gauge import Gauge
from convex_program.pricing import AnchoredRows, DecayedRows, PricedRows, ReducedRows
from convex_program.solvers.ascent import (
    Candidates,
    anchored_maximizers,
    local_maximizers,
)
from convex_program.solvers.ground import Floats, Neurons


class View(ABC):
    """Coordinates of one gauge.

    Attributes
    ----------
    rows : (n, r) float64
        What neurons act on in the search.
    decayed : int
        How many of the r coordinates the cost counts.
    shift : int
        The power of two taken out of the data.
    priced : PricedRows
        The same rows for exact pricing, in the caller's coordinates.
    """

    rows: Floats
    decayed: int
    shift: int
    priced: PricedRows

    @abstractmethod
    def lower(self, vectors: Floats) -> Floats:
        """Return the coordinates of (k, d) weights, lengths kept."""

    @abstractmethod
    def upper(self, vectors: Floats) -> Floats:
        """Return the (k, d) weights with these coordinates, lengths kept."""

    @abstractmethod
    def maximizers(
        self,
        v: Floats,
        net: Neurons,
        sample: Floats,
        *,
        known: Floats,
        executor: Executor | None,
    ) -> Candidates:
        """Ascend for both signs from neurons, known places and a sample of directions.

        ``sample`` has shape (k, decayed).
        """

    def unit(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Return vectors of cost 1 and the costs, those without cost left out."""
        costs = np.linalg.norm(vectors[:, : self.decayed], axis=1)
        used = costs > 0.0
        return vectors[used] / costs[used, None], np.asarray(costs)


@final
class DecayedView(View):
    """Every coordinate is decayed."""

    def __init__(self, gauge: Gauge) -> None:
        priced = DecayedRows(gauge)
        X = np.ascontiguousarray(gauge.features)
        self.priced, self._basis = priced, priced.reduced.basis
        self.shift = int(np.frexp(np.abs(X).max(initial=0.0))[1])
        rows = np.ldexp(X, -self.shift)
        self.rows = rows if self._basis is None else rows @ self._basis
        self.decayed = self.rows.shape[1]
        # coordinates in a row space may be larger than the entries: these have a shift of their own
        self.lines = ReducedRows.of(self.rows, activation=gauge.activation)

    def lower(self, vectors: Floats) -> Floats:
        """Return the coordinates in the row space."""
        return vectors if self._basis is None else np.asarray(vectors @ self._basis)

    def upper(self, vectors: Floats) -> Floats:
        """Return vectors of the row space."""
        return vectors if self._basis is None else np.asarray(vectors @ self._basis.T)

    def maximizers(
        self,
        v: Floats,
        net: Neurons,
        sample: Floats,
        *,
        known: Floats,
        executor: Executor | None,
    ) -> Candidates:
        """Ascend on the sphere."""
        return local_maximizers(self.lines, v, net, sample, known=known, executor=executor)


@final
class AnchoredView(View):
    """The last coordinate, on a column of ones, costs nothing."""

    def __init__(self, gauge: Gauge) -> None:
        self.priced = AnchoredRows(gauge)
        X = np.ascontiguousarray(gauge.features[:, :-1])
        self.shift = int(np.frexp(np.abs(X).max(initial=0.0))[1])
        points = np.ldexp(X, -self.shift)
        self._basis = ReducedRows.of(points).basis
        self._points = points if self._basis is None else points @ self._basis
        self.rows = np.c_[self._points, np.ones(len(X))]
        self.decayed = self._points.shape[1]
        self._activation = gauge.activation

    def lower(self, vectors: Floats) -> Floats:
        """Return coordinates of the weights, and the bias in units of the scaled data."""
        weights = vectors[:, :-1] if self._basis is None else vectors[:, :-1] @ self._basis
        return np.asarray(np.c_[weights, np.ldexp(vectors[:, -1], -self.shift)])

    def upper(self, vectors: Floats) -> Floats:
        """Return weights and bias."""
        weights = vectors[:, :-1] if self._basis is None else vectors[:, :-1] @ self._basis.T
        return np.asarray(np.c_[weights, np.ldexp(vectors[:, -1], self.shift)])

    def maximizers(
        self,
        v: Floats,
        net: Neurons,
        sample: Floats,
        *,
        known: Floats,
        executor: Executor | None,
    ) -> Candidates:
        """Choose the best bias for a direction, ascend with the kink there, and again."""
        del executor
        starts = np.concatenate([sample, net.w[:, :-1], known[:, :-1]])
        return anchored_maximizers(self._points, self._activation, v, starts)


def view_of(gauge: Gauge) -> View:
    """Return what a search sees of a gauge."""
    return AnchoredView(gauge) if gauge.constants else DecayedView(gauge)
