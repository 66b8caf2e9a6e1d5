"""Exact products of integer rows with integer vectors, in machine integers when they fit."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

IntegerMatrix: TypeAlias = npt.NDArray[Any]
"""A two-dimensional array of exact integers: dtype int64, or object holding Python ints."""

_INT64_LIMIT = 2**63 - 1


def products(vectors: IntegerMatrix, rows: IntegerMatrix) -> IntegerMatrix:
    """Return ``vectors @ rows.T`` exactly.

    Parameters
    ----------
    vectors : (k, rho) integers
    rows : (m, rho) integers

    Returns
    -------
    (k, m) integers
        dtype int64 when rho * max|vectors| * max|rows| < 2**63 proves that nothing can
        wrap (zeros counting as ones), object (Python integers) otherwise.

    Notes
    -----
    *Cost.* k m rho multiplications, either way.
    """
    width = vectors.shape[1]
    largest = magnitude(vectors), magnitude(rows)
    # A factor of zero must not hide that the other one is beyond a word.
    if width * max(largest[0], 1) * max(largest[1], 1) <= _INT64_LIMIT:
        return np.asarray(vectors.astype(np.int64) @ rows.astype(np.int64).T)
    return np.asarray(vectors.astype(object) @ rows.astype(object).T)


def magnitude(entries: IntegerMatrix) -> int:
    """Return the largest absolute value as a Python integer (0 for an empty array)."""
    if entries.size == 0:
        return 0
    return max(abs(int(entries.max())), abs(int(entries.min())))


def integer_matrix(
    rows: list[tuple[int, ...]] | tuple[tuple[int, ...], ...], width: int
) -> IntegerMatrix:
    """Return integer rows as an array: int64 when every entry fits, else object."""
    largest = max((abs(entry) for row in rows for entry in row), default=0)
    dtype = np.int64 if largest <= _INT64_LIMIT else object
    result = np.empty((len(rows), width), dtype=dtype)
    for i, row in enumerate(rows):
        result[i] = row
    return result
