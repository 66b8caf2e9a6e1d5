"""Local ascent of ``|F(u)|``, F(u) = sum_l K_l (x_l.u)_+ + T_l x_l.u with vectors K_l, T_l of c outputs.

For a unit vector b, ``b.F`` is a function of the scalar kind, which `ascend_arcs` climbs: u improves for
fixed b, then b = F / |F| for fixed u.  |F| never decreases.  Ends of the climb lie on kinks to working
accuracy; b converges linearly, which is enough: Newton's method on the neurons does the rest.
"""

import numpy as np
from numba import njit

from convex_program.kernels.arcs import ascend_arcs

_GAIN = 1e-13


@njit(cache=True, nogil=True)
def respond(lines, kink, tilt, u, response):
    """Write F(u) to ``response`` (c,); return its norm."""
    count, d = lines.shape
    c = kink.shape[1]
    response[:] = 0.0
    for l in range(count):
        t = 0.0
        for a in range(d):
            t += lines[l, a] * u[a]
        for j in range(c):
            response[j] += tilt[l, j] * t
            if t > 0.0:
                response[j] += kink[l, j] * t
    total = 0.0
    for j in range(c):
        total += response[j] * response[j]
    return np.sqrt(total)


@njit(cache=True, nogil=True)
def alternate(lines, kink, tilt, points, turns, steps, values, outputs):
    """Improve every row of ``points`` (unit vectors) in place.

    Parameters
    ----------
    lines : (m, d); kink, tilt : (m, c); points : (k, d) updated; turns : times b is renewed;
    steps : of each climb for fixed b; values : (k,) receives |F|; outputs : (k, c) receives F / |F|.
    """
    count, d = lines.shape
    c = kink.shape[1]
    rows = np.empty((count, d))
    linear = np.empty(d)
    response = np.empty(c)
    value = np.zeros(1)
    u = np.empty((1, d))
    strength = np.empty(count)
    for start in range(points.shape[0]):
        best = respond(lines, kink, tilt, points[start], response)
        for _ in range(turns):
            if best == 0.0:
                break
            for j in range(c):
                outputs[start, j] = response[j] / best
            used = 0
            convex = 0
            linear[:] = 0.0
            for l in range(count):
                total = 0.0
                plain = 0.0
                for j in range(c):
                    total += kink[l, j] * outputs[start, j]
                    plain += tilt[l, j] * outputs[start, j]
                strength[l] = total
                for a in range(d):
                    linear[a] += plain * lines[l, a]
                if total > 0.0:
                    for a in range(d):
                        rows[convex, a] = total * lines[l, a]
                    convex += 1
            used = convex
            for l in range(count):
                if strength[l] < 0.0:
                    for a in range(d):
                        rows[used, a] = -strength[l] * lines[l, a]
                    used += 1
            for a in range(d):
                u[0, a] = points[start, a]
            ascend_arcs(rows[:used], convex, linear, u, steps, value)
            size = 0.0
            for a in range(d):
                size += u[0, a] * u[0, a]
            size = np.sqrt(size)
            if size == 0.0:
                break
            for a in range(d):
                u[0, a] /= size
            new = respond(lines, kink, tilt, u[0], response)
            if new <= best:
                respond(lines, kink, tilt, points[start], response)
                break
            gain = new - best
            best = new
            for a in range(d):
                points[start, a] = u[0, a]
            if gain <= _GAIN * best:
                break
        values[start] = best
        if best > 0.0:
            for j in range(c):
                outputs[start, j] = response[j] / best
