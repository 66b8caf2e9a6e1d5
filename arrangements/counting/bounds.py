"""Cover's number: how many regions an arrangement of given size and rank can have."""

from __future__ import annotations

import math
from typing import Any

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement


def region_bound(hyperplanes: int, rank: int) -> int:
    """Return Cover's number ``2 sum_(k < r) C(m - 1, k)``.

    No central arrangement of m hyperplanes of rank r has more regions, and those in
    general position have exactly as many (1 when there is no hyperplane).

    Raises
    ------
    ArgumentError
        When an argument is no whole number.

    Notes
    -----
    *Growth.* ``r`` for rank r.

    Examples
    --------
    >>> region_bound(4, 2), region_bound(50, 3), region_bound(100, 10)
    (8, 2452, 3836629637040)
    """
    hyperplanes = whole_number("hyperplanes", hyperplanes)
    rank = whole_number("rank", rank)
    if hyperplanes == 0:
        return 1
    return 2 * sum(math.comb(hyperplanes - 1, k) for k in range(rank))


def cover_number(data: Any) -> int:
    """Return the largest number of regions an arrangement of this size and rank can have.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.cover_number([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    14

    Notes
    -----
    Inside a domain H ``{g.w > 0}`` bounded by one further hyperplane the number is that of
    the m + 1 hyperplanes, halved; inside other cones it is the number of the whole space.

    *Growth.* ``n * r**2`` for n rows of rank r.
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
