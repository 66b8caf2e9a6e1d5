"""The sweep: one unit at a time, resumable, patterns into buffers of the caller."""

from arrangements.kernels.bits import has_bit, popcount
from arrangements.kernels.compile import ZERO, entry
from arrangements.kernels.flats import (
    FINISHED,
    NOT_GENERIC,
    begin,
    compare_rows,
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
from arrangements.kernels.local import ray_words

DONE = 0
FULL = 1
FLAG_NOT_GENERIC = 2
FRESH = -1


@entry
def sweep_unit(source, pool, s, floor, state, limit, words, points, directions, through):
    """Lowest vertices of HALF's summand at level s whose flat's basis begins with given rows.

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
        return with FULL: pass it on with new buffers, or after `limit`.  state[0] is then the next row on the line
        whose path is state[1:].
    limit
        Return after so many vertices that are not simple.
    words, points, directions, through
        Buffers (capacity, words of m), (capacity, r), (capacity, r), (capacity, words of m).
        A simple vertex is the lowest of one region, with the signs of points[i] where a row is
        not zero on it and of directions[i] elsewhere.  through[i] are the rows that vanish at
        it: r-1-s at a simple one.  At another, words[i] has the signs of the rest: see
        :func:`kernels.vertices.expand_vertices`.

    Returns
    -------
    status, count, special
        ``special``: vertices that are not simple.
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
        for w in range(words.shape[1]):
            through[0, w] = 0
        return DONE, 1, 0
    resumed = state[0] != FRESH
    begin(source, pool, s, n)
    depth, prefix = ZERO, state[1:]
    length = line if resumed else floor
    search = line > 0
    capacity = words.shape[0]
    width = words.shape[1]
    found, base = 0, ZERO
    special = 0
    a, b, low, high = pool.a[s], pool.b[s], pool.low[s], pool.high[s]
    rising, below, ties = pool.rising[s], pool.below[s], pool.tied[s]
    values = pool.value[s]
    while True:
        if search:
            depth = next_line(source, pool, s, base, depth, floor, n, prefix, length)
            length = ZERO
            if depth < 0:
                break
        search = True
        if not open_line(source, pool, s, base, depth, n):
            return FLAG_NOT_GENERIC, found, special
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
                    return FLAG_NOT_GENERIC, found, special
            if found == capacity or special == limit:
                state[0] = k
                for i in range(line):
                    state[1 + i] = pool.path[s, i + 1]
                return FULL, found, special
            t = -a[k] / b[k]
            if on_count + tied == line + 1:
                for w in range(width):
                    through[found, w] = on[w] | ties[w]
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
                        return FLAG_NOT_GENERIC, found, special
                found += 1
                continue
            vertex_words(on, below, ties, rising, n, words[found])
            vertex_point(frame, s, t, points[found])
            for w in range(width):
                through[found, w] = on[w] | ties[w]
            found += 1
            special += 1
        if depth == floor:
            return DONE, found, special
    if depth == FINISHED:
        return DONE, found, special
    return FLAG_NOT_GENERIC, found, special
