"""Nearest point to the origin of a zonotope plus a cone (Wolfe's method).

The relaxation of the pricing problem on a simplicial cone with generators g_1..g_d and dual
basis n_1..n_d (n_i.g_k = [i == k]) is

    max { sum_i lam_i b0_i - sum_j (sum_i lam_i s_ji)_+ : lam >= 0, |sum_i lam_i g_i| <= 1 },

where s_ji = a_j.g_i for the concave rows j.  Its dual is the least norm of

    R = sum_i (b0_i - sum_j theta_j s_ji + mu_i) n_i,        theta in [0, 1]^m,  mu >= 0.

Further constraints c_k.u >= 0 on the cone add rays nu_k c_k, nu >= 0, c_k = sum_i (c_k.g_i) n_i.

Wolfe's method keeps a *corral* of at most d + 1 affinely independent elements: points of the
zonotope (one theta each) and rays n_i or c_k.  Every major step asks the linear oracle for the point
that minimises R.q; in cone coordinates tau_i = n_i.R the oracle is theta_j = [s_j.tau > 0], so
it needs no d-dimensional rows and no inverse.  With u = R/|R| inside the cone, R.q/|R| *is* the
value of the relaxation at u: a lower bound that lets the caller stop as soon as the question
"above or below the threshold?" is settled either way.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.row_table import clear, combine, dot, padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted

# Outcomes of `nearest_point`.
BELOW = 0  # |R| <= threshold: the relaxation is below the threshold
ABOVE = 1  # the relaxation at R/|R| (inside the cone) is above the threshold
OPTIMAL = 2  # R is the nearest point to working accuracy
STALLED = 3  # no further progress in floating point; R is still feasible

_FAR = 1.25
_RAY_TOL = 1e-13
_GAP_TOL = 4e-15
_DEPENDENT = 1e-11


class Corral(NamedTuple):
    """At most d + 2 elements and the triangular factors of their differences.

    Element t is ``elements[t]`` with ``weight[t]``: a ray of kind ``origin[t]``, or a point whose
    theta is ``thetas[slot[t]]``.  ``known`` holds the number of columns of ``basis`` (orthonormal,
    one a row) and ``upper`` that still belong to the elements, and the element they start from.
    """

    elements: np.ndarray
    is_ray: np.ndarray
    weight: np.ndarray
    slot: np.ndarray
    origin: np.ndarray
    thetas: np.ndarray
    coef: np.ndarray
    basis: np.ndarray
    upper: np.ndarray
    known: np.ndarray
    tau: np.ndarray
    vector: np.ndarray
    products: np.ndarray


@njit(cache=True, nogil=True)
def new_corral(d, rows):
    """Return an empty corral for so many concave rows and cuts."""
    return Corral(
        np.empty((d + 2, d)),
        np.zeros(d + 2, dtype=np.bool_),
        np.empty(d + 2),
        np.empty(d + 2, dtype=np.int64),
        np.empty(d + 2, dtype=np.int64),
        np.empty((d + 2, padded(rows))),
        np.empty(d + 2),
        np.empty((d + 2, d)),
        np.empty((d + 2, d + 2)),
        np.zeros(2, dtype=np.int64),
        np.empty(d),
        np.empty(d),
        np.empty(padded(rows)),
    )


@uncounted(fastmath=ANY_ORDER)
def affine_minimiser(elements, is_ray, coef, basis, upper, known, count):
    """Least-norm point of the affine hull of the points plus the span of the rays.

    Writes the coefficients (points: summing to 1) to ``coef``; returns False when the elements
    are numerically dependent.  Modified Gram-Schmidt on the augmented system, whose computed
    solution is backward stable; at most d columns, of which those still known are kept.
    """
    d = elements.shape[1]
    base = 0
    while is_ray[base]:
        base += 1
    if base != known[1]:
        known[0] = 0
        known[1] = base
    for col in range(known[0], count - 1):
        t = col if col < base else col + 1
        norm0 = 0.0
        for k in range(d):
            x = elements[t, k]
            if not is_ray[t]:
                x -= elements[base, k]
            basis[col, k] = x
            norm0 += x * x
        for prev in range(col):
            r = 0.0
            for k in range(d):
                r += basis[prev, k] * basis[col, k]
            upper[prev, col] = r
            for k in range(d):
                basis[col, k] -= r * basis[prev, k]
        norm = 0.0
        for k in range(d):
            norm += basis[col, k] * basis[col, k]
        if norm <= _DEPENDENT * _DEPENDENT * norm0 or norm0 == 0.0:
            known[0] = col
            return False
        norm = np.sqrt(norm)
        for k in range(d):
            basis[col, k] /= norm
        upper[col, col] = norm
    last = count - 1
    known[0] = last
    # right-hand side -elements[base], reduced like one more column
    for k in range(d):
        basis[last, k] = -elements[base, k]
    for prev in range(last):
        r = 0.0
        for k in range(d):
            r += basis[prev, k] * basis[last, k]
        upper[prev, last] = r
        for k in range(d):
            basis[last, k] -= r * basis[prev, k]
    total = 0.0
    for i in range(last - 1, -1, -1):
        x = upper[i, last]
        for k in range(i + 1, last):
            x -= upper[i, k] * upper[k, last]
        x /= upper[i, i]
        upper[i, last] = x
        t = i if i < base else i + 1
        coef[t] = x
        if not is_ray[t]:
            total += x
    coef[base] = 1.0 - total
    return True


@uncounted()
def _drop(elements, is_ray, weight, slot, origin, known, t, count):
    """Remove element t of the corral by moving the last one into its place."""
    last = count - 1
    if t == known[1]:
        known[0] = 0
    else:
        known[0] = min(known[0], t if t < known[1] else t - 1)
    if t != last:
        for k in range(elements.shape[1]):
            elements[t, k] = elements[last, k]
        is_ray[t] = is_ray[last]
        weight[t] = weight[last]
        origin[t] = origin[last]
        slot[t], slot[last] = slot[last], slot[t]
    return last


@uncounted()
def minor_cycle(elements, is_ray, weight, slot, origin, coef, basis, upper, known, count):
    """Move to the least-norm point of the corral's hull, dropping what blocks the way.

    Returns the new number of elements, negated when the newest element was dependent on the
    others (it is then removed and the corral is as before).
    """
    d = elements.shape[1]
    fresh = True
    for _ in range(4 * d + 8):
        if not affine_minimiser(elements, is_ray, coef, basis, upper, known, count):
            if not fresh:
                return count
            return -_drop(elements, is_ray, weight, slot, origin, known, count - 1, count)
        fresh = False
        step = 1.0
        for t in range(count):
            if coef[t] < 0.0:
                step = min(step, weight[t] / (weight[t] - coef[t]))
        if step >= 1.0:
            for t in range(count):
                # a negative coefficient lost beside the weight leaves the step at 1, and must not stay
                weight[t] = max(coef[t], 0.0)
            return count
        smallest = -1
        for t in range(count):
            weight[t] += step * (coef[t] - weight[t])
            if coef[t] < 0.0 and (smallest < 0 or weight[t] < weight[smallest]):
                smallest = t
        weight[smallest] = 0.0
        t = count - 1
        while t >= 0:
            if weight[t] <= 0.0:
                count = _drop(elements, is_ray, weight, slot, origin, known, t, count)
            t -= 1
    return count


@uncounted()
def _cut_square(values, j, dual, vector):
    """|c|^2 for the cut with cone coordinates values[:, j]; c itself goes to ``vector``."""
    d = dual.shape[0]
    square = 0.0
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += values[i, j] * dual[i, k]
        vector[k] = x
        square += x * x
    return square


@uncounted(fastmath=ANY_ORDER)
def nearest_point(
    values,
    cuts,
    start,
    stop,
    offset,
    dual,
    use_rays,
    residual,
    theta,
    nu,
    enough,
    hopeless,
    iterations,
    corral,
):
    """Shrink ``residual`` to the least-norm R, or until a question about it is settled.

    Parameters
    ----------
    values : (>= d, cap) s_ji in columns start..stop-1, c_k.g_i in columns cuts..start-1.
    offset : (d,) b0, the cone coordinates of R at theta = 0, mu = 0.
    dual : (d, d) rows n_i.
    use_rays : whether mu is allowed (False: the cone is the whole space).
    residual, theta : a feasible start (theta of the columns start.., R = sum b_i(theta) n_i, mu = 0);
        overwritten by the best R found and its theta.
    nu : multipliers of the columns cuts..start-1, written.
    enough : stop BELOW once |R| <= enough.
    hopeless : stop ABOVE once the relaxation is known to exceed this level (inf: never), by far
        or by half of what |R| does.
    corral : Corral, work space

    Returns
    -------
    outcome : BELOW, ABOVE, OPTIMAL or STALLED.
    """
    elements, is_ray, weight = corral.elements, corral.is_ray, corral.weight
    slot, origin, thetas = corral.slot, corral.origin, corral.thetas
    coef, basis, upper, known = corral.coef, corral.basis, corral.upper, corral.known
    tau, vector, products = corral.tau, corral.vector, corral.products
    d = residual.shape[0]
    rows = stop - start
    for t in range(d + 2):
        slot[t] = t
    known[0] = 0
    known[1] = 0
    count = 1
    is_ray[0] = False
    origin[0] = -1
    weight[0] = 1.0
    for k in range(d):
        elements[0, k] = residual[k]
    for j in range(padded(rows)):
        thetas[0, j] = theta[j]
    outcome = STALLED
    previous = np.inf
    for _ in range(iterations):
        square = 0.0
        for k in range(d):
            square += residual[k] * residual[k]
        norm = np.sqrt(square)
        if norm <= enough:
            outcome = BELOW
            break
        if norm >= previous:
            break  # floating point noise: the last step did not shorten R
        previous = norm
        worst = -1
        worst_value = -_RAY_TOL * norm
        for i in range(d):
            x = 0.0
            for k in range(d):
                x += dual[i, k] * residual[k]
            tau[i] = x
            if use_rays and x < 0.0:
                length = 0.0
                for k in range(d):
                    length += dual[i, k] * dual[i, k]
                x /= np.sqrt(length)
                if x < worst_value:
                    worst_value = x
                    worst = i
        for j in range(cuts, start):
            x = 0.0
            for i in range(d):
                x += values[i, j] * tau[i]
            if x < 0.0:
                x /= np.sqrt(_cut_square(values, j, dual, vector))
                if x < worst_value:
                    worst_value = x
                    worst = d + j
        new = count
        origin[new] = worst
        if worst >= d:
            length = np.sqrt(_cut_square(values, worst - d, dual, vector))
            for k in range(d):
                elements[new, k] = vector[k] / length
            is_ray[new] = True
        elif worst >= 0:
            length = 0.0
            for k in range(d):
                length += dual[worst, k] * dual[worst, k]
            length = np.sqrt(length)
            for k in range(d):
                elements[new, k] = dual[worst, k] / length
            is_ray[new] = True
        else:
            combine(values, start, rows, tau, products)
            own = slot[new]
            for j in range(padded(rows)):
                products[j] = 1.0 if products[j] > 0.0 else 0.0
            clear(products, rows)
            for j in range(padded(rows)):
                thetas[own, j] = products[j]
            inner = 0.0
            for i in range(d):
                vector[i] = offset[i] - dot(values, i, start, products, 0, rows)
                inner += vector[i] * tau[i]
            excess = inner - hopeless * norm
            if excess > 0.0 and (
                inner > _FAR * hopeless * norm or excess > 0.5 * (norm - hopeless) * norm
            ):
                outcome = ABOVE
                break
            if square - inner <= _GAP_TOL * square:
                outcome = OPTIMAL
                break
            for k in range(d):
                x = 0.0
                for i in range(d):
                    x += vector[i] * dual[i, k]
                elements[new, k] = x
            is_ray[new] = False
        weight[new] = 0.0
        count = minor_cycle(
            elements, is_ray, weight, slot, origin, coef, basis, upper, known, new + 1
        )
        if count < 0:
            count = -count
            break
        for k in range(d):
            x = 0.0
            for t in range(count):
                x += weight[t] * elements[t, k]
            residual[k] = x
    # theta of the final R: the rays carry none, the weights of the points add up to 1
    for j in range(padded(rows)):
        theta[j] = 0.0
    for j in range(start - cuts):
        nu[j] = 0.0
    for t in range(count):
        if is_ray[t]:
            if origin[t] >= d:
                j = origin[t] - d
                nu[j - cuts] = max(0.0, weight[t]) / np.sqrt(_cut_square(values, j, dual, vector))
        else:
            x = weight[t]
            own = slot[t]
            for j in range(padded(rows)):
                theta[j] += x * thetas[own, j]
    for j in range(padded(rows)):
        theta[j] = min(1.0, max(0.0, theta[j]))
    return outcome
