"""Flats of an arrangement in depth-first order of their lexicographically first bases.

A *problem* is the n gathered rows at ``pool.x[base]`` restricted to the level s.  A flat of
rank d is opened by pivoting one more row into the frame; it is visited from its first basis
only: row k opens a child of a flat iff no smaller row, not on the flat, vanishes on the child.
Flats of rank r-s-2 are *lines*, walked by the parameter t = c_{s+2} in the chart c_{s+1} = 1.
"""

import numpy as np

from arrangements.kernels.bits import bit, has_bit, lanes, lowest_bit, popcount, valid_word
from arrangements.kernels.compile import helper, inlined, small
from arrangements.kernels.frame import NO_BOUND, cross_order, exchange, slot_sign
from arrangements.kernels.minors import cross_sign

REJECTED = 0
OPENED = 1
NOT_GENERIC = -2
FINISHED = -1
_ONE = np.uint64(1)


@helper
def values_on(x, vector, n, out):
    """out[l] = row l times the vector, for the n rows stored by column (padded).

    Four columns a pass: stores and loads of ``out`` would take longer than the products.
    """
    padded = lanes(n)
    rank = vector.shape[0]
    first = rank & 3
    if first == 0:
        for l in range(padded):
            out[l] = 0.0
    elif first == 1:
        p = vector[0]
        for l in range(padded):
            out[l] = x[0, l] * p
    elif first == 2:
        p, q = vector[0], vector[1]
        for l in range(padded):
            out[l] = x[0, l] * p + x[1, l] * q
    else:
        p, q, s = vector[0], vector[1], vector[2]
        for l in range(padded):
            out[l] = x[0, l] * p + x[1, l] * q + x[2, l] * s
    for i in range(first, rank, 4):
        p, q, s, t = vector[i], vector[i + 1], vector[i + 2], vector[i + 3]
        for l in range(padded):
            out[l] += (x[i, l] * p + x[i + 1, l] * q) + (x[i + 2, l] * s + x[i + 3, l] * t)


@helper
def _vanishes(source, pool, s, base, depth, l):
    """Does row l vanish on the open flat at this depth: 0, 1, or NOT_GENERIC.  Exact.

    NOT_GENERIC: it vanishes on the part of the flat in c_1 = .. = c_s = 0, not on the flat.
    """
    rank = pool.frame.shape[3]
    frame = pool.frame[s, depth]
    gid = pool.gid[base, l]
    for c in range(s, rank):
        if c >= s + 2 and pool.local[s, depth, c] >= 0:
            continue
        value = 0.0
        for i in range(rank):
            value += source.row[gid, i] * frame[c, i]
        error = pool.error[s, depth, c]
        if abs(value) > error or slot_sign(source, value, error, pool.ids[s, depth], c, gid) != 0:
            return 0
    for c in range(s):
        value = 0.0
        for i in range(rank):
            value += source.row[gid, i] * frame[c, i]
        if abs(value) > pool.error[s, depth, c]:
            return NOT_GENERIC
    return 1


@helper
def _share_a_flat(source, pool, s, base, depth, k, l):
    """Whether rows k and l, tied on a line in c_1 = .. = c_s = 0, meet its flat in one flat.

    With values v on slot c < s and b on slot s + 1, row l is a combination of row k and the
    rows of the line's flat iff v_l b_k = v_k b_l for every c.  False is certain; floats that
    cannot tell are taken for a tie, which only a flag in special position makes wrong.
    """
    rank = pool.frame.shape[3]
    frame, error = pool.frame[s, depth], pool.error[s, depth]
    row_k, row_l = source.row[pool.gid[base, k]], source.row[pool.gid[base, l]]
    b_k, b_l = pool.b[s, k], pool.b[s, l]
    for c in range(s):
        v_k, v_l = 0.0, 0.0
        for i in range(rank):
            v_k += row_k[i] * frame[c, i]
            v_l += row_l[i] * frame[c, i]
        if source.integer.shape[0] > 0:
            if cross_sign(v_l, b_l, v_k, b_k) != 0:
                return False
            continue
        slack = error[c] * (abs(b_k) + abs(b_l)) + error[s + 1] * (abs(v_k) + abs(v_l))
        slack += 2.0 * error[c] * error[s + 1] + 2.0**-51 * (abs(v_l * b_k) + abs(v_k * b_l))
        if abs(v_l * b_k - v_k * b_l) > 1.01 * slack:
            return False
    return True


