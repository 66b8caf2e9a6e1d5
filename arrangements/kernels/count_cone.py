"""Deletion-restriction inside an open cone {w : g.w > 0 for every normal g}, in exact float64 integers."""

from typing import NamedTuple

import numpy as np

from arrangements.kernels.compile import entry, helper
from arrangements.kernels.count import DONE, PAUSED
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


@helper
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


@helper
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


@helper
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


@helper
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


@helper
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


class ConeSearch(NamedTuple):
    """A search that can be left and taken up again; depth d has rank ``r - 1 - d``."""

    level: np.ndarray  # float64 (r, r, m): the rows of the node at each depth
    cone: np.ndarray  # float64 (r, r, g + 1): the normals there
    scratch: np.ndarray  # float64 (r, g + 1)
    divisor: np.ndarray  # float64 (r,)
    size: np.ndarray  # int64 (r,)
    cursor: np.ndarray  # int64 (r,)
    betti: np.ndarray  # int64 (r,)
    place: np.ndarray  # int64 (1,): the depth, -1 at the end
    table: np.ndarray  # int32 (4 m + 4,)
    key: np.ndarray  # uint64 (m + 1,)


def cone_unit_search(rank: int, m: int, normals: int) -> ConeSearch:
    """Arrays for a search over m rows of the given rank inside a cone of so many normals."""
    return ConeSearch(
        level=np.empty((rank, rank, m)),
        cone=np.empty((rank, rank, normals + 1)),
        scratch=np.empty((rank, normals + 1)),
        divisor=np.ones(rank),
        size=np.zeros(rank, np.int64),
        cursor=np.zeros(rank, np.int64),
        betti=np.zeros(rank, np.int64),
        place=np.zeros(1, np.int64),
        table=np.empty(4 * m + 4, np.int32),
        key=np.empty(m + 1, np.uint64),
    )


@entry
def begin_cone_unit(rows, normals, first, s):
    """Restrict rows 0..first-1 and normals (r, g) to row ``first``."""
    rank = rows.shape[0]
    g = normals.shape[1]
    s.betti[:] = 0
    s.cursor[0] = 0
    s.place[0] = -1
    restrict_normals(normals, rows, rank, first, g, 1.0, s.scratch, s.cone[0])
    if not cone_nonempty(s.cone[0], rank - 1, g, pivot_of(rows, rank, first)):
        return
    s.divisor[0] = restrict(rows, rank, first, first, 1.0, 1.0, s.level[0])
    s.betti[0] = 1
    s.size[0] = first
    if rank > 3:
        s.size[0] = merge_parallel(s.level[0], rank - 1, first, s.table, s.key)
    s.place[0] = 0


@entry
def count_cone_unit(s, budget):
    """Go on for about ``budget`` rows: DONE or PAUSED; see :func:`kernels.count.count_unit`.

    A node contributes only if its flat meets the cone; one that misses it is not descended into.
    """
    rank = s.level.shape[1]
    g = s.cone.shape[2] - 1
    betti = s.betti
    depth = s.place[0]
    while depth >= 0:
        if budget <= 0:
            s.place[0] = depth
            return PAUSED
        here = rank - 1 - depth
        n = s.size[depth]
        budget -= n + g * g
        if here == 2:
            kind, a, b = plane_cone(s.cone[depth, 0], s.cone[depth, 1], g)
            lines = _lines_inside(s.level[depth], n, s.cone[depth], kind, a, b, s.table, s.key)
            betti[depth + 1] += lines
            if kind == PLANE:
                betti[depth + 2] += max(lines - 1, 0)
            depth -= 1
            continue
        k = s.cursor[depth]
        if k >= n:
            depth -= 1
            continue
        s.cursor[depth] = k + 1
        above = s.divisor[depth]
        level, cone = s.level[depth], s.cone[depth]
        restrict_normals(cone, level, here, k, g, above, s.scratch, s.cone[depth + 1])
        if not cone_nonempty(s.cone[depth + 1], here - 1, g, pivot_of(level, here, k)):
            continue
        betti[depth + 1] += 1
        child = s.level[depth + 1]
        s.divisor[depth + 1] = restrict(level, here, k, k, above, 1.0, child)
        s.size[depth + 1] = k
        if here > 3:
            s.size[depth + 1] = merge_parallel(child, here - 1, k, s.table, s.key)
        s.cursor[depth + 1] = 0
        depth += 1
    s.place[0] = -1
    return DONE


@helper
def pivot_of(w, rank, k):
    """First non-zero coordinate of row k."""
    for c in range(rank):
        if w[c, k] != 0.0:
            return w[c, k]
    return 0.0
