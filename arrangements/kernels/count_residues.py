"""Deletion-restriction for integers of any size: one prime proposes, more of them decide.

Modulo a prime p, rows that differ on a flat differ over the integers: a minor that is not
zero modulo p is not zero.  Rows that agree modulo p are compared again, modulo as many primes
as make a product above Hadamard's bound on the minors in question, which settles it: those
minors vanish modulo every prime, or the rows differ.  So one prime does nearly all the work.

A flat is held by rows that are independent modulo p, hence independent.  A row that vanishes
on it modulo p only gives the status BAD_PRIME, and the caller begins again with other primes.
"""

from typing import NamedTuple

import numpy as np

from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry, helper, small
from arrangements.kernels.count import DONE, PAUSED
from arrangements.kernels.residues import invert_all, mul, sub

BAD_PRIME = 1
_HASH = np.uint64(0x9E3779B97F4A7C15)
FAR = np.uint64(0xFFFFFFFF)
_FEW = 6
_TOGETHER = 512


class Exact(NamedTuple):
    """The rows modulo every prime, to compare what agrees modulo the first."""

    residues: np.ndarray  # uint64 (primes, m, r), Montgomery form
    field: np.ndarray  # uint64 (3, primes): p, -1/p mod 2**32, the residue of one
    enough: np.ndarray  # int64 (r + 1,): so many primes exceed every minor of this order


class Search(NamedTuple):
    """A search that can be left and taken up again; depth d has rank ``r - 1 - d``."""

    level: np.ndarray  # uint64 (r, r, m): rows at each depth, the first coordinate not 0 is 1
    lead: np.ndarray  # int64 (r, m): that coordinate
    origin: np.ndarray  # int64 (r, m): which row of the data it is
    basis: np.ndarray  # int64 (r,): the rows that vanish on the flat at each depth
    size: np.ndarray  # int64 (r,)
    cursor: np.ndarray  # int64 (r,)
    betti: np.ndarray  # int64 (r,)
    place: np.ndarray  # int64 (1,): the depth, -1 at the end
    table: np.ndarray  # int32: a power of two from 2 m on
    key: np.ndarray  # uint64 (m or more,)
    prefix: np.ndarray  # uint64 (16 more,)
    plane: np.ndarray  # uint64 (2, m or more)
    work: np.ndarray  # uint64 (r + 1, r)


def residue_search(rank: int, m: int) -> Search:
    """Arrays for a search over m rows of the given rank."""
    size = 1
    while size < 2 * m:
        size *= 2
    room = max(m, _TOGETHER)
    return Search(
        level=np.empty((rank, rank, m), np.uint64),
        lead=np.empty((rank, m), np.int64),
        origin=np.empty((rank, m), np.int64),
        basis=np.zeros(rank, np.int64),
        size=np.zeros(rank, np.int64),
        cursor=np.zeros(rank, np.int64),
        betti=np.zeros(rank, np.int64),
        place=np.zeros(1, np.int64),
        table=np.empty(size, np.int32),
        key=np.empty(room, np.uint64),
        prefix=np.empty(room + 16, np.uint64),
        plane=np.empty((2, room), np.uint64),
        work=np.empty((rank + 1, rank), np.uint64),
    )


@helper
def dependent(exact, basis, count, first, second, work):
    """Whether ``count`` basis rows and one or two more (second < 0: one) are dependent.

    All their minors vanish modulo every prime iff each elimination breaks down.
    """
    size = count + (2 if second >= 0 else 1)
    rank = exact.residues.shape[2]
    if size > rank:
        return True
    # the first prime has said so already
    for q in range(1, exact.enough[size]):
        p, neg = exact.field[0, q], exact.field[1, q]
        for i in range(count):
            for j in range(rank):
                work[i, j] = exact.residues[q, basis[i], j]
        for j in range(rank):
            work[count, j] = exact.residues[q, first, j]
            if second >= 0:
                work[count + 1, j] = exact.residues[q, second, j]
        full = True
        for i in range(size):
            c = 0
            while c < rank and work[i, c] == 0:
                c += 1
            if c == rank:
                full = False
                break
            pivot = work[i, c]
            for k in range(i + 1, size):
                factor = work[k, c]
                if factor != 0:
                    for j in range(rank):
                        work[k, j] = sub(
                            mul(pivot, work[k, j], p, neg), mul(factor, work[i, j], p, neg), p
                        )
        if full:
            return False
    return True


