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
from convex_program.kernels.gram_schmidt import coefficients, span, unit, without

_DEPENDENT = 1e-9
_STILL = 4e-15
_TOL = 1e-10


@njit(cache=True, nogil=True)
def _worst(theta, count):
    """Return the kink to leave, the one whose multiplier is furthest outside [0, 1], or -1."""
    worst = -1
    most = _TOL
    for i in range(count - 1, -1, -1):
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
            without(basis, count, a, target)
            for k in range(d):
                p[k] = a[k]
            # what the kinks leave of a may be rounding alone: then u has nowhere to go
            if unit(target) <= _DEPENDENT * unit(p):
                break
            cosine = 0.0
            for k in range(d):
                cosine += target[k] * u[k]
            for k in range(d):
                p[k] = target[k] - cosine * u[k]
            sine = unit(p)
            if sine <= 1e-13:
                if cosine < 0.0:
                    break
                coefficients(rows, kinks, count, basis, a, theta)
                worst = _worst(theta, count)
                if worst < 0:
                    break
                left = kinks[worst]
                on[left] = theta[worst] > 1.0
                kink[left] = False
                for i in range(worst, count - 1):
                    kinks[i] = kinks[i + 1]
                count -= 1
                span(rows, kinks, count, basis)
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
                without(basis, count, rows[hit], basis[count])
                stuck = unit(basis[count]) <= _DEPENDENT * lengths[hit] or count == d - 1
                if not stuck:
                    kinks[count] = hit
                    count += 1
                    kink[hit] = True
            without(basis, count, moved, target)
            if unit(target) == 0.0:
                break
            for k in range(d):
                u[k] = target[k]
            value = max(value, evaluate(rows, convex, linear, u))
            if stuck:
                break
        values[start] = max(evaluate(rows, convex, linear, u), 0.0)
