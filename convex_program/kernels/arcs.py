"""Local ascent of  f(u) = l.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+  on the unit sphere, along arcs.

On one linear piece, and on the kinks u keeps to, f is a.u: its maximiser there is the projected
a, normalised.  u moves on the great circle towards it.  Along u(t) = cos t u + sin t p a row
is s cos t + q sin t, so f is alpha cos t + b sin t between breakpoints; its slope is followed
through the sorted breakpoints.  At a convex row it rises, at a concave one it falls: where it
falls to zero or below, u stops and keeps to that kink.  At a maximiser on its kinks, multipliers
outside [0, 1] say which kink to leave.  f never decreases.  States, not computed signs, say
which piece is meant, so rows within rounding of zero need no tolerance.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.gram_schmidt import coefficients, span, unit, without
from convex_program.kernels.row_table import columns_of, combine, dot, padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted

_DEPENDENT = 1e-9
_STILL = 4e-15
_TOL = 1e-10


@uncounted()
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


class _Space(NamedTuple):
    """Work space of one ascent.

    For every row: ``side`` +1 or -1, the piece meant; ``free`` 0 on a kink, else 1; ``gain`` +1
    or -1, convex or concave, 0 behind the last; and numbers.  For every kink: its row, its place
    in an orthonormal basis, its multiplier.  Vectors are a, target, p and one to spare.
    """

    side: np.ndarray
    free: np.ndarray
    gain: np.ndarray
    weight: np.ndarray
    product: np.ndarray
    other: np.ndarray
    slope: np.ndarray
    times: np.ndarray
    where: np.ndarray
    kinks: np.ndarray
    basis: np.ndarray
    theta: np.ndarray
    vectors: np.ndarray


@uncounted(fastmath=ANY_ORDER)
def _value(linear, u, product, gain, count):
    """Value of f at u, given the products of all rows with u."""
    total = 0.0
    for k in range(u.shape[0]):
        total += linear[k] * u[k]
    for j in range(padded(count)):
        total += gain[j] * max(0.0, product[j])
    return total


@uncounted(fastmath=ANY_ORDER)
def _active(side, free, gain, weight, count):
    """Set weight to gain where a row counts, else to 0."""
    for j in range(padded(count)):
        weight[j] = (0.5 * side[j] + 0.5) * free[j] * gain[j]


@uncounted(fastmath=ANY_ORDER)
def _take_sides(product, side, count):
    """Set the piece meant to the one the products say."""
    for j in range(padded(count)):
        side[j] = 1.0 if product[j] > 0.0 else -1.0


@njit(cache=True, nogil=True)
def ascend_arcs(rows, convex, linear, starts, steps, values):
    """Improve every row of ``starts`` (unit vectors) in place; ``values`` receives f, at least 0."""
    m, d = rows.shape
    size = padded(m)
    columns = columns_of(rows)
    lengths = np.empty(m)
    gain = np.zeros(size)
    for j in range(m):
        total = 0.0
        for k in range(d):
            total += rows[j, k] * rows[j, k]
        lengths[j] = np.sqrt(total)
        gain[j] = 1.0 if j < convex else -1.0
    space = _Space(
        np.ones(size),
        np.ones(size),
        gain,
        np.zeros(size),
        np.zeros(size),
        np.zeros(size),
        np.zeros(size),
        np.empty(m),
        np.empty(m, dtype=np.int64),
        np.empty(d + 1, dtype=np.int64),
        np.empty((d + 1, d)),
        np.empty(d + 1),
        np.empty((4, d)),
    )
    for start in range(starts.shape[0]):
        values[start] = _ascend(columns, rows, lengths, linear, starts[start], steps, space)


@uncounted()
def _sink(times, where, place, count):
    """Restore the heap below ``place``: no time is later than those of its two children."""
    t = times[place]
    j = where[place]
    while 2 * place + 1 < count:
        child = 2 * place + 1
        if child + 1 < count and times[child + 1] < times[child]:
            child += 1
        if times[child] >= t:
            break
        times[place] = times[child]
        where[place] = where[child]
        place = child
    times[place] = t
    where[place] = j


@uncounted()
def _ascend(columns, rows, lengths, linear, u, steps, space):
    """Improve one start; return f at the end."""
    side, free, gain, weight = space.side, space.free, space.gain, space.weight
    product, other, slope = space.product, space.other, space.slope
    times, where = space.times, space.where
    kinks, basis, theta = space.kinks, space.basis, space.theta
    a, target, p, moved = (
        space.vectors[0],
        space.vectors[1],
        space.vectors[2],
        space.vectors[3],
    )
    m, d = rows.shape
    count = 0
    for j in range(m):
        free[j] = 1.0
    combine(columns, 0, m, u, product)
    _take_sides(product, side, m)
    value = _value(linear, u, product, gain, m)
    left = -1  # the kink just left: stopping on it again at once ends the ascent
    for _ in range(steps):
        _active(side, free, gain, weight, m)
        for k in range(d):
            a[k] = linear[k] + dot(columns, k, 0, weight, 0, m)
            p[k] = a[k]
        without(basis, count, a, target)
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
            side[left] = 1.0 if theta[worst] > 1.0 else -1.0
            free[left] = 1.0
            for i in range(worst, count - 1):
                kinks[i] = kinks[i + 1]
            count -= 1
            span(rows, kinks, count, basis)
            continue
        combine(columns, 0, m, target, other)
        reached = _value(linear, target, other, gain, m)
        if reached > value + 1e-9 * abs(value):
            value = reached
            for k in range(d):
                u[k] = target[k]
            for j in range(padded(m)):
                product[j] = other[j]
            _take_sides(product, side, m)
            left = -1
            continue
        combine(columns, 0, m, p, slope)
        crossings = 0
        for j in range(m):
            # by state the row is on or off at t = 0; a sinusoid has one zero in [0, pi)
            if (
                side[j] * other[j] < 0.0
                and free[j] > 0.0
                and max(abs(slope[j]), abs(product[j])) > _STILL * lengths[j]
            ):
                where[crossings] = j
                times[crossings] = np.arctan2(max(0.0, side[j] * product[j]), -side[j] * slope[j])
                crossings += 1
        # a heap: of many crossings only the first few are looked at
        for place in range(crossings // 2 - 1, -1, -1):
            _sink(times, where, place, crossings)
        alpha = 0.0
        b = 0.0
        for k in range(d):
            alpha += a[k] * u[k]
            b += a[k] * p[k]
        stop = end_of_arc = np.arctan2(sine, cosine)
        hit = -1
        while crossings > 0:
            j = where[0]
            t = times[0]
            crossings -= 1
            times[0] = times[crossings]
            where[0] = where[crossings]
            _sink(times, where, 0, crossings)
            if b * np.cos(t) - alpha * np.sin(t) <= 0.0:
                break
            change = -side[j] * gain[j]
            alpha += change * product[j]
            b += change * slope[j]
            if b * np.cos(t) - alpha * np.sin(t) <= 0.0:
                hit = j
                stop = t
                break
            side[j] = -side[j]
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
                free[hit] = 0.0
        without(basis, count, moved, target)
        if unit(target) == 0.0:
            break
        for k in range(d):
            u[k] = target[k]
        combine(columns, 0, m, u, product)
        value = max(value, _value(linear, u, product, gain, m))
        if stuck:
            break
    combine(columns, 0, m, u, product)
    return max(_value(linear, u, product, gain, m), 0.0)
