"""Deletion and restriction by compiled kernels, exact whatever the size of the entries.

Small integers are held by float64 and every product stays below 2**53, which Hadamard's
inequality proves beforehand.  Larger ones are counted in residues modulo enough primes,
in the whole space; inside a cone they are left to `arrangements.counting.integers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from arrangements.exact import montgomery_residues, primes_above

IntegerRow = tuple[int, ...]

_EXACT_FLOAT = 2**53
_LARGEST_INT64 = 2**63 - 1
_SMALLEST_DIMENSION = 3


class UnitCounter(Protocol):
    """Counts, by rank of flats, the regions that one row adds to those before it."""

    def __call__(self, last: int) -> list[int]:
        """Return the Betti numbers of the earlier rows restricted to row `last`."""


def unit_counter(
    rows: Sequence[IntegerRow], normals: Sequence[IntegerRow], dimension: int
) -> UnitCounter | None:
    """Return a compiled counter for distinct hyperplanes, or None when none applies.

    Parameters
    ----------
    rows : m distinct hyperplanes whose columns are independent, with those of `normals`
    normals : inner normals of a non-empty open cone; none for the whole space
    dimension : int

    Notes
    -----
    *Exactness.* See the module; a unit's numbers add up to less than 2**63 by Cover's bound.
    """
    if dimension < _SMALLEST_DIMENSION or not _counts_fit(len(rows), dimension):
        return None
    if fits_floats([*rows, *normals]):
        return _float_counter(rows, normals)
    return None if normals else _residue_counter(rows)


def fits_floats(rows: Sequence[IntegerRow]) -> bool:
    """Return whether every number the float64 kernels form is an integer below 2**53.

    A restriction subtracts two products of minors of order k, k <= r - 2; its result, of
    order at most r - 1, is then a minor itself, up to the sign.
    """
    bounds = minor_bounds(rows)
    top = min(len(bounds) - 1, max(len(rows[0]) - 2, 1))
    return 2 * bounds[top] ** 2 < _EXACT_FLOAT


def minor_bounds(rows: Sequence[IntegerRow]) -> list[int]:
    """Return Hadamard's bound on the k x k minors of integer rows, for k = 0, 1, ..."""
    norms = sorted((math.isqrt(sum(v * v for v in row)) + 1 for row in rows), reverse=True)
    bounds = [1]
    for norm in norms[: len(rows[0])]:
        bounds.append(bounds[-1] * norm)
    return bounds


def _counts_fit(hyperplanes: int, dimension: int) -> bool:
    # A unit has at most as many regions as its rows in general position (Cover).
    total = 2 * sum(math.comb(hyperplanes, k) for k in range(dimension - 1))
    return total <= _LARGEST_INT64


def _by_column(rows: Sequence[IntegerRow]) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(np.array([[float(v) for v in row] for row in rows]).T)


def _float_counter(rows: Sequence[IntegerRow], normals: Sequence[IntegerRow]) -> UnitCounter:
    from arrangements.kernels import count_cone_unit, count_unit

    data = _by_column(rows)
    if not normals:
        return lambda last: [int(entry) for entry in count_unit(data, last)]
    cone = _by_column(normals)
    return lambda last: [int(entry) for entry in count_cone_unit(data, cone, last)]


def _residue_counter(rows: Sequence[IntegerRow]) -> UnitCounter:
    """Count in residues; a unit that meets a bad prime starts again with other primes."""
    bound = max(minor_bounds(rows))

    def count(last: int) -> list[int]:
        limit = 2**31
        while True:
            primes = primes_above(bound, limit)
            limit = primes[-1]
            betti = _residue_unit(rows, primes, last)
            if betti is not None:
                return betti

    return count


def _residue_unit(rows: Sequence[IntegerRow], primes: list[int], last: int) -> list[int] | None:
    from arrangements.kernels import BAD_PRIME, count_unit_residues, normalise_rows

    field, data = montgomery_residues(rows[: last + 1], primes)
    lead = np.empty(last + 1, np.int64)
    if not normalise_rows(data, field, lead):
        return None
    status, coefficients = count_unit_residues(data, lead, last, field)
    return None if status == BAD_PRIME else [int(entry) for entry in coefficients]
