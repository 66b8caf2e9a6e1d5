"""Local ascent of  f(u) = l.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+  on the unit sphere, along arcs.

On one linear piece, and on the kinks u keeps to, f is a.u: its maximiser there is the projected
a, normalised.  u moves on the great circle towards it.  Along u(t) = cos t u + sin t p a row
is s cos t + q sin t, so f is alpha cos t + b sin t between breakpoints; its slope is followed
through the sorted breakpoints.  At a convex row it rises, at a concave one it falls: where it
falls to zero or below, u stops and keeps to that kink.  At a maximiser on its kinks, multipliers
outside [0, 1] say which kink to leave.  f never decreases.  States, not computed signs, say
which piece is meant, so rows within rounding of zero need no tolerance.
"""

import numpy as np
from numba import njit

from convex_program.kernels.ascent import evaluate

_DEPENDENT = 1e-9
_STILL = 4e-15
_TOL = 1e-10


@njit(cache=True, nogil=True)
def _without(basis, count, x, out):
    """Write x without its components along the first ``count`` rows of an orthonormal basis."""
    d = x.shape[0]
    for k in range(d):
        out[k] = x[k]
    for _ in range(2):
        for i in range(count):
            r = 0.0
            for k in range(d):
                r += basis[i, k] * out[k]
            for k in range(d):
                out[k] -= r * basis[i, k]


