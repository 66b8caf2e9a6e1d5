"""Float vectors inside swept regions: proposals, proved elsewhere."""

import numpy as np
from numba import njit

from arrangements.kernels.bits import lanes
from arrangements.kernels.borrow import borrowed
from arrangements.kernels.flats import values_on


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _first_crossing(at, along, tiny, count, least):
    """Smallest positive -at/along over rows not on the point; 2 if none is smaller.

    Eight running minima let the loop run in vector registers.
    """
    for j in range(8):
        least[j] = 2.0
    for start in range(0, count, 8):
        for j in range(8):
            value = at[start + j]
            step = -value / along[start + j]
            closer = (step > 0.0) & (abs(value) > tiny[start + j]) & (step < least[j])
            least[j] = step if closer else least[j]
    smallest = least[0]
    for j in range(1, 8):
        smallest = min(smallest, least[j])
    return smallest


@njit(cache=True, nogil=True, error_model="numpy")
def interior_points(x, m, scale, bits, vertices, directions, out):
    """Write for every region an integer point that should lie well inside it: a proposal.

    Parameters
    ----------
    x : float64 (r, n)
        The m rows by column, padded.
    scale : float64 (r,)
        The point is scale times the vector on which x is to be evaluated.
    bits : int
        The largest entry is rounded to this many bits.
    vertices, directions : float64 (count, r)
        From the sweep: the region contains vertex + eps * direction for all small eps > 0.
        They are scaled to unit length.
    out : int64 (count, r), written
        p/|p| + eps q/|q| with eps = min(1, half the first crossing), scaled and rounded;
        zeros where that is not finite.
    """
    x, scale, vertices = borrowed(x), borrowed(scale), borrowed(vertices)
    directions, out = borrowed(directions), borrowed(out)
    rank = x.shape[0]
    least = np.empty(8)
    tiny = np.empty(x.shape[1])
    at = np.zeros(x.shape[1])
    along = np.zeros(x.shape[1])
    point = np.empty(rank)
    unit = 2.0**bits
    padded = lanes(m)
    for j in range(x.shape[1]):
        size = 0.0
        for c in range(rank):
            size += abs(x[c, j])
        tiny[j] = 1e-11 * size
    for i in range(vertices.shape[0]):
        size, inner = 0.0, 0.0
        for c in range(rank):
            size += vertices[i, c] * vertices[i, c]
            inner += directions[i, c] * directions[i, c]
        size = 1.0 / np.sqrt(size)
        inner = 1.0 / np.sqrt(inner) if inner > 0.0 else 0.0
        for c in range(rank):
            vertices[i, c] *= size
            directions[i, c] *= inner
        values_on(x, vertices[i], m, at)
        values_on(x, directions[i], m, along)
        step = 0.5 * _first_crossing(at, along, tiny, padded, least)
        largest = 0.0
        for c in range(rank):
            point[c] = scale[c] * (vertices[i, c] + step * directions[i, c])
            largest = max(largest, abs(point[c]))
        usable = 0.0 < largest < np.inf
        for c in range(rank):
            out[i, c] = np.int64(np.rint(point[c] / largest * unit)) if usable else 0
