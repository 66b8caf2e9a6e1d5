"""One Newton step on the neurons: the first and second derivatives of one linear piece.

With P_k the projection on the directions that keep neuron k on its kinks, and S = I - centre
11^T (an output bias takes its share; S^2 = I - share 11^T), the objective
1/2 |S (y - sum_k s_k D_k X w_k)|^2 + beta sum_k |w_k| of one piece, D_k its states, has the
gradient g_k = beta u_k - s_k X^T D_k v with v = S^2 (y - outputs), u_k = w_k / |w_k|.  Its
Hessian along the kinks is M^T M plus beta / |w_k| (P_k - u_k u_k^T) on the diagonal, with
M = S [s_k D_k X P_k].  Off the kinks the multiple ``mean (I - P_k)`` of the identity stands in.
"""

import numpy as np
from numba import njit

from convex_program.kernels.gram_schmidt import without
from convex_program.kernels.kinks import independent_kinks
from convex_program.kernels.neurons import ON


@njit(cache=True, nogil=True)
def linearize(X, lengths, y, beta, share, w, signs, states):
    """Project neurons on their kinks and differentiate there.

    Projecting again in every step keeps rounding from adding up on neurons that shrink.

    Parameters
    ----------
    X : (n, d); lengths : (n,) its norms; y : (n,); w : (m, d), updated;
    signs : (m,); states : (m, n) int8.

    Returns
    -------
    projections : (m, d, d); values : (m, n) X w_k; residual : (n,) v; norms : (m,) of w;
    gradient, reduced : (m, d) before and after projection.
    """
    m, n = states.shape
    d = X.shape[1]
    projections = np.zeros((m, d, d))
    basis = np.empty((d + 1, d))
    kinks = np.empty(d, dtype=np.int64)
    for k in range(m):
        count = independent_kinks(X, lengths, states[k], basis, kinks)
        for a in range(d):
            projections[k, a, a] = 1.0
            for i in range(count):
                for b in range(d):
                    projections[k, a, b] -= basis[i, a] * basis[i, b]
        without(basis, count, w[k], basis[d])
        for a in range(d):
            w[k, a] = basis[d, a]
    values = np.dot(w, X.T)
    residual = y.copy()
    for k in range(m):
        for i in range(n):
            if states[k, i] == ON:
                residual[i] -= signs[k] * values[k, i]
    if share > 0.0:
        residual -= share * residual.sum()
    masked = np.empty((m, n))
    for k in range(m):
        for i in range(n):
            masked[k, i] = signs[k] * residual[i] if states[k, i] == ON else 0.0
    gradient = -np.dot(masked, X)
    norms = np.empty(m)
    reduced = np.zeros((m, d))
    for k in range(m):
        total = 0.0
        for a in range(d):
            total += w[k, a] * w[k, a]
        norms[k] = np.sqrt(total)
        for a in range(d):
            gradient[k, a] += beta * w[k, a] / norms[k]
        for a in range(d):
            for b in range(d):
                reduced[k, a] += projections[k, a, b] * gradient[k, b]
    return projections, values, residual, norms, gradient, reduced


@njit(cache=True, nogil=True)
def hessian(X, beta, centre, w, norms, signs, states, projections):
    """Return the (m d, m d) second derivative along the kinks and the mean of M^T M's diagonal."""
    m, n = states.shape
    d = X.shape[1]
    design = np.zeros((n, m * d))
    moved = np.empty(d)
    for k in range(m):
        for i in range(n):
            if states[k, i] != ON:
                continue
            for a in range(d):
                moved[a] = 0.0
            for b in range(d):
                for a in range(d):
                    moved[a] += X[i, b] * projections[k, b, a]
            for a in range(d):
                design[i, k * d + a] = signs[k] * moved[a]
    if centre > 0.0:
        for j in range(m * d):
            total = 0.0
            for i in range(n):
                total += design[i, j]
            for i in range(n):
                design[i, j] -= centre * total
    matrix = np.dot(design.T, design)
    trace = 0.0
    free = 0.0
    for k in range(m):
        for a in range(d):
            trace += matrix[k * d + a, k * d + a]
            free += projections[k, a, a]
    mean = trace / free if trace > 0.0 else 1.0
    for k in range(m):
        bend = beta / norms[k]
        for a in range(d):
            for b in range(d):
                u = w[k, a] * w[k, b] / (norms[k] * norms[k])
                kept = projections[k, a, b]
                other = (1.0 if a == b else 0.0) - kept
                matrix[k * d + a, k * d + b] += bend * (kept - u) + mean * other
    return matrix, mean


@njit(cache=True, nogil=True)
def keep_useful(beta, share, w, steps, norms, gradient, values, residual, signs, states):
    """Return a mask without the neurons that shrink through zero and whose absence costs nothing."""
    m, n = states.shape
    d = w.shape[1]
    keep = np.ones(m, dtype=np.bool_)
    v = residual.copy()
    for k in np.argsort(norms, kind="mergesort"):
        reach = 0.0
        radial = 0.0
        for c in range(d):
            reach += w[k, c] * (w[k, c] + steps[k, c])
            radial += w[k, c] * gradient[k, c]
        if reach > 0.0 or radial <= 0.0:
            continue
        # change of the objective when neuron k goes: <v, fit> + |S fit|^2/2 - beta |w|
        inner = 0.0
        square = 0.0
        total = 0.0
        for i in range(n):
            if states[k, i] == ON:
                fit = signs[k] * values[k, i]
                inner += v[i] * fit
                square += fit * fit
                total += fit
        if inner + 0.5 * (square - share * total * total) - beta * norms[k] <= 0.0:
            keep[k] = False
            for i in range(n):
                if states[k, i] == ON:
                    v[i] += signs[k] * values[k, i]
                v[i] -= share * total
    return keep
