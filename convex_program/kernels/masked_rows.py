"""Rows of masked pairs on a node: from above, convex at the generators or concave with a multiplier.

Value of row i:  ``w g(a, b)``,  a = x.u_1,  b = x.u_2,  ``g(a, b) = max(0, min(a, a - b))``,  w = +-v_i.

Decisions.  Each row is the larger one of two *concave* functions:

    w > 0:   w (a - (b)_+)  (on: a >= (b)_+)      or   0  (off);
    w < 0:   -|w| (a - b)_+ (masked: b >= 0)      or   -|w| (a)_+  (unmasked: b <= 0).

So f is the largest of 2^n concave functions, and a node on which every row is decided or does not change its
kind is a convex program: its bound is exact.  A decision adds the linear constraints ("cuts") under which
its function is the larger one; off has none, as a <= (b)_+ is not convex.

Free rows are replaced by a convex function that is one of u_1 plus one of u_2, taken at the generators.  For w > 0:
g <= (a)_+;  g <= (a - c |u_1|_1)_+ where b >= c |u_1|_1;  g = a - (b)_+ <= a - eta b where a >= b, a >= 0;  and where b/a
runs over [r_0, r_1] around 1,  g <= p a - q b  with both ends of the chord.
For w < 0:  -g <= theta (-a + b), with (b)_+ for b where its sign changes.  eta, theta in [0, 1] are free.
"""

import numpy as np

from convex_program.kernels.uncounted import uncounted

UNIT = 2.0**-53
FREE, LARGER, SMALLER = 0, 1, 2
"""Decisions: none; on or masked; off or unmasked."""


@uncounted()
def extremes(row, d):
    """Return the least and the largest of d numbers."""
    low, high = np.inf, -np.inf
    for k in range(d):
        low = min(low, row[k])
        high = max(high, row[k])
    return low, high


@uncounted()
def _cut(values, column, one, factor1, two, factor2, d):
    """Write the constraint ``factor1 one.u_1 + factor2 two.u_2 >= 0``."""
    for k in range(d):
        values[k, column] = factor1 * one[k]
        values[d + k, column] = factor2 * two[k]


@uncounted()
def relax_masked(X, v, sign, gen1, gen2, tau0, tau1, decided, first_cut, start, work):
    """Fill phi, the columns from ``start`` on and the cuts that end before ``first_cut``.

    Every row's own part of phi goes to ``work.own``, its column to ``work.column`` (-1: none).

    Returns
    -------
    count, cuts, largest : how many columns, where the cuts begin, and the largest size of an entry (1 at least).
    """
    n, d = X.shape
    a, b, values, phi, own, column = work.a, work.b, work.values, work.phi, work.own, work.column
    for k in range(2 * d):
        phi[k] = 0.0
    count = 0
    cuts = first_cut
    largest = 1.0
    for i in range(n):
        w = sign * v[i]
        column[i] = -1
        for k in range(2 * d):
            own[i, k] = 0.0
        for k in range(d):
            s = 0.0
            t = 0.0
            for c in range(d):
                largest = max(largest, abs(X[i, c]))
                s += X[i, c] * gen1[k, c]
                t += X[i, c] * gen2[k, c]
            a[i, k] = s
            b[i, k] = t
        if w == 0.0:
            continue
        amin, amax = extremes(a[i], d)
        if amax <= 0.0:
            continue
        bmin, bmax = extremes(b[i], d)
        if bmin >= 0.0 and tau0 * bmin >= (1.0 - tau0) * amax:
            continue  # masked everywhere
        clear_of = bmax <= 0.0 or tau1 * bmax <= (1.0 - tau1) * amin
        place = start + count
        if w > 0.0:
            if decided[i] == SMALLER:
                continue
            if bmax <= 0.0 and decided[i] == FREE:
                for k in range(d):
                    own[i, k] = w * max(a[i, k], 0.0)
            elif decided[i] == LARGER or (amin >= 0.0 and clear_of):
                if decided[i] == LARGER:
                    if amin < 0.0:
                        cuts -= 1
                        _cut(values, cuts, a[i], 1.0, b[i], 0.0, d)
                    if not clear_of:
                        cuts -= 1
                        _cut(values, cuts, a[i], 1.0, b[i], -1.0, d)
                for k in range(d):
                    own[i, k] = w * a[i, k]
                if bmin >= 0.0:
                    for k in range(d):
                        own[i, d + k] = -w * b[i, k]
                elif bmax > 0.0:
                    column[i] = place
                    for k in range(d):
                        values[k, place] = 0.0
                        values[d + k, place] = w * b[i, k]
                    count += 1
            elif amin >= 0.0 and bmin >= 0.0:
                r0 = tau0 * bmin / ((1.0 - tau0) * amax)
                q = 0.0
                p = 1.0 - r0
                below = (1.0 - tau1) * amin
                if below > 0.0:
                    r1 = tau1 * bmax / below
                    if r1 < 1e100:
                        q = min(1.0, max(0.0, (1.0 - r0) / (r1 - r0)))
                        p = max(q * r1, 1.0 - (1.0 - q) * r0)
                p *= 1.0 + 8.0 * UNIT
                for k in range(d):
                    own[i, k] = w * p * a[i, k]
                    own[i, d + k] = -w * q * b[i, k]
            else:
                least = tau0 / (1.0 - tau0) * max(bmin, 0.0)
                for k in range(d):
                    own[i, k] = w * max(a[i, k] - least, 0.0)
        else:
            w = -w
            unmasked = bmax <= 0.0 or decided[i] == SMALLER
            if bmax > 0.0 and bmin < 0.0:
                if decided[i] == SMALLER:
                    cuts -= 1
                    _cut(values, cuts, a[i], 0.0, b[i], -1.0, d)
                elif decided[i] == LARGER:
                    cuts -= 1
                    _cut(values, cuts, a[i], 0.0, b[i], 1.0, d)
            exact = decided[i] == LARGER
            if amin >= 0.0 and (unmasked or clear_of):
                for k in range(d):
                    own[i, k] = -w * a[i, k]
                    if not unmasked:
                        own[i, d + k] = w * (b[i, k] if exact else max(b[i, k], 0.0))
            else:
                column[i] = place
                for k in range(d):
                    values[k, place] = w * a[i, k]
                    if unmasked:
                        values[d + k, place] = 0.0
                    else:
                        values[d + k, place] = -w * (b[i, k] if exact else max(b[i, k], 0.0))
                count += 1
        for k in range(2 * d):
            phi[k] += own[i, k]
    return count, cuts, largest


@uncounted()
def worst_row(v, sign, decided, shares, work):
    """Return the free row that the relaxation overrates most at a point, by how much, and the sum over all.

    ``shares`` (2d) are the point's coefficients at the generators.
    """
    n, d = work.a.shape
    worst, most, total = -1, 0.0, 0.0
    for i in range(n):
        w = sign * v[i]
        if w == 0.0 or decided[i] != FREE:
            continue
        above, a, b = 0.0, 0.0, 0.0
        for k in range(2 * d):
            above += shares[k] * work.own[i, k]
        for k in range(d):
            a += shares[k] * work.a[i, k]
            b += shares[d + k] * work.b[i, k]
        if work.column[i] >= 0:
            x = 0.0
            for k in range(2 * d):
                x += shares[k] * work.values[k, work.column[i]]
            above -= max(x, 0.0)
        loss = above - w * max(0.0, min(a, a - b))
        if loss > 0.0:
            total += loss
            if loss > most:
                worst, most = i, loss
    return worst, most, total
