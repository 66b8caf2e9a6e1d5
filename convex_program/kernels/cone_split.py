"""Where to divide a node: an edge of its cone or the sign of a convex row; exact midpoints."""

import numpy as np
from numba import njit

EXACT_LIMIT = 4503599627370496.0  # 2^52: generators stay exact with room for one more split


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def loosest_edge(gen, values, start, middle, lam, gaps):
    """The edge whose midpoint takes most off the chord bound at u = sum lam_i g_i.

    With x_i = s_ji/|g_i| a convex row with x_a > 0 > x_b loses min(x_a, -x_b) of its chord at
    the midpoint of the unit vectors, and u = .. + t (unit midpoint sum) with
    t = min(lam_a |g_a|, lam_b |g_b|): the bound at u falls by t times the sum over the rows.
    Returns (a, b, gain); gain 0: no edge helps.
    """
    d = gen.shape[0]
    for i in range(d):
        length = 0.0
        for k in range(d):
            length += gen[i, k] * gen[i, k]
        gaps[d, i] = 1.0 / np.sqrt(length)
        for k in range(d):
            gaps[i, k] = 0.0
    for j in range(start, middle):
        for i in range(d):
            gaps[d + 1, i] = values[j, i] * gaps[d, i]
        for a in range(d):
            x = gaps[d + 1, a]
            if x > 0.0:
                for b in range(d):
                    y = -gaps[d + 1, b]
                    if y > 0.0:
                        gaps[a, b] += min(x, y)
    first, second, best = 0, 0, 0.0
    for a in range(d):
        for b in range(a + 1, d):
            gain = (gaps[a, b] + gaps[b, a]) * min(lam[a] / gaps[d, a], lam[b] / gaps[d, b])
            if gain > best:
                first, second, best = a, b, gain
    return first, second, best


@njit(cache=True, nogil=True)
def loosest_row(values, start, stop, lam):
    """The convex row whose chord exceeds it most at u = sum lam_i g_i, and by how much."""
    d = lam.shape[0]
    row, best = -1, 0.0
    for j in range(start, stop):
        up = 0.0
        down = 0.0
        for i in range(d):
            x = lam[i] * values[j, i]
            if x > 0.0:
                up += x
            else:
                down -= x
        gap = min(up, down)
        if gap > best:
            row, best = j, gap
    return row, best


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
