"""Rows of a node of the branch and bound: planted at an orthant, inherited, decided.

`convex_program.kernels.cone_bound` says what the rows mean and counts the roundings made here.
The table has one column for every row: its d values, then the share phi of its weight (concave
rows: theta of the parent's relaxation to start from, -1 for none) and its number.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import SAFE
from convex_program.kernels.row_table import CHUNK, padded
from convex_program.kernels.uncounted import uncounted

DOUBT = 2.0**-40
"""Relative error of a product a.R and of |a|, many times over."""


class Sieve(NamedTuple):
    """Work space, one number a row: rows kept, rows that join lin; smallest and largest value.

    The last two have a spare copy to write to: what is stored back where it came from is stored
    only where it changed, and that is slow.
    """

    kept: np.ndarray
    joined: np.ndarray
    low: np.ndarray
    high: np.ndarray


@njit(cache=True, nogil=True)
def new_sieve(rows):
    """Return work space for so many rows."""
    return Sieve(
        np.empty(rows, dtype=np.int64),
        np.empty(rows, dtype=np.int64),
        np.empty((2, padded(rows))),
        np.empty((2, padded(rows))),
    )


@uncounted(fastmath={"nnan", "nsz"})
def extremes(values, start, stop, changed, fresh, low, high):
    """Smallest and largest value of every row, with ``fresh`` in place of one coordinate.

    Returns the half of ``low`` and ``high`` that holds them.
    """
    side = 0
    if start < 0:  # never: see `convex_program.kernels.row_table`
        return side
    for j in range(stop - start):
        low[0, j] = fresh[j]
        high[0, j] = fresh[j]
    for i in range(values.shape[0] - 2):
        if i != changed:
            for j in range(padded(stop - start)):
                low[1 - side, j] = min(low[side, j], values[i, start + j])
                high[1 - side, j] = max(high[side, j], values[i, start + j])
            side = 1 - side
    return side


@uncounted()
def _join(values, start, cuts, changed, fresh, joined, count, lin):
    """Add rows to the linear part, concave ones (from ``cuts``) with -, in chunks."""
    for i in range(lin.shape[0]):
        for first in range(0, count, CHUNK):
            part = 0.0
            for t in range(first, min(first + CHUNK, count)):
                j = joined[t]
                x = fresh[j - start] if i == changed else values[i, j]
                part += x if j < cuts else -x
            lin[i] += part


@uncounted()
def collect(values, kept, count, target):
    """Copy some rows, ascending and none before its new place, to ``target``.. ."""
    if target < 0:
        return
    for i in range(values.shape[0]):
        for t in range(count):
            values[i, target + t] = values[i, np.uint64(kept[t])]


@uncounted()
def inherit_rows(values, span, target, changed, fresh, lin, out_span, sieve):
    """Rows still mixed once coordinate ``changed`` became ``fresh`` go to ``target``..; others settle.

    ``span`` and ``out_span`` hold (start, cuts, middle, stop).  A settled row that is nonnegative
    on the child joins ``lin`` (convex rows with +, concave rows with -); a cut that holds on the
    whole child disappears.
    """
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    low, high, kept, joined = sieve.low, sieve.high, sieve.kept, sieve.joined
    side = extremes(values, start, stop, changed, fresh, low, high)
    out_span[0] = target
    out = 0
    joining = 0
    for kind in range(3):
        for j in range(span[kind], span[kind + 1]):
            is_cut = cuts <= j < middle
            if low[side, j - start] >= 0.0:
                if not is_cut:
                    joined[joining] = j
                    joining += 1
            elif high[side, j - start] > 0.0 or is_cut:
                kept[out] = j
                out += 1
        out_span[kind + 1] = target + out
    _join(values, start, cuts, changed, fresh, joined, joining, lin)
    collect(values, kept, out, target)
    for t in range(out):
        values[changed, target + t] = fresh[kept[t] - start]


@uncounted()
def decide_row(values, span, row, on, target, lin, out_span):
    """Copy the rows to ``target``.., row ``row`` turned from convex into a cut.

    ``on``: the cut a.u >= 0 and a in the linear part; otherwise the cut -a.u >= 0.
    """
    d = lin.shape[0]
    start, cuts, stop = span[0], span[1], span[3]
    place = target + cuts - start - 1
    for i in range(d + 2):
        for j in range(start, row):
            values[i, target + j - start] = values[i, j]
        for j in range(row + 1, cuts):
            values[i, target + j - start - 1] = values[i, j]
        values[i, place] = values[i, row]
        for j in range(cuts, stop):
            values[i, target + j - start] = values[i, j]
    for i in range(d):
        if on:
            lin[i] += values[i, row]
        else:
            values[i, place] = -values[i, row]
    out_span[0] = target
    out_span[1] = place
    out_span[2] = target + span[2] - start
    out_span[3] = target + stop - start


@njit(cache=True, nogil=True)
def plant(rows, convex, linear, scale, orthant, values, gens, duals, lins, depths, spans):
    """Put the orthant with the given signs on the stack as its only node.

    ``values`` needs room for 2 m rows: the first m are used as work space, the mixed rows
    follow.  Coordinate 0 is passed as "changed" so that `inherit_rows` sees its own values.
    """
    m, d = rows.shape
    for j in range(m):
        share = 0.0
        for i in range(d):
            values[i, j] = rows[j, i] * orthant[i]
            share = max(share, abs(rows[j, i]) / scale[i])
        values[d, j] = share * SAFE if j < convex else -1.0
        values[d + 1, j] = j
    for i in range(d):
        lins[0, i] = linear[i] * orthant[i]
        for k in range(d):
            gens[0, i, k] = orthant[i] if i == k else 0.0
            duals[0, i, k] = gens[0, i, k]
    span = np.array([0, convex, convex, m])
    inherit_rows(values, span, m, 0, values[0, :m], lins[0], spans[0], new_sieve(m))
    depths[0] = 0


@uncounted()
def fix_rows(values, span, rows, norms, centre, reach, tiny, lam, lin, sieve):
    """Settle, in place, the rows whose sign is the same wherever f exceeds the threshold.

    Where f(u) > T |u| the certified R has R.u > T |u|, so u lies in a cap around R.  Let H >= |R|
    be the bound and ``centre`` R/H.  A row with a.R/H >= |a| reach, reach >= sqrt(1 - (T/H)^2), is
    nonnegative on the cap, one with a.R/H <= -|a| reach nonpositive.  The computed product misses
    at most DOUBT |a||centre|, |centre| <= 1, and what underflows.  Cuts are left alone.
    ``span`` is updated.  Returns by how much the chords of the settled convex rows exceeded them
    at u = sum lam_i g_i.
    """
    d = lin.shape[0]
    start, cuts = span[0], span[1]
    kept, joined = sieve.kept, sieve.joined
    lost = 0.0
    for k in range(d):
        lost += tiny * abs(centre[k])
    out = 0
    joining = 0
    gain = 0.0
    first = start
    for kind in range(3):
        last = span[kind + 1]
        for j in range(first, last):
            side = 0
            if kind != 1:
                row = int(values[d + 1, j])
                inner = 0.0
                for k in range(d):
                    inner += rows[row, k] * centre[k]
                bar = norms[row] * (reach + 2.0 * DOUBT) + lost
                if inner >= bar:
                    side = 1
                elif inner <= -bar:
                    side = -1
            if side == 0:
                kept[out] = j
                out += 1
                continue
            if kind == 0:
                up = 0.0
                down = 0.0
                for i in range(d):
                    x = lam[i] * values[i, j]
                    if x > 0.0:
                        up += x
                    else:
                        down -= x
                gain += min(up, down)
            if side > 0:
                joined[joining] = j
                joining += 1
        first = last
        span[kind + 1] = start + out
    _join(values, start, cuts, -1, norms, joined, joining, lin)
    collect(values, kept, out, start)
    return gain
