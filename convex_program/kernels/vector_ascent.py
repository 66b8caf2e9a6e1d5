"""Local ascent of |F(u)|, F(u) = L u + sum_j W_j (a_j.u)_+ in R^c, on the unit ball, from many starts.

For b = F(u)/|F(u)| the function b.F is one of `convex_program.kernels.ascent`, and a step of that ascent from u gives u'
with |F(u')| >= b.F(u') >= b.F(u) = |F(u)|.  Where no kink is near this is a power iteration.
"""

import numpy as np
from numba import njit

from convex_program.kernels.nearest import nearest_point, new_corral
from convex_program.kernels.row_table import LANES, padded
from convex_program.kernels.vector_node import norm_of


@njit(cache=True, nogil=True)
def image_of(data, u, out):
    """Set out = F(u); return its length."""
    m, d = data.rows.shape
    outputs = out.shape[0]
    for p in range(outputs):
        x = 0.0
        for k in range(d):
            x += data.linear[p, k] * u[k]
        out[p] = x
    for j in range(m):
        t = 0.0
        for k in range(d):
            t += data.rows[j, k] * u[k]
        if t > 0.0:
            for p in range(outputs):
                out[p] += t * data.weights[j, p]
    return norm_of(out)


@njit(cache=True, nogil=True)
def ascend_vector(data, starts, steps, iterations, values):
    """Improve every row of ``starts`` in place; ``values`` receives |F| (0 when it ends at u = 0)."""
    m, d = data.rows.shape
    outputs = data.weights.shape[1]
    dual = np.eye(d)
    columns = np.zeros((d, m + LANES))
    offset = np.empty(d)
    residual = np.empty(d)
    theta = np.zeros(padded(m) + LANES)
    nu = np.empty(0)
    corral = new_corral(d, m)
    out = np.empty(outputs)
    for s in range(starts.shape[0]):
        u = starts[s]
        value = image_of(data, u, out)
        for _ in range(steps):
            if value == 0.0:
                break
            for k in range(d):
                x = 0.0
                for p in range(outputs):
                    x += out[p] * data.linear[p, k]
                offset[k] = x / value
            concave = 0
            for j in range(m):
                along = 0.0
                for p in range(outputs):
                    along += out[p] * data.weights[j, p]
                along /= value
                t = 0.0
                for k in range(d):
                    t += data.rows[j, k] * u[k]
                if along < 0.0:
                    for k in range(d):
                        columns[k, concave] = -along * data.rows[j, k]
                    theta[concave] = 1.0 if t > 0.0 else 0.0
                    concave += 1
                elif t > 0.0:
                    for k in range(d):
                        offset[k] += along * data.rows[j, k]
            for k in range(d):
                x = offset[k]
                for j in range(concave):
                    x -= theta[j] * columns[k, j]
                residual[k] = x
            for j in range(concave, padded(concave)):
                theta[j] = 0.0
                for k in range(d):
                    columns[k, j] = 0.0
            nearest_point(
                columns, 0, 0, concave, offset, dual, False, residual, theta, nu,
                0.0, np.inf, iterations, corral,
            )  # fmt: skip
            size = norm_of(residual)
            if size == 0.0:
                break
            for k in range(d):
                residual[k] /= size
            new = image_of(data, residual, out)
            gain = new - value
            if new > value:
                value = new
                for k in range(d):
                    u[k] = residual[k]
            if gain <= 4e-16 * value:
                break
        values[s] = value
