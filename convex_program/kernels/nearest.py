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

import numpy as np
from numba import njit

# Outcomes of `nearest_point`.
BELOW = 0  # |R| <= threshold: the relaxation is below the threshold
ABOVE = 1  # the relaxation at R/|R| (inside the cone) is above the threshold
OPTIMAL = 2  # R is the nearest point to working accuracy
STALLED = 3  # no further progress in floating point; R is still feasible

_FAR = 1.25
_RAY_TOL = 1e-13
_GAP_TOL = 4e-15
_DEPENDENT = 1e-11


@njit(cache=True, nogil=True)
def affine_minimiser(elements, is_ray, count, coef, basis, upper):
    """Least-norm point of the affine hull of the points plus the span of the rays.

    Writes the coefficients (points: summing to 1) to ``coef``; returns False when the elements
    are numerically dependent.  Modified Gram-Schmidt on the augmented system, whose computed
    solution is backward stable; at most d columns.
    """
    d = elements.shape[1]
    base = 0
    while is_ray[base]:
        base += 1
    col = 0
    for t in range(count):
        if t == base:
            continue
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
            return False
        norm = np.sqrt(norm)
        for k in range(d):
            basis[col, k] /= norm
        upper[col, col] = norm
        col += 1
    # right-hand side -elements[base], reduced like one more column
    for k in range(d):
        basis[col, k] = -elements[base, k]
    for prev in range(col):
        r = 0.0
        for k in range(d):
            r += basis[prev, k] * basis[col, k]
        upper[prev, col] = r
        for k in range(d):
            basis[col, k] -= r * basis[prev, k]
    for i in range(col - 1, -1, -1):
        x = upper[i, col]
        for k in range(i + 1, col):
            x -= upper[i, k] * upper[k, col]
        upper[i, col] = x / upper[i, i]
    total = 0.0
    i = 0
    for t in range(count):
        if t == base:
            continue
        coef[t] = upper[i, col]
        if not is_ray[t]:
            total += coef[t]
        i += 1
    coef[base] = 1.0 - total
    return True


@njit(cache=True, nogil=True)
def _drop(t, count, elements, is_ray, weight, corral, origin):
    """Remove element t of the corral by moving the last one into its place."""
    last = count - 1
    if t != last:
        for k in range(elements.shape[1]):
            elements[t, k] = elements[last, k]
        is_ray[t] = is_ray[last]
        weight[t] = weight[last]
        origin[t] = origin[last]
        swap = corral[t]
        corral[t] = corral[last]
        corral[last] = swap
    return last


@njit(cache=True, nogil=True)
def minor_cycle(count, elements, is_ray, weight, corral, origin, coef, basis, upper):
    """Move to the least-norm point of the corral's hull, dropping what blocks the way.

    Returns the new number of elements, negated when the newest element was dependent on the
    others (it is then removed and the corral is as before).
    """
    d = elements.shape[1]
    fresh = True
    for _ in range(4 * d + 8):
        if not affine_minimiser(elements, is_ray, count, coef, basis, upper):
            if not fresh:
                return count
            return -_drop(count - 1, count, elements, is_ray, weight, corral, origin)
        fresh = False
        step = 1.0
        for t in range(count):
            if coef[t] < 0.0:
                step = min(step, weight[t] / (weight[t] - coef[t]))
        if step >= 1.0:
            for t in range(count):
                weight[t] = coef[t]
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
                count = _drop(t, count, elements, is_ray, weight, corral, origin)
            t -= 1
    return count


@njit(cache=True, nogil=True)
def _cut_square(values, j, dual, basis):
    """|c|^2 for the cut with cone coordinates values[j]; c itself goes to basis[0]."""
    d = dual.shape[0]
    square = 0.0
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += values[j, i] * dual[i, k]
        basis[0, k] = x
        square += x * x
    return square


