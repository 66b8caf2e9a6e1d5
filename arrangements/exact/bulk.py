"""Whole arrays of machine numbers as primitive integer rows, at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.exact.rational import primitive

IntegerRow = tuple[int, ...]

_MANTISSA = 53
_WORD = 62
"""Bits that an entry may take: its sums of two still fit in a machine word."""


def primitive_rows(
    array: npt.NDArray[Any],
) -> tuple[list[IntegerRow], list[Fraction]] | None:
    """Return the rows of a machine array as positive scales times coprime integers.

    Parameters
    ----------
    array : (n, d) array

    Returns
    -------
    rows, scales
        What `primitive` returns for each row; None for other numbers than binary floats of at
        most 64 bits and integers, and for infinities and NaN.

    Notes
    -----
    *Exactness.* A float is its mantissa, an integer below 2**53, times a power of two.  Rows
    whose entries do not share a scale within a machine word go to `primitive`.

    *Cost.* A dozen passes over the array; about a microsecond a row for making tuples.
    """
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:  # noqa: PLR2004 - bytes of a double
        if not np.isfinite(array).all():
            return None
        entries, exponents, fits = _shared_scale(array.astype(np.float64))
    elif array.dtype.kind in "iu":
        fits = ((array >= -(2**_WORD)) & (array <= 2**_WORD)).all(axis=1)
        entries = np.where(fits[:, np.newaxis], array, 0).astype(np.int64)
        exponents = np.zeros(len(array), np.int64)
    else:
        return None
    divisor = np.gcd.reduce(entries, axis=1)
    known: dict[tuple[int, int], Fraction] = {}
    scales = []
    for pair in zip(divisor.tolist(), exponents.tolist(), strict=True):
        scale = known.get(pair)
        if scale is None:
            factor, exponent = pair
            scale = known[pair] = (
                Fraction(factor) * Fraction(2) ** exponent if factor else Fraction(1)
            )
        scales.append(scale)
    entries //= np.maximum(divisor, 1)[:, np.newaxis]
    rows = list(map(tuple, entries.tolist()))
    for index in np.flatnonzero(~fits):
        rows[index], scales[index] = primitive([_stored(entry) for entry in array[index]])
    return rows, scales


def _stored(entry: Any) -> Fraction:
    return (
        Fraction(*float(entry).as_integer_ratio())
        if entry.dtype.kind == "f"
        else Fraction(int(entry))
    )


def _shared_scale(
    array: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return integers and for each row an exponent of two, and for which rows they hold."""
    fraction, exponent = np.frexp(array)
    mantissa = np.ldexp(fraction, _MANTISSA).astype(np.int64)
    # The lowest set bit of each mantissa, as an exponent.
    _, trailing = np.frexp((mantissa & -mantissa).astype(np.float64))
    zero = mantissa == 0
    trailing = np.where(zero, 0, trailing - 1).astype(np.int64)
    mantissa >>= trailing
    exponent = exponent.astype(np.int64) - _MANTISSA + trailing
    lowest = np.where(zero, np.iinfo(np.int64).max, exponent).min(axis=1)
    lowest = np.where(zero.all(axis=1), 0, lowest)
    shift = np.where(zero, 0, exponent - lowest[:, np.newaxis])
    _, length = np.frexp(np.abs(mantissa).astype(np.float64))
    fits = np.asarray((shift + length <= _WORD).all(axis=1))
    shift = np.where(fits[:, np.newaxis], shift, 0)
    return np.where(fits[:, np.newaxis], mantissa << shift, 0), lowest, fits
