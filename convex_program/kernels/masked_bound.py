"""A bound for two neurons, one of which masks the other, on a pair of cones.

Value.  ``f(u_1, u_2) = sum_i v_i g(a_i, b_i)`` with a = x.u_1, b = x.u_2 and

    g(a, b) = ((a)_+ - (b)_+)_+ = max(0, min(a, a - b)).

Node.  u_1 in the cone of d generators g_k, u_2 in that of h_k, all in one orthant each and with
absolute sum 1, and the share of u_2 in ``|u_1|_1 + |u_2|_1`` between tau_0 and tau_1.  On an orthant
the absolute sum is linear, so the last is two linear constraints ("cuts").

Relaxation.  Every row is replaced from above by a convex function that is a function of u_1 plus
one of u_2.  For v > 0:  g <= (a)_+;  g <= (a - c |u_1|_1)_+ where b >= c |u_1|_1;  g = a - (b)_+ <= a - eta b
where a >= b, a >= 0;  and where b/a runs over [r_0, r_1] around 1,  g <= p a - q b  with both ends of the chord.
For v < 0:  -g <= theta (-a + b), with (b)_+ for b where its sign changes.  eta, theta in [0, 1] are free.
A convex function is below the linear one that is not below it at the generators: so

    f <= R.u,   R_1.g_k >= phi_1k,  R_2.h_k >= phi_2k,    f <= max(|R_1|, |R_2|) (|u_1| + |u_2|).

R is the nearest point to the origin of a zonotope plus a cone, in the norm
``omega |R_1|^2 + (1 - omega) |R_2|^2``; omega moves until the two lengths agree or the question is settled.

Rounding.  a and b are used as linear interpolations of their values at the generators; what that,
sums and comparisons can miss is bounded by ``error |u|``, see `convex_program.three_layer.pricing`.  R is
lifted along the orthant until the inequalities hold.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.nearest import Corral, nearest_point, new_corral
from convex_program.kernels.row_table import LANES, clear
from convex_program.kernels.uncounted import uncounted

UNIT = 2.0**-53
_STEPS = 7
"""How often omega is moved."""
_ITERATIONS = 60
_WIDEST = 12.0
"""Logarithms of |u_1| / |u_2| that are tried where nothing bounds it."""


class MaskedWork(NamedTuple):
    """Work space of one node: rows at generators, the zonotope, R."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    phi: np.ndarray
    dual: np.ndarray
    scaled: np.ndarray
    residual: np.ndarray
    theta: np.ndarray
    nu: np.ndarray
    R: np.ndarray
    square: np.ndarray
    corral: Corral


@njit(cache=True, nogil=True)
def new_masked_work(n, d):
    """Return work space for n rows in d dimensions."""
    return MaskedWork(
        np.empty((n, d)),
        np.empty((n, d)),
        np.zeros((2 * d, n + 3 * LANES)),
        np.empty(2 * d),
        np.zeros((2 * d, 2 * d)),
        np.zeros((2 * d, 2 * d)),
        np.empty(2 * d),
        np.zeros(n + 3 * LANES),
        np.zeros(2),
        np.empty(2 * d),
        np.empty((d, 2 * d)),
        new_corral(2 * d, n),
    )


@uncounted()
def _invert(gen, square, dual, shift):
    """Write the dual basis of d generators into a block of ``dual``; False when singular."""
    d = gen.shape[0]
    for i in range(d):
        for k in range(d):
            square[i, k] = gen[i, k]
            square[i, d + k] = 1.0 if i == k else 0.0
    for col in range(d):
        pivot = col
        for i in range(col + 1, d):
            if abs(square[i, col]) > abs(square[pivot, col]):
                pivot = i
        if square[pivot, col] == 0.0:
            return False
        for k in range(2 * d):
            x = square[col, k]
            square[col, k] = square[pivot, k]
            square[pivot, k] = x
        x = 1.0 / square[col, col]
        for k in range(2 * d):
            square[col, k] *= x
        for i in range(d):
            if i != col:
                y = square[i, col]
                if y != 0.0:
                    for k in range(2 * d):
                        square[i, k] -= y * square[col, k]
    # gen @ inverse = 1: column i of the inverse is the dual vector of generator i
    for i in range(d):
        for k in range(d):
            dual[shift + i, shift + k] = square[k, d + i]
    return True