@njit(cache=True, nogil=True)
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
    elements,
    is_ray,
    weight,
    corral,
    origin,
    thetas,
    coef,
    basis,
    upper,
):
    """Shrink ``residual`` to the least-norm R, or until a question about it is settled.

    Parameters
    ----------
    values : (cap, >= d) s_ji in rows start..stop-1, c_k.g_i in rows cuts..start-1.
    offset : (d,) b0, the cone coordinates of R at theta = 0, mu = 0.
    dual : (d, d) rows n_i.
    use_rays : whether mu is allowed (False: the cone is the whole space).
    residual, theta : a feasible start (theta of the rows start.., R = sum b_i(theta) n_i, mu = 0);
        overwritten by the best R found and its theta.
    nu : multipliers of the rows cuts..start-1, written.
    enough : stop BELOW once |R| <= enough.
    hopeless : stop ABOVE once the relaxation is known to exceed this level (inf: never), by far
        or by half of what |R| does.
    elements .. upper : work space for d + 2 elements; ``thetas`` is (d + 2, rows).

    Returns
    -------
    outcome : BELOW, ABOVE, OPTIMAL or STALLED.
    """
    d = residual.shape[0]
    rows = stop - start
    for t in range(d + 2):
        corral[t] = t
    count = 1
    is_ray[0] = False
    origin[0] = -1
    weight[0] = 1.0
    for k in range(d):
        elements[0, k] = residual[k]
    slot = corral[0]
    for j in range(rows):
        thetas[slot, j] = theta[j]
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
            tau = 0.0
            length = 0.0
            for k in range(d):
                tau += dual[i, k] * residual[k]
                length += dual[i, k] * dual[i, k]
            coef[i] = tau
            if use_rays and tau < 0.0:
                tau /= np.sqrt(length)
                if tau < worst_value:
                    worst_value = tau
                    worst = i
        new = count
        slot = corral[new]
        for j in range(cuts, start):
            tau = 0.0
            for i in range(d):
                tau += values[j, i] * coef[i]
            if tau < 0.0:
                tau /= np.sqrt(_cut_square(values, j, dual, basis))
                if tau < worst_value:
                    worst_value = tau
                    worst = d + j
        origin[new] = worst
        if worst >= d:
            length = np.sqrt(_cut_square(values, worst - d, dual, basis))
            for k in range(d):
                elements[new, k] = basis[0, k] / length
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
            for i in range(d):
                basis[0, i] = offset[i]
            for j in range(rows):
                x = 0.0
                for i in range(d):
                    x += values[start + j, i] * coef[i]
                if x > 0.0:
                    thetas[slot, j] = 1.0
                    for i in range(d):
                        basis[0, i] -= values[start + j, i]
                else:
                    thetas[slot, j] = 0.0
            inner = 0.0
            for i in range(d):
                inner += basis[0, i] * coef[i]
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
                    x += basis[0, i] * dual[i, k]
                elements[new, k] = x
            is_ray[new] = False
        weight[new] = 0.0
        count = minor_cycle(new + 1, elements, is_ray, weight, corral, origin, coef, basis, upper)
        if count < 0:
            count = -count
            break
        for k in range(d):
            x = 0.0
            for t in range(count):
                x += weight[t] * elements[t, k]
            residual[k] = x
    # theta of the final R: the rays carry none, the weights of the points add up to 1
    for j in range(rows):
        theta[j] = 0.0
    for j in range(start - cuts):
        nu[j] = 0.0
    for t in range(count):
        if is_ray[t]:
            if origin[t] >= d:
                j = origin[t] - d
                nu[j - cuts] = max(0.0, weight[t]) / np.sqrt(_cut_square(values, j, dual, basis))
        else:
            slot = corral[t]
            for j in range(rows):
                theta[j] += weight[t] * thetas[slot, j]
    for j in range(rows):
        theta[j] = min(1.0, max(0.0, theta[j]))
    return outcome
