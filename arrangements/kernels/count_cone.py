"""Deletion-restriction inside an open cone {w : g.w > 0 for every normal g}, in exact float64 integers."""

import numpy as np
from numba import njit

from arrangements.kernels.minors import (
    cross_sign,
    distinct_lines,
    merge_parallel,
    parallel,
    restrict,
)

EMPTY = 0
RAY = 1
WEDGE = 2
PLANE = 3


@njit(cache=True, nogil=True, error_model="numpy")
def has_zero_row(g, rank, count):
    for row in range(count):
        zero = True
        for c in range(rank):
            if g[c, row] != 0.0:
                zero = False
                break
        if zero:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def restrict_normals(g, rows, rank, k, count, previous, scratch, out):
    """Normals restricted to the hyperplane of row k of ``rows``, keeping their sides.

    ``scratch`` (rank, >= count+1) carries the normals with the pivot row behind them.
    """
    for c in range(rank):
        for row in range(count):
            scratch[c, row] = g[c, row]
        scratch[c, count] = rows[c, k]
    c = 0
    while rows[c, k] == 0.0:
        c += 1
    sign = 1.0 if (rows[c, k] > 0.0) == (previous > 0.0) else -1.0
    restrict(scratch, rank, count, count, previous, sign, out)


@njit(cache=True, nogil=True, error_model="numpy")
def plane_cone(x, y, count):
    """The open cone {g.w > 0} of the plane: (kind, a, b).

    The conic hull of the normals is kept by its extreme normals a, b (indices, a clockwise
    of b).  The open cone is empty iff the hull contains a line (Gordan) or a zero normal.
    """
    if count == 0:
        return PLANE, 0, 0
    a, b = 0, 0
    wide = False
    for i in range(count):
        if x[i] == 0.0 and y[i] == 0.0:
            return EMPTY, 0, 0
        from_a = cross_sign(x[a], y[a], x[i], y[i])
        if not wide:
            if from_a > 0:
                b, wide = i, True
            elif from_a < 0:
                b, a, wide = a, i, True
            elif (x[a] > 0.0) != (x[i] > 0.0) or (y[a] > 0.0) != (y[i] > 0.0):
                return EMPTY, 0, 0
            continue
        from_b = cross_sign(x[b], y[b], x[i], y[i])
        if from_a >= 0 and from_b <= 0:
            continue
        if from_a > 0 and from_b > 0:
            b = i
        elif from_a < 0 and from_b < 0:
            a = i
        else:
            return EMPTY, 0, 0
    return (WEDGE if wide else RAY), a, b


@njit(cache=True, nogil=True, error_model="numpy")
def cone_nonempty(g, rank, count, previous):
    """Is the open cone of the normals g[:, :count] non-empty?  Exact, recursive on facets.

    Once parallel normals are merged, a non-empty open cone that is not the whole space has a
    facet, and the relative interior of a facet satisfies the other normals strictly;
    conversely, a point on one hyperplane and strictly inside the others can be pushed inside.
    """
    if count == 0:
        return True
    if has_zero_row(g, rank, count):
        return False
    if rank == 1:
        for row in range(1, count):
            if (g[0, row] > 0.0) != (g[0, 0] > 0.0):
                return False
        return True
    if rank == 2:
        kind, _, _ = plane_cone(g[0], g[1], count)
        return kind != EMPTY
    kept = np.empty((rank, count + 1), np.float64)
    n = 0
    for row in range(count):
        for c in range(rank):
            kept[c, n] = g[c, row]
        fresh = True
        for other in range(n):
            if parallel(kept, rank, other, n):
                for c in range(rank):
                    if kept[c, n] != 0.0:
                        if (kept[c, n] > 0.0) != (kept[c, other] > 0.0):
                            return False
                        break
                fresh = False
                break
        if fresh:
            n += 1
    if n == 1:
        return True
    scratch = np.empty((rank, n + 1), np.float64)
    facet = np.empty((rank, n + 1), np.float64)
    rest = np.empty((rank, n), np.float64)
    for k in range(n):
        j = 0
        for row in range(n):
            if row != k:
                for c in range(rank):
                    rest[c, j] = kept[c, row]
                j += 1
        restrict_normals(rest, kept, rank, k, n - 1, previous, scratch, facet)
        divisor = 0.0
        for c in range(rank):
            if kept[c, k] != 0.0:
                divisor = kept[c, k]
                break
        if cone_nonempty(facet, rank - 1, n - 1, divisor):
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _lines_inside(plane, count, normals, kind, a, b, table, key):
    """Distinct lines of the plane rows that meet the open cone (kind, a, b); moves rows."""
    kept = 0
    for l in range(count):
        if kind != PLANE:
            # the line of row l is spanned by the row turned by 90 degrees, on which a normal
            # takes the value of the cross product
            side = cross_sign(plane[0, l], plane[1, l], normals[0, a], normals[1, a])
            if side == 0:
                continue
            if side != cross_sign(plane[0, l], plane[1, l], normals[0, b], normals[1, b]):
                continue
        plane[0, kept] = plane[0, l]
        plane[1, kept] = plane[1, l]
        kept += 1
    return distinct_lines(plane[0], plane[1], kept, table, key)


