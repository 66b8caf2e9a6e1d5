"""Arrangements from arrangements: deletion, restriction, localization, cones, products."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import primitive, rank, restrict
from arrangements.matrix import DataMatrix
from arrangements.units import WHOLE_SPACE, Cone

IntegerRow = tuple[int, ...]


def deletion(data: Any, row: int) -> Arrangement:
    """Return the arrangement without one hyperplane.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    row : int
        A row on the hyperplane; all rows on it go, the others keep their order.

    Returns
    -------
    Arrangement
        With the same domain.

    Raises
    ------
    ArgumentError
        When there is no such row, it is zero, or all rows lie on its hyperplane.

    Notes
    -----
    With A^H the `restriction`, ``r(A) = r(A - H) + r(A^H)`` for the numbers of regions.

    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> deletion([[1, 0], [0, 1], [-2, 0]], 0).data.integers
    ((0, 1),)
    """
    arrangement = as_arrangement(data)
    hyperplane = _hyperplane(arrangement, row)
    others = np.flatnonzero(arrangement.row_class != hyperplane).tolist()
    if not others:
        raise ArgumentError(
            f"row = {row}: every row lies on its hyperplane, and a data matrix has rows"
        )
    return Arrangement(arrangement.data.take_rows(others), domain=arrangement.domain)


def restriction(data: Any, row: int) -> Arrangement:
    """Return the arrangement that the others cut out of one hyperplane.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d), d >= 2
    row : int
        A row on the hyperplane.

    Returns
    -------
    Arrangement
        In R^(d - 1): all n rows in their order, as functionals on the hyperplane, in the
        coordinates of R^d without the first one in which the row is not zero.  Rows on the
        hyperplane are zero.  The domain is restricted, too.

    Raises
    ------
    ArgumentError
        When there is no such row, it is zero, or d is 1.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> restriction([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 1, 1]], 0).data.integers
    ((0, 0), (1, 0), (1, 0), (1, 1))
    """
    arrangement = as_arrangement(data)
    _hyperplane(arrangement, row)
    if arrangement.shape[1] == 1:
        raise ArgumentError(f"row = {row}: its hyperplane is a point, which has no coordinates")
    normal = arrangement.data.integers[row]
    return Arrangement(
        list(restrict(arrangement.data.integers, normal)),
        domain=Cone(tuple(restrict(arrangement.domain.normals, normal))),
    )


def localization(data: Any, rows: Sequence[int]) -> Arrangement:
    """Return the arrangement as it looks from a flat: the hyperplanes that contain it.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    rows : sequence of int
        The flat is where these rows vanish.

    Returns
    -------
    Arrangement
        Of all rows that vanish there, in their order, in the whole space.

    Raises
    ------
    ArgumentError
        When there is no such row, or none at all is given.

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> localization([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], [0, 1]).shape
    (3, 3)
    """
    arrangement = as_arrangement(data)
    integers = arrangement.data.integers
    if not isinstance(rows, Sequence):
        raise ArgumentError(f"rows = {rows!r} must be a list of row numbers")
    if not rows:
        raise ArgumentError("rows is empty: the flat is the whole space, and no row contains it")
    chosen = [integers[_place(arrangement, row, "rows")] for row in rows]
    size = rank(chosen)
    inside = [i for i, row in enumerate(integers) if rank([*chosen, row]) == size]
    return Arrangement(arrangement.data.take_rows(inside))


def essentialization(data: Any) -> Arrangement:
    """Return the arrangement in as many dimensions as its rows and its domain span.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)

    Returns
    -------
    Arrangement
        On the columns that `Arrangement.frame` keeps; its patterns are the same.

    Raises
    ------
    ArgumentError
        When all rows are zero and there is no domain: no dimension is left.

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> essentialization([[1, -1, 0], [0, 1, -1], [1, 0, -1]]).shape
    (3, 2)
    """
    arrangement = as_arrangement(data)
    columns = arrangement.frame().columns
    if not columns:
        raise ArgumentError("data has rank 0: in no dimension is there a data matrix")
    domain = tuple(tuple(g[c] for c in columns) for g in arrangement.domain.normals)
    return Arrangement(arrangement.data.take_columns(columns), domain=Cone(domain))


def cone(data: Any) -> Arrangement:
    """Return the central arrangement of an affine one: the hyperplane at infinity joins it.

    Parameters
    ----------
    data : Arrangement
        As `Arrangement.affine` builds it.

    Returns
    -------
    Arrangement
        Of the whole space, with one row more at the end: the last coordinate.

    Raises
    ------
    ArgumentError
        When the domain is not {last coordinate > 0}.

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> points = Arrangement.affine([[1], [1]], [0, -1])
    >>> cone(points).data.integers
    ((1, 0), (1, -1), (0, 1))
    """
    arrangement = as_arrangement(data)
    if not arrangement.is_affine:
        raise ArgumentError(
            "data is not affine: its domain must be {last coordinate > 0}, as in "
            "Arrangement.affine(normals, offsets)"
        )
    last = [Fraction(0)] * (arrangement.shape[1] - 1) + [Fraction(1)]
    return Arrangement(DataMatrix.from_array([*map(list, arrangement.data.fractions), last]))


def decone(data: Any, row: int) -> Arrangement:
    """Return the affine arrangement that sends one hyperplane to infinity.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d), d >= 2
        Of the whole space.
    row : int
        A row on the hyperplane; all rows on it go, the others keep their order.

    Returns
    -------
    Arrangement
        In the coordinates of R^d without the first one in which the row is not zero, and the row
        itself as the last one, which is positive.

    Raises
    ------
    ArgumentError
        When there is a domain, no such row, or no other hyperplane.

    Notes
    -----
    Its regions are half of those of the arrangement, one of each opposite pair.

    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> decone([[1, 0], [1, -1], [0, 1]], 2).data.integers
    ((1, 0), (1, -1))
    """
    arrangement = as_arrangement(data)
    if not arrangement.domain.is_whole_space:
        raise ArgumentError("data has a domain; decone what fills the whole space")
    left = deletion(arrangement, row)
    if left.shape[1] == 1:
        raise ArgumentError("data has one column: nothing is left when its point is at infinity")
    infinite = arrangement.data.integers[row]
    pivot = next(c for c, entry in enumerate(infinite) if entry)
    others = [c for c in range(len(infinite)) if c != pivot]
    rows = []
    for given in left.data.integers:
        # On w the row is row' on the other coordinates, plus a multiple of the infinite one.
        share = Fraction(given[pivot], infinite[pivot])
        line = [given[c] - share * infinite[c] for c in others]
        rows.append(list(primitive([*line, share])[0]))
    normal = (0,) * len(others) + (1,)
    return Arrangement(rows, domain=Cone((normal,)))


def product(first: Any, second: Any) -> Arrangement:
    """Return the arrangement of both, each in coordinates of its own.

    Parameters
    ----------
    first : Arrangement or array-like of shape (n, d)
    second : Arrangement or array-like of shape (m, e)

    Returns
    -------
    Arrangement
        In R^(d + e): the rows of the first, then those of the second; the domains likewise.

    Notes
    -----
    Its characteristic polynomial is the product of the two, and so is its number of regions.

    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> product([[1]], [[1, 1]]).data.integers
    ((1, 0, 0), (0, 1, 1))
    """
    one, other = as_arrangement(first), as_arrangement(second)
    d, e = one.shape[1], other.shape[1]

    def beside(before: int, row: tuple[Any, ...], after: int) -> tuple[Any, ...]:
        return (0,) * before + row + (0,) * after

    rows = [
        *(beside(0, row, e) for row in one.data.fractions),
        *(beside(d, row, 0) for row in other.data.fractions),
    ]
    normals = (
        *(beside(0, normal, e) for normal in one.domain.normals),
        *(beside(d, normal, 0) for normal in other.domain.normals),
    )
    domain = Cone(normals) if normals else WHOLE_SPACE
    return Arrangement(
        DataMatrix.from_array([list(map(Fraction, row)) for row in rows]), domain=domain
    )


def _place(arrangement: Arrangement, row: int, name: str) -> int:
    n = arrangement.shape[0]
    if isinstance(row, bool) or not isinstance(row, (int, np.integer)) or not 0 <= row < n:
        raise ArgumentError(f"{name} = {row!r} is no row of the data: they count from 0 to {n - 1}")
    return int(row)


def _hyperplane(arrangement: Arrangement, row: int) -> int:
    hyperplane = int(arrangement.row_class[_place(arrangement, row, "row")])
    if hyperplane < 0:
        raise ArgumentError(f"row = {row} is zero: it has no hyperplane")
    return hyperplane