@helper
def table_mask(count):
    """Two slots a row, a power of two, less one."""
    mask = 1
    while mask < 2 * count:
        mask *= 2
    return mask - 1


@small
def slope_slot(code, mask):
    """Where a slope is looked up in a table of mask + 1 slots."""
    return np.int64(((code * _HASH) >> np.uint64(40)) & np.uint64(mask))


@helper
def slopes(x, y, count, key, prefix, p, neg, one):
    """key[l] = y[l] / x[l], or a value beyond the residues where x[l] = 0; False for 0 / 0."""
    some = np.uint64(0)
    for l in range(count):
        zero = x[l] == 0
        some |= np.uint64(zero)
        key[l] = one if zero else x[l]
    invert_all(key, count, one, p, neg, prefix)
    for l in range(count):
        key[l] = mul(key[l], y[l], p, neg)
    if some:
        for l in range(count):
            if x[l] == 0:
                if y[l] == 0:
                    return False
                key[l] = FAR
    return True


@helper
def _distinct(key, start, count, origin, exact, basis, depth, table, work):
    """Number of distinct lines among those of the slopes key[start : start + count]."""
    found = 0
    if count <= _FEW:
        for l in range(count):
            fresh = True
            for o in range(l):
                if key[start + o] == key[start + l] and dependent(
                    exact, basis, depth, origin[o], origin[l], work
                ):
                    fresh = False
                    break
            found += fresh
        return found
    mask = table_mask(count)
    for i in range(mask + 1):
        table[i] = -1
    for l in range(count):
        code = key[start + l]
        slot = slope_slot(code, mask)
        fresh = True
        while table[slot] >= 0:
            other = table[slot]
            if key[start + other] == code and dependent(
                exact, basis, depth, origin[other], origin[l], work
            ):
                fresh = False
                break
            slot = (slot + 1) & mask
        if fresh:
            table[slot] = l
            found += 1
    return found


@helper
def _restrict(w, rank, k, c, count, p, neg, out):
    """Rows 0..count-1 minus their coordinate c times row k, whose coordinate c is 1."""
    j = 0
    for col in range(rank):
        if col == c:
            continue
        factor = w[col, k]
        for row in range(count):
            out[j, row] = sub(w[col, row], mul(factor, w[c, row], p, neg), p)
        j += 1


@helper
def _canonical(w, rank, count, origin, lead, exact, basis, depth, s, p, neg, one):
    """Normalise the rows and keep the first of each parallel class; -1 for a bad prime."""
    key, table = s.key, s.table
    for row in range(count):
        c = 0
        while c < rank and w[c, row] == 0:
            c += 1
        if c == rank:
            return -1
        lead[row] = c
        key[row] = w[c, row]
    invert_all(key, count, one, p, neg, s.prefix)
    for col in range(rank):
        for row in range(count):
            w[col, row] = mul(w[col, row], key[row], p, neg)
    for row in range(count):
        key[row] = 0
    for col in range(rank):
        for row in range(count):
            code = (key[row] ^ w[col, row]) * _HASH
            key[row] = code ^ (code >> np.uint64(31))
    mask = table_mask(count)
    for i in range(mask + 1):
        table[i] = -1
    kept = 0
    for row in range(count):
        slot = np.int64(key[row] & np.uint64(mask))
        fresh = True
        while table[slot] >= 0:
            other = table[slot]
            same = lead[other] == lead[row]
            col = 0
            while same and col < rank:
                same = w[col, other] == w[col, row]
                col += 1
            if same and dependent(exact, basis, depth, origin[other], origin[row], s.work):
                fresh = False
                break
            slot = (slot + 1) & mask
        if fresh:
            table[slot] = kept
            lead[kept] = lead[row]
            origin[kept] = origin[row]
            for col in range(rank):
                w[col, kept] = w[col, row]
            kept += 1
    return kept


