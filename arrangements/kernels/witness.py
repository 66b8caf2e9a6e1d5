"""Float vectors inside swept regions: proposals, proved elsewhere."""

import numpy as np

from arrangements.kernels.bits import lanes
from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry, inlined
from arrangements.kernels.flats import values_on


@inlined
def _nearest(at, tiny, inverse, count, least):
    """Smallest distance |at| / norm over rows not on the point; 1 if none is smaller.

    Eight running minima let the loop run in vector registers.
    """
    for j in range(8):
        least[j] = 1.0
    for start in range(0, count, 8):
        for j in range(8):
            value = abs(at[start + j])
            distance = value * inverse[start + j]
            closer = (value > tiny[start + j]) & (distance < least[j])
            least[j] = distance if closer else least[j]
    smallest = least[0]
    for j in range(1, 8):
        smallest = min(smallest, least[j])
    return smallest


@entry
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
        p/|p| + eps q/|q|, scaled and rounded; zeros where that is not finite.  With eps half
        the distance of p/|p| to the nearest hyperplane not through it, the step takes from
        no product x.p more than half.
    """
    x, scale, vertices = borrowed(x), borrowed(scale), borrowed(vertices)
    directions, out = borrowed(directions), borrowed(out)
    rank = x.shape[0]
    least = np.empty(8)
    tiny = np.zeros(x.shape[1])
    inverse = np.zeros(x.shape[1])
    at = np.zeros(x.shape[1])
    point = np.empty(rank)
    unit = 2.0**bits
    padded = lanes(m)
    for j in range(m):
        square = 0.0
        for c in range(rank):
            square += x[c, j] * x[c, j]
        norm = np.sqrt(square)
        tiny[j] = 1e-11 * norm
        inverse[j] = 1.0 / norm
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
        step = 0.5 * _nearest(at, tiny, inverse, padded, least)
        largest = 0.0
        for c in range(rank):
            point[c] = scale[c] * (vertices[i, c] + step * directions[i, c])
            largest = max(largest, abs(point[c]))
        usable = 0.0 < largest < np.inf
        for c in range(rank):
            out[i, c] = np.int64(np.rint(point[c] / largest * unit)) if usable else 0