@njit(cache=True, nogil=True, error_model="numpy")
def count_cone_unit(rows, normals, first):
    """Coefficients for rows 0..first-1 restricted to row ``first``, inside the open cone.

    Same recursion as :func:`kernels.count.count_unit`; a node contributes only if its flat
    meets the cone, and a flat that misses it is not descended into.  ``normals`` (r, g).
    """
    rank, m = rows.shape
    g = normals.shape[1]
    betti = np.zeros(rank, np.int64)
    table = np.empty(4 * m + 4, np.int32)
    key = np.empty(m + 1, np.uint64)
    level = np.empty((rank, rank, m), np.float64)
    cone = np.empty((rank, rank, g + 1), np.float64)
    scratch = np.empty((rank, g + 1), np.float64)
    size = np.zeros(rank, np.int64)
    cursor = np.zeros(rank, np.int64)
    divisor = np.ones(rank, np.float64)
    restrict_normals(normals, rows, rank, first, g, 1.0, scratch, cone[0])
    if not cone_nonempty(cone[0], rank - 1, g, pivot_of(rows, rank, first)):
        return betti
    divisor[0] = restrict(rows, rank, first, first, 1.0, 1.0, level[0])
    betti[0] = 1
    size[0] = first
    if rank > 3:
        size[0] = merge_parallel(level[0], rank - 1, first, table, key)
    depth = 0
    while depth >= 0:
        here = rank - 1 - depth
        n = size[depth]
        if here == 2:
            kind, a, b = plane_cone(cone[depth, 0], cone[depth, 1], g)
            lines = _lines_inside(level[depth], n, cone[depth], kind, a, b, table, key)
            betti[depth + 1] += lines
            if kind == PLANE:
                betti[depth + 2] += max(lines - 1, 0)
            depth -= 1
            continue
        k = cursor[depth]
        if k >= n:
            depth -= 1
            continue
        cursor[depth] = k + 1
        restrict_normals(
            cone[depth], level[depth], here, k, g, divisor[depth], scratch, cone[depth + 1]
        )
        pivot = pivot_of(level[depth], here, k)
        if not cone_nonempty(cone[depth + 1], here - 1, g, pivot):
            continue
        betti[depth + 1] += 1
        child = level[depth + 1]
        divisor[depth + 1] = restrict(level[depth], here, k, k, divisor[depth], 1.0, child)
        size[depth + 1] = k
        if here > 3:
            size[depth + 1] = merge_parallel(child, here - 1, k, table, key)
        cursor[depth + 1] = 0
        depth += 1
    return betti


@njit(cache=True, nogil=True, error_model="numpy")
def pivot_of(w, rank, k):
    """First non-zero coordinate of row k."""
    for c in range(rank):
        if w[c, k] != 0.0:
            return w[c, k]
    return 0.0
