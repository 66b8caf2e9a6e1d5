"""Cutting an arrangement into units by the signs of its first hyperplanes."""

from __future__ import annotations

from typing import Any

import numpy as np

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.enumeration.base import Batch
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.proving import expanded
from arrangements.errors import ArgumentError
from arrangements.exact import negated
from arrangements.proof import UnitPlan
from arrangements.units import Cone


def plan_units(data: Any, *, within: Cone | None = None, prefix: int = 0) -> UnitPlan:
    """Cut an arrangement into units by the signs of its first hyperplanes.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within : Cone, optional
        Cut only this cone (inside the arrangement's domain).
    prefix : int
        Number of leading hyperplanes to cut by; 0 gives one unit.

    Returns
    -------
    UnitPlan
        One cone for each region of those hyperplanes, in lexicographic order of signs.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> len(plan_units([[1, 0], [0, 1], [1, 1]], prefix=2).units)
    4
    """
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    domain = arrangement.domain
    prefix = whole_number("prefix", prefix)
    if not 0 <= prefix <= arrangement.hyperplane_count:
        raise ArgumentError(
            f"prefix = {prefix}, but the arrangement has {arrangement.hyperplane_count} hyperplanes"
        )
    if prefix == 0:
        return UnitPlan(domain, 0, (domain,))
    rows = arrangement.normals[:prefix]
    first = Arrangement(list(rows), domain=domain)
    regions = np.concatenate(
        [_sides(expanded(first, batch), prefix) for batch in Incremental().run(first, domain)]
        or [np.empty((0, prefix), dtype=np.bool_)]
    )
    units = [
        Cone(
            domain.normals
            + tuple(row if side else negated(row) for row, side in zip(rows, sides, strict=True))
        )
        for sides in sorted(map(tuple, regions.tolist()))
    ]
    return UnitPlan(domain, prefix, tuple(units))


def _sides(batch: Batch, prefix: int) -> np.ndarray:
    """Sides of the first hyperplanes: they are the rows of their own arrangement."""
    return np.unpackbits(batch.packed, axis=1, count=prefix, bitorder="little").astype(np.bool_)
