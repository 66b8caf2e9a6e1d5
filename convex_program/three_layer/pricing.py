"""Pricing of masked pairs: ``max |v.((Xu_1)_+ - (Xu_2)_+)_+|`` over ``|u_1| + |u_2| <= 1``.

Rounding.  Rows are used in coordinates of their row space, scaled by powers of two
(`convex_program.pricing.reduction`): with ``|x_j - B xhat_j| <= rho_j`` and ``|B|`` as there,
``h(v; X) <= |B| h(v; Xhat) + sum_j |v_j| rho_j``, since g is Lipschitz with constant 1 in a and in b.
In the search a and b are linear interpolations of computed values at the generators: off by at most
``gamma_d |x| sqrt(d) |u|``, as generators lie in one orthant with absolute sum 1.  Sums of n terms at the
generators, chords and comparisons add some units of ``|v| |x| |u|`` each.  All of it is below
``8 sqrt(d) (n + d + 30) eps sum_j |v_j| |x_j|`` per unit of ``|u_1| + |u_2|``: about twice what is needed.
Multipliers of constraints add the same for their size.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.pricing import PricingStatus
from convex_program.pricing.base import PassOutcome, require_settings
from convex_program.pricing.reduction import EPS, ROUND_UP, ReducedRows, exponent, shifted_up

Floats = npt.NDArray[np.float64]

_SLOTS = 48
"""Points of different tuples of patterns that one pass hands out."""
_FIRST = 4096
_PORTION = 20_000
"""Nodes between two looks at the clock."""
_OVERRATED = 0.2
"""Part of all that a relaxation overrates at its largest point from which on a single row is decided."""
_TINY = 2.0**-1000


@dataclass(frozen=True, eq=False, repr=False)
class MaskedPricing(PassOutcome):
    """Outcome of one pricing pass over masked pairs.

    Parameters
    ----------
    status : PricingStatus
    bound : float
        ``h(v) <= bound`` as real numbers, whatever the status.
    value : float
        The largest value met, in floating point.
    points : (k, 2, d) float64
        Pairs (u_1, u_2) with ``|u_1| + |u_2| = 1`` of different tuples of patterns, above the floor, best first.
    signs : (k,) int8
    values : (k,) float64
    nodes : int
    seconds : float

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> rows = ReducedRows.of(np.array([[1.0], [-1.0]]))
    >>> found = cx.MaskedBranchAndBound().price(rows, np.array([3.0, -4.0]))
    >>> found.status.name, found.value <= found.bound
    ('CLOSED', True)
    """

    status: PricingStatus
    bound: float
    value: float
    points: Floats
    signs: npt.NDArray[np.int8]
    values: Floats
    nodes: int
    seconds: float


@final
@dataclass(frozen=True)
class MaskedBranchAndBound:
    """Bounds masked pairs by dividing pairs of cones, the share of the second neuron, and what rows do.

    Parameters
    ----------
    tolerance : float
        Relative; nodes are closed at ``max(floor, largest value) (1 + tolerance)``.
    node_limit : int, optional
    time_limit : float, optional
        Seconds.

    Notes
    -----
    *Algorithm.* Best first.  A node is a pair of cones with d generators each, an interval for the share of
    the masking neuron, and decisions for rows; `convex_program.kernels.masked_bound` says how it is bounded.  Where one row
    makes up much of what the relaxation overrates, it is decided both ways: each row is the larger one of two concave
    functions (`convex_program.kernels.masked_rows`).  Otherwise the widest of the three parts is halved.  A product of
    cones, not one cone in 2d dimensions: where the masking neuron vanishes every one of its directions has to be looked at,
    however small it is, and simplices around such a point never separate them.

    *Exactness.* Rigorous: float64 with a priori rounding bounds.  A limit leaves open nodes in the bound.  With every
    row decided a node is a convex program, so the search is finite but for rounding.

    *Cost.* 10^2 to 10^4 nodes of some 20 microseconds in two and three dimensions, 10^5 in six, where the work grows with
    the orthants, ``2^(2d + 1)``, alone.

    Examples
    --------
    >>> import numpy as np
    >>> from convex_program.pricing import ReducedRows
    >>> rows = ReducedRows.of(np.array([[1.0], [-1.0]]))
    >>> found = MaskedBranchAndBound().price(rows, np.array([3.0, -4.0]))
    >>> round(found.value, 6), found.bound < 4.000001
    (4.0, True)
    """

    most_rank: ClassVar[int] = 6

    tolerance: float = 1e-9
    node_limit: int | None = None
    time_limit: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, node_limit=self.node_limit, time_limit=self.time_limit)

    def price(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        enough: float = math.inf,
    ) -> MaskedPricing:
        """Bound ``max |v.((Xu_1)_+ - (Xu_2)_+)_+|`` over ``|u_1| + |u_2| <= 1``.

        Parameters
        ----------
        reduced : ReducedRows
        vector : (n,) float64
            v, read exactly.
        floor : float
            What is bounded by it needs no sharper bound.
        enough : float
            Stop soon after a value above this was met (status FOUND).

        Raises
        ------
        ArgumentError
            When the rows span more than six dimensions.
        """
        began = time.perf_counter()
        d = reduced.rank
        if d > self.most_rank:
            raise ArgumentError(
                f"the rows span {d} dimensions; masked pairs are priced in {self.most_rank} at most"
            )
        run = _Search(reduced, np.asarray(vector, dtype=np.float64))
        status, bound = PricingStatus.CLOSED, run.idle
        if len(run.rows):
            deadline = math.inf if self.time_limit is None else began + self.time_limit
            most = math.inf if self.node_limit is None else self.node_limit
            status, bound = run.until(floor, self.tolerance, enough, most, deadline)
        points, signs, values = run.met()
        return MaskedPricing(
            status=status,
            bound=bound,
            value=run.outer(float(run.best[-1])) if d else 0.0,
            points=points,
            signs=signs,
            values=values,
            nodes=int(run.state[2]),
            seconds=time.perf_counter() - began,
        )


class _Search:
    """The open nodes of one pass, and what it has met."""

    def __init__(self, reduced: ReducedRows, vector: Floats) -> None:
        self.reduced = reduced
        d = reduced.rank
        lift = exponent(vector)
        small = np.ldexp(vector, -lift)
        self.shift = reduced.shift + lift
        n = len(vector)
        # Rows that are positive multiples of each other act as one; without that, weights that cancel would
        # leave a kink everywhere on a hyperplane.  Sums are counted in ``error`` like all others.
        lines = len(reduced.lines)
        weights = small * np.abs(reduced.ratio)
        parts = [
            np.bincount(reduced.line_of, np.where(side, weights, 0.0), minlength=lines)[:lines]
            for side in (reduced.ratio > 0.0, reduced.ratio < 0.0)
        ]
        whole = np.concatenate([reduced.lines, -reduced.lines])
        joined = np.concatenate(parts)
        used = np.flatnonzero(joined)
        self.rows, self.vector = np.ascontiguousarray(whole[used]), joined[used]
        sizes = np.zeros(n)
        if lines:
            sizes += np.abs(weights) * np.hypot.reduce(reduced.lines, axis=1)[reduced.line_of]
        self.total = float(sizes.sum() * (1.0 + 2.0 * (n + 4) * EPS)) + _TINY
        self.error = 8.0 * math.sqrt(max(d, 1)) * (n + d + 30) * EPS * self.total + _TINY
        defects = np.abs(small) * reduced.defect
        self.excess = float(defects.sum() * ROUND_UP) + _TINY if defects.any() else 0.0
        self.idle = self.outer(self.error)
        signs = list(itertools.product((1.0, -1.0), repeat=d))
        starts = [(s, one, two) for s in (1.0, -1.0) for one in signs for two in signs]
        room = max(_FIRST, 2 * len(starts))
        self.first, self.second = np.zeros((room, d, d)), np.zeros((room, d, d))
        self.shares = np.tile([0.0, 1.0], (room, 1))
        self.signs, self.bounds = np.zeros(room), np.full(room, np.inf)
        self.order = np.arange(room)
        self.decisions = np.zeros((room, len(self.rows)), dtype=np.int8)
        self.branch = np.full(room, -1)
        for k, (s, one, two) in enumerate(starts):
            self.signs[k] = s
            self.first[k], self.second[k] = np.diag(one), np.diag(two)
        self.state = np.array([len(starts), len(starts), 0, 0])
        self.best = np.zeros(2 * d + 2)
        self.pool = np.zeros((_SLOTS, 2 * d)), np.zeros(_SLOTS), np.zeros(_SLOTS)
        self.keys = np.zeros(_SLOTS, dtype=np.uint64)
        self.stuck = 0.0

    def until(
        self, floor: float, tolerance: float, enough: float, most: float, deadline: float
    ) -> tuple[PricingStatus, float]:
        """Divide nodes until an end, and return it with a bound."""
        from convex_program.kernels import search_masked

        points, values, signs = self.pool
        # what rounding alone reaches is closed
        level, over = max(self._inner(floor), 4.0 * self.error), self._inner(enough)
        status = PricingStatus.CLOSED
        while True:
            portion = min(_PORTION, most - self.state[2])
            settings = np.array([self.error, portion, over, tolerance, _OVERRATED])
            outcome, stuck = search_masked(
                self.rows, self.vector, self.first, self.second, self.shares, self.signs,
                self.decisions, self.branch, self.bounds, self.order, self.state, self.best, points, values, signs, self.keys,
                level, settings,
            )  # fmt: skip
            self.stuck = max(self.stuck, stuck)
            if outcome == 0:
                break
            if outcome == _MET:
                status = PricingStatus.FOUND
                break
            if outcome == _FULL:
                self._grow()
            if self.state[2] >= most:
                status = PricingStatus.NODE_LIMIT
                break
            if time.perf_counter() >= deadline:
                status = PricingStatus.TIME_LIMIT
                break
        goal = max(level, float(self.best[-1]) * (1.0 + tolerance))
        top = float(self.bounds[self.order[0]]) if self.state[1] else 0.0
        inner = max(goal, self.stuck, top)
        if status is PricingStatus.CLOSED and self.stuck > goal:
            status = PricingStatus.UNRESOLVED
        # no more than everything with its full size
        return status, self.outer(min(inner, self.total * ROUND_UP))

    def _grow(self) -> None:
        """Double the room for nodes."""
        size = len(self.bounds)
        for name in (
            "first",
            "second",
            "shares",
            "signs",
            "decisions",
            "branch",
            "bounds",
            "order",
        ):
            given = getattr(self, name)
            setattr(self, name, np.concatenate([given, np.zeros_like(given)]))
        self.bounds[size:] = np.inf

    def met(self) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
        """Return the points met, in the caller's coordinates."""
        points, values, signs = self.pool
        found = [t for t in np.argsort(-values).tolist() if values[t] > 0.0]
        d = self.reduced.rank
        if d == 0:
            nothing = np.empty((0, 2, self.reduced.columns))
            return nothing, np.empty(0, dtype=np.int8), np.empty(0)
        pairs = points[found].reshape(-1, 2, d)
        lifted = self.reduced.upper(pairs.reshape(-1, d)).reshape(-1, 2, self.reduced.columns)
        costs = np.linalg.norm(lifted, axis=2).sum(axis=1)
        lifted = lifted / costs[:, np.newaxis, np.newaxis]
        return lifted, signs[found].astype(np.int8), np.ldexp(values[found], self.shift)

    def outer(self, inner: float) -> float:
        """Return a bound in the caller's units, rounded up."""
        value = (inner * self.reduced.stretch * ROUND_UP + self.excess) * ROUND_UP
        return shifted_up(value, self.shift)

    def _inner(self, outer: float) -> float:
        """Return the level that gives at most a bound in the caller's units."""
        if not math.isfinite(outer):
            return outer
        value = (float(np.ldexp(outer, -self.shift)) / ROUND_UP - self.excess) / ROUND_UP
        return max(0.0, value / self.reduced.stretch / ROUND_UP)


_FULL, _MET = 1, 3
"""Outcomes of the compiled search: no room for more nodes, a value met."""
