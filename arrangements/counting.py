"""Counting regions without enumerating them: Cover's number, bounds, exact counts.

This room shares nothing with enumeration above `exact`: it is what complete lists are
checked against.
"""

from __future__ import annotations

import math
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.exact import interior_point, restrict
from arrangements.progress import Listener, Meter, silent
from arrangements.units import Cone

IntegerRow = tuple[int, ...]


def region_bound(hyperplanes: int, rank: int) -> int:
    """Return Cover's number ``2 sum_(k < r) C(m - 1, k)``.

    No central arrangement of m hyperplanes of rank r has more regions, and those in
    general position have exactly as many (1 when there is no hyperplane).

    Examples
    --------
    >>> region_bound(4, 2), region_bound(50, 3), region_bound(100, 10)
    (8, 2452, 3836629637040)
    """
    if hyperplanes == 0:
        return 1
    return 2 * sum(math.comb(hyperplanes - 1, k) for k in range(rank))


def cover_number(data: Any) -> int:
    """Return the largest number of regions an arrangement of this size and rank can have.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)

    Notes
    -----
    Inside a domain H ``{g.w > 0}`` bounded by one further hyperplane the number is that of
    the m + 1 hyperplanes, halved; inside other cones it is the number of the whole space.
    """
    arrangement = as_arrangement(data)
    m = arrangement.hyperplane_count
    domain = arrangement.domain
    if len(domain.normals) != 1:
        return region_bound(m, arrangement.rank)
    # The domain's own hyperplane may be one of the arrangement's: then m - 1 are left.
    normal = domain.normals[0]
    everything = Arrangement([*arrangement.normals, normal])
    return region_bound(everything.hyperplane_count, everything.rank) // 2


def count_regions(data: Any, *, within: Cone | None = None, progress: Listener = silent) -> int:
    """Count regions exactly, without enumerating them.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within : Cone, optional
        Count only regions (sign vectors) met inside this open cone, and inside the
        arrangement's domain.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    int
        The number of activation patterns off the boundaries.

    Notes
    -----
    *Algorithm.* Deletion and restriction: inserting H_k adds one region for each region
    of the earlier hyperplanes restricted to H_k, hence
    ``r(A) = 1 + sum_k r(A_(<k) restricted to H_k)``; in the plane m lines give 2 m.
    Inside an open cone C the same holds with ``[C is not empty]`` for 1.

    *Exactness.* Python integers throughout.

    *Cost.* About one step for each flat of rank r - 2 and each row; half a million
    regions take seconds.

    *Reference.* Zaslavsky 1975; Winder 1966.
    """
    arrangement = as_arrangement(data)
    cone = arrangement.domain if within is None else arrangement.domain & within
    frame = arrangement.frame(cone)
    rows = [tuple(map(int, row)) for row in frame.hyperplanes]
    meter = Meter(progress, "counting", "hyperplanes", len(rows))
    if not cone.is_whole_space:
        normals = [tuple(map(int, row)) for row in frame.normals]
        total = _count_in_cone(rows, normals, frame.rho)
    else:
        # One term of the sum at a time, so that there is something to tell.
        total = 1
        for k, hyperplane in enumerate(rows):
            if frame.rho == 1:
                total += 1
            else:
                total += _count(_lines(restrict(rows[:k], hyperplane)), frame.rho - 1)
            meter.advance()
    meter.finish()
    return total


def _count(rows: list[IntegerRow], dimension: int) -> int:
    """Regions of distinct hyperplanes in R^dimension."""
    m = len(rows)
    if m <= 1:
        return m + 1
    if dimension == 2:  # noqa: PLR2004 - the plane
        return 2 * m
    return 1 + sum(
        _count(_lines(restrict(rows[:k], hyperplane)), dimension - 1)
        for k, hyperplane in enumerate(rows)
    )


def _count_in_cone(rows: list[IntegerRow], normals: list[IntegerRow], dimension: int) -> int:
    """Regions of distinct hyperplanes that an open cone of R^dimension meets."""
    if interior_point(normals, dimension) is None:
        return 0
    if dimension == 0:
        return 1
    if dimension == 1:
        # Without normals both rays are in the cone; with normals the cone is one ray.
        return 1 + len(rows) if not normals else 1
    total = 1
    for k, hyperplane in enumerate(rows):
        total += _count_in_cone(
            _lines(restrict(rows[:k], hyperplane)),
            restrict(normals, hyperplane),
            dimension - 1,
        )
    return total


def _lines(rows: list[IntegerRow]) -> list[IntegerRow]:
    """Drop zero rows and keep one row of each line through the origin."""
    distinct: dict[IntegerRow, None] = {}
    for row in rows:
        leading = next((entry for entry in row if entry), 0)
        if leading:
            distinct.setdefault(row if leading > 0 else tuple(-entry for entry in row))
    return list(distinct)
