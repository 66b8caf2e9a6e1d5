"""Pricing for c outputs: ``h(V) = max |V^T phi(Xu)|_2`` over the unit ball, by branch and bound over u."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import final

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.pricing.base import PassOutcome, PricingStatus, require_settings
from convex_program.pricing.climb import FoundPoints, ascent_starts, merge_found
from convex_program.pricing.cone_search import OrthantSearch, orthants
from convex_program.pricing.ladder import Ladder, Limits
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.vector_search import VectorSearch, climb_vector, outputs_at
from convex_program.pricing.weighted import weighted_rows


@dataclass(frozen=True, eq=False, repr=False)
class VectorPricing(PassOutcome):
    """Outcome of one pricing pass for c outputs.

    Parameters
    ----------
    status : PricingStatus
    bound : float
        ``h(V) <= bound`` as real numbers, whatever the status.
    value : float
        Largest ``|V^T phi(Xu)|`` met, in floating point.
    directions : (k, d) float64
        Atoms: well separated unit vectors u above the floor, best first.
    outputs : (k, c) float64
        The unit vectors ``V^T phi(Xu) / |.|`` there.
    values : (k,) float64
        The lengths ``|V^T phi(Xu)|`` there.
    nodes : int
        Cones visited.
    seconds : float

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> outputs = np.array([[3.0, 0.0], [0.0, 4.0]])
    >>> found = cx.VectorBranchAndBound().price(ReducedRows.of(np.eye(2)), outputs)
    >>> found.directions[0].round(6).tolist(), found.outputs[0].round(6).tolist()
    ([0.0, 1.0], [0.0, 1.0])
    """

    status: PricingStatus
    bound: float
    value: float
    directions: Floats
    outputs: Floats
    values: Floats
    nodes: int
    seconds: float


@final
@dataclass(frozen=True, slots=True)
class VectorBranchAndBound:
    """Bounds ``max |V^T phi(Xu)|_2`` over the unit ball by dividing the sphere of u into cones.

    Parameters
    ----------
    tolerance : float
        Relative; cones are closed at ``max(floor, largest value) (1 + tolerance)``.
    node_limit : int, optional
        Cones to visit at most; looked at after every round.
    time_limit : float, optional
        Seconds.
    executor : concurrent.futures.Executor, optional
        Threads, processes or machines that share the work.  The answer does not depend on it, a
        time limit apart.

    Notes
    -----
    *Algorithm.* That of `BranchAndBound`, of which one column is a special case: the same orthants, halvings and
    ladder.  A row is bounded by its chord where its weight points along the output, by a multiple of itself where it
    points against it, and with an error where it may do both.  A cone is closed by the triangle inequality at its generators
    or, near a maximizer, by a copositive matrix (`convex_program.kernels.vector_leaf`).

    *Exactness.* Rigorous: float64 with a priori rounding bounds added in the safe direction.  A limit leaves
    open cones in the bound; none is ever dropped.

    *Cost.* Grows 10 to 30 times with each dimension of u; little with c.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> outputs = np.array([[3.0, 0.0], [0.0, 4.0]])
    >>> found = cx.VectorBranchAndBound().price(ReducedRows.of(np.eye(2)), outputs)
    >>> round(found.value, 6), found.bound >= 4  # (3 a)^2 + (4 b)^2 where a^2 + b^2 = 1
    (4.0, True)
    """

    tolerance: float = 1e-9
    node_limit: int | None = None
    time_limit: float | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, node_limit=self.node_limit, time_limit=self.time_limit)

    def price(
        self,
        reduced: ReducedRows,
        matrix: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> VectorPricing:
        """Bound ``max |V^T phi(Xu)|`` over the unit ball for reduced rows, which serve for every V.

        Parameters
        ----------
        reduced : ReducedRows
        matrix : (n, c) float64
            V, read exactly.
        floor : float
            What is bounded by it needs no sharper bound: pass beta to ask whether V is feasible.
        starts : (k, d) float64, optional
            Promising directions for the local ascent, beside a fixed sample.
        enough : float
            Stop soon after a value above this was met (status FOUND).

        Raises
        ------
        ArgumentError
            When the shapes do not fit or the rows span too many dimensions.

        Examples
        --------
        >>> import numpy as np
        >>> from convex_program.pricing import ReducedRows
        >>> rows = ReducedRows.of(np.eye(2))
        >>> found = VectorBranchAndBound().price(rows, np.array([[3.0, 0.0], [0.0, 4.0]]))
        >>> round(found.value, 9), found.bound >= 4.0
        (4.0, True)
        """
        matrix = np.ascontiguousarray(matrix, dtype=np.float64)
        _require(reduced, matrix)
        began = time.perf_counter()
        starting = orthants(reduced.rank)
        deadline = math.inf if self.time_limit is None else began + self.time_limit
        rows = weighted_rows(reduced, matrix)
        if rows.idle or reduced.rank == 0:
            met: list[FoundPoints] = []
            bound, status, nodes, value = rows.outer_bound(0.0), PricingStatus.CLOSED, 0, 0.0
        else:
            climbed = [climb_vector(rows, ascent_starts(reduced, starts))]
            jobs: list[OrthantSearch] = [
                VectorSearch(rows, orthant, rows.to_inner(floor), self.tolerance)
                for orthant in starting
            ]
            most = math.inf if self.node_limit is None else self.node_limit
            limits = Limits(enough, most, deadline, began)
            ladder = Ladder(jobs, self.tolerance, climbed, limits, self.executor)
            ladder.search()
            met = [*(job.met for job in jobs if job.planted), *climbed]
            bound = max(job.bound for job in jobs)
            status, nodes, value = ladder.status(floor), ladder.nodes, ladder.value
        directions, _, values = merge_found(met, reduced, floor)
        return VectorPricing(
            status=status,
            bound=bound,
            value=max(value, float(values.max(initial=0.0))),
            directions=directions,
            outputs=outputs_at(rows, np.ascontiguousarray(reduced.lower(directions))),
            values=values,
            nodes=nodes,
            seconds=time.perf_counter() - began,
        )


def _require(reduced: ReducedRows, matrix: Floats) -> None:
    if len(matrix.shape[1:]) != 1 or len(matrix) != len(reduced.ratio) or matrix.shape[1] == 0:
        raise ArgumentError(
            f"matrix has shape {matrix.shape}; pass one row for each of the {len(reduced.ratio)} rows of "
            "the data and one column for each output"
        )
    if not np.isfinite(matrix).all():
        raise ArgumentError("matrix has entries that are not finite; pass numbers")