@uncounted()
def _extremes(row, d):
    low, high = np.inf, -np.inf
    for k in range(d):
        low = min(low, row[k])
        high = max(high, row[k])
    return low, high


@uncounted()
def relax_masked(X, v, sign, gen1, gen2, tau0, tau1, start, work):
    """Fill phi and the zonotope's columns from ``start`` on; return how many there are."""
    n, d = X.shape
    a, b, values, phi = work.a, work.b, work.values, work.phi
    for k in range(2 * d):
        phi[k] = 0.0
    count = 0
    for i in range(n):
        w = sign * v[i]
        if w == 0.0:
            continue
        for k in range(d):
            s = 0.0
            t = 0.0
            for c in range(d):
                s += X[i, c] * gen1[k, c]
                t += X[i, c] * gen2[k, c]
            a[i, k] = s
            b[i, k] = t
        amin, amax = _extremes(a[i], d)
        if amax <= 0.0:
            continue
        bmin, bmax = _extremes(b[i], d)
        masked = bmin >= 0.0 and tau0 * bmin >= (1.0 - tau0) * amax
        if masked:
            continue
        clear_of = bmax <= 0.0 or tau1 * bmax <= (1.0 - tau1) * amin
        column = start + count
        if w > 0.0:
            if bmax <= 0.0:
                for k in range(d):
                    phi[k] += w * max(a[i, k], 0.0)
            elif amin >= 0.0 and clear_of:
                for k in range(d):
                    phi[k] += w * a[i, k]
                if bmin >= 0.0:
                    for k in range(d):
                        phi[d + k] -= w * b[i, k]
                else:
                    for k in range(d):
                        values[k, column] = 0.0
                        values[d + k, column] = w * b[i, k]
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
                    phi[k] += w * p * a[i, k]
                    phi[d + k] -= w * q * b[i, k]
            else:
                least = tau0 / (1.0 - tau0) * max(bmin, 0.0)
                for k in range(d):
                    phi[k] += w * max(a[i, k] - least, 0.0)
        else:
            w = -w
            if amin >= 0.0 and clear_of:
                for k in range(d):
                    phi[k] -= w * a[i, k]
                if bmax > 0.0:
                    for k in range(d):
                        phi[d + k] += w * max(b[i, k], 0.0)
                continue
            for k in range(d):
                values[k, column] = w * a[i, k]
                if bmax <= 0.0:
                    values[d + k, column] = 0.0
                else:
                    values[d + k, column] = -w * max(b[i, k], 0.0)
            count += 1
    return count


@uncounted()
def _lengths(vector, d):
    one = 0.0
    two = 0.0
    for k in range(d):
        one += vector[k] * vector[k]
        two += vector[d + k] * vector[d + k]
    return np.sqrt(one), np.sqrt(two)


@uncounted()
def _raise(gen, R, shift, wanted, d):
    """Add to R along the orthant of the generators until R.g_k >= wanted_k, as computed."""
    lift = 0.0
    for k in range(d):
        product = 0.0
        size = 0.0
        for c in range(d):
            product += R[shift + c] * gen[k, c]
            size += abs(R[shift + c] * gen[k, c])
        lift = max(lift, wanted[shift + k] - product + 2.0 * (d + 2) * UNIT * size)
    if lift > 0.0:
        lift *= 1.0 + 8.0 * UNIT
        for c in range(d):
            total = 0.0
            for k in range(d):
                total += gen[k, c]
            if total > 0.0:
                R[shift + c] += lift * (1.0 + 4.0 * UNIT)
            elif total < 0.0:
                R[shift + c] -= lift * (1.0 + 4.0 * UNIT)


