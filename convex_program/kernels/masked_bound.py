"""A bound for two neurons, one of which masks the other, on a pair of cones.

Value.  ``f(u_1, u_2) = sum_i v_i g(a_i, b_i)`` with a = x.u_1, b = x.u_2 and

    g(a, b) = ((a)_+ - (b)_+)_+ = max(0, min(a, a - b)).

Node.  u_1 in the cone of d generators g_k, u_2 in that of h_k, all in one orthant each and with
absolute sum 1, and the share of u_2 in ``|u_1|_1 + |u_2|_1`` between tau_0 and tau_1.  On an orthant
the absolute sum is linear, so the last is two linear constraints ("cuts").

Relaxation.  Every row is replaced from above by a convex function that is a function of u_1 plus
one of u_2, or, where it is decided, by a concave one (`convex_program.kernels.masked_rows`).
A convex function is below the linear one that is not below it at the generators: so

    f <= R.u,   R_1.g_k >= phi_1k,  R_2.h_k >= phi_2k,    f <= max(|R_1|, |R_2|) (|u_1| + |u_2|).

R is the nearest point to the origin of a zonotope plus a cone, in the norm
``omega |R_1|^2 + (1 - omega) |R_2|^2``.  The square of its length is concave in omega, with slope
``|R_1|^2 - |R_2|^2``; so omega moves by the secant rule until the two lengths agree or the question is settled.
Where no row is overrated the node is a convex program, and at that omega its bound is its value.

Rounding.  a and b are used as linear interpolations of their values at the generators; what that,
sums and comparisons can miss is bounded by ``error |u|``, see `convex_program.three_layer.pricing`,
and for the cuts by ``missed`` per unit of their multipliers.  R is lifted along the orthant until the inequalities hold.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.masked_rows import UNIT, relax_masked, worst_row
from convex_program.kernels.nearest import Corral, nearest_point, new_corral
from convex_program.kernels.row_table import LANES, clear, padded
from convex_program.kernels.uncounted import uncounted

_STEPS = 30
"""How often omega is moved at most."""
_MET = 1e-11
"""Relative difference of the two lengths at which omega is the best one."""
_SHARP = 1e-4
"""Part of the bound up to which a relaxation that overrates its rows is worth the best omega."""
_ITERATIONS = 60
_LEAST = 1e-300
_WIDEST = 24.0
"""Logarithms of |u_1| / |u_2| that are tried where nothing bounds it."""


class MaskedWork(NamedTuple):
    """Work space of one node: rows at generators, the zonotope, R."""

    a: np.ndarray
    b: np.ndarray
    own: np.ndarray
    column: np.ndarray
    values: np.ndarray
    phi: np.ndarray
    at: np.ndarray
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
        np.empty((n, 2 * d)),
        np.empty(n, dtype=np.int64),
        np.zeros((2 * d, padded(2 * n + 2) + n + 3 * LANES)),
        np.empty(2 * d),
        np.empty(2 * d),
        np.zeros((2 * d, 2 * d)),
        np.zeros((2 * d, 2 * d)),
        np.empty(2 * d),
        np.zeros(n + 3 * LANES),
        np.zeros(2 * n + 2),
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
def _overrated(v, sign, decided, point, work):
    """Return what `worst_row` says of a point; its coefficients at the generators go to ``work.at``."""
    D = point.shape[0]
    for k in range(D):
        x = 0.0
        for i in range(D):
            x += work.dual[k, i] * point[i]
        work.at[k] = max(x, 0.0)
    return worst_row(v, sign, decided, work.at, work)


@uncounted()
def bound_masked(X, v, sign, gen1, gen2, tau0, tau1, decided, level, error, work, point):
    """Bound f on a node, per unit of ``|u_1| + |u_2|``; stop early where the level settles it.

    Writes to ``point`` (2d) where the relaxation is largest.

    Returns
    -------
    bound, row, loss, losses : the bound; the free row that is overrated most at the point, by how much, and what
        all are together, see `convex_program.kernels.masked_rows.worst_row` (-1 and zeros below the level).
    """
    d = X.shape[1]
    D = 2 * d
    start = padded(2 * X.shape[0] + 2)
    cuts = start
    values, phi, dual, scaled = work.values, work.phi, work.dual, work.scaled
    residual, theta, nu, R = work.residual, work.theta, work.nu, work.R
    if not _invert(gen1, work.square, dual, 0):
        return np.inf, -1, 0.0, 0.0
    if not _invert(gen2, work.square, dual, d):
        return np.inf, -1, 0.0, 0.0
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
    count, cuts, largest = relax_masked(
        X, v, sign, gen1, gen2, tau0, tau1, decided, cuts, start, work
    )
    for i in range(D):
        for j in range(start + count, start + count + LANES):
            values[i, j] = 0.0
    # what rounding of the cuts and of sums with them may miss, per unit of multiplier and length
    missed = 8.0 * np.sqrt(d) * (X.shape[0] + d + 30) * UNIT * largest
    best = np.inf
    low, high = _shares(gen1, gen2, tau0, tau1, d)
    slope_low, slope_high = 0.0, 0.0
    side = 0
    for _ in range(_STEPS):
        if slope_low > 0.0 and slope_high < 0.0:
            part = slope_low / (slope_low - slope_high)
            middle = low + min(0.98, max(0.02, part)) * (high - low)
        else:
            middle = 0.5 * (low + high)
        odds = np.exp(middle)
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
        here = max(one, two) * (1.0 + 8.0 * (d + 4) * UNIT) + error + missed * spent
        best = min(best, here)
        if best <= level:
            return best, -1, 0.0, 0.0
        if whole > level:
            row, loss, losses = _overrated(v, sign, decided, point, work)
            if losses > _SHARP * whole * whole:
                return best, row, loss, losses
        if max(one, two) <= whole * (1.0 + _MET):
            break
        slope = np.log(max(one, _LEAST) / max(two, _LEAST))
        if slope > 0.0:
            if side > 0:
                slope_high *= 0.5
            low, slope_low, side = middle, slope, 1
        else:
            if side < 0:
                slope_low *= 0.5
            high, slope_high, side = middle, slope, -1
    row, loss, losses = _overrated(v, sign, decided, point, work)
    return best, row, loss, losses
