"""The regions nearest to a weight vector, by exact projections on cones."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from arrangements.arguments import whole_number
from arrangements.arrangement import as_arrangement
from arrangements.exact import dot, rational_solution, square_root
from arrangements.packing import Activations
from arrangements.progress import Listener, Meter, session_listener
from arrangements.region.record import Region, pattern_off_boundaries, read_weight, region

IntegerRow = tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class NearRegion:
    """A region near a weight vector.

    Parameters
    ----------
    pattern : (n,) bool
        Read-only.
    rows : tuple of int
        All rows whose activation differs from the weight vector's, ascending.
    angle : float
        Between the weight vector and the nearest point of the region's closure, in radians,
        rounded; pi/2 when that point is the origin.

    Examples
    --------
    >>> import arrangements as ar
    >>> [nearest] = ar.nearest_regions([[1, 0], [0, 1]], [2, 1], count=1)
    >>> nearest.rows, round(nearest.angle, 4)  # across the line w_1 = 0: arctan(1/2)
    ((1,), 0.4636)
    """

    pattern: Activations
    rows: tuple[int, ...]
    angle: float

    def __repr__(self) -> str:
        """One line: how far, what changes."""
        rows = ", ".join(map(str, self.rows))
        return f"NearRegion({math.degrees(self.angle):.4g} degrees away, rows {rows} differ)"


def nearest_regions(
    data: Any, weight: Sequence[Any], *, count: int = 5, progress: Listener = session_listener
) -> tuple[NearRegion, ...]:
    """Return the regions nearest to a weight vector, other than its own.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    weight : sequence of d numbers
        Read as stored; on no hyperplane.
    count : int
        How many, if there are so many.
    progress : Listener, optional
        Called with the number of regions found.

    Returns
    -------
    tuple of NearRegion
        By ascending distance, which is compared exactly; regions equally far in the order in
        which the search reaches them.

    Raises
    ------
    ArgumentError
        When the vector lies on a hyperplane or outside the domain or is not d finite numbers,
        or `count` is not positive.

    Notes
    -----
    *Algorithm.* Best first over the region graph: on the straight line to the nearest point of a
    region no region is farther than it, so each is reached through nearer ones.  The
    squared distance to a closed cone ``{u : G u >= 0}`` is that of ``min |w + G^T v|`` over
    ``v >= 0`` (Moreau), solved by the active sets of Lawson and Hanson in rationals, where
    they cannot cycle.

    *Exactness.* Rationals; only the angles shown are rounded.

    *Cost.* The walls of each region found and of all its neighbours, and a projection on each:
    about half a second a region for 100 rows of floats in rank five.

    *Growth.* ``n**2 * r**3`` for n rows of rank r.

    *Reference.* Moreau 1962; Lawson and Hanson 1974.

    Examples
    --------
    >>> nearest_regions([[1, 0], [0, 1], [1, 1]], [3, 1], count=2)
    (NearRegion(18.43 degrees away, rows 1 differ), NearRegion(63.43 degrees away, rows 1, 2 differ))
    """
    count = whole_number("count", count, 1)
    arrangement = as_arrangement(data)
    exact = read_weight(arrangement, weight, "weight")
    home = region(arrangement, pattern_off_boundaries(arrangement, exact, "weight"))
    vector = exact.integers[0]
    length = Fraction(dot(vector, vector))
    meter = Meter(progress, "looking for regions", "regions", count)
    result: list[NearRegion] = []
    seen = {home.pattern.tobytes()}
    waiting: list[tuple[Fraction, bytes, Region]] = []
    current = home
    while len(result) < count:
        for wall in current.walls:
            key = (pattern := current.neighbour(wall)).tobytes()
            if key not in seen:
                seen.add(key)
                there = region(arrangement, pattern)
                square = squared_distance(there.normals, vector)
                heapq.heappush(waiting, (square, key, there))
        if not waiting:
            break
        square, _, current = heapq.heappop(waiting)
        rows = tuple(int(row) for row in np.flatnonzero(current.pattern != home.pattern))
        angle = math.asin(min(1.0, square_root(square / length)))
        result.append(NearRegion(current.pattern, rows, angle))
        meter.advance()
    meter.finish()
    return tuple(result)


def squared_distance(normals: Sequence[IntegerRow], point: IntegerRow) -> Fraction:
    """Return the squared distance from a point to the cone ``{u : g.u >= 0}``, exactly."""
    active: list[int] = []
    factors: list[Fraction] = []
    moved = [Fraction(entry) for entry in point]
    while True:
        entering = next((i for i, g in enumerate(normals) if _product(g, moved) < 0), None)
        if entering is None:
            break
        active.append(entering)
        factors.append(Fraction(0))
        while True:
            chosen = [normals[i] for i in active]
            gram = [[dot(a, b) for b in chosen] for a in chosen]
            wanted = rational_solution(gram, [-dot(g, point) for g in chosen])
            if all(factor > 0 for factor in wanted):
                factors = wanted
                break
            # Go as far towards the wanted factors as none turns negative.
            step = min(f / (f - w) for f, w in zip(factors, wanted, strict=True) if w <= 0)
            factors = [f + step * (w - f) for f, w in zip(factors, wanted, strict=True)]
            kept = [k for k, factor in enumerate(factors) if factor > 0]
            active, factors = [active[k] for k in kept], [factors[k] for k in kept]
        moved = [
            entry
            + sum((f * normals[i][c] for i, f in zip(active, factors, strict=True)), Fraction(0))
            for c, entry in enumerate(point)
        ]
    return sum(((a - b) ** 2 for a, b in zip(moved, point, strict=True)), Fraction(0))


def _product(row: IntegerRow, point: Sequence[Fraction]) -> Fraction:
    return sum((g * u for g, u in zip(row, point, strict=True)), Fraction(0))
