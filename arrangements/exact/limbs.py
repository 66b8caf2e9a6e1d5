"""Signs of products of long integers, by machine arithmetic on their digits."""

from __future__ import annotations

from collections.abc import Iterator
from operator import methodcaller
from typing import Any

import numpy as np
import numpy.typing as npt

_BYTES = 3
_BITS = 8 * _BYTES
_LARGEST_RANK = 2 ** (53 - 2 * _BITS)
"""Sums of so many products of two digits are exact in floats."""
_MOST_PRODUCTS = 64
"""Pairs of digits beyond which Python's integers are as fast."""
_CHUNK = 1 << 18
"""Products at once: bounds the memory."""


def limb_signs(vectors: npt.NDArray[Any], rows: npt.NDArray[Any]) -> npt.NDArray[np.int8] | None:
    """Return the signs of ``vectors @ rows.T``, or None when the integers are too long for this.

    Parameters
    ----------
    vectors : (k, rho) integers
    rows : (m, rho) integers

    Notes
    -----
    *Algorithm.* Both are written in base 2**24, the last digit with the sign.  Products of digits
    are summed by floats, which are exact below 2**53; then carries make every digit of the
    result but the last nonnegative, and the last one has the sign.
    """
    width = vectors.shape[1]
    left, right = _lengths(vectors), _lengths(rows)
    if left * right > _MOST_PRODUCTS or not 0 < width < _LARGEST_RANK:
        return None
    result = np.empty((len(vectors), len(rows)), np.int8)
    for part, digits in _multiplied(vectors, left, rows, right):
        nonzero = np.zeros(digits.shape[1:], np.bool_)
        for digit in digits[:-1]:
            nonzero |= digit != 0
        result[part] = np.where(digits[-1] < 0, -1, nonzero | (digits[-1] > 0))
    return result


def long_products(vectors: npt.NDArray[Any], rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``vectors @ rows.T`` as Python integers.

    Parameters
    ----------
    vectors : (k, rho) int64
    rows : (m, rho) integers
    """
    left, right = _lengths(vectors), _lengths(rows)
    if left * right > _MOST_PRODUCTS or not 0 < vectors.shape[1] < _LARGEST_RANK:
        return np.asarray(vectors.astype(object) @ rows.astype(object).T)
    result = np.empty((len(vectors), len(rows)), object)
    for part, digits in _multiplied(vectors, left, rows, right):
        total: Any = 0
        # Two digits are a machine integer: half as many long ones to be added.
        for place in range(len(digits) - 2, -1, -2):
            pair = digits[place] + (digits[place + 1] << _BITS)
            total = pair.astype(object) + (total << 2 * _BITS)
        result[part] = total
    return result


def _multiplied(
    vectors: npt.NDArray[Any], left: int, rows: npt.NDArray[Any], right: int
) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
    """Yield the digits of the products, part by part: an even number of them."""
    second = [np.ascontiguousarray(digit.T) for digit in _digits(rows, right)]
    count = left + right + (left + right) % 2
    step = max(1, _CHUNK // max(1, len(rows)))
    for start in range(0, len(vectors), step):
        part = slice(start, start + step)
        first = _digits(vectors[part], left)
        sums = np.zeros((count, len(first[0]), len(rows)), np.int64)
        # Not by a matrix product: for so few columns a threaded library spends more on threads.
        for i, one in enumerate(first):
            for j, other in enumerate(second):
                sums[i + j] += np.einsum("kc,cm->km", one, other).astype(np.int64)
        for place in range(count - 1):
            sums[place + 1] += sums[place] >> _BITS
            sums[place] &= (1 << _BITS) - 1
        yield part, sums


def _lengths(table: npt.NDArray[Any]) -> int:
    """Return how many digits hold every entry with its sign."""
    bits = max((int(entry).bit_length() for entry in (table.max(), table.min())), default=0)
    return bits // _BITS + 1


def _digits(table: npt.NDArray[Any], count: int) -> list[npt.NDArray[np.float64]]:
    length = _BYTES * count
    as_bytes = methodcaller("to_bytes", length, "little", signed=True)
    data = b"".join(map(as_bytes, table.ravel().tolist()))
    raw = np.frombuffer(data, np.uint8).reshape(*table.shape, count, _BYTES).astype(np.float64)
    digits = raw @ np.array([1.0, 2.0**8, 2.0**16])
    last = digits[..., -1]
    last -= np.where(last >= 2 ** (_BITS - 1), 2.0**_BITS, 0.0)
    return [np.ascontiguousarray(digits[..., place]) for place in range(count)]
