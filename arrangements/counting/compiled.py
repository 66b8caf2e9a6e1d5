"""Deletion and restriction by compiled kernels, exact whatever the size of the entries.

Small integers are held by float64 and every product stays below 2**53, which Hadamard's
inequality proves beforehand.  Larger ones are counted in residues modulo a prime, and what
agrees there is compared modulo enough of them; inside a cone they are left to
`arrangements.counting.integers`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from arrangements.counting.residues import LARGEST, AlgebraicResidueRows, ResidueRows, minor_bounds
from arrangements.exact import Element, NumberField
from arrangements.kernel_cache import KERNELS, announce

IntegerRow = tuple[int, ...]

_EXACT_FLOAT = 2**53
_LARGEST_INT64 = 2**63 - 1
_SMALLEST_DIMENSION = 3
_BUDGET = 50_000_000
"""Rows a kernel looks at before it comes back, a second at most: Ctrl-C is heard there."""


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
    return None if normals else _Residues(partial(ResidueRows, rows))


def algebraic_counter(field: NumberField, rows: Sequence[Sequence[Element]]) -> UnitCounter:
    """Return a compiled counter for distinct hyperplanes over a number field, in rank three or more.

    Parameters
    ----------
    field : NumberField
    rows : m distinct hyperplanes whose columns are independent
    """
    return _Residues(partial(AlgebraicResidueRows, field, rows))


def fits_floats(rows: Sequence[IntegerRow]) -> bool:
    """Return whether every number the float64 kernels form is an integer below 2**53.

    A restriction subtracts two products of minors of order k, k <= r - 2; its result, of
    order at most r - 1, is then a minor itself, up to the sign.
    """
    bounds = minor_bounds(rows)
    top = min(len(bounds) - 1, max(len(rows[0]) - 2, 1))
    return 2 * bounds[top] ** 2 < _EXACT_FLOAT


def _counts_fit(hyperplanes: int, dimension: int) -> bool:
    # A unit has at most as many regions as its rows in general position (Cover).
    total = 2 * sum(math.comb(hyperplanes, k) for k in range(dimension - 1))
    return total <= _LARGEST_INT64


def _by_column(rows: Sequence[IntegerRow]) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(np.array([[float(v) for v in row] for row in rows]).T)


def _float_counter(rows: Sequence[IntegerRow], normals: Sequence[IntegerRow]) -> UnitCounter:
    from arrangements.kernels import (
        PAUSED,
        begin_cone_unit,
        begin_unit,
        cone_unit_search,
        count_cone_unit,
        count_unit,
        unit_search,
    )

    name = "count_cone_unit" if normals else "count_unit"
    announce(KERNELS, name, "counting in a cone" if normals else "counting", 4)
    data = _by_column(rows)
    rank, m = data.shape
    if not normals:

        def in_space(last: int) -> list[int]:
            search = unit_search(rank, m)
            begin_unit(data, last, search)
            while count_unit(search, _BUDGET) == PAUSED:
                pass
            return [int(entry) for entry in search.betti]

        return in_space
    cone = _by_column(normals)

    def in_cone(last: int) -> list[int]:
        search = cone_unit_search(rank, m, len(normals))
        begin_cone_unit(data, cone, last, search)
        while count_cone_unit(search, _BUDGET) == PAUSED:
            pass
        return [int(entry) for entry in search.betti]

    return in_cone


class _Residues:
    """Counts in residues; a unit that meets a bad prime starts again with other primes."""

    def __init__(self, make: Callable[[int], ResidueRows]) -> None:
        announce(KERNELS, "count_residues", "counting large integers", 8)
        self._make = make
        self._tries = [make(LARGEST)]

    def __call__(self, last: int) -> list[int]:
        """Return the Betti numbers of the earlier rows restricted to row `last`."""
        attempt = 0
        while (betti := _residue_unit(self._tries[attempt], last)) is None:
            attempt += 1
            if attempt == len(self._tries):
                self._tries.append(self._make(self._tries[-1].limit))
        return betti


def _residue_unit(rows: ResidueRows, last: int) -> list[int] | None:
    from arrangements.kernels import BAD_PRIME, begin_residues, count_residues, residue_search

    if not rows.sound:
        return None
    rank, m = rows.first.shape
    search = residue_search(rank, m)
    status = begin_residues(rows.first, rows.lead, last, rows.exact, search)
    while status != BAD_PRIME and search.place[0] >= 0:
        status = count_residues(rows.exact, search, _BUDGET)
    return None if status == BAD_PRIME else [int(entry) for entry in search.betti]
