"""Exact pricing by branch and bound on the sphere: no enumeration of patterns.

``h(v) = max |v.(Xu)_+|`` over the unit ball decides whether any neuron, in any cell, could
still lower the objective.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import final

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.pricing.cone_search import ITERATIONS, SPREAD, ConeSearch, orthants
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.signed import SignedRows, signed_rows
from convex_program.problem import TrainingProblem

_BATCH = 32
"""Cones explored side by side; fixed, so that results do not depend on the executor."""
_FIRST_QUOTA = 4_000
"""Nodes per cone in the first round; it doubles every round."""
_SAMPLE = 24
"""Starts of the local ascent beside those given."""
_STEPS = 60
"""Steps of one local ascent."""
_MOST_RANK = 20
"""The search starts from ``2**rank`` orthants."""


class PricingStatus(Enum):
    """Why the search stopped; the bound is valid in every case."""

    CLOSED = "closed within the tolerance"
    NODE_LIMIT = "node limit"
    TIME_LIMIT = "time limit"
    FOUND = "a value above the level asked for was met"
    UNRESOLVED = "some cones could not be divided further in exact integers"


@dataclass(frozen=True, eq=False, repr=False)
class Pricing:
    """Outcome of one pricing pass.

    Parameters
    ----------
    status : PricingStatus
    bound : float
        ``h(v) <= bound`` as real numbers, whatever the status.
    value : float
        Largest ``|v.(Xu)_+|`` met, in floating point; 0 when no direction is positive.
    directions : (k, d) float64
        Atoms: well separated unit vectors above the floor, best first.
    signs : (k,) int8
        The sign of ``v.(Xu)_+`` there.
    values : (k,) float64
        Its size there, in floating point.
    nodes : int
        Cones visited.
    seconds : float
    """

    status: PricingStatus
    bound: float
    value: float
    directions: Floats
    signs: npt.NDArray[np.int8]
    values: Floats
    nodes: int
    seconds: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.directions, self.signs, self.values):
            array.setflags(write=False)

    def __repr__(self) -> str:
        """One line: both bounds, status, effort."""
        return (
            f"Pricing({self.value:.12g} <= h <= {self.bound:.12g}, {self.status.name}, "
            f"{self.nodes:,} nodes, {self.seconds:.2f} s)"
        )


@final
@dataclass(frozen=True, slots=True)
class BranchAndBound:
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
        *Threads* that share the work; the kernels release the interpreter lock.  The
        answer does not depend on it, a time limit apart.

    Notes
    -----
    *Algorithm.* Depth first over simplicial cones, starting from the orthants of the row
    space, in fixed batches.  On a cone every convex row lies below its chord and every
    concave one below a multiple of itself; the nearest point of a zonotope gives the best
    such bound.  A cone is divided at an edge or by the sign of a convex row.

    *Exactness.* Rigorous: float64 with a priori rounding bounds added in the safe
    direction (derived in `convex_program.kernels.cone_bound` and
    `convex_program.pricing.reduction`), the rounding of rational data to floats
    included.  A limit leaves open cones in the bound; none is ever dropped.

    *Cost.* Grows 15 to 50 times with each dimension and about linearly with the number of
    near-maximizers; little with the tolerance or the number of patterns.
    """

    tolerance: float = 1e-9
    node_limit: int | None = None
    time_limit: float | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        if not self.tolerance > 0:
            raise ArgumentError(f"tolerance = {self.tolerance} must be positive")
        for name in ("node_limit", "time_limit"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ArgumentError(f"{name} = {value} must not be negative")

    def price(self, problem: TrainingProblem, vector: Floats, *, floor: float = 0.0) -> Pricing:
        """Bound ``max |v.(Xu)_+|`` over the unit ball for the exact data of a problem.

        Parameters
        ----------
        problem : TrainingProblem
        vector : (n,) float64
            v, read exactly.
        floor : float
            Cones bounded by it are closed: pass beta to ask whether v is feasible.

        Raises
        ------
        ArgumentError
            When v is not n finite numbers, or the row space has too many dimensions.
        """
        vector = np.asarray(vector, dtype=np.float64)
        if vector.shape != problem.targets.shape or not np.isfinite(vector).all():
            raise ArgumentError(
                f"vector has shape {vector.shape}; pricing needs {len(problem.targets)} finite "
                "numbers, one for each row"
            )
        return self.price_rows(ReducedRows.of_problem(problem), vector, floor=floor)

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Do the same for rows already reduced, which serve for every v.

        Parameters
        ----------
        reduced : ReducedRows
        vector : (n,) float64
        floor : float
        starts : (k, d) float64, optional
            Promising directions for the local ascent, beside a fixed sample.
        enough : float
            Stop after the round in which a value above this was met (status FOUND): who
            will move v anyway has no use for the rest.
        """
        if reduced.rank > _MOST_RANK:
            raise ArgumentError(
                f"the data have rank {reduced.rank}; branch and bound starts from 2**rank "
                f"orthants and takes at most {_MOST_RANK} dimensions: use fewer columns"
            )
        began = time.perf_counter()
        deadline = math.inf if self.time_limit is None else began + self.time_limit
        both = [signed_rows(reduced, vector, sign) for sign in (1, -1)]
        sides = [rows for rows in both if rows.rising]
        idle = [rows.outer_bound(rows.idle_bound) for rows in both if not rows.rising]
        climbed = [_climb(rows, _starts(reduced, starts)) for rows in sides]
        jobs = [
            ConeSearch(rows, orthant, rows.to_inner(floor), self.tolerance)
            for rows in sides
            for orthant in orthants(reduced.rank)
        ]
        value = self._explore(jobs, climbed, enough, deadline)
        directions, signs, values = _collect(jobs, climbed, reduced, floor)
        if all(job.done for job in jobs):
            level = max(floor, value) * (1.0 + self.tolerance)
            stuck = any(job.unresolved(level) for job in jobs)
            status = PricingStatus.UNRESOLVED if stuck else PricingStatus.CLOSED
        elif value > enough:
            status = PricingStatus.FOUND
        elif time.perf_counter() >= deadline:
            status = PricingStatus.TIME_LIMIT
        else:
            status = PricingStatus.NODE_LIMIT
        return Pricing(
            status=status,
            bound=max([*idle, *(job.bound for job in jobs)]),
            value=max(value, float(values.max(initial=0.0))),
            directions=directions,
            signs=signs,
            values=values,
            nodes=sum(job.nodes for job in jobs),
            seconds=time.perf_counter() - began,
        )

    def _explore(
        self, jobs: list[ConeSearch], climbed: list[_Climbed], enough: float, deadline: float
    ) -> float:
        """Search batch by batch; return the largest value met, new ascents in `climbed`.

        Incumbents are shared between rounds of a fixed number of nodes only: one core and
        two give the same answer.
        """
        value = max([0.0, *(end.value for end in climbed)])
        nodes = 0
        for first in range(0, len(jobs), _BATCH):
            batch = jobs[first : first + _BATCH]
            quota = _FIRST_QUOTA
            while batch and value <= enough and time.perf_counter() < deadline:
                share = quota
                if self.node_limit is not None:
                    if nodes >= self.node_limit:
                        break
                    share = min(quota, -(-(self.node_limit - nodes) // len(batch)))
                before = sum(job.nodes for job in batch)
                run = partial(ConeSearch.run, quota=share, incumbent=value, deadline=deadline)
                spread: Callable[..., Iterable[None]] = map
                if self.executor is not None:
                    spread = self.executor.map
                list(spread(run, batch))
                nodes += sum(job.nodes for job in batch) - before
                best = max(batch, key=lambda job: job.incumbent)
                if best.incumbent > value:
                    end = _climb(best.rows, best.found[best.found_value > 0.0])
                    climbed.append(end)
                    value = max(best.incumbent, end.value)
                batch = [job for job in batch if not job.done]
                quota *= 2
        return value


@dataclass(frozen=True, eq=False)
class _Climbed:
    """Ends of local ascent, in inner coordinates and units."""

    rows: SignedRows
    points: Floats
    values: Floats

    @property
    def value(self) -> float:
        return self.rows.to_outer(float(self.values.max(initial=0.0)))


def _starts(reduced: ReducedRows, given: Floats | None) -> Floats:
    """Return the caller's directions and a fixed sample, in inner coordinates."""
    sample = np.random.default_rng(0).standard_normal((_SAMPLE, reduced.rank))
    return sample if given is None else np.concatenate([reduced.lower(given), sample])


def _climb(rows: SignedRows, starts: Floats) -> _Climbed:
    """Ascend locally from every start."""
    from convex_program.kernels import ascend

    points = np.ascontiguousarray(starts / np.linalg.norm(starts, axis=1)[:, np.newaxis])
    values = np.zeros(len(points))
    ascend(rows.rows, rows.convex, rows.linear, points, _STEPS, ITERATIONS, values)
    return _Climbed(rows, points, values)


def _collect(
    jobs: Iterable[ConeSearch], climbed: Iterable[_Climbed], reduced: ReducedRows, floor: float
) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
    """Merge the points kept by all cones and ascents, best first, one per direction and sign."""
    sources = [(job.rows, job.found_value, job.found) for job in jobs if job.planted]
    sources += [(end.rows, end.values, end.points) for end in climbed]
    points: list[tuple[float, int, Floats]] = []
    for rows, found_values, found in sources:
        for inner, w in zip(found_values.tolist(), found, strict=True):
            if inner > 0.0 and rows.to_outer(inner) > floor:
                points.append((rows.to_outer(inner), rows.sign, reduced.lift(w)))
    points.sort(key=lambda point: -point[0])
    kept: list[tuple[float, int, Floats]] = []
    for value, sign, u in points:
        if all(sign != other or u @ w < SPREAD for _, other, w in kept):
            kept.append((value, sign, u))
    return (
        np.array([u for _, _, u in kept]).reshape(-1, reduced.columns),
        np.array([sign for _, sign, _ in kept], dtype=np.int8),
        np.array([value for value, _, _ in kept]),
    )
