"""Deletion-restriction in residues modulo several primes: exact for integers of any size.

Two facts make it a proof, not an estimate.  Rows are compared after normalising their first
non-zero coordinate to 1; equality modulo every prime says that the 2 x 2 minors of two rows in
the frame of a flat vanish modulo P, the product of the primes.  Such a minor is a minor of the
input divided by units modulo every prime (the pivots), and the caller chose P above
Hadamard's bound on every minor of the input, so the minor of the input is zero.  A pivot must
be a unit modulo every prime: where one residue of a would-be pivot is zero and another is not,
the status is BAD_PRIME and the caller takes other primes.
"""

import numpy as np
from numba import njit

from arrangements.kernels.residues import invert_all, mul, sub

DONE = 0
BAD_PRIME = 1
_HASH = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, error_model="numpy")
def _restrict(w, rank, k, c, count, field, out):
    """Rows 0..count-1 minus their coordinate c times row k (whose coordinate c is 1)."""
    for q in range(field.shape[1]):
        p, neg = field[0, q], field[1, q]
        j = 0
        for col in range(rank):
            if col == c:
                continue
            factor = w[q, col, k]
            for row in range(count):
                out[q, j, row] = sub(w[q, col, row], mul(factor, w[q, c, row], p, neg), p)
            j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _leads(w, rank, count, lead):
    """First non-zero coordinate of every row; False if the primes disagree on it."""
    primes = w.shape[0]
    for row in range(count):
        lead[row] = -1
        for c in range(rank):
            zeros = 0
            for q in range(primes):
                if w[q, c, row] == 0:
                    zeros += 1
            if zeros == primes:
                continue
            if zeros:
                return False
            lead[row] = c
            break
        if lead[row] < 0:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _normalise(w, rank, count, lead, field, values, prefix):
    for q in range(field.shape[1]):
        p, neg, one = field[0, q], field[1, q], field[2, q]
        for row in range(count):
            values[row] = w[q, lead[row], row]
        invert_all(values, count, one, p, neg, prefix)
        for col in range(rank):
            for row in range(count):
                w[q, col, row] = mul(w[q, col, row], values[row], p, neg)


@njit(cache=True, nogil=True, error_model="numpy")
def _merge_equal(w, rank, count, lead, table, values):
    """Keep the first of equal normalised rows, in order; return how many."""
    primes = w.shape[0]
    mask = 1
    while mask < 2 * count:
        mask *= 2
    mask -= 1
    for i in range(mask + 1):
        table[i] = -1
    for row in range(count):
        values[row] = 0
    for col in range(rank):
        for row in range(count):
            code = (values[row] ^ w[0, col, row]) * _HASH
            values[row] = code ^ (code >> np.uint64(31))
    kept = 0
    for row in range(count):
        slot = np.int64(values[row] & np.uint64(mask))
        fresh = True
        while fresh and table[slot] >= 0:
            other = table[slot]
            same = lead[other] == lead[row]
            for q in range(primes):
                if not same:
                    break
                for col in range(rank):
                    if w[q, col, other] != w[q, col, row]:
                        same = False
                        break
            if same:
                fresh = False
            slot = (slot + 1) & mask
        if fresh:
            table[slot] = kept
            lead[kept] = lead[row]
            for q in range(primes):
                for col in range(rank):
                    w[q, col, kept] = w[q, col, row]
            kept += 1
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _canonical(w, rank, count, lead, field, table, values, prefix):
    """Normalise and merge; the number of distinct rows, or -1 for a bad prime."""
    if not _leads(w, rank, count, lead):
        return -1
    _normalise(w, rank, count, lead, field, values, prefix)
    return _merge_equal(w, rank, count, lead, table, values)


@njit(cache=True, nogil=True, error_model="numpy")
def count_unit_residues(rows, lead_rows, first, field):
    """Betti numbers of rows 0..first-1 restricted to row ``first``: (status, coefficients).

    ``rows`` (primes, r, m) normalised so that coordinate ``lead_rows[l]`` of row l is 1;
    ``field`` (3, primes): p, -1/p mod 2**32, the residue one.
    """
    primes, rank, m = rows.shape
    betti = np.zeros(rank, np.int64)
    table = np.empty(4 * m + 4, np.int32)
    values = np.empty(m + 1, np.uint64)
    prefix = np.empty(m + 1, np.uint64)
    level = np.empty((rank - 1, primes, rank, m), np.uint64)
    lead = np.empty((rank - 1, m), np.int64)
    size = np.zeros(rank, np.int64)
    cursor = np.zeros(rank, np.int64)
    betti[0] = 1
    _restrict(rows, rank, first, lead_rows[first], first, field, level[0])
    size[0] = _canonical(level[0], rank - 1, first, lead[0], field, table, values, prefix)
    if size[0] < 0:
        return BAD_PRIME, betti
    depth = 0
    while depth >= 0:
        here = rank - 1 - depth
        n = size[depth]
        if here == 2:
            betti[depth + 1] += n
            betti[depth + 2] += max(n - 1, 0)
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
        _restrict(level[depth], here, k, lead[depth, k], k, field, level[depth + 1])
        size[depth + 1] = _canonical(
            level[depth + 1], here - 1, k, lead[depth + 1], field, table, values, prefix
        )
        if size[depth + 1] < 0:
            return BAD_PRIME, betti
        cursor[depth + 1] = 0
        depth += 1
    return DONE, betti


@njit(cache=True, nogil=True, error_model="numpy")
def normalise_rows(rows, field, lead):
    """Normalise (primes, r, m) residues in place; False for a bad prime."""
    count = rows.shape[2]
    values = np.empty(count + 1, np.uint64)
    prefix = np.empty(count + 1, np.uint64)
    if not _leads(rows, rows.shape[1], count, lead):
        return False
    _normalise(rows, rows.shape[1], count, lead, field, values, prefix)
    return True
