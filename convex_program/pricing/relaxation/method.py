"""Pricing by a doubly nonnegative relaxation: for data with more columns than a search can take."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import final

import numpy as np

from convex_program.blas import one_blas_thread
from convex_program.errors import ArgumentError
from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus, require_settings
from convex_program.pricing.climb import FoundPoints, ascent_starts, climb, merge_found
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.relaxation.lifted import lifted_rows
from convex_program.pricing.relaxation.shown import leading_points, shown_bounds
from convex_program.pricing.signed import SignedRows, rising_sides

_STILL, _PATIENCE = 5e-4, 3
"""Part of what a bound lies above the level that is no progress, and how often in a row."""
_FEWEST, _ENTRIES = 4, 2_000_000
"""Starts of the ascent: at least so many, and so many times the entries of the rows."""


@final
@dataclass(frozen=True, slots=True)
class SemidefiniteRelaxation(PricingMethod):
    """Bounds ``max |v.phi(Xu)|`` over the unit ball in any dimension, without a search.

    Parameters
    ----------
    tolerance : float
        Relative; done at ``max(floor, largest value) (1 + tolerance)``, which a relaxation seldom reaches.
    time_limit : float, optional
        Seconds, looked at between steps.  Without one it ends when the bound hardly moves any more.
    most_rows : int
        Rows that are lifted at most, those of the largest weight; the others are put below lines and
        parabolas.  Memory and the time of a step grow with the square of this number: 600 rows take
        50 MB and 10 ms.

    Notes
    -----
    *Algorithm.* Products of p = (Ru)_+, m = (-Ru)_+ and 1 are nonnegative, and p_i m_i = 0: weighed
    with multipliers they turn the bound into one matrix that has to be positive semidefinite (Shor's
    relaxation with products of pairs).  An iteration in float32 proposes the multipliers, for both signs of v at once on
    two threads.

    *Exactness.* Rigorous, and independent of the iteration: a float64 Cholesky factorization with a
    priori bounds of all rounding, derived in `convex_program.pricing.relaxation.certificate`.
    Stopped at any time it has a bound; the bound is seldom the maximum itself.

    *Cost.* Some hundred to some thousand steps of a few products of n x n matrices with few columns.

    *Reference.* Burer, "On the copositive representation of binary and continuous nonconvex quadratic
    programs", Mathematical Programming 120, 2009, for relaxations of this kind.

    Examples
    --------
    >>> import numpy as np, convex_program as cx
    >>> rng = np.random.default_rng(0)
    >>> problem = cx.TrainingProblem(rng.standard_normal((30, 12)), rng.standard_normal(30), beta=1)
    >>> from convex_program.pricing import priced_rows
    >>> v = problem.residual(problem.empty_network())
    >>> found = priced_rows(problem.gauge).price(cx.SemidefiniteRelaxation(time_limit=1), v)
    >>> found.value <= found.bound <= 2 * found.value
    True
    """

    tolerance: float = 1e-6
    time_limit: float | None = None
    most_rows: int = 600

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, time_limit=self.time_limit)
        if self.most_rows < 1:
            raise ArgumentError(f"most_rows = {self.most_rows} must be positive")

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Ascend for values, then iterate for bounds, both signs at once."""
        began = time.perf_counter()
        deadline = math.inf if self.time_limit is None else began + self.time_limit
        rising, idle = rising_sides(reduced, vector)
        most = max(_FEWEST, _ENTRIES // max(1, reduced.lines.size))
        begin = ascent_starts(reduced, starts)[:most]
        found = [climb(rows, begin) for rows in rising]
        value = max((end.value for end in found), default=0.0)
        level = max(floor, value) * (1.0 + self.tolerance)
        sides = [
            _Side(rows, end, self.most_rows, level) for rows, end in zip(rising, found, strict=True)
        ]
        if value <= enough:
            _run(sides, deadline)
        directions, signs, values = merge_found(found, reduced, floor)
        if value > enough:
            status = PricingStatus.FOUND
        elif all(side.closed for side in sides):
            status = PricingStatus.CLOSED
        elif time.perf_counter() >= deadline:
            status = PricingStatus.TIME_LIMIT
        else:
            status = PricingStatus.RELAXED
        return Pricing(
            status=status,
            bound=max([*idle, *(side.bound for side in sides)]),
            value=value,
            directions=directions,
            signs=signs,
            values=values,
            nodes=0,
            seconds=time.perf_counter() - began,
        )


class _Side:
    """The relaxation for one sign of v."""

    def __init__(self, rows: SignedRows, met: FoundPoints, most: int, level: float) -> None:
        self.rows, self.level = rows, level
        self.bound = rows.outer_bound(rows.ceiling)
        self.stop = self.still = False
        self._idle = 0
        self._near = leading_points(met.points, met.values)
        self._most = most

    @property
    def closed(self) -> bool:
        """Whether nothing is left to be shown."""
        return self.bound <= self.level

    def work(self, deadline: float) -> None:
        """Iterate until the bound is closed or stands still, or time is up."""
        lifted = lifted_rows(self.rows, self._most, self._near)
        if len(lifted.rows) == 0:
            length = float(np.hypot.reduce(lifted.linear)) * (1.0 + 2.0**-45)
            self._learn(np.ldexp(length + lifted.constant, lifted.shift))
            return

        def over() -> bool:
            return self.stop or time.perf_counter() >= deadline

        for shown in shown_bounds(lifted, self._near, over):
            self._learn(np.ldexp(shown.bound, lifted.shift))
            if self.closed or self.still:
                return

    def _learn(self, inner: float) -> None:
        rows, before = self.rows, self.bound
        self.bound = min(before, rows.relaxed_bound(inner))
        moved = before - self.bound > _STILL * (before - self.level)
        self._idle = 0 if moved else self._idle + 1
        self.still = self._idle >= _PATIENCE and self.bound < rows.outer_bound(rows.ceiling)


def _run(sides: list[_Side], deadline: float) -> None:
    """Let all sides work, each on a thread of its own."""
    if not sides:
        return
    with one_blas_thread(), ThreadPoolExecutor(len(sides)) as threads:
        tasks = [threads.submit(side.work, deadline) for side in sides]
        try:
            for task in tasks:
                task.result()
        finally:
            for side in sides:
                side.stop = True