@uncounted()
def _shares(gen1, gen2, tau0, tau1, d):
    """Return about which logarithms of |u_1| / |u_2| occur on a node.

    At the largest point of the relaxation omega is the share of |u_1|.
    """
    longest1, longest2, middle1, middle2 = 0.0, 0.0, 0.0, 0.0
    for k in range(d):
        one = 0.0
        two = 0.0
        x = 0.0
        y = 0.0
        for c in range(d):
            one += gen1[k, c] * gen1[k, c]
            two += gen2[k, c] * gen2[k, c]
            x += gen1[c, k]
            y += gen2[c, k]
        longest1 = max(longest1, one)
        longest2 = max(longest2, two)
        middle1 += x * x
        middle2 += y * y
    ends = _WIDEST
    low, high = -ends, ends
    if tau1 < 1.0:
        low = max(low, np.log((1.0 - tau1) / tau1) + 0.5 * np.log(middle1 / (d * d) / longest2))
    if tau0 > 0.0:
        high = min(high, np.log((1.0 - tau0) / tau0) + 0.5 * np.log(longest1 * d * d / middle2))
    if low > high:
        low, high = high, low
    return low, high


@uncounted()
def bound_masked(X, v, sign, gen1, gen2, tau0, tau1, level, error, work, point):
    """Bound f on a node, per unit of ``|u_1| + |u_2|``; stop early where the level settles it.

    Writes to ``point`` (2d) where the relaxation is largest.  Returns the bound.
    """
    d = X.shape[1]
    D = 2 * d
    start = LANES
    cuts = start
    values, phi, dual, scaled = work.values, work.phi, work.dual, work.scaled
    residual, theta, nu, R = work.residual, work.theta, work.nu, work.R
    if not _invert(gen1, work.square, dual, 0):
        return np.inf
    if not _invert(gen2, work.square, dual, d):
        return np.inf
    if tau1 < 1.0:
        cuts -= 1
        for k in range(d):
            values[k, cuts] = tau1
            values[d + k, cuts] = tau1 - 1.0
    if tau0 > 0.0:
        cuts -= 1
        for k in range(d):
            values[k, cuts] = -tau0
            values[d + k, cuts] = 1.0 - tau0
    count = relax_masked(X, v, sign, gen1, gen2, tau0, tau1, start, work)
    for i in range(D):
        for j in range(start + count, start + count + LANES):
            values[i, j] = 0.0
    best = np.inf
    low, high = _shares(gen1, gen2, tau0, tau1, d)
    for _ in range(_STEPS):
        odds = np.exp(0.5 * (low + high))
        omega = odds / (1.0 + odds)
        s1, s2 = np.sqrt(omega), np.sqrt(1.0 / (1.0 + odds))
        for i in range(d):
            for k in range(d):
                scaled[i, k] = s1 * dual[i, k]
                scaled[d + i, d + k] = s2 * dual[d + i, d + k]
        for j in range(count):
            theta[j] = 0.0
        clear(theta, count)
        for k in range(D):
            x = 0.0
            for i in range(D):
                x += phi[i] * scaled[i, k]
            residual[k] = x
        nearest_point(
            values,
            cuts,
            start,
            start + count,
            phi,
            scaled,
            True,
            residual,
            theta,
            nu,
            0.0,
            np.inf,
            _ITERATIONS,
            work.corral,
        )
        for k in range(d):
            R[k] = residual[k] / s1
            R[d + k] = residual[d + k] / s2
        one, two = _lengths(R, d)
        whole = np.sqrt(omega * one * one + (1.0 - omega) * two * two)
        for k in range(D):
            point[k] = (omega if k < d else 1.0 - omega) * R[k]
        # what R has to reach at the generators, with the multipliers found
        wanted = work.corral.vector
        spent = 0.0
        for j in range(start - cuts):
            spent += nu[j]
        for k in range(D):
            x = phi[k]
            for j in range(count):
                x -= theta[j] * values[k, start + j]
            for j in range(start - cuts):
                x += nu[j] * values[k, cuts + j]
            wanted[k] = x
        _raise(gen1, R, 0, wanted, d)
        _raise(gen2, R, d, wanted, d)
        one, two = _lengths(R, d)
        here = max(one, two) * (1.0 + 8.0 * (d + 4) * UNIT) + error + 32.0 * UNIT * spent
        best = min(best, here)
        if best <= level or whole > level:
            break
        if one > two:
            low = 0.5 * (low + high)
        else:
            high = 0.5 * (low + high)
    return best
