"""Sums over a table of rows, stored one row to a column so that the vector units are filled.

``values[i, j]`` is coordinate i of row j.  Loops run to the next multiple of LANES: the vector
units take many numbers at a time, and what is left over costs as much as all the rest.  What they
read there is finite, since tables begin as zeros, and its weight is zero, so that nothing is added.
Reordered sums appear in two places only: in what is merely proposed, and within chunks of at most
CHUNK terms, where every order has at most CHUNK - 1 additions.  ``if start < 0`` is never true:
it tells the compiler that no index counts from the end.
"""

import numpy as np
from numba import njit

from convex_program.kernels.uncounted import ANY_ORDER, uncounted

CHUNK = 64
LANES = 16
"""Divides CHUNK; tables and weights have so many columns more than rows."""


@uncounted()
def padded(count):
    """Return the next multiple of LANES."""
    return (count + LANES - 1) // LANES * LANES


@njit(cache=True, nogil=True)
def columns_of(rows):
    """Return the table of some rows."""
    m, d = rows.shape
    values = np.zeros((d, m + LANES))
    for j in range(m):
        for i in range(d):
            values[i, j] = rows[j, i]
    return values


@uncounted()
def select(weights, count):
    """Set the first weights to one and those up to the next multiple of LANES to zero."""
    for j in range(count):
        weights[j] = 1.0
    clear(weights, count)


@uncounted()
def clear(weights, count):
    """Set the weights from ``count`` up to the next multiple of LANES to zero."""
    for j in range(count, padded(count)):
        weights[j] = 0.0


@uncounted(fastmath=ANY_ORDER)
def combine(values, start, count, coefficients, out):
    """Set out[j] = sum_i coefficients[i] values[i, start + j]."""
    if start < 0:
        return
    x = coefficients[0]
    for j in range(padded(count)):
        out[j] = x * values[0, start + j]
    for i in range(1, coefficients.shape[0]):
        x = coefficients[i]
        for j in range(padded(count)):
            out[j] += x * values[i, start + j]


@uncounted(fastmath=ANY_ORDER)
def dot(values, i, start, weights, first, count):
    """Sum of values[i, start + first + j] weights[first + j], j < count."""
    if start < 0 or first < 0:
        return 0.0
    total = 0.0
    for j in range(padded(count)):
        total += values[i, start + first + j] * weights[first + j]
    return total


@uncounted(fastmath=ANY_ORDER)
def positive_dot(values, i, start, weights, first, count):
    """Sum of the positive parts of values[i, start + first + j], times weights[first + j]."""
    if start < 0 or first < 0:
        return 0.0
    total = 0.0
    for j in range(padded(count)):
        total += max(0.0, values[i, start + first + j]) * weights[first + j]
    return total


@uncounted(fastmath=ANY_ORDER)
def positive_total(numbers, weights, count):
    """Sum of the positive parts of the first numbers, times weights."""
    total = 0.0
    for j in range(padded(count)):
        total += max(0.0, numbers[j]) * weights[j]
    return total


@uncounted()
def chunked_dot(values, i, start, weights, count):
    """Sum of products; a term passes at most CHUNK + ceil(n / CHUNK) additions."""
    total = 0.0
    for first in range(0, count, CHUNK):
        total += dot(values, i, start, weights, first, min(CHUNK, count - first))
    return total


@uncounted()
def chunked_positive_dot(values, i, start, weights, count):
    """Sum of weighted positive parts; a term passes at most CHUNK + ceil(n / CHUNK) additions."""
    total = 0.0
    for first in range(0, count, CHUNK):
        total += positive_dot(values, i, start, weights, first, min(CHUNK, count - first))
    return total
