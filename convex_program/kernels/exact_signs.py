"""Exact signs of products of integers that do not fit into a machine word.

Rows have integer entries below 2^52, generators of cones too, so products of 104 bits and sums of a
few of them are split at 2^26.  Floats decide where their error bound allows, which is nearly always.
"""

import numpy as np

from convex_program.kernels.uncounted import uncounted

_HALF = 26
_MASK = (1 << _HALF) - 1
_UNIT = 2.0**_HALF
_STEP = 2.0**-52


@uncounted()
def exact_product(integers, row, point):
    """Return ``integers[row] . point`` rounded to a float, zero only where it is zero.

    At most 64 entries below 2^52 in size; ``point`` holds whole numbers.
    """
    high = np.int64(0)
    middle = np.int64(0)
    low = np.int64(0)
    for k in range(point.shape[0]):
        w = integers[row, k]
        g = np.int64(point[k])
        w_high = w >> _HALF
        w_low = w & _MASK
        g_high = g >> _HALF
        g_low = g & _MASK
        high += w_high * g_high
        middle += w_high * g_low
        middle += w_low * g_high
        low += w_low * g_low
    middle += low >> _HALF
    low &= _MASK
    high += middle >> _HALF
    middle &= _MASK
    # the two lower parts together are nonnegative and below 2^52
    return float(high) * _UNIT * _UNIT + (float(middle) * _UNIT + float(low))


@uncounted()
def settle_signs(values, start, stop, fresh, point, depth, integers, norms, unit):
    """Replace each ``fresh[j]`` whose sign is in doubt by the exact product.

    Parameters
    ----------
    values : the table of rows; its last line holds their numbers.
    fresh : (stop - start,) float64
        Products with ``point`` in units of 1 / unit, each within ``(depth + 4) 2^-52`` of itself,
        relative to the product of the lengths.
    norms : (m,) float64
        Upper bounds of the rows' lengths, in the same units.
    """
    length = 0.0
    for k in range(point.shape[0]):
        length += point[k] * point[k]
    bar = (depth + 4) * _STEP * np.sqrt(length)
    last = values.shape[0] - 1
    for j in range(start, stop):
        row = int(values[last, j])
        if abs(fresh[j - start]) <= bar * norms[row]:
            fresh[j - start] = exact_product(integers, row, point) * unit
