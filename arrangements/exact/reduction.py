"""Better coordinates for rows that floats cannot tell apart: a reduced basis of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import fmpz_mat

from arrangements.exact.limbs import long_products
from arrangements.exact.signs import IntegerMatrix, float_rows

IntegerRow = tuple[int, ...]

_CONDITION = 2.0**20
"""Ratio of singular values below which floats do without."""
_SAMPLE = 128
"""Rows that the basis is chosen for; the others follow."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """Rows in other coordinates: ``rows = given rows * basis``.

    Parameters
    ----------
    rows : m integer rows
    basis : (r, r) Python integers, nonsingular
        A point w of the new coordinates is ``basis w`` in the given ones.
    """

    rows: tuple[IntegerRow, ...]
    basis: IntegerMatrix

    def back(self, points: IntegerMatrix) -> IntegerMatrix:
        """Return machine integers of the new coordinates in the given ones, exactly."""
        return long_products(points, self.basis)


def reduced_rows(rows: Sequence[IntegerRow]) -> Reduced | None:
    """Return rows on which floats work, or None when they work on the given ones.

    Parameters
    ----------
    rows : m integer rows of length r
        Their columns are independent.

    Notes
    -----
    *Algorithm.* Rows are scaled to about one length, columns too.  Where the smallest singular
    value is still far below the largest, the columns are nearly dependent: regions are slivers,
    and sums of products cancel.  The columns span a lattice; a reduced basis of it (LLL) has
    nearly orthogonal vectors, which are scaled to one length again.

    *Exactness.* The new coordinates are an exact invertible map of the old ones, so no sign
    depends on floats.

    *Reference.* Lenstra, Lenstra and Lovasz 1982.
    """
    rank = len(rows[0])
    if rank == 1 or _condition(rows) < _CONDITION:
        return None
    lengths = [max(map(abs, row)).bit_length() for row in rows]
    sample = range(0, len(rows), -(-len(rows) // _SAMPLE))
    scaled = [[entry << max(lengths) - lengths[i] for entry in rows[i]] for i in sample]
    columns = fmpz_mat([list(column) for column in zip(*scaled, strict=True)])
    if columns.rank() < rank:
        columns = fmpz_mat([list(column) for column in zip(*rows, strict=True)])
    _, transform = columns.lll(transform=True)
    image = fmpz_mat([list(row) for row in rows]) * transform.transpose()
    table = [[int(entry) for entry in row] for row in image.tolist()]
    shifts = _shifts(table, lengths)
    basis = np.empty((rank, rank), dtype=object)
    for i in range(rank):
        for j in range(rank):
            basis[i, j] = int(transform[j, i]) << shifts[j]
    return Reduced(
        tuple(tuple(v << s for v, s in zip(row, shifts, strict=True)) for row in table), basis
    )


def _shifts(rows: Sequence[Sequence[int]], lengths: Sequence[int]) -> list[int]:
    """Return powers of two that make all columns alike, once the rows are of one length."""
    most = max(lengths)
    bits = [
        max(
            abs(row[c]).bit_length() + most - length
            for row, length in zip(rows, lengths, strict=True)
            if row[c]
        )
        for c in range(len(rows[0]))
    ]
    return [max(bits) - count for count in bits]


def _condition(rows: Sequence[IntegerRow]) -> float:
    """Return the ratio of the singular values, rows and columns scaled to length one."""
    floats = float_rows(rows, len(rows[0]))
    floats /= np.linalg.norm(floats, axis=1)[:, np.newaxis]
    largest = np.abs(floats).max(axis=0)
    if not (largest > 0.0).all():
        return np.inf
    values = np.linalg.svd(floats / largest, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0.0 else np.inf
