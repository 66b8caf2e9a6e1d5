"""Deletion and restriction in Python integers: any size, no compilation."""

from __future__ import annotations

from arrangements.exact import EmptyCone, interior_point, restrict

IntegerRow = tuple[int, ...]


def unit_regions(
    rows: list[IntegerRow], normals: list[IntegerRow], dimension: int, last: int
) -> int:
    """Count the regions that row `last` adds to the rows before it, inside an open cone.

    They are the regions of the earlier rows restricted to its hyperplane.

    Parameters
    ----------
    rows : list of rows of distinct hyperplanes
    normals : list of inner normals of the cone; none for the whole space
    dimension : int
        Length of the rows, at least 1.
    last : int
        Index of the row.
    """
    hyperplane = rows[last]
    if dimension == 1:
        # The hyperplane is the origin, which an open cone with normals does not hold.
        return 0 if normals else 1
    before = lines(restrict(rows[:last], hyperplane))
    if normals:
        return _in_cone(before, restrict(normals, hyperplane), dimension - 1)
    return _in_space(before, dimension - 1)


def _in_space(rows: list[IntegerRow], dimension: int) -> int:
    """Regions of distinct hyperplanes in R^dimension."""
    m = len(rows)
    if m <= 1:
        return m + 1
    if dimension == 2:  # noqa: PLR2004 - m lines cut the plane into 2 m sectors
        return 2 * m
    return 1 + sum(unit_regions(rows, [], dimension, last) for last in range(m))


def _in_cone(rows: list[IntegerRow], normals: list[IntegerRow], dimension: int) -> int:
    """Regions of distinct hyperplanes that an open cone of R^dimension meets."""
    if isinstance(interior_point(normals, dimension), EmptyCone):
        return 0
    return 1 + sum(unit_regions(rows, normals, dimension, last) for last in range(len(rows)))


def lines(rows: list[IntegerRow]) -> list[IntegerRow]:
    """Drop zero rows and keep one row of each line through the origin."""
    distinct: dict[IntegerRow, None] = {}
    for row in rows:
        leading = next((entry for entry in row if entry), 0)
        if leading:
            distinct.setdefault(row if leading > 0 else tuple(-entry for entry in row))
    return list(distinct)