@njit(cache=True, nogil=True)
def _unit(x):
    """Normalise in place; return the length."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * x[k]
    total = np.sqrt(total)
    if total > 0.0:
        for k in range(x.shape[0]):
            x[k] /= total
    return total


@njit(cache=True, nogil=True)
def _span(rows, kinks, count, basis):
    """Orthonormalise the kinks; fewer of independent ones are independent."""
    for i in range(count):
        _without(basis, i, rows[kinks[i]], basis[i])
        _unit(basis[i])


@njit(cache=True, nogil=True)
def _worst(rows, kinks, count, basis, a, theta):
    """Solve sum_i theta_i rows_i = (a in their span); return the kink to leave, or -1.

    The rows are lower triangular in the basis that Gram and Schmidt made of them.
    """
    d = a.shape[0]
    worst = -1
    most = _TOL
    for i in range(count - 1, -1, -1):
        r = 0.0
        for k in range(d):
            r += basis[i, k] * a[k]
        pivot = 0.0
        for k in range(d):
            pivot += basis[i, k] * rows[kinks[i], k]
        for j in range(i + 1, count):
            x = 0.0
            for k in range(d):
                x += basis[i, k] * rows[kinks[j], k]
            r -= theta[j] * x
        theta[i] = r / pivot
        excess = max(-theta[i], theta[i] - 1.0)
        if excess > most:
            most = excess
            worst = i
    return worst


@njit(cache=True, nogil=True)
def ascend_arcs(rows, convex, linear, starts, steps, values):
    """Improve every row of ``starts`` (unit vectors) in place; ``values`` receives f, at least 0."""
    m, d = rows.shape
    lengths = np.empty(m)
    for j in range(m):
        total = 0.0
        for k in range(d):
            total += rows[j, k] * rows[j, k]
        lengths[j] = np.sqrt(total)
    on = np.empty(m, dtype=np.bool_)
    kink = np.empty(m, dtype=np.bool_)
    product = np.empty(m)
    slope = np.empty(m)
    times = np.empty(m)
    where = np.empty(m, dtype=np.int64)
    kinks = np.empty(d + 1, dtype=np.int64)
    basis = np.empty((d + 1, d))
    theta = np.empty(d + 1)
    a = np.empty(d)
    target = np.empty(d)
    p = np.empty(d)
    moved = np.empty(d)
    for start in range(starts.shape[0]):
        u = starts[start]
        count = 0
        for j in range(m):
            x = 0.0
            for k in range(d):
                x += rows[j, k] * u[k]
            on[j] = x > 0.0
            kink[j] = False
        value = evaluate(rows, convex, linear, u)
        left = -1  # the kink just left: stopping on it again at once ends the ascent
        for _ in range(steps):
            for k in range(d):
                a[k] = linear[k]
            for j in range(m):
                x = 0.0
                for k in range(d):
                    x += rows[j, k] * u[k]
                product[j] = x
                if on[j] and not kink[j]:
                    sign = 1.0 if j < convex else -1.0
                    for k in range(d):
                        a[k] += sign * rows[j, k]
            _without(basis, count, a, target)
            for k in range(d):
                p[k] = a[k]
            # what the kinks leave of a may be rounding alone: then u has nowhere to go
            if _unit(target) <= _DEPENDENT * _unit(p):
                break
            cosine = 0.0
            for k in range(d):
                cosine += target[k] * u[k]
            for k in range(d):
                p[k] = target[k] - cosine * u[k]
            sine = _unit(p)
            if sine <= 1e-13:
                if cosine < 0.0:
                    break
                worst = _worst(rows, kinks, count, basis, a, theta)
                if worst < 0:
                    break
                left = kinks[worst]
                on[left] = theta[worst] > 1.0
                kink[left] = False
                for i in range(worst, count - 1):
                    kinks[i] = kinks[i + 1]
                count -= 1
                _span(rows, kinks, count, basis)
                continue
            reached = evaluate(rows, convex, linear, target)
            if reached > value + 1e-9 * abs(value):
                value = reached
                for k in range(d):
                    u[k] = target[k]
                for j in range(m):
                    x = 0.0
                    for k in range(d):
                        x += rows[j, k] * u[k]
                    on[j] = x > 0.0
                left = -1
                continue
            crossings = 0
            for j in range(m):
                if kink[j]:
                    continue
                x = 0.0
                for k in range(d):
                    x += rows[j, k] * p[k]
                slope[j] = x
                if max(abs(x), abs(product[j])) <= _STILL * lengths[j]:
                    continue
                # by state the row is on or off at t = 0; a sinusoid has one zero in [0, pi)
                side = 1.0 if on[j] else -1.0
                if side * (product[j] * cosine + x * sine) < 0.0:
                    where[crossings] = j
                    times[crossings] = np.arctan2(max(0.0, side * product[j]), -side * x)
                    crossings += 1
            alpha = 0.0
            b = 0.0
            for k in range(d):
                alpha += a[k] * u[k]
                b += a[k] * p[k]
            order = np.argsort(times[:crossings], kind="mergesort")
            stop = end_of_arc = np.arctan2(sine, cosine)
            hit = -1
            for c in range(crossings):
                j = where[order[c]]
                t = times[order[c]]
                if b * np.cos(t) - alpha * np.sin(t) <= 0.0:
                    break
                sign = 1.0 if j < convex else -1.0
                if on[j]:
                    sign = -sign
                alpha += sign * product[j]
                b += sign * slope[j]
                if b * np.cos(t) - alpha * np.sin(t) <= 0.0:
                    hit = j
                    stop = t
                    break
                on[j] = not on[j]
            if hit < 0:
                stop = min(max(np.arctan2(b, alpha), 0.0), end_of_arc)
            if hit >= 0 and stop == 0.0 and hit == left:
                break
            left = -1
            for k in range(d):
                moved[k] = np.cos(stop) * u[k] + np.sin(stop) * p[k]
            stuck = False
            if hit >= 0:
                _without(basis, count, rows[hit], basis[count])
                stuck = _unit(basis[count]) <= _DEPENDENT * lengths[hit] or count == d - 1
                if not stuck:
                    kinks[count] = hit
                    count += 1
                    kink[hit] = True
            _without(basis, count, moved, target)
            if _unit(target) == 0.0:
                break
            for k in range(d):
                u[k] = target[k]
            value = max(value, evaluate(rows, convex, linear, u))
            if stuck:
                break
        values[start] = max(evaluate(rows, convex, linear, u), 0.0)
