"""Signs of products of long integers, by machine arithmetic on their digits."""

from __future__ import annotations

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
    digits = [np.ascontiguousarray(digit.T) for digit in _digits(rows, right)]
    result = np.empty((len(vectors), len(rows)), np.int8)
    step = max(1, _CHUNK // max(1, len(rows)))
    for start in range(0, len(vectors), step):
        part = _digits(vectors[start : start + step], left)
        sums = np.zeros((left + right, len(part[0]), len(rows)), np.int64)
        for i, first in enumerate(part):
            for j, second in enumerate(digits):
                sums[i + j] += (first @ second).astype(np.int64)
        nonzero = np.zeros(sums.shape[1:], np.bool_)
        for place in range(len(sums) - 1):
            sums[place + 1] += sums[place] >> _BITS
            nonzero |= (sums[place] & ((1 << _BITS) - 1)) != 0
        last = sums[-1]
        result[start : start + step] = np.where(last < 0, -1, nonzero | (last > 0))
    return result


def _lengths(table: npt.NDArray[Any]) -> int:
    """Return how many digits hold every entry with its sign."""
    bits = max((int(entry).bit_length() for entry in (table.max(), table.min())), default=0)
    return bits // _BITS + 1


def _digits(table: npt.NDArray[Any], count: int) -> list[npt.NDArray[np.float64]]:
    length = _BYTES * count
    data = b"".join(
        entry.to_bytes(length, "little", signed=True) for entry in table.ravel().tolist()
    )
    raw = np.frombuffer(data, np.uint8).reshape(*table.shape, count, _BYTES).astype(np.float64)
    digits = raw @ np.array([1.0, 2.0**8, 2.0**16])
    last = digits[..., -1]
    last -= np.where(last >= 2 ** (_BITS - 1), 2.0**_BITS, 0.0)
    return [np.ascontiguousarray(digits[..., place]) for place in range(count)]
