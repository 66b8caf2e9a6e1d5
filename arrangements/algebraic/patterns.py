"""Every pattern over a number field, found in floats and proved by an exact count."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arrangements.algebraic.arrangement import AlgebraicArrangement
from arrangements.algebraic.vertices import proposed_regions
from arrangements.errors import ArgumentError, ProofError
from arrangements.exact import IntegerMatrix
from arrangements.packing import (
    Activations,
    Packed,
    is_strictly_sorted,
    own_read_only,
    pack,
    unpack,
)

_BITS = 50
"""Witnesses are rounded to integers below 2**50, which floats hold exactly."""
_MOST = 2_000_000
"""Sets of rows that may meet in a vertex."""


@dataclass(frozen=True, eq=False, repr=False)
class AlgebraicPatterns:
    """Every activation pattern of an arrangement over a number field.

    The constructor checks witnesses, distinctness and the number, whoever calls it.

    Parameters
    ----------
    arrangement : AlgebraicArrangement
    packed : (N, ceil(n / 8)) uint8
        Sorted by packed bytes.
    points : (N, d) integers
        A weight vector for each pattern.

    Raises
    ------
    ProofError
        When anything does not hold.

    Examples
    --------
    >>> import sympy
    >>> import arrangements as ar
    >>> phi = sympy.GoldenRatio.expand(func=True)
    >>> lines = ar.AlgebraicArrangement([[1, 0], [0, 1], [1, phi], [phi, phi**2]])  # two are one
    >>> patterns = ar.enumerate_algebraic(lines)
    >>> len(patterns), patterns.activations().shape
    (6, (6, 4))
    """

    arrangement: AlgebraicArrangement
    packed: Packed
    points: IntegerMatrix

    def __post_init__(self) -> None:
        """Check the whole claim."""
        object.__setattr__(self, "packed", own_read_only(self.packed))
        object.__setattr__(self, "points", own_read_only(self.points))
        n, d = self.arrangement.shape
        if self.packed.shape != (len(self.packed), (n + 7) // 8) or self.points.shape != (
            len(self.packed),
            d,
        ):
            raise ProofError("patterns and witnesses do not fit the rows")
        if not is_strictly_sorted(self.packed):
            raise ProofError("the patterns are not sorted, or one is listed twice")
        signs = self.arrangement.signs(self.points)
        zero_rows = self.arrangement.orientation == 0
        if not ((signs != 0) | zero_rows).all():
            raise ProofError("a witness lies on a hyperplane")
        if not np.array_equal(pack((signs > 0) | zero_rows), self.packed):
            raise ProofError("a witness does not realize its pattern")
        count = self.arrangement.count_regions()
        if count != len(self.packed):
            raise ProofError(f"{len(self.packed)} patterns, but {count} regions")

    def __len__(self) -> int:
        """Return the number N of patterns."""
        return len(self.packed)

    def activations(self) -> Activations:
        """Return all patterns as booleans of shape (N, n)."""
        return unpack(self.packed, self.arrangement.shape[0])

    def witness(self, index: int) -> tuple[int, ...]:
        """Return d integers w with ``x_i.w > 0`` exactly on the active non-zero rows."""
        return tuple(map(int, self.points[index]))

    def __repr__(self) -> str:
        """One line: how many, of how many rows."""
        n = self.arrangement.shape[0]
        return f"AlgebraicPatterns({len(self)} patterns of {n} rows, proved by count)"


def enumerate_algebraic(arrangement: AlgebraicArrangement) -> AlgebraicPatterns:
    """List every activation pattern of an arrangement over a number field, proved.

    Parameters
    ----------
    arrangement : AlgebraicArrangement

    Returns
    -------
    AlgebraicPatterns

    Raises
    ------
    ArgumentError
        When the rows have more vertices than are looked at.
    ProofError
        When the exact number is not reached, because hyperplanes lie closer together than floats
        tell.  Nothing unproved is returned.

    Notes
    -----
    *Algorithm.* Floats find the vertices and the regions around each (see
    `arrangements.algebraic.vertices`), and a point in each region.  Rounded to integers it is
    the witness: the field decides its signs.  A count over the field, modulo primes, says
    whether that is all.

    *Cost.* The regions around each vertex: 14,400 regions of rank four take a few seconds.

    *Growth.* ``N * n**2 * r**2`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> from arrangements.catalogue import type_h
    >>> enumerate_algebraic(type_h(3))
    AlgebraicPatterns(120 patterns of 15 rows, proved by count)
    """
    n, d = arrangement.shape
    columns, representatives = list(arrangement.columns), list(arrangement.representatives)
    if not columns:
        return AlgebraicPatterns(
            arrangement, pack(np.ones((1, n), np.bool_)), np.zeros((1, d), np.int64)
        )
    subsets = math.comb(len(representatives), len(columns) - 1)
    if subsets > _MOST:
        raise ArgumentError(
            f"{arrangement!r} has up to {subsets:,} vertices, {_MOST:,} are looked at; "
            "count_regions() needs no list"
        )
    _, centres = proposed_regions(arrangement.floats[np.ix_(representatives, columns)])
    points = np.zeros((len(centres), d), np.int64)
    largest = np.abs(centres).max(axis=1, initial=0.0)[:, np.newaxis]
    # Where floats see a vertex that is none, rays may add up to nothing.
    largest[largest == 0.0] = 1.0
    points[:, columns] = np.rint(centres / largest * 2.0**_BITS).astype(np.int64)
    signs = arrangement.signs(points)
    zero_rows = arrangement.orientation == 0
    inside = ((signs != 0) | zero_rows).all(axis=1)
    packed, points = pack((signs[inside] > 0) | zero_rows), points[inside]
    packed, first = np.unique(packed, axis=0, return_index=True)
    return AlgebraicPatterns(arrangement, packed, points[first])
