"""Deletion-restriction over the whole space: unsigned coefficients of the characteristic polynomial."""

from typing import NamedTuple

import numpy as np

from arrangements.kernels.compile import entry, helper
from arrangements.kernels.minors import distinct_lines, merge_parallel, restrict

DONE = 0
PAUSED = 2


class UnitSearch(NamedTuple):
    """A search that can be left and taken up again; depth d has rank ``r - 1 - d``."""

    level: np.ndarray  # float64 (max(r - 2, 1), r, m): the rows of the node at each depth
    divisor: np.ndarray  # float64 (r,)
    size: np.ndarray  # int64 (r,)
    cursor: np.ndarray  # int64 (r,)
    betti: np.ndarray  # int64 (r,)
    place: np.ndarray  # int64 (1,): the depth, -1 at the end
    table: np.ndarray  # int32 (4 m + 4,)
    key: np.ndarray  # uint64 (m + 1,)
    plane: np.ndarray  # float64 (2, m)


def unit_search(rank: int, m: int) -> UnitSearch:
    """Arrays for a search over m rows of the given rank."""
    return UnitSearch(
        level=np.empty((max(rank - 2, 1), rank, m)),
        divisor=np.ones(rank),
        size=np.zeros(rank, np.int64),
        cursor=np.zeros(rank, np.int64),
        betti=np.zeros(rank, np.int64),
        place=np.zeros(1, np.int64),
        table=np.empty(4 * m + 4, np.int32),
        key=np.empty(m + 1, np.uint64),
        plane=np.empty((2, m)),
    )


@helper
def _plane_node(w, n, previous, plane, table, key):
    """Rank-3 node with n distinct rows: sums of L_k and of L_k - 1 over k = 1..n-1.

    L_k is the number of distinct lines that rows 0..k-1 cut out of the plane of row k.
    """
    lines = 0
    for k in range(1, n):
        restrict(w, 3, k, k, previous, 1.0, plane)
        lines += distinct_lines(plane[0], plane[1], k, table, key)
    return lines, lines - (n - 1)


@entry
def begin_unit(rows, first, s):
    """Restrict rows 0..first-1 to row ``first``.  ``rows`` (r, m), r >= 3, by column."""
    rank = rows.shape[0]
    s.betti[:] = 0
    s.betti[0] = 1
    s.cursor[0] = 0
    s.place[0] = 0
    s.divisor[0] = restrict(rows, rank, first, first, 1.0, 1.0, s.level[0])
    if rank == 3:
        lines = distinct_lines(s.level[0, 0], s.level[0, 1], first, s.table, s.key)
        s.betti[1] = lines
        s.betti[2] = max(lines - 1, 0)
        s.place[0] = -1
        return
    s.size[0] = merge_parallel(s.level[0], rank - 1, first, s.table, s.key)


@entry
def count_unit(s, budget):
    """Go on for about ``budget`` rows: DONE or PAUSED.

    Algorithm: regions(A) = regions(A minus H) + regions(A restricted to H), unrolled: the
    arrangement of rows 0..m-1 has 1 + sum_k regions(rows 0..k-1 restricted to row k).  The d-th
    of ``s.betti`` counts the nodes at depth d: the Betti numbers of rows 0..first-1 on row first.
    """
    rank = s.level.shape[1]
    depth = s.place[0]
    while depth >= 0:
        if budget <= 0:
            s.place[0] = depth
            return PAUSED
        here = rank - 1 - depth
        n = s.size[depth]
        budget -= n + 1
        if here == 3:
            s.betti[depth + 1] += n
            lines, top = _plane_node(s.level[depth], n, s.divisor[depth], s.plane, s.table, s.key)
            s.betti[depth + 2] += lines
            s.betti[depth + 3] += top if n > 0 else 0
            budget -= n * n // 2
            depth -= 1
            continue
        k = s.cursor[depth]
        if k >= n:
            depth -= 1
            continue
        s.cursor[depth] = k + 1
        s.betti[depth + 1] += 1
        if k == 0:
            continue
        child = s.level[depth + 1]
        s.divisor[depth + 1] = restrict(s.level[depth], here, k, k, s.divisor[depth], 1.0, child)
        s.size[depth + 1] = merge_parallel(child, here - 1, k, s.table, s.key)
        s.cursor[depth + 1] = 0
        depth += 1
    s.place[0] = -1
    return DONE
