"""Regions of a local arrangement contained in the positive side of a flag functional."""

import numpy as np

from arrangements.kernels.bits import bit, has_bit, lowest_bit, popcount
from arrangements.kernels.compile import ONE, ZERO, helper
from arrangements.kernels.flats import (
    NOT_GENERIC,
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
from arrangements.kernels.frame import slot_sign

_HASH = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)


@helper
def ray_words(source, pool, base, n, words):
    """Signs of the rows on the last flag vector; False if one vanishes there."""
    rank = pool.frame.shape[3]
    last = rank - 1
    ids = np.empty(rank, np.int64)
    for c in range(rank):
        ids[c] = source.row.shape[0] - rank + c
    for w in range((n + 63) // 64):
        words[w] = 0
    for l in range(n):
        value = 0.0
        for i in range(rank):
            value += pool.x[base, i, l] * source.root[last, i]
        positive = value > 0.0
        error = pool.error[0, 0, last]
        if not abs(value) > error:
            sign = slot_sign(source, value, error, ids, last, pool.gid[base, l])
            if sign == 0:
                return False
            positive = sign > 0
        if positive:
            words[l >> 6] |= bit(l)
    return True


@helper
def scatter(local, member, words):
    """Set in ``words`` the rows member[j] whose bit j is set in ``local``."""
    for w in range(local.shape[0]):
        word = local[w]
        while word != 0:
            row = member[64 * w + lowest_bit(word)]
            words[row >> 6] |= bit(row)
            word &= word - _ONE


@helper
def _hash(words):
    code = np.uint64(0)
    for w in range(words.shape[0]):
        code = (code ^ words[w]) * _HASH
        code ^= code >> np.uint64(29)
    return code


@helper
def _subtract(words, directions, count, removed, removed_count):
    """Drop from words[:count] the patterns of ``removed``; the new count, -1 if one is not there."""
    mask = 1
    while mask < 2 * removed_count:
        mask *= 2
    mask -= 1
    table = np.full(mask + 1, -1, np.int32)
    for i in range(removed_count):
        slot = np.int64(_hash(removed[i]) & np.uint64(mask))
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = i
    kept = 0
    width = words.shape[1]
    for i in range(count):
        slot = np.int64(_hash(words[i]) & np.uint64(mask))
        found = False
        while table[slot] >= 0 and not found:
            found = True
            for w in range(width):
                if words[i, w] != removed[table[slot], w]:
                    found = False
                    break
            slot = (slot + 1) & mask
        if not found:
            for w in range(width):
                words[kept, w] = words[i, w]
            for j in range(directions.shape[1]):
                directions[kept, j] = directions[i, j]
            kept += 1
    return kept if kept == count - removed_count else -1


@helper
def combine(x, n, point, inner, out):
    """Out = point/|point| + eps inner/|inner|, eps = min(1, half the first crossing).

    Rows that vanish at the point have no crossing to fear: they take their sign from ``inner``.
    A proposal in floats: whoever uses it as a proof checks it.
    """
    rank = point.shape[0]
    size, inner_size = 0.0, 0.0
    for i in range(rank):
        size += point[i] * point[i]
        inner_size += inner[i] * inner[i]
    size, inner_size = 1.0 / np.sqrt(size), 1.0 / np.sqrt(inner_size)
    step = 2.0
    for l in range(n):
        at, along, norm = 0.0, 0.0, 0.0
        for i in range(rank):
            at += x[i, l] * point[i]
            along += x[i, l] * inner[i]
            norm += abs(x[i, l])
        at *= size
        along *= inner_size
        if at * along < 0.0 and abs(at) > 1e-11 * norm and abs(at) < step * abs(along):
            step = abs(at / along)
    step *= 0.5
    for i in range(rank):
        out[i] = point[i] * size + step * inner[i] * inner_size


@helper
def _recall(pool, base, n, key):
    """Memo slot of the flat of the n gathered rows: (slot, found).  Fills ``key``."""
    key[:] = 0
    for j in range(n):
        row = pool.gid[base, j]
        key[row >> 6] |= bit(row)
    mask = pool.place.shape[0] - 1
    slot = np.int64(_hash(key) & np.uint64(mask))
    while pool.place[slot, 2] > 0:
        same = True
        for w in range(key.shape[0]):
            if pool.known[slot, w] != key[w]:
                same = False
                break
        if same:
            return slot, True
        slot = (slot + 1) & mask
    return slot, False


@helper
def _remember(pool, base, n, key, words, directions, count):
    """Store the local regions of a flat; a full memo is emptied first, a list too long is not stored."""
    width, rank = words.shape[1], directions.shape[1]
    entries, pattern, direction = pool.used[0], pool.used[1], pool.used[2]
    if count * width > pool.patterns.shape[0] // 8 or count * rank > pool.directions.shape[0] // 8:
        return
    if (
        2 * entries >= pool.place.shape[0]
        or pattern + count * width > pool.patterns.shape[0]
        or direction + count * rank > pool.directions.shape[0]
    ):
        pool.place[:, 2] = 0
        entries, pattern, direction = 0, 0, 0
    slot, _ = _recall(pool, base, n, key)
    for w in range(key.shape[0]):
        pool.known[slot, w] = key[w]
    pool.place[slot, 0] = pattern
    pool.place[slot, 1] = direction
    pool.place[slot, 2] = count
    for i in range(count):
        for w in range(width):
            pool.patterns[pattern + i * width + w] = words[i, w]
        for j in range(rank):
            pool.directions[direction + i * rank + j] = directions[i, j]
    pool.used[0] = entries + 1
    pool.used[1] = pattern + count * width
    pool.used[2] = direction + count * rank


@helper
def positive_regions(source, pool, base, n):
    """POS: regions of the n gathered rows in c_1 = .. = c_base = 0 inside {c_{base+1} > 0}.

    Returns (patterns (count, words), directions (count, r), count); count -1: not generic.

    With N = r - base columns, POS(N) = LOW(N) minus POS(N-1), and POS(1) is the ray of the last
    flag vector; so the lists are made from the innermost level s outwards.  LOW at level s
    takes the lowest vertices of level s, whose local regions are POS at base s + 1.
    """
    rank = pool.frame.shape[3]
    width = (n + 63) // 64
    key = np.empty(pool.known.shape[1], np.uint64)
    if base > 1:
        # the local regions depend on the flat alone, not on the vertex above it
        place, found = _recall(pool, base, n, key)
        if found:
            at, along, count = pool.place[place, 0], pool.place[place, 1], pool.place[place, 2]
            return (
                pool.patterns[at : at + count * width].reshape(count, width),
                pool.directions[along : along + count * rank].reshape(count, rank),
                count,
            )
    previous = np.zeros((1, width), np.uint64)
    directions = np.empty((1, rank), np.float64)
    count = ONE
    if not ray_words(source, pool, base, n, previous[0]):
        return previous, directions, -1
    for i in range(rank):
        directions[0, i] = source.root[rank - 1, i]
    no_prefix = np.empty(1, np.int64)
    point = np.empty(rank, np.float64)
    outside = np.empty(width, np.uint64)
    for s in range(rank - 2, base - 1, -1):
        capacity = 4 * n
        words = np.empty((capacity, width), np.uint64)
        # local direction and vertex of each region; the inner levels only subtract patterns
        columns = 2 * rank if s == base else 0
        within = np.empty((capacity, columns), np.float64)
        found = ZERO
        begin(source, pool, s, n)
        depth = ZERO
        line = rank - s - 2
        a, b, low, high = pool.a[s], pool.b[s], pool.low[s], pool.high[s]
        rising, below, ties = pool.rising[s], pool.below[s], pool.tied[s]
        values = pool.value[s]
        while True:
            if line > 0:
                depth = next_line(source, pool, s, base, depth, ZERO, n, no_prefix, ZERO)
                if depth < 0:
                    break
            if not open_line(source, pool, s, base, depth, n):
                return previous, directions, -1
            first = pool.path[s, depth] + 1 if depth > 0 else 0
            frame, on, local = pool.frame[s, depth], pool.on[s, depth], pool.local[s, depth]
            covered = pool.covered[s, depth]
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
                        return previous, directions, -1
                made = ONE
                thin = on_count + tied == line + 1
                if not thin:
                    gather(pool, s, base, members(pool, s, depth, n))
                    patterns, sub, made = positive_regions(source, pool, s + 1, on_count + tied)
                    if made < 0:
                        return previous, directions, -1
                if found + made > capacity:
                    capacity = 2 * (found + made)
                    more = np.empty((capacity, width), np.uint64)
                    for i in range(found):
                        for w in range(width):
                            more[i, w] = words[i, w]
                    words = more
                    longer = np.empty((capacity, columns), np.float64)
                    for i in range(found):
                        for j in range(columns):
                            longer[i, j] = within[i, j]
                    within = longer
                if s == base:
                    for i in range(found, found + made):
                        vertex_point(frame, s, -a[k] / b[k], within[i, rank:])
                if thin:
                    target = within[found, :rank] if s == base else point
                    row_values(source.row[pool.gid[base, k]], frame, s, values)
                    while True:
                        vertex_words(on, below, ties, rising, n, words[found])
                        if simple_region(
                            values,
                            frame,
                            local,
                            pool.error[s, depth],
                            s,
                            pool.scale[s, depth],
                            b[k],
                            has_bit(rising, k),
                            k,
                            words[found],
                            target,
                        ):
                            break
                        if not settle_values(source, pool, s, base, depth, k, values):
                            return previous, directions, -1
                else:
                    vertex_words(on, below, ties, rising, n, outside)
                    for i in range(made):
                        for w in range(width):
                            words[found + i, w] = outside[w]
                        scatter(patterns[i], pool.member[s], words[found + i])
                        if s == base:
                            for j in range(rank):
                                within[found + i, j] = sub[i, j]
                found += made
            if line == 0:
                break
        if depth == NOT_GENERIC:
            return previous, directions, -1
        count = _subtract(words, within, found, previous, count)
        if count < 0:
            return previous, directions, -1
        previous = words
        if s == base:
            directions = np.empty((count, rank), np.float64)
            for i in range(count):
                combine(pool.x[base], n, within[i, rank:], within[i, :rank], directions[i])
    if base > 1:
        _remember(pool, base, n, key, previous, directions, count)
    return previous, directions, count
