"""Deletion and restriction in Python integers: any size, no compilation."""

from __future__ import annotations

from arrangements.exact import EmptyCone, interior_point, restrict

IntegerRow = tuple[int, ...]


def unit_betti(
    rows: list[IntegerRow], normals: list[IntegerRow], dimension: int, last: int
) -> list[int]:
    """Return the Betti numbers of the rows before `last` restricted to its hyperplane.

    Their sum is the number of regions that row `last` adds, inside an open cone.

    Parameters
    ----------
    rows : list of rows of distinct hyperplanes
    normals : list of inner normals of the cone; none for the whole space
    dimension : int
        Length of the rows, at least 1.
    last : int
        Index of the row.

    Returns
    -------
    list of `dimension` integers
        The sums of |mu(F)| over the flats F of each rank that meet the cone.
    """
    hyperplane = rows[last]
    if dimension == 1:
        # The hyperplane is the origin, which an open cone with normals does not hold.
        return [0] if normals else [1]
    before = lines(restrict(rows[:last], hyperplane))
    return _betti(before, restrict(normals, hyperplane), dimension - 1)


def _betti(rows: list[IntegerRow], normals: list[IntegerRow], dimension: int) -> list[int]:
    """Betti numbers of distinct hyperplanes of R^dimension inside an open cone."""
    m = len(rows)
    total = [0] * (dimension + 1)
    if normals and isinstance(interior_point(normals, dimension), EmptyCone):
        return total
    total[0] = 1
    if not normals and dimension == 2 and m:  # noqa: PLR2004 - m lines of the plane: 2 m sectors
        return [1, m, m - 1]
    for last in range(m):
        for k, part in enumerate(unit_betti(rows, normals, dimension, last)):
            total[k + 1] += part
    return total


def lines(rows: list[IntegerRow]) -> list[IntegerRow]:
    """Drop zero rows and keep one row of each line through the origin."""
    distinct: dict[IntegerRow, None] = {}
    for row in rows:
        leading = next((entry for entry in row if entry), 0)
        if leading:
            distinct.setdefault(row if leading > 0 else tuple(-entry for entry in row))
    return list(distinct)
