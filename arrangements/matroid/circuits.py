"""Circuits and cocircuits: what is dependent, and which signs lines have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import null_vector
from arrangements.flats import flats
from arrangements.progress import session_listener

MANY = 500_000
"""Subsets of rows that are looked through at most, by default."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """A minimal dependent set of rows: ``sum coefficients[k] * integers[rows[k]] = 0``.

    Parameters
    ----------
    rows : tuple of int
        Ascending.
    coefficients : tuple of int
        None is zero, the first is positive, and they have no common divisor.  They belong to
        the primitive integer rows ``DataMatrix.integers``, which are the data up to
        positive factors: the signs are those of the dependence of the data.

    Examples
    --------
    >>> import arrangements as ar
    >>> [circuit] = ar.circuits([[1, 0], [0, 1], [1, 1]])
    >>> circuit.rows, circuit.coefficients  # x_0 + x_1 - x_2 = 0
    ((0, 1, 2), (1, 1, -1))
    """

    rows: tuple[int, ...]
    coefficients: tuple[int, ...]


def circuits(data: Any, *, limit: int = MANY) -> tuple[Circuit, ...]:
    """List the circuits: the minimal dependent sets of rows, with their coefficients.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to look through more subsets of rows than this.

    Returns
    -------
    tuple of Circuit
        By size, then lexicographically.  The opposite of each is not listed.

    Raises
    ------
    ArgumentError
        When there are more subsets of at most r + 1 rows than `limit`.

    Notes
    -----
    *Algorithm.* A set is a circuit iff its dependencies are the multiples of one vector
    without zeros.

    *Exactness.* Integers only.

    *Cost.* An exact elimination for each subset of at most r + 1 rows, about 10^5 a second.

    *Growth.* ``comb(n, r + 1) * r**3`` for n rows of rank r.

    Examples
    --------
    >>> circuits([[1, 0], [0, 1], [1, 1], [0, 0]])
    (Circuit(rows=(3,), coefficients=(1,)), Circuit(rows=(0, 1, 2), coefficients=(1, 1, -1)))
    """
    arrangement = as_arrangement(data)
    n = arrangement.shape[0]
    sizes = range(1, min(n, arrangement.rank + 1) + 1)
    refuse_beyond(limit, sum(math.comb(n, size) for size in sizes))
    subsets = itertools.chain.from_iterable(itertools.combinations(range(n), s) for s in sizes)
    found = (circuit_on(arrangement.data.integers, rows) for rows in subsets)
    return tuple(circuit for circuit in found if circuit is not None)


def minimal_rows(rows: list[int], holds: Callable[[Sequence[int]], bool]) -> list[int]:
    """Leave out ever smaller blocks of rows while a monotone property holds."""
    size = len(rows) // 2
    while size:
        start = 0
        while start < len(rows):
            others = rows[:start] + rows[start + size :]
            if holds(others):
                rows = others
            else:
                start += size
        size //= 2
    return rows


def circuit_on(integers: Sequence[tuple[int, ...]], rows: Sequence[int]) -> Circuit | None:
    """Return the circuit on exactly these rows, or None when they are none."""
    vector = null_vector([integers[i] for i in rows])
    if vector is None or not all(vector):
        return None
    sign = 1 if vector[0] > 0 else -1
    return Circuit(tuple(rows), tuple(sign * entry for entry in vector))


def refuse_beyond(limit: int, subsets: int) -> None:
    """Raise `ArgumentError` when more subsets than `limit` would have to be looked at."""
    limit = whole_number("limit", limit)
    if subsets > limit:
        raise ArgumentError(
            f"limit = {limit:,}, but {subsets:,} subsets of rows would have to be looked at; "
            "raise limit=, or choose fewer rows with DataMatrix.take_rows"
        )


@dataclass(frozen=True, slots=True)
class Cocircuit:
    """The signs of the rows on a line: what is zero there is a flat of rank r - 1.

    Parameters
    ----------
    point : tuple of int
        A weight vector w on the line, of coprime integers; the opposite is the other half.
    signs : tuple of int
        The signs of ``x_i.w`` for the n rows; the first that is not 0 is 1.

    Examples
    --------
    >>> import arrangements as ar
    >>> cocircuit = ar.cocircuits([[1, 0], [0, 1]])[0]
    >>> cocircuit.point, cocircuit.signs  # on the line w_0 = 0
    ((0, 1), (0, 1))
    """

    point: tuple[int, ...]
    signs: tuple[int, ...]


def cocircuits(data: Any, *, limit: int = 100_000) -> tuple[Cocircuit, ...]:
    """List the cocircuits: the sign vectors of the arrangement's rays.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to look at more flats than this.

    Returns
    -------
    tuple of Cocircuit
        One of each pair of opposites, in the order of `flats` of rank r - 1.

    Raises
    ------
    ArgumentError
        When there are more flats than `limit`.

    Notes
    -----
    *Algorithm.* The null vector of each flat of rank r - 1, in the first r independent columns.

    *Exactness.* Integers only.

    *Growth.* ``comb(n, r - 1) * n * r`` for n rows of rank r.

    Examples
    --------
    >>> [cocircuit.signs for cocircuit in cocircuits([[1, 0], [0, 1], [1, 1]])]
    [(0, 1, 1), (1, 0, 1), (1, -1, 0)]
    """
    arrangement = Arrangement(as_arrangement(data).data)
    if arrangement.rank == 0:
        return ()
    frame = arrangement.frame()
    rows = [[row[c] for c in frame.columns] for row in arrangement.data.integers]
    result = []
    found = flats(arrangement, limit=limit, progress=session_listener)
    for flat in found.by_rank[arrangement.rank - 1]:
        columns = list(zip(*(rows[i] for i in flat.rows), strict=True)) or [()] * frame.rho
        line = null_vector(columns)
        assert line is not None  # noqa: S101 - a flat of rank r - 1 in R^r is a line
        signs = np.sign([sum(x * w for x, w in zip(row, line, strict=True)) for row in rows])
        turn = int(signs[np.flatnonzero(signs)[0]])
        point = frame.lift([turn * entry for entry in line])
        result.append(Cocircuit(point, tuple(int(turn * sign) for sign in signs)))
    return tuple(result)
