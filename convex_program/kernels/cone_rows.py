"""Rows of a node of the branch and bound: planted at an orthant, inherited, decided.

`convex_program.kernels.cone_bound` says what the rows mean and counts the roundings made here.
Behind its d values a row carries the share phi of its weight (concave rows: theta of the parent's
relaxation to start from, -1 for none) and its number.
"""

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import CHUNK, SAFE

DOUBT = 2.0**-40
"""Relative error of a product a.R and of |a|, many times over."""


@njit(cache=True, nogil=True)
def inherit_rows(values, span, target, changed, fresh, lin, out_span):
    """Rows still mixed once column ``changed`` became ``fresh`` go to ``target``..; others settle.

    ``span`` and ``out_span`` hold (start, cuts, middle, stop).  A settled row that is nonnegative
    on the child joins ``lin`` (convex rows with +, concave rows with -); a cut that holds on the
    whole child disappears.
    """
    d = lin.shape[0]
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    out = target
    out_span[0] = target
    out_span[1] = target
    out_span[2] = target
    part = np.zeros(d)
    pending = 0
    for j in range(start, stop):
        if j == cuts:
            out_span[1] = out
        if j == middle:
            out_span[2] = out
        is_cut = cuts <= j < middle
        low = fresh[j - start]
        high = low
        for i in range(d):
            if i != changed:
                x = values[j, i]
                low = min(low, x)
                high = max(high, x)
        if low >= 0.0:
            if not is_cut:
                sign = 1.0 if j < cuts else -1.0
                for i in range(d):
                    part[i] += sign * (fresh[j - start] if i == changed else values[j, i])
                pending += 1
                if pending == CHUNK:
                    for i in range(d):
                        lin[i] += part[i]
                        part[i] = 0.0
                    pending = 0
        elif high > 0.0 or is_cut:
            for i in range(d + 2):
                values[out, i] = values[j, i]
            values[out, changed] = fresh[j - start]
            out += 1
    if cuts == stop:
        out_span[1] = out
    if middle == stop:
        out_span[2] = out
    out_span[3] = out
    for i in range(d):
        lin[i] += part[i]


@njit(cache=True, nogil=True)
def decide_row(values, span, row, on, target, lin, out_span):
    """Copy the rows to ``target``.., row ``row`` turned from convex into a cut.

    ``on``: the cut a.u >= 0 and a in the linear part; otherwise the cut -a.u >= 0.
    """
    d = lin.shape[0]
    out = target
    out_span[0] = target
    for j in range(span[0], span[1]):
        if j != row:
            for i in range(d + 2):
                values[out, i] = values[j, i]
            out += 1
    out_span[1] = out
    for i in range(d):
        values[out, i] = values[row, i] if on else -values[row, i]
        if on:
            lin[i] += values[row, i]
    values[out, d] = values[row, d]
    values[out, d + 1] = values[row, d + 1]
    out += 1
    for j in range(span[1], span[3]):
        if j == span[2]:
            out_span[2] = out
        for i in range(d + 2):
            values[out, i] = values[j, i]
        out += 1
    if span[2] == span[3]:
        out_span[2] = out
    out_span[3] = out


@njit(cache=True, nogil=True)
def plant(rows, convex, linear, scale, orthant, values, gens, duals, lins, depths, spans):
    """Put the orthant with the given signs on the stack as its only node.

    ``values`` needs room for 2 m rows: the first m are used as work space, the mixed rows
    follow.  Column 0 is passed as "changed" so that `inherit_rows` sees its own values.
    """
    m, d = rows.shape
    fresh = np.empty(m)
    for j in range(m):
        share = 0.0
        for i in range(d):
            values[j, i] = rows[j, i] * orthant[i]
            share = max(share, abs(rows[j, i]) / scale[i])
        values[j, d] = share * SAFE if j < convex else -1.0
        values[j, d + 1] = j
        fresh[j] = values[j, 0]
    for i in range(d):
        lins[0, i] = linear[i] * orthant[i]
        for k in range(d):
            gens[0, i, k] = orthant[i] if i == k else 0.0
            duals[0, i, k] = gens[0, i, k]
    span = np.array([0, convex, convex, m])
    inherit_rows(values, span, m, 0, fresh, lins[0], spans[0])
    depths[0] = 0


@njit(cache=True, nogil=True)
def fix_rows(values, span, rows, norms, centre, reach, tiny, lam, lin):
    """Settle, in place, the rows whose sign is the same wherever f exceeds the threshold.

    Where f(u) > T |u| the certified R has R.u > T |u|, so u lies in a cap around R.  Let H >= |R|
    be the bound and ``centre`` R/H.  A row with a.R/H >= |a| reach, reach >= sqrt(1 - (T/H)^2), is
    nonnegative on the cap, one with a.R/H <= -|a| reach nonpositive.  Cuts are left alone.
    ``span`` is updated.  Returns by how much the chords of the settled convex rows exceeded them
    at u = sum lam_i g_i.
    """
    d = lin.shape[0]
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    out = start
    part = np.zeros(d)
    pending = 0
    gain = 0.0
    for j in range(start, stop):
        if j == cuts:
            span[1] = out
        if j == middle:
            span[2] = out
        is_convex = j < cuts
        side = 0
        if is_convex or j >= middle:
            row = int(values[j, d + 1])
            inner = 0.0
            error = 0.0
            for k in range(d):
                x = rows[row, k] * centre[k]
                inner += x
                error += abs(x) * DOUBT + tiny * abs(centre[k])
            bar = norms[row] * reach + error
            if inner >= bar:
                side = 1
            elif inner <= -bar:
                side = -1
        if side == 0:
            if out != j:
                for i in range(d + 2):
                    values[out, i] = values[j, i]
            out += 1
            continue
        if is_convex:
            up = 0.0
            down = 0.0
            for i in range(d):
                x = lam[i] * values[j, i]
                if x > 0.0:
                    up += x
                else:
                    down -= x
            gain += min(up, down)
        if side > 0:
            for i in range(d):
                part[i] += values[j, i] if is_convex else -values[j, i]
            pending += 1
            if pending == CHUNK:
                for i in range(d):
                    lin[i] += part[i]
                    part[i] = 0.0
                pending = 0
    if cuts == stop:
        span[1] = out
    if middle == stop:
        span[2] = out
    span[3] = out
    for i in range(d):
        lin[i] += part[i]
    return gain
