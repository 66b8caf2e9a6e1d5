"""The sweep: one unit at a time, resumable, patterns into buffers of the caller."""

import numpy as np

from arrangements.kernels.bits import has_bit, popcount
from arrangements.kernels.compile import ONE, ZERO, entry, helper
from arrangements.kernels.flats import (
    FINISHED,
    NOT_GENERIC,
    OPENED,
    begin,
    compare_rows,
    gather,
    members,
    next_line,
    open_line,
    row_values,
    settle_ties,
    settle_values,
    simple_region,
    vertex_point,
    vertex_words,
)
from arrangements.kernels.frame import borrow_pool, borrow_source
from arrangements.kernels.local import positive_regions, ray_words, scatter

DONE = 0
FULL = 1
FLAG_NOT_GENERIC = 2
FRESH = -1


@entry
def sweep_unit(source, pool, s, floor, state, words, points, directions):
    """Regions of HALF's summand at level s whose lowest flat's basis begins with given rows.

    Parameters
    ----------
    source, pool
        See :mod:`kernels.frame`; ``pool`` belongs to this call alone.
    s
        Level of the summand: 0, 2, 4, ... below r.
    floor
        Number of rows that name the unit (0: the whole summand), at most max(r-s-2, 0).
    state : int64 (r+1,)
        state[0] = FRESH and state[1:1+floor] the rows of the unit at first; the cursor after a
        return with FULL: pass it on with new buffers.  state[0] is then the next row on the line
        whose path is state[1:].
    words, points, directions
        Buffers (capacity, words of m), (capacity, r), (capacity, r).  A region has the signs of
        points[i] where a row is not zero on it, and of directions[i] elsewhere.

    Returns
    -------
    status, count, wanted
        ``wanted``: rows that the next vertex needs (FULL only).
    """
    source, pool = borrow_source(source), borrow_pool(pool)
    rank = pool.frame.shape[3]
    n = source.row.shape[0] - rank
    line = rank - s - 2
    if line < 0:
        if not ray_words(source, pool, ZERO, n, words[0]):
            return FLAG_NOT_GENERIC, 0, 0
        for i in range(rank):
            points[0, i] = source.root[rank - 1, i]
            directions[0, i] = 0.0
        return DONE, 1, 0
    resumed = state[0] != FRESH
    status = begin(source, pool, s, ZERO, n, state[1:], line if resumed else floor)
    if status == NOT_GENERIC:
        return FLAG_NOT_GENERIC, 0, 0
    if status != OPENED:
        return DONE, 0, 0
    depth = line if resumed else floor
    search = depth < line
    capacity = words.shape[0]
    width = words.shape[1]
    found, base = ZERO, ZERO
    base_words = np.empty(width, np.uint64)
    a, b, low, high = pool.a[s], pool.b[s], pool.low[s], pool.high[s]
    rising, below, ties = pool.rising[s], pool.below[s], pool.tied[s]
    values = pool.value[s]
    while True:
        if search:
            depth = next_line(source, pool, s, base, depth, floor, n)
            if depth < 0:
                break
        search = True
        if not open_line(source, pool, s, base, depth, n):
            return FLAG_NOT_GENERIC, found, 0
        first = pool.path[s, depth] + 1 if depth > 0 else 0
        if resumed:
            first = state[0]
            resumed = False
        frame, on, local = pool.frame[s, depth], pool.on[s, depth], pool.local[s, depth]
        covered = pool.covered[s, depth]
        error, scale = pool.error[s, depth], pool.scale[s, depth]
        on_count = 0
        for w in range(width):
            on_count += popcount(on[w])
        for k in range(first, n):
            if has_bit(covered, k):
                continue
            tied = compare_rows(low, high, on, n, k, below, ties)
            if tied > 1:
                tied = settle_ties(source, pool, s, base, depth, k, n)
                if tied == 0:
                    continue
                if tied == NOT_GENERIC:
                    return FLAG_NOT_GENERIC, found, 0
            t = -a[k] / b[k]
            if on_count + tied == line + 1:
                if found == capacity:
                    return _pause(pool, s, line, k, state, found, ONE)
                row_values(source.row[k], frame, s, values)
                vertex_point(frame, s, t, points[found])
                while True:
                    vertex_words(on, below, ties, rising, n, words[found])
                    if simple_region(
                        values,
                        frame,
                        local,
                        error,
                        s,
                        scale,
                        b[k],
                        has_bit(rising, k),
                        k,
                        words[found],
                        directions[found],
                    ):
                        break
                    if not settle_values(source, pool, s, base, depth, k, values):
                        return FLAG_NOT_GENERIC, found, 0
                found += 1
                continue
            gather(pool, s, base, members(pool, s, depth, n))
            patterns, inner, made = positive_regions(source, pool, s + 1, on_count + tied)
            if made < 0:
                return FLAG_NOT_GENERIC, found, 0
            if found + made > capacity:
                return _pause(pool, s, line, k, state, found, made)
            vertex_words(on, below, ties, rising, n, base_words)
            for i in range(found, found + made):
                for w in range(width):
                    words[i, w] = base_words[w]
                scatter(patterns[i - found], pool.member[s], words[i])
                vertex_point(frame, s, t, points[i])
                for j in range(rank):
                    directions[i, j] = inner[i - found, j]
            found += made
        if depth == floor:
            return DONE, found, 0
    if depth == FINISHED:
        return DONE, found, 0
    return FLAG_NOT_GENERIC, found, 0


@helper
def _pause(pool, s, line, k, state, found, wanted):
    """Write the cursor: the next call starts at row k of the open line."""
    state[0] = k
    for depth in range(line):
        state[1 + depth] = pool.path[s, depth + 1]
    return FULL, found, wanted
