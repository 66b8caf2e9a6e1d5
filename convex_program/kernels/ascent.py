"""Local ascent of  f(u) = l.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+  on the unit ball, from many starts.

f is a difference of support functions, h_A - h_B (l is a point of A).  Linearise the convex part at u (a = sum of
the rows of P active at u and l) and maximise the concave minorant a.u - h_B(u) exactly: its dual is
the distance from a to the zonotope B, and the maximiser is u = R/|R| for the nearest R = a - b.
f never decreases; each step changes the active set of P, so the ascent ends after finitely many
steps at a point where no step of this kind helps.  Because R is computed by a finite active-set
method, u lies on its concave kinks to working accuracy.
"""

import numpy as np
from numba import njit

from convex_program.kernels.nearest import nearest_point, new_corral
from convex_program.kernels.row_table import columns_of, padded


@njit(cache=True, nogil=True)
def evaluate(rows, convex, linear, u):
    """f(u); the first ``convex`` rows count with +, the others with -."""
    d = u.shape[0]
    total = 0.0
    for k in range(d):
        total += linear[k] * u[k]
    for j in range(rows.shape[0]):
        x = 0.0
        for k in range(d):
            x += rows[j, k] * u[k]
        if x > 0.0:
            total += x if j < convex else -x
    return total


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def drift(columns, convex, linear, points, steps):
    """Replace every point by its normalised gradient, ``steps`` times, in place.

    ``columns`` is the transpose of the rows: sums over rows may be reordered and fill the
    vector units, since the points are only starts.
    """
    d, m = columns.shape
    side = np.empty(m)
    gradient = np.empty(d)
    for point in points:
        for _ in range(steps):
            x = point[0]
            for j in range(m):
                side[j] = x * columns[0, j]
            for k in range(1, d):
                x = point[k]
                for j in range(m):
                    side[j] += x * columns[k, j]
            for j in range(convex):
                side[j] = 1.0 if side[j] > 0.0 else 0.0
            for j in range(convex, m):
                side[j] = -1.0 if side[j] > 0.0 else 0.0
            norm = 0.0
            for k in range(d):
                total = 0.0
                for j in range(m):
                    total += side[j] * columns[k, j]
                total += linear[k]
                gradient[k] = total
                norm += total * total
            if norm == 0.0:
                break
            norm = np.sqrt(norm)
            for k in range(d):
                point[k] = gradient[k] / norm


@njit(cache=True, nogil=True)
def ascend(rows, convex, linear, starts, steps, iterations, values):
    """Improve every row of ``starts`` in place; ``values`` receives f (0 when it ends at u = 0)."""
    m, d = rows.shape
    count = starts.shape[0]
    dual = np.eye(d)
    columns = columns_of(rows)
    offset = np.empty(d)
    residual = np.empty(d)
    theta = np.zeros(padded(m - convex))
    nu = np.empty(0)
    corral = new_corral(d, m - convex)
    for s in range(count):
        u = starts[s]
        value = evaluate(rows, convex, linear, u)
        for _ in range(steps):
            for k in range(d):
                offset[k] = linear[k]
            for j in range(convex):
                x = 0.0
                for k in range(d):
                    x += rows[j, k] * u[k]
                if x > 0.0:
                    for k in range(d):
                        offset[k] += rows[j, k]
            for k in range(d):
                residual[k] = offset[k]
            for j in range(convex, m):
                x = 0.0
                for k in range(d):
                    x += rows[j, k] * u[k]
                theta[j - convex] = 1.0 if x > 0.0 else 0.0
                if x > 0.0:
                    for k in range(d):
                        residual[k] -= rows[j, k]
            nearest_point(
                columns, convex, convex, m, offset, dual, False, residual, theta, nu,
                0.0, np.inf, iterations, corral,
            )  # fmt: skip
            norm = 0.0
            for k in range(d):
                norm += residual[k] * residual[k]
            norm = np.sqrt(norm)
            if norm == 0.0:
                break
            for k in range(d):
                residual[k] /= norm
            new = evaluate(rows, convex, linear, residual)
            if new <= value + 4e-16 * abs(value):
                if new > value:
                    value = new
                    for k in range(d):
                        u[k] = residual[k]
                break
            value = new
            for k in range(d):
                u[k] = residual[k]
        values[s] = max(value, 0.0)
