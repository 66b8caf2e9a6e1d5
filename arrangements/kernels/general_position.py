"""Searching dependent rows: all sets of rank - 2 rows, and the plane that each leaves of the others.

Modulo one prime; what looks dependent there is compared modulo all of `Exact` (see
:mod:`kernels.count_residues`).  No row is merged, so a set of rows is held by its indices.
"""

from typing import NamedTuple

import numpy as np

from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry, helper
from arrangements.kernels.count import DONE, PAUSED
from arrangements.kernels.count_residues import (
    BAD_PRIME,
    dependent,
    slope_slot,
    slopes,
    table_mask,
)
from arrangements.kernels.residues import mul, sub

FOUND = 3
_FEW = 10


class SubsetSearch(NamedTuple):
    """A search that can be left and taken up again; depth d has d chosen rows."""

    level: np.ndarray  # uint64 (r - 1, r, m): rows before the last chosen one, on their flat
    basis: np.ndarray  # int64 (r,): the chosen rows, descending
    cursor: np.ndarray  # int64 (r,): the next row to choose
    place: np.ndarray  # int64 (1,): the depth, -1 at the end
    found: np.ndarray  # int64 (r + 1,): dependent rows
    many: np.ndarray  # int64 (1,): how many
    table: np.ndarray  # int32: a power of two from 2 m on
    key: np.ndarray  # uint64 (m,)
    prefix: np.ndarray  # uint64 (m + 16,)
    work: np.ndarray  # uint64 (r + 1, r)


def subset_search(rows: np.ndarray) -> SubsetSearch:
    """Arrays to search (r, m) residues, r >= 2, from the start."""
    rank, m = rows.shape
    size = 1
    while size < 2 * m:
        size *= 2
    level = np.empty((rank - 1, rank, m), np.uint64)
    level[0] = rows
    return SubsetSearch(
        level=level,
        basis=np.zeros(rank, np.int64),
        cursor=np.full(rank, m - 1, np.int64),
        place=np.zeros(1, np.int64),
        found=np.zeros(rank + 1, np.int64),
        many=np.zeros(1, np.int64),
        table=np.empty(size, np.int32),
        key=np.empty(m, np.uint64),
        prefix=np.empty(m + 16, np.uint64),
        work=np.empty((rank + 1, rank), np.uint64),
    )


@helper
def _report(s, depth, first, second):
    """Rows of the flat and one or two more."""
    for i in range(depth):
        s.found[i] = s.basis[i]
    s.found[depth] = first
    s.many[0] = depth + 1
    if second >= 0:
        s.found[depth + 1] = second
        s.many[0] = depth + 2
    return FOUND


@helper
def _vanishing(x, y, count):
    for l in range(count):
        if x[l] == 0 and y[l] == 0:
            return l
    return -1


@helper
def _equal_lines(x, y, count, depth, exact, s):
    """Search two rows of the plane on one line: DONE, FOUND or BAD_PRIME."""
    p, neg, one = exact.field[0, 0], exact.field[1, 0], exact.field[2, 0]
    zero = _vanishing(x, y, count)
    if zero >= 0:
        if dependent(exact, s.basis, depth, zero, -1, s.work):
            return _report(s, depth, zero, -1)
        return BAD_PRIME
    if count <= _FEW:
        for l in range(1, count):
            for o in range(l):
                if mul(x[o], y[l], p, neg) == mul(y[o], x[l], p, neg) and dependent(
                    exact, s.basis, depth, o, l, s.work
                ):
                    return _report(s, depth, o, l)
        return DONE
    slopes(x, y, count, s.key, s.prefix, p, neg, one)
    mask = table_mask(count)
    for i in range(mask + 1):
        s.table[i] = -1
    for l in range(count):
        slot = slope_slot(s.key[l], mask)
        while s.table[slot] >= 0:
            other = s.table[slot]
            if s.key[other] == s.key[l] and dependent(exact, s.basis, depth, other, l, s.work):
                return _report(s, depth, other, l)
            slot = (slot + 1) & mask
        s.table[slot] = l
    return DONE


@entry
def find_dependent(exact, s, budget):
    """Go on for about ``budget`` rows: DONE (there are none), FOUND, PAUSED or BAD_PRIME.

    Every r rows are seen: all but the two smallest of them are chosen one after another, the
    largest first, and the two lie in the plane of the last choice.
    """
    rank = s.level.shape[1]
    m = s.level.shape[2]
    p, neg = exact.field[0, 0], exact.field[1, 0]
    levels = borrowed(s.level)
    depth = s.place[0]
    while depth >= 0:
        if budget <= 0:
            s.place[0] = depth
            return PAUSED
        here = rank - depth
        n = m if depth == 0 else s.basis[depth - 1]
        w = levels[depth]
        if here == 2:
            status = _equal_lines(w[0], w[1], n, depth, exact, s)
            if status != DONE:
                return status
            budget -= n
            depth -= 1
            continue
        k = s.cursor[depth]
        # the flat needs here - 1 rows more, all before row k
        if k < here - 1:
            depth -= 1
            continue
        s.cursor[depth] = k - 1
        c = 0
        while c < here and w[c, k] == 0:
            c += 1
        if c == here:
            if dependent(exact, s.basis, depth, k, -1, s.work):
                return _report(s, depth, k, -1)
            return BAD_PRIME
        child = levels[depth + 1]
        pivot = w[c, k]
        j = 0
        for col in range(here):
            if col == c:
                continue
            factor = w[col, k]
            for row in range(k):
                child[j, row] = sub(
                    mul(pivot, w[col, row], p, neg), mul(factor, w[c, row], p, neg), p
                )
            j += 1
        budget -= k
        s.basis[depth] = k
        s.cursor[depth + 1] = k - 1
        depth += 1
    s.place[0] = -1
    return DONE
