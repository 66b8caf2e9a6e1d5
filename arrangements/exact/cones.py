"""Exact answers about polyhedral cones: membership, separation, interior points.

These are the judges behind the floating-point proposers: one simplex method over the
integers, never a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrangements.exact.linear import dot
from arrangements.exact.rational import primitive_of_integers

IntegerRow = tuple[int, ...]

_BITS = (8, 16, 26, 40, 52)
"""Roundings tried, coarsest first: small points keep the arithmetic small."""
WORD_BITS = 62
"""Entries up to two to this power are machine words, and so are their opposites."""


@dataclass(frozen=True, slots=True)
class Inside:
    """``scale * target = sum factor * generators[row]``, all factors and scale positive."""

    scale: int
    rows: tuple[int, ...]
    factors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outside:
    """A functional z with ``z.generator >= 0`` for all generators and ``z.target < 0``."""

    functional: IntegerRow


@dataclass(frozen=True, slots=True)
class EmptyCone:
    """Why an open cone is empty: ``sum factor * normals[row] = 0`` with positive factors."""

    rows: tuple[int, ...]
    factors: tuple[int, ...]


def conic_combination(generators: Sequence[IntegerRow], target: IntegerRow) -> Inside | Outside:
    """Decide exactly whether `target` lies in the closed cone of `generators`.

    Parameters
    ----------
    generators : sequence of integer rows
        Vectors a_j of one dimension rho; there may be none.
    target : integer row
        The vector b.

    Returns
    -------
    Inside or Outside
        Multipliers on at most rho generators, or a separating functional (Farkas).

    Notes
    -----
    *Algorithm.* Phase one of the simplex method on ``sum lambda_j a_j = b, lambda >= 0``
    with Bland's rule, which cannot cycle.  The tableau holds integers: after a pivot at
    (p, q) every other row is ``(T_pq row - T_iq row_p) / D`` with D the previous pivot,
    and the division is exact because every entry is a minor of the first tableau.
    The optimal reduced costs of the artificial variables give the functional.

    *Cost.* O(rho k) operations a pivot on integers of Hadamard size.

    *Reference.* Edmonds 1967 and Bareiss 1968 for the integral pivoting; Bland 1977.
    """
    dimension = len(target)
    count = len(generators)
    if not any(target):
        return Inside(1, (), ())
    signs = [-1 if entry < 0 else 1 for entry in target]
    tableau = np.zeros((dimension + 1, count + dimension + 1), dtype=object)
    for i, sign in enumerate(signs):
        for j, generator in enumerate(generators):
            tableau[i, j] = sign * generator[i]
        tableau[i, count + i] = 1
        tableau[i, -1] = sign * target[i]
    # The last row is the objective, the sum of the artificial variables, in reduced form.
    tableau[-1] = -tableau[:-1].sum(axis=0)
    tableau[-1, count : count + dimension] = 0
    basis = [count + i for i in range(dimension)]
    divisor = 1
    while (entering := _first_negative(tableau[-1, :count])) is not None:
        leaving = _ratio_test(tableau, basis, entering)
        divisor = _pivot(tableau, leaving, entering, divisor)
        basis[leaving] = entering
    if tableau[-1, -1] == 0:
        chosen = [
            (basis[i], int(tableau[i, -1]))
            for i in range(dimension)
            if basis[i] < count and tableau[i, -1] != 0
        ]
        chosen.sort()
        common = math.gcd(divisor, *(factor for _, factor in chosen))
        return Inside(
            divisor // common,
            tuple(row for row, _ in chosen),
            tuple(factor // common for _, factor in chosen),
        )
    # Reduced cost of artificial i is 1 - y_i (times the divisor); the functional is -S y.
    functional = [sign * (int(tableau[-1, count + i]) - divisor) for i, sign in enumerate(signs)]
    common = math.gcd(*functional)
    return Outside(tuple(entry // common for entry in functional))


def _first_negative(costs: npt.NDArray[np.object_]) -> int | None:
    for column, cost in enumerate(costs):
        if cost < 0:
            return column
    return None


def _ratio_test(tableau: npt.NDArray[np.object_], basis: list[int], entering: int) -> int:
    # Phase one is bounded below by zero, so some entry of the column is positive.
    best = -1
    for i in range(len(basis)):
        entry = tableau[i, entering]
        if entry <= 0:
            continue
        if best < 0:
            best = i
            continue
        here = tableau[i, -1] * tableau[best, entering]
        there = tableau[best, -1] * entry
        if here < there or (here == there and basis[i] < basis[best]):
            best = i
    return best


def _pivot(tableau: npt.NDArray[np.object_], leaving: int, entering: int, divisor: int) -> int:
    pivot = int(tableau[leaving, entering])
    row = tableau[leaving].copy()
    column = tableau[:, entering].copy()
    tableau[:] = (pivot * tableau - np.outer(column, row)) // divisor
    tableau[leaving] = row
    return pivot


def push_across(interior: IntegerRow, functional: IntegerRow, target: IntegerRow) -> IntegerRow:
    """Move an interior point across ``target = 0`` along a separating functional.

    `interior` satisfies ``row.w > 0`` for all rows of a cone and `functional` satisfies
    ``row.z >= 0`` and ``target.z < 0``.  Then ``N z + w`` is interior too and has
    ``target.(N z + w) < 0`` as soon as ``N > target.w / -target.z``.
    """
    ahead = sum(t * w for t, w in zip(target, interior, strict=True))
    slope = -sum(t * z for t, z in zip(target, functional, strict=True))
    steps = max(0, ahead) // slope + 1
    moved = [steps * z + w for z, w in zip(functional, interior, strict=True)]
    common = math.gcd(*moved)
    return tuple(entry // common for entry in moved)


def rounded_inside(
    point: npt.NDArray[np.float64], normals: Sequence[IntegerRow], *, least_bits: int = 0
) -> IntegerRow | None:
    """Round a proposed point to as few bits as keep it strictly inside ``g.w > 0``, or None.

    More bits, `least_bits`, keep it nearer to where it was proposed.
    """
    largest = float(np.abs(point).max(initial=0.0))
    if not largest > 0:
        return None
    for bits in _BITS:
        if bits < least_bits:
            continue
        rounded = np.rint(point / largest * 2.0**bits)
        candidate = primitive_of_integers([int(entry) for entry in rounded])
        if all(dot(normal, candidate) > 0 for normal in normals):
            return candidate
    return None


def in_words(point: IntegerRow) -> IntegerRow:
    """Return about the same direction, as finely as machine words hold it: a proposal."""
    largest = max(map(abs, point), default=0)
    return tuple((entry << WORD_BITS) // max(largest, 1) for entry in point)


def interior_point(
    normals: Sequence[IntegerRow], dimension: int, *, near: IntegerRow | None = None
) -> IntegerRow | EmptyCone:
    """Return an integer point with ``g.w > 0`` for every normal g, or why there is none.

    Parameters
    ----------
    normals : sequence of integer rows
    dimension : int
    near : integer row, optional
        A point on the right side of most normals: the answer is moved from there.

    Notes
    -----
    *Algorithm.* Normals are inserted one by one; a point that is not on the right side
    of the next one is pushed across it, or multipliers show that no point is.
    Without normals the answer is the origin.  Where a point is given, the normals that it is on the
    right side of come first.
    """
    point: IntegerRow = (0,) * dimension if near is None else near
    order = list(range(len(normals)))
    if near is not None:
        order.sort(key=lambda index: dot(normals[index], near) <= 0)
    inserted: list[IntegerRow] = []
    for index in order:
        normal = normals[index]
        if not any(normal):
            return EmptyCone((index,), (1,))
        if dot(normal, point) > 0:
            inserted.append(normal)
            continue
        if not inserted:
            point = normal
            inserted.append(normal)
            continue
        opposite = tuple(-entry for entry in normal)
        answer = conic_combination(inserted, opposite)
        if isinstance(answer, Inside):
            rows = tuple(order[place] for place in answer.rows)
            return EmptyCone((*rows, index), (*answer.factors, answer.scale))
        point = push_across(point, answer.functional, opposite)
        inserted.append(normal)
    return point
