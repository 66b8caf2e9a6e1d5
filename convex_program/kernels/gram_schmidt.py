"""Orthonormal bases of a few rows, by Gram and Schmidt, twice."""

import numpy as np

from convex_program.kernels.uncounted import uncounted


@uncounted()
def without(basis, count, x, out):
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


@uncounted()
def unit(x):
    """Normalise in place; return the length."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * x[k]
    total = np.sqrt(total)
    if total > 0.0:
        for k in range(x.shape[0]):
            x[k] /= total
    return total


@uncounted()
def span(rows, kinks, count, basis):
    """Orthonormalise the kinks; fewer of independent ones are independent."""
    for i in range(count):
        without(basis, i, rows[kinks[i]], basis[i])
        unit(basis[i])


@uncounted()
def coefficients(rows, kinks, count, basis, a, theta):
    """Solve sum_i theta_i rows_i = (a in their span).

    The rows are lower triangular in the basis that `span` made of them.
    """
    d = a.shape[0]
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
