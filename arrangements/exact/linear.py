"""Exact linear algebra on integer rows.

Elimination is FLINT's (fraction-free or modular, whichever it finds cheaper); what the
arrangement itself needs, the restriction to a hyperplane, is written here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq_mat, fmpz_mat

from arrangements.exact.aside import aside, is_long

IntegerRow = tuple[int, ...]

_MANY = 16
"""So many times more rows than columns: a sample of them most likely has full rank."""


def dot(row: IntegerRow, point: IntegerRow) -> int:
    """Return the product of two integer vectors of one length."""
    return sum(a * b for a, b in zip(row, point, strict=True))


def negated(row: IntegerRow) -> IntegerRow:
    """Return the opposite of an integer vector."""
    return tuple(-entry for entry in row)


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Return the exact rank of an integer matrix (0 when it has no rows)."""
    return int(fmpz_mat([list(row) for row in rows]).rank()) if rows else 0


def independent_columns(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the lexicographically first columns that form a basis of the column space.

    Parameters
    ----------
    rows : sequence of n rows of d int

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> independent_columns([[1, 2, 0], [2, 4, 1]])
    (0, 2)
    """
    if not rows or not rows[0]:
        return ()
    width = len(rows[0])
    if len(rows) > _MANY * width:
        # A few rows of full rank show that all columns are independent.
        some = [list(rows[i]) for i in range(0, len(rows), len(rows) // (4 * width))]
        if fmpz_mat(some).rank() == width:
            return tuple(range(width))
    return aside(_pivots, rows) if is_long(rows) else _pivots(rows)


def _pivots(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    width = len(rows[0])
    reduced, _, found = fmpz_mat([list(row) for row in rows]).rref()
    pivots: list[int] = []
    column = 0
    for row in range(found):
        while column < width and reduced[row, column] == 0:
            column += 1
        pivots.append(column)
        column += 1
    return tuple(pivots)


def determinant(rows: Sequence[Sequence[int]]) -> int:
    """Return the determinant of a square integer matrix (1 when it is empty)."""
    return int(fmpz_mat([list(row) for row in rows]).det()) if rows else 1


def rational_solution(rows: Sequence[Sequence[int]], right: Sequence[int]) -> list[Fraction]:
    """Return the solution of a regular square system of integers.

    Parameters
    ----------
    rows : n rows of n int
    right : n int

    Raises
    ------
    ZeroDivisionError
        When the system is not regular.

    Notes
    -----
    *Growth.* ``r**3`` for rank r.

    Examples
    --------
    >>> rational_solution([[2, 0], [1, 3]], [1, 1])
    [Fraction(1, 2), Fraction(1, 6)]
    """
    matrix = fmpq_mat(fmpz_mat([list(row) for row in rows]))
    solved = matrix.solve(fmpq_mat(fmpz_mat([[entry] for entry in right])))
    return [Fraction(int(solved[i, 0].p), int(solved[i, 0].q)) for i in range(len(right))]


def null_vector(rows: Sequence[Sequence[int]]) -> IntegerRow | None:
    """Return the coprime z with ``sum z_i rows[i] = 0`` if it is unique up to sign.

    None when the rows are independent or when the dependencies have dimension two or more.
    """
    matrix = fmpz_mat([list(row) for row in rows]).transpose()
    basis, nullity = matrix.nullspace()
    if nullity != 1:
        return None
    entries = [int(basis[i, 0]) for i in range(len(rows))]
    divisor = math.gcd(*entries)
    return tuple(entry // divisor for entry in entries)


def null_space(rows: Sequence[Sequence[int]], width: int) -> list[IntegerRow]:
    """Return a basis of ``{w : row.w = 0 for every row}`` in R^width, of coprime vectors.

    Parameters
    ----------
    rows : sequence of n rows of `width` int
    width : int

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> null_space([[1, 1, 0], [0, 0, 2]], 3)
    [(1, -1, 0)]
    """
    if not rows or width == 0:
        return [tuple(int(i == j) for j in range(width)) for i in range(width)]
    return aside(_kernel, rows) if is_long(rows) else _kernel(rows)


def _kernel(rows: Sequence[Sequence[int]]) -> list[IntegerRow]:
    width = len(rows[0])
    basis, nullity = fmpz_mat([list(row) for row in rows]).nullspace()
    columns = [[int(basis[i, k]) for i in range(width)] for k in range(nullity)]
    return [tuple(entry // math.gcd(*column) for entry in column) for column in columns]


def restrict(rows: Sequence[IntegerRow], hyperplane: IntegerRow) -> list[IntegerRow]:
    """Return the rows as functionals on the hyperplane ``{w : hyperplane.w = 0}``.

    Notes
    -----
    *Algorithm.* With c the first column where the hyperplane h is not zero, w_c is
    eliminated: ``row' = |h_c| row - sign(h_c) row_c h`` agrees with ``|h_c| row`` on the
    hyperplane and has no c-th entry, which is dropped.  The factor is positive, so signs
    keep their meaning; each row is divided by the gcd of its entries.
    """
    pivot = next(column for column, entry in enumerate(hyperplane) if entry)
    factor = abs(hyperplane[pivot])
    sign = 1 if hyperplane[pivot] > 0 else -1
    others = [column for column in range(len(hyperplane)) if column != pivot]
    result: list[IntegerRow] = []
    for row in rows:
        multiple = sign * row[pivot]
        reduced = [factor * row[column] - multiple * hyperplane[column] for column in others]
        divisor = math.gcd(*reduced)
        if divisor > 1:
            reduced = [entry // divisor for entry in reduced]
        result.append(tuple(reduced))
    return result
