"""Where to divide a node: an edge of its cone or the sign of a convex row; exact midpoints."""

import numpy as np

from convex_program.kernels.row_table import padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted

EXACT_LIMIT = 4503599627370496.0  # 2^52: generators stay exact with room for one more split
_NOISE = 1e-12  # differences below this part of their terms are rounding


@uncounted()
def longest_edge(gen):
    """The pair of generators with the widest angle."""
    d = gen.shape[0]
    first, second, best = 0, 1, 2.0
    for i in range(d):
        ii = 0.0
        for k in range(d):
            ii += gen[i, k] * gen[i, k]
        for j in range(i + 1, d):
            jj = 0.0
            ij = 0.0
            for k in range(d):
                jj += gen[j, k] * gen[j, k]
                ij += gen[i, k] * gen[j, k]
            cosine = ij / np.sqrt(ii * jj)
            if cosine < best:
                first, second, best = i, j, cosine
    return first, second


@uncounted(fastmath=ANY_ORDER)
def _size(values, start, mask, count, a, p, b, q):
    """Sum of |p x_a + q x_b| over the rows start.. ."""
    if start < 0:
        return 0.0
    total = 0.0
    for j in range(padded(count)):
        total += abs(p * values[a, start + j] + q * values[b, start + j]) * mask[j]
    return total


@uncounted()
def _weigh(gen, values, start, mask, count, sums, inverse):
    """Set sums_i to the sum over the rows of |x_i|, and inverse_i to 1/|g_i|."""
    d = gen.shape[0]
    for i in range(d):
        length = 0.0
        for k in range(d):
            length += gen[i, k] * gen[i, k]
        inverse[i] = 1.0 / np.sqrt(length)
        sums[i] = _size(values, start, mask, count, i, inverse[i], i, 0.0)


@uncounted()
def loosest_edge(gen, values, start, mask, count, lam, sums, inverse):
    """The edge whose midpoint takes most off the chord bound at u = sum lam_i g_i.

    With x_i = s_ji/|g_i| a convex row with x_a > 0 > x_b loses min(x_a, -x_b) of its chord at
    the midpoint of the unit vectors, and u = .. + t (unit midpoint sum) with
    t = min(lam_a |g_a|, lam_b |g_b|): the bound at u falls by t times the sum over the rows.
    Where the signs differ, min(|x_a|, |x_b|) = (|x_a| + |x_b| - |x_a + x_b|)/2, and where they
    do not this is zero: no branches.  ``mask`` is one for every such row.  Returns (a, b, gain); gain 0: no edge helps.
    """
    d = gen.shape[0]
    _weigh(gen, values, start, mask, count, sums, inverse)
    first, second, best = 0, 0, 0.0
    for a in range(d):
        for b in range(a + 1, d):
            weight = min(lam[a] / inverse[a], lam[b] / inverse[b])
            both = sums[a] + sums[b]
            if 0.5 * both * weight <= best:
                continue
            lost = both - _size(values, start, mask, count, a, inverse[a], b, inverse[b])
            gain = 0.5 * lost * weight
            if lost > _NOISE * both and gain > best:
                first, second, best = a, b, gain
    return first, second, best


@uncounted()
def edge_gains(gen, values, start, mask, count, lam, sums, inverse, gains):
    """Write to ``gains[a, b]``, a < b, by how much the bound at u falls: see `loosest_edge`."""
    d = gen.shape[0]
    _weigh(gen, values, start, mask, count, sums, inverse)
    for a in range(d):
        for b in range(a + 1, d):
            weight = min(lam[a] / inverse[a], lam[b] / inverse[b])
            both = sums[a] + sums[b]
            lost = both - _size(values, start, mask, count, a, inverse[a], b, inverse[b])
            gains[a, b] = 0.5 * lost * weight if lost > _NOISE * both else 0.0


@uncounted(fastmath=ANY_ORDER)
def loosest_row(values, start, count, lam, inner, size):
    """The convex row whose chord exceeds it most at u = sum lam_i g_i, and by how much.

    The parts above and below zero are (size + inner)/2 and (size - inner)/2.
    """
    if start < 0:
        return -1, 0.0
    for j in range(padded(count)):
        inner[j] = 0.0
        size[j] = 0.0
    for i in range(lam.shape[0]):
        x = lam[i]
        for j in range(padded(count)):
            y = x * values[i, start + j]
            inner[j] += y
            size[j] += abs(y)
    row_found, best = -1, 0.0
    for j in range(count):
        gap = size[j] - abs(inner[j])
        if gap > best and gap > _NOISE * size[j]:
            row_found, best = start + j, gap
    return row_found, 0.5 * best


@uncounted()
def balance(gen, a, b):
    """Powers of two (p, q) that make p g_a and q g_b of nearly equal length."""
    d = gen.shape[0]
    aa = 0.0
    bb = 0.0
    for k in range(d):
        aa += gen[a, k] * gen[a, k]
        bb += gen[b, k] * gen[b, k]
    p = 1.0
    q = 1.0
    while aa * 2.0 < bb:
        aa *= 4.0
        p *= 2.0
    while bb * 2.0 < aa:
        bb *= 4.0
        q *= 2.0
    return p, q


@uncounted()
def midpoint(gen, a, b, p, q, out):
    """Set out = p g_a + q g_b divided by the powers of two it contains.

    Returns that power of two, or 0 when the exact integers would leave 2^52.
    """
    d = gen.shape[0]
    for k in range(d):
        out[k] = p * gen[a, k] + q * gen[b, k]
        if abs(out[k]) > EXACT_LIMIT:
            return 0.0
    shrink = 1.0
    while True:
        for k in range(d):
            half = out[k] * 0.5
            if half != np.floor(half):
                return shrink
        for k in range(d):
            out[k] *= 0.5
        shrink *= 2.0
