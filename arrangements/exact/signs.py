"""Exact products of integer rows with integer vectors, in machine integers when they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.exact.limbs import limb_signs
from arrangements.exact.rational import scaled_float

IntegerMatrix: TypeAlias = npt.NDArray[Any]
"""A two-dimensional array of exact integers: dtype int64, or object holding Python ints."""

_INT64_LIMIT = 2**63 - 1
_EXACT_FLOAT = 2**53
_CHUNK = 1 << 17
"""Products at once: a megabyte, which stays in the processor's cache."""


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


def exact_signs(vectors: IntegerMatrix, rows: Sequence[tuple[int, ...]]) -> npt.NDArray[np.int8]:
    """Return the signs of ``vectors @ rows.T`` exactly, in floats wherever they decide.

    Parameters
    ----------
    vectors : (k, rho) integers
    rows : m integer rows of length rho

    Returns
    -------
    (k, m) int8
        -1, 0 or 1.

    Notes
    -----
    *Exactness.* Vectors up to 2**53 are floats as they are (larger ones go to integers).  A
    product beyond its `rounding_bound` has the right sign; the others are computed in
    Python integers.

    *Cost.* A matrix product, and ten passes over its k m entries.
    """
    result = np.empty((len(vectors), len(rows)), dtype=np.int8)
    if vectors.dtype == object:
        result[:] = _integer_signs(vectors, rows)
        return result
    floats = float_rows(rows, vectors.shape[1])
    norms = rounding_bound(floats)
    chunk = max(1, _CHUNK // max(1, len(rows)))
    for start in range(0, len(vectors), chunk):
        part = vectors[start : start + chunk]
        signs = result[start : start + chunk]
        weights = part.astype(np.float64)
        largest = np.abs(weights).max(axis=1, initial=0.0)
        values = _float_products(weights, floats)
        np.multiply(values > 0, 2, out=signs, dtype=np.int8, casting="unsafe")
        signs -= 1
        np.abs(values, out=values)
        undecided = values <= largest[:, np.newaxis] * norms
        wide = largest > _EXACT_FLOAT
        if wide.any():
            signs[wide] = _integer_signs(part[wide], rows)
            undecided[wide] = False
        if undecided.any():
            for i, j in np.argwhere(undecided):
                value = sum(int(w) * x for w, x in zip(part[i], rows[j], strict=True))
                signs[i, j] = (value > 0) - (value < 0)
    return result


def float_rows(
    rows: Sequence[tuple[int, ...]] | IntegerMatrix, width: int
) -> npt.NDArray[np.float64]:
    """Return positive multiples of integer rows as floats, shape (m, width): see `scaled_float`."""
    wide: list[int] = []
    try:
        table = np.array(rows, dtype=np.int64).reshape(len(rows), width)
    except OverflowError:
        large = np.array(rows, dtype=object).reshape(len(rows), width)
        wide = np.flatnonzero((np.abs(large) > _INT64_LIMIT).any(axis=1)).tolist()
        large[wide] = 0
        table = large.astype(np.int64)
    # As natural numbers: the least machine integer has no opposite among the signed ones.
    largest = np.abs(table).astype(np.uint64).max(axis=1, initial=0)
    _, length = np.frexp(largest.astype(np.float64))
    # Beyond 2**53 rounding may lead up to the next power of two.
    power = np.left_shift(np.uint64(1), np.maximum(length - 1, 0).astype(np.uint64))
    length -= largest < power
    floats = np.ldexp(table.astype(np.float64), -length[:, np.newaxis])
    for i in wide:
        floats[i] = scaled_float(rows[i])
    return np.asarray(floats)


def rounding_bound(floats: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each of m `float_rows` a bound on the error of its product with a vector w.

    Returns
    -------
    (m,) float64
        To be multiplied by the largest |w_c|, where w is exact in floats.

    Notes
    -----
    An entry was scaled by a power of two and rounded, with a relative error of at most
    u = 2**-53.  Whatever the order of summation, the computed product errs by at most
    ``gamma_(rho+1) sum |x_c||w_c| <= (rho + 3) u |x|_1 |w|_inf``, where rho + 3 in place of
    rho + 1 pays for the denominator of gamma, for the rounding of the bound, and for entries
    lost to underflow (below 2**-1074 beside a largest entry of at least 1/2).
    """
    unit = (floats.shape[1] + 3) * 2.0**-53 * (1.0 + 2.0**-40)
    return np.asarray(unit * np.abs(floats).sum(axis=1))


def _float_products(
    weights: npt.NDArray[np.float64], floats: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return ``weights @ floats.T``, summed column by column.

    For so few columns a threaded library spends more on its threads than on the work.
    """
    values = np.zeros((len(weights), len(floats)))
    part = np.empty_like(values)
    for column in range(weights.shape[1]):
        np.multiply.outer(weights[:, column], floats[:, column], out=part)
        values += part
    return values


def _integer_signs(vectors: IntegerMatrix, rows: Sequence[tuple[int, ...]]) -> npt.NDArray[np.int8]:
    table = integer_matrix(list(rows), vectors.shape[1])
    if vectors.size and table.size and vectors.dtype == object:
        signs = limb_signs(vectors, table)
        if signs is not None:
            return signs
    values = products(vectors, table)
    return np.asarray((values > 0).astype(np.int8) - (values < 0).astype(np.int8))


def magnitude(entries: IntegerMatrix) -> int:
    """Return the largest absolute value as a Python integer (0 for an empty array)."""
    if entries.size == 0:
        return 0
    return max(abs(int(entries.max())), abs(int(entries.min())))


def integer_matrix(
    rows: list[tuple[int, ...]] | tuple[tuple[int, ...], ...], width: int
) -> IntegerMatrix:
    """Return integer rows as an array: int64 when every entry fits, else object."""
    try:
        result = np.array(rows, dtype=np.int64).reshape(len(rows), width)
    except OverflowError:
        pass
    else:
        # The least machine integer has no opposite in a word.
        if result.min(initial=0) >= -_INT64_LIMIT:
            return result
    result = np.empty((len(rows), width), dtype=object)
    for i, row in enumerate(rows):
        result[i] = row
    return result