@inlined
def _free_slot(source, pool, s, depth, gid):
    """The flag slot to exchange: the largest certain value of row ``gid``; -1 if all vanish."""
    rank = pool.frame.shape[3]
    frame = pool.frame[s, depth]
    value = pool.value[s]
    slot, largest = -1, 0.0
    for c in range(rank):
        value[c] = 0.0
        for i in range(rank):
            value[c] += source.row[gid, i] * frame[c, i]
        if c >= s + 2 and pool.local[s, depth, c] < 0:
            size = abs(value[c])
            if size > pool.error[s, depth, c] and size > largest:
                slot, largest = c, size
    if slot < 0:
        for c in range(s + 2, rank):
            if (
                pool.local[s, depth, c] < 0
                and slot_sign(source, value[c], pool.error[s, depth, c], pool.ids[s, depth], c, gid)
                != 0
            ):
                return c
    return slot


@small
def open_flat(source, pool, s, base, depth, k, n):
    """Open the flat spanned by row k and the open flat at ``depth``: OPENED, REJECTED, NOT_GENERIC.

    REJECTED: a smaller row opens the same flat.  On success the flat is at depth + 1 and
    ``pool.a[s]`` holds the values of all rows on its chart vector.
    """
    gid = pool.gid[base, k]
    slot = _free_slot(source, pool, s, depth, gid)
    if slot < 0:
        return NOT_GENERIC
    child = depth + 1
    scale, sound = exchange(
        source,
        pool.frame[s, depth],
        pool.scale[s, depth],
        pool.ids[s, depth],
        pool.value[s],
        slot,
        gid,
        pool.frame[s, child],
        pool.ids[s, child],
        pool.error[s, child],
    )
    pool.scale[s, child] = scale
    if not sound:
        # no bound: every sign on this frame is decided exactly, so no entry may look certain
        pool.frame[s, child, :, :] = 0.0
        pool.error[s, child, :] = NO_BOUND
    for c in range(pool.local.shape[2]):
        pool.local[s, child, c] = pool.local[s, depth, c]
    pool.local[s, child, slot] = k
    pool.path[s, child] = k
    pool.cursor[s, child] = k + 1
    a = pool.a[s]
    values_on(pool.x[base], pool.frame[s, child, s], n, a)
    error = pool.error[s, child, s]
    status = OPENED
    for w in range((n + 63) // 64):
        small = np.uint64(0)
        for j in range(min(64, lanes(n) - 64 * w)):
            small |= np.uint64(not abs(a[64 * w + j]) > error) << np.uint64(j)
        known = pool.on[s, depth, w]
        if w == k >> 6:
            known |= bit(k)
        small &= valid_word(w, n) & ~known
        while small != 0:
            l = 64 * w + lowest_bit(small)
            small &= small - _ONE
            vanishes = _vanishes(source, pool, s, base, child, l)
            if vanishes == NOT_GENERIC:
                return NOT_GENERIC
            if vanishes:
                if l < k:
                    status = REJECTED
                known |= bit(l)
        pool.on[s, child, w] = known
        pool.covered[s, child, w] = known
        # the other rows of this child need not be tried at the parent
        pool.covered[s, depth, w] |= known
    return status


@helper
def begin(source, pool, s, n):
    """Open the flat of rank 0: the whole level."""
    rank = pool.frame.shape[3]
    m = source.row.shape[0] - rank
    for c in range(rank):
        pool.ids[s, 0, c] = m + c
        pool.local[s, 0, c] = -1
        pool.error[s, 0, c] = pool.error[0, 0, c]
        for i in range(rank):
            pool.frame[s, 0, c, i] = source.root[c, i]
    pool.scale[s, 0] = 1.0
    pool.cursor[s, 0] = 0
    for w in range((n + 63) // 64):
        pool.on[s, 0, w] = 0
        pool.covered[s, 0, w] = 0


@small
def next_line(source, pool, s, base, depth, floor, n, prefix, length):
    """From the open flat at ``depth`` to the next line: its depth, FINISHED or NOT_GENERIC.

    ``floor``: the depth of the flat whose descendants are wanted.  From the whole level on, the
    flats spanned by prefix[:1], prefix[:2], ..., prefix[:length] are opened first; FINISHED when
    the rows do not name one.
    """
    line = pool.frame.shape[3] - s - 2
    if depth == line:
        depth -= 1
    given = depth < length
    while depth >= floor or given:
        if given:
            k = prefix[depth]
            if has_bit(pool.on[s, depth], k):
                return FINISHED
        else:
            k = pool.cursor[s, depth]
            while k < n and has_bit(pool.covered[s, depth], k):
                k += 1
            # after row k the basis of a vertex needs line - depth rows more
            if k + line - depth >= n:
                depth -= 1
                continue
        pool.cursor[s, depth] = k + 1
        status = open_flat(source, pool, s, base, depth, k, n)
        if status == NOT_GENERIC:
            return NOT_GENERIC
        if status == OPENED:
            depth += 1
            if depth == line:
                return depth
        elif given:
            return FINISHED
        given = depth < length and given
    return FINISHED


@small
def open_line(source, pool, s, base, depth, n):
    """Enclose the parameter t = -a/b where each row vanishes on the line at ``depth``.

    With a, b in error by at most A, B, |-a/b - t| <= (A + |t| B) / (|b| - B), t the rounded
    quotient without its own rounding; 2**-51 |t| pays for the roundings of t and of the ends.
    False: the flag is not generic (a row vanishes at the infinity of the line).
    """
    a, b, low, high = pool.a[s], pool.b[s], pool.low[s], pool.high[s]
    frame = pool.frame[s, depth]
    if depth == 0:
        values_on(pool.x[base], frame[s], n, a)
    values_on(pool.x[base], frame[s + 1], n, b)
    error_a, error_b = pool.error[s, depth, s], pool.error[s, depth, s + 1]
    for l in range(lanes(n)):
        t = -a[l] / b[l]
        spread = 1.01 * (error_a + abs(t) * error_b) / (abs(b[l]) - error_b) + 2.0**-51 * abs(t)
        low[l] = t - spread
        high[l] = t + spread
    for w in range((n + 63) // 64):
        rising, small = np.uint64(0), np.uint64(0)
        for j in range(min(64, lanes(n) - 64 * w)):
            rising |= np.uint64(b[64 * w + j] > 0.0) << np.uint64(j)
            small |= np.uint64(not abs(b[64 * w + j]) > error_b) << np.uint64(j)
        small &= valid_word(w, n) & ~pool.on[s, depth, w]
        while small != 0:
            l = 64 * w + lowest_bit(small)
            small &= small - _ONE
            sign = slot_sign(source, b[l], error_b, pool.ids[s, depth], s + 1, pool.gid[base, l])
            if sign == 0:
                return False
            rising = rising | bit(l) if sign > 0 else rising & ~bit(l)
            low[l] = -np.inf
            high[l] = np.inf
        pool.rising[s, w] = rising
    return True


@inlined
def compare_rows(low, high, on, n, k, below, unsure):
    """Certain part of the order on a line: rows below row k, rows not certain (k among them).

    Returns how many rows are not certain.
    """
    bottom, top = low[k], high[k]
    count = 0
    for w in range((n + 63) // 64):
        start = 64 * w
        less, greater = np.uint64(0), np.uint64(0)
        for j in range(min(64, lanes(n) - start)):
            less |= np.uint64(high[start + j] < bottom) << np.uint64(j)
            greater |= np.uint64(low[start + j] > top) << np.uint64(j)
        below[w] = less
        unsure[w] = ~(less | greater) & valid_word(w, n) & ~on[w]
        count += popcount(unsure[w])
    return count


@helper
def settle_ties(source, pool, s, base, depth, k, n):
    """Decide the rows left in ``pool.tied[s]`` exactly; the number tied with k, itself included.

    REJECTED (0): a smaller row is tied, the vertex belongs to its own turn (or to another line).
    NOT_GENERIC: two flats meet c_1 = .. = c_s = 0 in one vertex.
    """
    tied = 0
    smallest = k
    rising, a, b = pool.rising[s], pool.a[s], pool.b[s]
    for w in range((n + 63) // 64):
        unsure = pool.tied[s, w]
        same = np.uint64(0)
        while unsure != 0:
            l = 64 * w + lowest_bit(unsure)
            unsure &= unsure - _ONE
            if l != k:
                # t_l - t_k = -(a_l b_k - a_k b_l) / (b_l b_k)
                order = cross_order(
                    source,
                    pool.ids[s, depth],
                    s,
                    pool.gid[base, l],
                    pool.gid[base, k],
                    a[l],
                    b[l],
                    a[k],
                    b[k],
                    pool.error[s, depth, s],
                    pool.error[s, depth, s + 1],
                )
                if order != 0:
                    if (order < 0) != (has_bit(rising, l) == has_bit(rising, k)):
                        pool.below[s, w] |= bit(l)
                    continue
                if not _share_a_flat(source, pool, s, base, depth, k, l):
                    return NOT_GENERIC
                smallest = min(smallest, l)
            same |= bit(l)
            tied += 1
        pool.tied[s, w] = same
        pool.covered[s, depth, w] |= same
    return tied if smallest == k else REJECTED


@inlined
def simple_region(values, frame, local, error, s, scale, b, rising, k, words, q):
    """The one region lowest at the simple vertex of row k: sets bits of its rows, adds a direction.

    ``values``: row k on the frame.  On the edge of the vertex along slot j (row j moves to its
    positive side, the other rows stay) the sweep direction c_{s+2} changes by -values[j] / b;
    on the line itself by 1/b.  The region rises along all its edges.  ``q`` receives the sum of
    the edge vectors, on which each row of the vertex has the sign of its bit.
    False: some value is not certain; set it exactly and call again.
    """
    rank = frame.shape[0]
    if rising:
        words[k >> 6] |= bit(k)
    along = scale / abs(b)
    q[:] = 0.0
    for c in range(s + 2, rank):
        row = local[c]
        value = values[c]
        if not abs(value) > error[c]:
            return False
        # the row is positive where the edge rises: -value / b > 0
        if (value > 0.0) != rising:
            words[row >> 6] |= bit(row)
            for i in range(rank):
                q[i] += frame[c, i]
            along -= value / b
        else:
            for i in range(rank):
                q[i] -= frame[c, i]
            along += value / b
    for i in range(rank):
        q[i] += along * frame[s + 1, i]
    return True


@inlined
def row_values(row, frame, s, values):
    """Values of one row on the exchanged slots of a line's frame."""
    rank = frame.shape[0]
    for c in range(s + 2, rank):
        value = 0.0
        for i in range(rank):
            value += row[i] * frame[c, i]
        values[c] = value


@helper
def settle_values(source, pool, s, base, depth, k, values):
    """Replace uncertain values by a certain number of the exact sign; False if one is zero."""
    rank = values.shape[0]
    for c in range(s + 2, rank):
        error = pool.error[s, depth, c]
        if not abs(values[c]) > error:
            sign = slot_sign(source, values[c], error, pool.ids[s, depth], c, pool.gid[base, k])
            if sign == 0:
                return False
            values[c] = sign * max(2.0 * error, 2.0**-1000)
    return True


@helper
def members(pool, s, depth, n):
    """Gather the rows through the current vertex into ``pool.member[s]``; how many."""
    count = 0
    for w in range((n + 63) // 64):
        word = pool.on[s, depth, w] | pool.tied[s, w]
        while word != 0:
            pool.member[s, count] = 64 * w + lowest_bit(word)
            word &= word - _ONE
            count += 1
    return count


@helper
def gather(pool, s, base, count):
    """The member rows of level s become the problem at base s + 1."""
    rank = pool.frame.shape[3]
    padded = lanes(count)
    for i in range(rank):
        for j in range(count):
            pool.x[s + 1, i, j] = pool.x[base, i, pool.member[s, j]]
        for j in range(count, padded):
            pool.x[s + 1, i, j] = 0.0
    for j in range(count):
        pool.gid[s + 1, j] = pool.gid[base, pool.member[s, j]]


@inlined
def vertex_words(on, below, tied, rising, n, words):
    """Signs at the current vertex of the rows that do not pass through it (others 0)."""
    for w in range((n + 63) // 64):
        words[w] = ~(below[w] ^ rising[w]) & valid_word(w, n) & ~(on[w] | tied[w])


@inlined
def vertex_point(frame, s, t, point):
    """The vertex at parameter t as a float vector (approximate; nothing is decided with it)."""
    for i in range(point.shape[0]):
        point[i] = frame[s, i] + t * frame[s + 1, i]
