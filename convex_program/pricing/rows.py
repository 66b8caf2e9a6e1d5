"""What is priced for a problem: its rows, or one set of rows for each place of a free bias.

For neurons with decayed biases ``h(v) = max |v.phi(Xu)|`` over the unit ball is one question.
Where the hidden bias b is free and v adds up to zero, ``s v.phi(Xw + b)`` is, for a fixed w,
piecewise linear in b and constant outside its kinks ``b = -x_k.w``.  So its supremum is taken
at infinity, where it is ``s v.(slope X w)`` with either slope, or at a kink at which it falls, one with
``s v_k (on + off) < 0``:

    h = max( max(|on|, |off|) |X^T v|,  max over s, k with s v_k (on + off) < 0 of
             max over |w| <= 1 of s v.phi((X - 1 x_k^T) w) ),

n questions of the same kind, which share one floor.  Of c outputs, with columns of V that add up to
zero, ``V^T phi(Xw + b)`` is a curve of straight pieces in b, constant outside its kinks: its length is
largest at a kink, and

    h = max over k with V_k not zero of max over |w| <= 1 of |V^T phi((X - 1 x_k^T) w)|.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import final

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.gauge import Gauge
from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus
from convex_program.pricing.reduction import EPS, Floats, ReducedRows, rounding_of
from convex_program.pricing.vector import VectorBranchAndBound, VectorPricing
from convex_program.rounding import root_up

_KEPT = 20_000_000
"""Entries of all sets of rows up to which they are kept for the next v."""


class PricedRows(ABC):
    """The rows of a gauge, ready to be priced for any v."""

    @abstractmethod
    def price(
        self,
        method: PricingMethod,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Bound what any neuron of cost 1 puts out along v; see `PricingMethod.price_rows`.

        Directions are weights of such neurons.
        """

    @abstractmethod
    def price_matrix(
        self,
        method: VectorBranchAndBound,
        matrix: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> VectorPricing:
        """Bound what any neuron of cost 1 puts out along (n, c); see `VectorBranchAndBound.price`."""


@final
class DecayedRows(PricedRows):
    """One set of rows."""

    def __init__(self, gauge: Gauge) -> None:
        self.reduced = ReducedRows.of_gauge(gauge)

    def price(
        self,
        method: PricingMethod,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Price the one set."""
        return method.price_rows(self.reduced, vector, floor=floor, starts=starts, enough=enough)

    def price_matrix(
        self,
        method: VectorBranchAndBound,
        matrix: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> VectorPricing:
        """Price the one set."""
        return method.price(self.reduced, matrix, floor=floor, starts=starts, enough=enough)


@final
class AnchoredRows(PricedRows):
    """One set of rows for every data point at which the bias may stand."""

    def __init__(self, gauge: Gauge) -> None:
        self.gauge = gauge
        self.points = np.ascontiguousarray(gauge.features[:, :-1])
        self._missed = rounding_of(gauge)
        n, d = self.points.shape
        self.at = lru_cache(maxsize=max(1, _KEPT // (n * d)))(self._at)

    def _at(self, k: int, sign: int) -> ReducedRows:
        """Return the rows seen from point k, for one sign of v."""
        rows = self.points - self.points[k]
        # A difference of floats is rounded once (one with zero, or a subnormal one, is exact).
        rounded = np.where((self.points == 0.0) | (self.points[k] == 0.0), 0.0, np.abs(rows))
        missed = self._missed + self._missed[k] + EPS * rounded.sum(axis=1) * (1.0 + 1e-12)
        if not missed.any():
            missed = None
        return ReducedRows.of(rows, missed, activation=self.gauge.activation, sides=(sign,))

    def anchors(self, vector: Floats) -> list[tuple[int, int]]:
        """Return the points and signs at which the function of the bias falls."""
        kink = self.gauge.activation.kink
        if kink == 0:
            return []
        up = 1 if kink > 0 else -1
        return [(k, -up if vector[k] > 0 else up) for k in np.flatnonzero(vector).tolist()]

    def price(
        self,
        method: PricingMethod,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Price one set after the other, the most promising first; each knows the best so far."""
        _require_balance(vector)
        began = time.perf_counter()
        limit: float | None = getattr(method, "time_limit", None)
        base = starts[:, :-1] if starts is not None and len(starts) else None
        parts = [self._at_infinity(vector)]
        value = floor
        for k, sign in self._ordered(self.anchors(vector), starts):
            left = None if limit is None else max(0.0, limit - (time.perf_counter() - began))
            found = method.within(left).price_rows(
                self.at(k, sign), vector, floor=value, starts=base, enough=enough
            )
            biases = -(found.directions @ self.points[k])
            parts.append(replace(found, directions=np.c_[found.directions, biases]))
            value = max(value, found.value)
        return _joined(parts, floor, time.perf_counter() - began)

    def price_matrix(
        self,
        method: VectorBranchAndBound,
        matrix: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> VectorPricing:
        """Price one set after the other, the most promising first; each knows the best so far."""
        for column in matrix.T:
            _require_balance(column)
        deadline = math.inf if method.time_limit is None else method.time_limit
        began = time.perf_counter()
        base = starts[:, :-1] if starts is not None and len(starts) else None
        # Without a kink F is linear in w alone, from wherever it is seen.
        places = np.flatnonzero(matrix.any(axis=1)) if self.gauge.activation.kink else np.arange(1)
        parts: list[VectorPricing] = []
        value = floor
        for k, _ in self._ordered([(k, 1) for k in places.tolist()], starts):
            # once enough was met nobody asks how much more there is
            left = 0.0 if value > enough else deadline - (time.perf_counter() - began)
            limit = None if left == math.inf else max(0.0, left)
            found = replace(method, time_limit=limit).price(
                self.at(k, 1), matrix, floor=value, starts=base, enough=enough
            )
            biases = -(found.directions @ self.points[k])
            parts.append(replace(found, directions=np.c_[found.directions, biases]))
            value = max(value, found.value)
        return _joined_matrix(parts, self.gauge.columns, matrix.shape[1])

    def _ordered(
        self, anchors: list[tuple[int, int]], starts: Floats | None
    ) -> list[tuple[int, int]]:
        """Return anchors, those at which a start stands first."""
        if starts is None or len(starts) == 0:
            return anchors
        distance = np.abs(self.points @ starts[:, :-1].T + starts[:, -1]).min(axis=1)
        return sorted(anchors, key=lambda anchor: float(distance[anchor[0]]))

    def _at_infinity(self, vector: Floats) -> Pricing:
        """Bound neurons whose bias outgrows all data."""
        total = [Fraction(0)] * self.points.shape[1]
        for v, row in zip(vector.tolist(), self.gauge.exact_rows, strict=True):
            if v:
                exact = Fraction(v)
                total = [t + exact * x for t, x in zip(total, row, strict=False)]
        activation = self.gauge.activation
        slope = max(abs(activation.on), abs(activation.off))
        bound = root_up(slope * slope * sum((t * t for t in total), Fraction(0)))
        none = np.empty((0, self.points.shape[1] + 1))
        return Pricing(
            status=PricingStatus.CLOSED,
            bound=bound,
            value=0.0,
            directions=none,
            signs=np.empty(0, dtype=np.int8),
            values=np.empty(0),
            nodes=0,
            seconds=0.0,
        )


_ORDER = (
    PricingStatus.CLOSED,
    PricingStatus.UNRESOLVED,
    PricingStatus.COARSE,
    PricingStatus.RELAXED,
    PricingStatus.NODE_LIMIT,
    PricingStatus.TIME_LIMIT,
    PricingStatus.FOUND,
)


def _joined(parts: list[Pricing], floor: float, seconds: float) -> Pricing:
    """Return one outcome: the largest bound, the best directions, the worst status."""
    directions = np.concatenate([part.directions for part in parts])
    signs = np.concatenate([part.signs for part in parts])
    values = np.concatenate([part.values for part in parts])
    best = np.argsort(-values, kind="stable")
    best = best[values[best] > floor]
    return Pricing(
        status=max((part.status for part in parts), key=_ORDER.index),
        bound=max(part.bound for part in parts),
        value=max(part.value for part in parts),
        directions=directions[best],
        signs=signs[best],
        values=values[best],
        nodes=sum(part.nodes for part in parts),
        seconds=seconds,
    )


def _joined_matrix(parts: list[VectorPricing], columns: int, outputs: int) -> VectorPricing:
    """Return one outcome for several outputs: V = 0 has no part, and costs nothing."""
    none = VectorPricing(
        status=PricingStatus.CLOSED,
        bound=0.0,
        value=0.0,
        directions=np.empty((0, columns)),
        outputs=np.empty((0, outputs)),
        values=np.empty(0),
        nodes=0,
        seconds=0.0,
    )
    parts = [none, *parts]
    values = np.concatenate([part.values for part in parts])
    best = np.argsort(-values, kind="stable")
    return VectorPricing(
        status=max((part.status for part in parts), key=_ORDER.index),
        bound=max(part.bound for part in parts),
        value=max(part.value for part in parts),
        directions=np.concatenate([part.directions for part in parts])[best],
        outputs=np.concatenate([part.outputs for part in parts])[best],
        values=values[best],
        nodes=sum(part.nodes for part in parts),
        seconds=sum(part.seconds for part in parts),
    )


def _require_balance(vector: Floats) -> None:
    if sum(map(Fraction, vector.tolist())) != 0:
        raise ArgumentError(
            "vector: with FreeHiddenBias() constants cost nothing, and only vectors that add "
            "up to zero have a finite price; use TrainingProblem.feasible(vector)"
        )


def priced_rows(gauge: Gauge) -> PricedRows:
    """Return the rows of a gauge, ready to be priced."""
    return AnchoredRows(gauge) if gauge.constants else DecayedRows(gauge)
