"""Coordinates for a proof: which rows are merged, and what spans the rest, exactly."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

import arrangements as ar
from convex_program.evidence.lines import Basis, Integers, Merged
from convex_program.exact_problem import ExactProblem
from convex_program.pricing.reduction import exponent, parallel_classes

_BITS = 50
"""The vectors of a basis are of one length up to two to minus this."""
_DISTINCT = 1e-10
"""Relative size of a singular value that cannot be zero, whatever the rounding."""


def merged_rows(problem: ExactProblem) -> Merged:
    """Return rows that are parallel to others up to the rounding of floats, but not exactly.

    Their kinks would lie beside each other, and a search would have to tell them apart.
    """
    if problem.constants:
        return ()
    integers, _ = problem.integers
    floats = np.array([[float(x) for x in row] for row in problem.features])
    rows = np.ldexp(floats, -exponent(floats))
    _, line_of, _, _ = parallel_classes(rows)
    first: dict[int, tuple[int, tuple[int, ...]]] = {}
    found = []
    used = np.flatnonzero(rows.any(axis=1)).tolist()
    counts = np.bincount(line_of[used], minlength=1)
    for j in used:
        line = int(line_of[j])
        if counts[line] < 2:  # noqa: PLR2004 - a row alone
            continue
        direction = _direction(integers[j].tolist())
        i, kept = first.setdefault(line, (j, direction))
        if direction != kept:
            pivot = int(np.argmax(np.abs(rows[i])))
            found.append((j, i, Fraction(float(rows[j, pivot] / rows[i, pivot]))))
    return tuple(found)


def spanning_basis(rows: Integers, *, differences: bool) -> Basis | None:
    """Return orthogonal integer vectors of nearly one length that span the rows; None at full rank.

    Parameters
    ----------
    rows : (n, q) object
        Integers.
    differences : bool
        Whether it is the differences of the rows that are to be spanned.
    """
    q = rows.shape[1]
    if differences:
        rows = rows - rows[0]
    largest = max((abs(x) for x in rows.ravel().tolist()), default=0)
    if largest:
        floats = np.array([[x / largest for x in row] for row in rows.tolist()])
        singular = np.linalg.svd(floats, compute_uv=False)
        if len(singular) == q and singular[-1] > _DISTINCT * singular[0]:
            return None
    lists = [[int(x) for x in row] for row in rows.tolist()]
    rank = ar.Arrangement(ar.DataMatrix.from_array(lists)).rank if largest else 0
    if rank == q:
        return None
    found: list[list[int]] = []
    for row in lists:
        if len(found) == rank:
            break
        left = [Fraction(x) for x in row]
        for vector in found:
            part = Fraction(
                sum(x * y for x, y in zip(row, vector, strict=True)), sum(y * y for y in vector)
            )
            left = [x - part * y for x, y in zip(left, vector, strict=True)]
        if any(left):
            common = math.lcm(*(x.denominator for x in left))
            found.append(list(_direction([int(x * common) for x in left])))
    squares = [sum(x * x for x in vector) for vector in found]
    length = math.isqrt(max(squares, default=0)) << _BITS
    factors = [max(1, length // math.isqrt(square)) for square in squares]
    return tuple(
        tuple(factor * x for x in vector) for factor, vector in zip(factors, found, strict=True)
    )


def _direction(row: list[int]) -> tuple[int, ...]:
    """Return a primitive vector whose first entry that is not zero is positive."""
    divisor = math.gcd(*row)
    if next(filter(None, row), 1) < 0:
        divisor = -divisor
    return tuple(x // divisor for x in row) if divisor else tuple(row)