@helper
def _lines_on_planes(w, first, last, lead, origin, exact, basis, depth, s, p, neg, one):
    """Sum over k of the lines that rows 0..k-1 of rank 3 cut out of the plane of row k.

    k runs from ``first`` below ``last``; -1 for a bad prime.  Several planes share an inversion.
    """
    x, y, key = s.plane[0], s.plane[1], s.key
    room = key.shape[0]
    total = 0
    k = first
    while k < last:
        begin = k
        end = 0
        while k < last and end + k <= room:
            c = lead[k]
            a, b = (1 if c == 0 else 0), (1 if c == 2 else 2)
            left, right = w[a, k], w[b, k]
            for row in range(k):
                x[end + row] = sub(w[a, row], mul(left, w[c, row], p, neg), p)
                y[end + row] = sub(w[b, row], mul(right, w[c, row], p, neg), p)
            end += k
            k += 1
        if not slopes(x, y, end, key, s.prefix, p, neg, one):
            return -1
        end = 0
        for plane in range(begin, k):
            basis[depth] = origin[plane]
            total += _distinct(key, end, plane, origin, exact, basis, depth + 1, s.table, s.work)
            end += plane
    return total


@entry
def begin_residues(rows, lead, first, exact, s):
    """Take the hyperplane of row ``first``: DONE or BAD_PRIME.  ``rows`` (r, m) normalised."""
    rank = rows.shape[0]
    p, neg, one = exact.field[0, 0], exact.field[1, 0], exact.field[2, 0]
    s.betti[:] = 0
    s.cursor[:] = 0
    s.betti[0] = 1
    s.place[0] = 0
    if rank == 3:
        for row in range(first):
            s.origin[0, row] = row
        s.origin[0, first] = first
        lines = _lines_on_planes(
            rows, first, first + 1, lead, s.origin[0], exact, s.basis, 0, s, p, neg, one
        )
        s.betti[1] = lines
        s.betti[2] = max(lines - 1, 0)
        s.place[0] = -1
        return BAD_PRIME if lines < 0 else DONE
    _restrict(rows, rank, first, lead[first], first, p, neg, s.level[0])
    s.basis[0] = first
    for row in range(first):
        s.origin[0, row] = row
    s.size[0] = _canonical(
        s.level[0], rank - 1, first, s.origin[0], s.lead[0], exact, s.basis, 1, s, p, neg, one
    )
    return BAD_PRIME if s.size[0] < 0 else DONE


@entry
def count_residues(exact, s, budget):
    """Go on for about ``budget`` rows: DONE, PAUSED or BAD_PRIME.

    ``s.betti`` then holds the Betti numbers of the rows before the first one, on its hyperplane.
    """
    rank = s.level.shape[0]
    p, neg, one = exact.field[0, 0], exact.field[1, 0], exact.field[2, 0]
    levels, leads, origins = borrowed(s.level), borrowed(s.lead), borrowed(s.origin)
    depth = s.place[0]
    while depth >= 0:
        if budget <= 0:
            s.place[0] = depth
            return PAUSED
        here = rank - 1 - depth
        n = s.size[depth]
        w, lead, origin = levels[depth], leads[depth], origins[depth]
        budget -= n + 1
        if here == 3:
            lines = _lines_on_planes(
                w, 1, n, lead, origin, exact, s.basis, depth + 1, s, p, neg, one
            )
            if lines < 0:
                return BAD_PRIME
            s.betti[depth + 1] += n
            s.betti[depth + 2] += lines
            # each plane but the first row's has one line less in the next rank
            s.betti[depth + 3] += lines - max(n - 1, 0)
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
        child = levels[depth + 1]
        _restrict(w, here, k, lead[k], k, p, neg, child)
        s.basis[depth + 1] = origin[k]
        for row in range(k):
            s.origin[depth + 1, row] = origin[row]
        s.size[depth + 1] = _canonical(
            child,
            here - 1,
            k,
            origins[depth + 1],
            leads[depth + 1],
            exact,
            s.basis,
            depth + 2,
            s,
            p,
            neg,
            one,
        )
        if s.size[depth + 1] < 0:
            return BAD_PRIME
        s.cursor[depth + 1] = 0
        depth += 1
    s.place[0] = -1
    return DONE


@entry
def normalise_rows(rows, lead, p, neg, one):
    """Make the first non-zero coordinate of each row of (r, m) residues 1; False for a bad prime."""
    rank, count = rows.shape
    values = np.empty(count, np.uint64)
    prefix = np.empty(count + 16, np.uint64)
    for row in range(count):
        c = 0
        while c < rank and rows[c, row] == 0:
            c += 1
        if c == rank:
            return False
        lead[row] = c
        values[row] = rows[c, row]
    invert_all(values, count, one, p, neg, prefix)
    for col in range(rank):
        for row in range(count):
            rows[col, row] = mul(rows[col, row], values[row], p, neg)
    return True
