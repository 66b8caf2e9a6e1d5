"""Restriction of an arrangement to one of its hyperplanes, in integers held by float64.

Rows are stored by column: ``w[c, l]`` is coordinate c of row l.  Every entry is a minor of the
input matrix (Bareiss), hence an integer; the caller proves with Hadamard's inequality that
every product formed below stays under 2**53, so float64 arithmetic is exact and vectorises.
"""

import numpy as np

from arrangements.kernels.compile import helper, small

_HASH = np.uint64(0x9E3779B97F4A7C15)


@small
def cross_sign(a, b, c, d):
    """Sign of a*d - b*c for integers of absolute value at most 2**53 held by float64.

    The rounded value has error at most 3 * 2**-53 * (|ad| + |bc|) < 2**-51 (|ad| + |bc|).
    If that does not decide, the true difference is below 2**-50 * 2**107 = 2**57 in absolute
    value, so int64 arithmetic, which is exact modulo 2**64, gives it exactly.
    """
    left = a * d
    right = b * c
    gap = left - right
    if abs(gap) > 4.5e-16 * (abs(left) + abs(right)):
        return 1 if gap > 0.0 else -1
    exact = np.int64(a) * np.int64(d) - np.int64(b) * np.int64(c)
    return 1 if exact > 0 else (-1 if exact < 0 else 0)


@helper
def pivot_column(w, rank, k):
    """A coordinate where row k is not zero (-1 if the row is zero)."""
    for c in range(rank):
        if w[c, k] != 0.0:
            return c
    return -1


@helper
def restrict(w, rank, k, count, previous, sign, out):
    """Rows 0..count-1 restricted to the hyperplane of row k of ``w``: ``out`` has rank-1 columns.

    One Bareiss step: (pivot * row - row[c] * pivot_row) / previous pivot, an exact division.
    ``sign`` multiplies the result: pass the sign of pivot * previous to keep the side of a row.
    Returns the pivot, the divisor of the next step.
    """
    c = pivot_column(w, rank, k)
    pivot = w[c, k]
    scale = sign * pivot
    j = 0
    for col in range(rank):
        if col == c:
            continue
        coefficient = sign * w[col, k]
        if previous == 1.0:
            for row in range(count):
                out[j, row] = scale * w[col, row] - coefficient * w[c, row]
        else:
            for row in range(count):
                out[j, row] = (scale * w[col, row] - coefficient * w[c, row]) / previous
        j += 1
    return pivot


@helper
def parallel(w, rank, k, l):
    """Are rows k and l (both non-zero) parallel?  Exact."""
    c = pivot_column(w, rank, k)
    for j in range(rank):
        if j != c and cross_sign(w[c, k], w[j, k], w[c, l], w[j, l]) != 0:
            return False
    return w[c, l] != 0.0


@helper
def merge_parallel(w, rank, count, table, key):
    """Keep the first row of every parallel class of ``w[:, :count]``, in order; return how many.

    The hash is taken from the float quotients by the first non-zero coordinate.  A correctly
    rounded quotient depends on the rational number alone, so parallel rows have equal hashes;
    equal hashes prove nothing and are settled by :func:`parallel`.
    ``table`` (int32, power of two, at least 2*count) is scratch; ``key`` (uint64) too.
    Zero rows must not occur.
    """
    mask = 1
    while mask < 2 * count:
        mask *= 2
    mask -= 1
    for i in range(mask + 1):
        table[i] = -1
    quotient = key.view(np.float64)
    kept = 0
    for row in range(count):
        c = 0
        while w[c, row] == 0.0:
            c += 1
        lead = w[c, row]
        code = np.uint64(c + 1)
        for j in range(c + 1, rank):
            # adding 0.0 turns -0.0 into 0.0: equal numbers must have equal bits
            quotient[0] = w[j, row] / lead + 0.0
            code = (code ^ (key[0] >> np.uint64(29)) ^ key[0]) * _HASH
            code ^= code >> np.uint64(31)
        slot = np.int64(code & np.uint64(mask))
        fresh = True
        while table[slot] >= 0:
            if parallel(w, rank, table[slot], row):
                fresh = False
                break
            slot = (slot + 1) & mask
        if fresh:
            table[slot] = kept
            for j in range(rank):
                w[j, kept] = w[j, row]
            kept += 1
    return kept


@helper
def distinct_lines(x, y, count, table, key):
    """Number of distinct lines among the non-zero plane vectors (x[l], y[l]), l < count.

    ``key`` (uint64, count+1) receives the bits of the slopes y/x, the hash; equal slopes are
    settled exactly by :func:`cross_sign`.  x = 0 gives one reserved slope.
    """
    slope = key.view(np.float64)
    mask = 1
    while mask < 2 * count:
        mask *= 2
    mask -= 1
    for l in range(count):
        slope[l] = y[l] / x[l] + 0.0 if x[l] != 0.0 else np.inf
    for i in range(mask + 1):
        table[i] = -1
    found = 0
    for l in range(count):
        code = key[l] * _HASH
        slot = np.int64((code >> np.uint64(40)) & np.uint64(mask))
        fresh = True
        while table[slot] >= 0:
            other = table[slot]
            if key[other] == key[l] and cross_sign(x[other], y[other], x[l], y[l]) == 0:
                fresh = False
                break
            slot = (slot + 1) & mask
        if fresh:
            table[slot] = l
            found += 1
    return found
