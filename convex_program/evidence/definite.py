"""Whether a symmetric matrix of integers is positive semidefinite: a float factor, and integers that decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_PLACES = 40
"""Binary places of the factor."""
_HALF = _PLACES // 2
_ONE = 1 << 2 * _PLACES
_MOST = 1 << 11
"""Rows for which products of halves are exact."""
MARGIN = 2.0**-29
"""What is taken from a diagonal of ones before it is factorized: the factor's rounding has to fit into it."""


def is_semidefinite(matrix: Integers, *, room: float = 1.0) -> bool:
    """Return whether a symmetric matrix of integers is seen to be positive semidefinite.

    False for matrices that are not, for some that are nearly singular, and for more than 2,048 rows.

    Parameters
    ----------
    matrix : (N, N) object
        Python's integers; only symmetric ones are asked about.
    room : float
        More than one for whoever writes: other readers scale by other powers of two, and have less room to the same matrix.

    Notes
    -----
    *Algorithm.* Rows and columns are scaled by powers of two, so that the diagonal is about one, and a float64 Cholesky factor of the
    matrix less `MARGIN` is rounded to integers F over ``2**40``.  What is left, the matrix less ``F F^T``, has to be diagonally
    dominant: then both parts are semidefinite, and so is their sum (Gershgorin).

    *Exactness.* ``F F^T`` is computed exactly: F in two halves of 20 places, products of which are sums below ``2**53``.
    Scaling rounds entries down to integers over ``2**80``; each may be off by one, and that is counted.

    *Cost.* Four float products of N x N matrices, and some N^2 operations on integers.

    Examples
    --------
    >>> import numpy as np
    >>> is_semidefinite(np.array([[2, 1], [1, 2]], dtype=object))
    True
    >>> is_semidefinite(np.array([[1, 2], [2, 1]], dtype=object))
    False
    """
    diagonal = matrix.diagonal().tolist()
    if min(diagonal, default=0) < 0:
        return False
    positive = np.array([x > 0 for x in diagonal], dtype=np.bool_)
    used = np.flatnonzero(positive)
    size = len(used)
    if size > _MOST or any(matrix[~positive].ravel().tolist()):
        return False
    if size == 0:
        return True
    shifts = [(diagonal[i].bit_length() + 1) // 2 for i in used]
    whole = np.empty((size, size), dtype=object)
    for i, row in enumerate(matrix[np.ix_(used, used)].tolist()):
        shift = shifts[i] - 2 * _PLACES
        whole[i] = [_down(x, shift + other) for x, other in zip(row, shifts, strict=True)]
    if max(map(abs, whole.ravel().tolist())) > _ONE + 1:  # beyond its diagonal: a minor is negative
        return False
    scaled = np.ldexp(whole.astype(np.float64), -2 * _PLACES)
    try:
        factor = np.linalg.cholesky(scaled - room * MARGIN * np.eye(size))
    except np.linalg.LinAlgError:
        return False
    rest = whole - _square(np.rint(np.ldexp(np.tril(factor), _PLACES)))
    inside = rest.diagonal().copy()
    np.fill_diagonal(rest, 0)
    # each entry was rounded by less than one
    return bool((inside >= np.abs(rest).sum(axis=1) + size).all())


def _down(value: int, shift: int) -> int:
    return value >> shift if shift >= 0 else value << -shift


def _square(factor: Floats) -> Integers:
    """Return ``F F^T`` exactly, for integers below 2^41 in size and at most `_MOST` rows.

    High halves are at most 2^21 in size, low ones below 2^20: sums of 2^11 products stay below 2^53.
    """
    high = np.floor(np.ldexp(factor, -_HALF))
    low = factor - np.ldexp(high, _HALF)
    mixed = high @ low.T
    total = np.zeros((len(factor), len(factor)), dtype=object)
    for part in (high @ high.T, mixed + mixed.T, low @ low.T):
        total = total * (1 << _HALF) + part.astype(np.int64).astype(object)
    return total
