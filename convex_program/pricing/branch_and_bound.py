"""Exact pricing by branch and bound on the sphere: no enumeration of patterns.

``h(v) = max |v.(Xu)_+|`` over the unit ball decides whether any neuron, in any cell, could
still lower the objective.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import final

from convex_program.pricing.base import Pricing, PricingMethod, require_settings
from convex_program.pricing.climb import ascent_starts, climb, merge_found
from convex_program.pricing.cone_search import ConeSearch, OrthantSearch, orthants
from convex_program.pricing.ladder import Ladder, Limits
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.signed import rising_sides


@final
@dataclass(frozen=True, slots=True)
class BranchAndBound(PricingMethod):
    """Bounds ``max |v.(Xu)_+|`` over the unit ball by dividing the sphere into cones.

    Parameters
    ----------
    tolerance : float
        Relative; cones are closed at ``max(floor, largest value) (1 + tolerance)``.
    node_limit : int, optional
        Cones to visit at most; looked at after every round.
    time_limit : float, optional
        Seconds.
    executor : concurrent.futures.Executor, optional
        Threads, processes or machines that share the work, up to 32 orthants at a time.  The
        answer does not depend on it, a time limit apart.

    Notes
    -----
    *Algorithm.* Depth first over simplicial cones, starting from the orthants of the row
    space, in fixed batches.  A search that is not over soon is begun again at higher levels
    first, from eleven times the level wanted downwards.  On a cone every convex row lies below its chord and every
    concave one below a multiple of itself; the nearest point of a zonotope gives the best
    such bound.  Only where it exceeds the level does anything remain to be shown: rows whose
    sign is the same there are settled.  A cone is divided at an edge or by the sign of a
    convex row.

    *Exactness.* Rigorous: float64 with a priori rounding bounds added in the safe
    direction (derived in `convex_program.kernels.cone_bound` and
    `convex_program.pricing.reduction`), the rounding of rational data to floats
    included.  A limit leaves open cones in the bound; none is ever dropped.  It is then
    about the level of the last question that was settled.

    *Cost.* Grows 15 to 50 times with each dimension and about linearly with the number of
    near-maximizers; little with the tolerance or the number of patterns.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> rows = ReducedRows.of(np.eye(2))
    >>> found = cx.BranchAndBound().price_rows(rows, np.array([3.0, -4.0]))
    >>> round(found.value, 6), found.bound >= 4  # one row alone, for the other one takes away
    (4.0, True)
    """

    tolerance: float = 1e-9
    node_limit: int | None = None
    time_limit: float | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, node_limit=self.node_limit, time_limit=self.time_limit)

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Do the same for rows already reduced; `enough` is looked at after every round."""
        began = time.perf_counter()
        starting = orthants(reduced.rank)
        deadline = math.inf if self.time_limit is None else began + self.time_limit
        sides, idle = rising_sides(reduced, vector)
        climbed = [climb(rows, ascent_starts(reduced, starts)) for rows in sides]
        jobs: list[OrthantSearch] = [
            ConeSearch(rows, orthant, rows.to_inner(floor), self.tolerance)
            for rows in sides
            for orthant in starting
        ]
        most = math.inf if self.node_limit is None else self.node_limit
        ladder = Ladder(
            jobs, self.tolerance, climbed, Limits(enough, most, deadline, began), self.executor
        )
        ladder.search()
        value = ladder.value
        met = [job.met for job in jobs if job.planted]
        directions, signs, values = merge_found([*met, *climbed], reduced, floor)
        return Pricing(
            status=ladder.status(floor),
            bound=max([*idle, *(job.bound for job in jobs)]),
            value=max(value, float(values.max(initial=0.0))),
            directions=directions,
            signs=signs,
            values=values,
            nodes=ladder.nodes,
            seconds=time.perf_counter() - began,
        )
