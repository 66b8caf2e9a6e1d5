"""Deletion-restriction over the whole space: unsigned coefficients of the characteristic polynomial."""

import numpy as np
from numba import njit

from arrangements.kernels.minors import distinct_lines, merge_parallel, restrict


@njit(cache=True, nogil=True, error_model="numpy")
def _plane_node(w, n, previous, plane, table, key):
    """Rank-3 node with n distinct rows: sums of L_k and of L_k - 1 over k = 1..n-1.

    L_k is the number of distinct lines that rows 0..k-1 cut out of the plane of row k.
    """
    lines = 0
    for k in range(1, n):
        restrict(w, 3, k, k, previous, 1.0, plane)
        lines += distinct_lines(plane[0], plane[1], k, table, key)
    return lines, lines - (n - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def count_unit(rows, first):
    """Betti numbers of rows 0..first-1 restricted to row ``first`` (rank r-1 >= 2, r columns).

    Algorithm: regions(A) = regions(A minus H) + regions(A restricted to H), unrolled: the
    arrangement of rows 0..m-1 has 1 + sum_k regions(rows 0..k-1 restricted to row k).  The d-th
    coefficient counts the nodes at depth d.  ``rows`` (r, m) is stored by column.
    """
    rank, m = rows.shape
    betti = np.zeros(rank, np.int64)
    table = np.empty(4 * m + 4, np.int32)
    key = np.empty(m + 1, np.uint64)
    plane = np.empty((2, m), np.float64)
    # level[d] holds the rows of the node at depth d, of rank rank-1-d
    level = np.empty((max(rank - 2, 1), rank, m), np.float64)
    size = np.zeros(rank, np.int64)
    cursor = np.zeros(rank, np.int64)
    divisor = np.ones(rank, np.float64)
    betti[0] = 1
    divisor[0] = restrict(rows, rank, first, first, 1.0, 1.0, level[0])
    if rank == 3:
        lines = distinct_lines(level[0, 0], level[0, 1], first, table, key)
        betti[1] = lines
        betti[2] = max(lines - 1, 0)
        return betti
    size[0] = merge_parallel(level[0], rank - 1, first, table, key)
    depth = 0
    while depth >= 0:
        here = rank - 1 - depth
        n = size[depth]
        if here == 3:
            betti[depth + 1] += n
            lines, top = _plane_node(level[depth], n, divisor[depth], plane, table, key)
            betti[depth + 2] += lines
            betti[depth + 3] += top if n > 0 else 0
            depth -= 1
            continue
        k = cursor[depth]
        if k >= n:
            depth -= 1
            continue
        cursor[depth] = k + 1
        betti[depth + 1] += 1
        if k == 0:
            continue
        child = level[depth + 1]
        divisor[depth + 1] = restrict(level[depth], here, k, k, divisor[depth], 1.0, child)
        size[depth + 1] = merge_parallel(child, here - 1, k, table, key)
        cursor[depth + 1] = 0
        depth += 1
    return betti
