"""One Newton step on the neurons: the first and second derivatives of one linear piece.

The loss is a diagonal quadratic: its negative derivative at outputs z is ``target - rate z``.  An
output bias with penalty ``bend b^2 / 2`` is eliminated: b = share sum (target - rate z) with
share = 1 / (sum rate + bend), so that v = r - share rate sum r, r = target - rate z, is what is
left.  Without a bias share is 0.

With P_k the projection on the directions that keep neuron k on its kinks, G_k the gains of its
states and |.| the norm over the decayed coordinates, the objective of one piece has the gradient
g_k = beta u_k - s_k X^T G_k v, u_k = w_k / |w_k| on the decayed coordinates and 0 on others.  Its
Hessian along the kinks is M^T M plus beta / |w_k| (P_k I' P_k - P_k u_k u_k^T P_k) on the diagonal,
I' the identity on decayed coordinates, with M = S [s_k R G_k X P_k], R^2 = diag(rate),
S = I - centre q q^T, q = sqrt(rate), S^2 = I - share q q^T.  Off the kinks the multiple
``mean (I - P_k)`` of the identity stands in.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.gram_schmidt import without
from convex_program.kernels.kinks import independent_kinks


class Model(NamedTuple):
    """A training problem whose loss is a diagonal quadratic.

    ``X`` (n, d); ``lengths`` (n,) the norms of its rows; ``target``, ``rate`` (n,); ``share``;
    ``beta``; ``decayed`` how many of the first coordinates the norm counts; ``gains`` (3,) by what
    a row counts when OFF, ON and on a KINK (nothing).
    """

    X: np.ndarray
    lengths: np.ndarray
    target: np.ndarray
    rate: np.ndarray
    share: float
    beta: float
    decayed: int
    gains: np.ndarray


@njit(cache=True, nogil=True)
def linearize(model, w, signs, states):
    """Project neurons on their kinks and differentiate there.

    Projecting again in every step keeps rounding from adding up on neurons that shrink.

    Parameters
    ----------
    model : Model; w : (m, d), updated; signs : (m,); states : (m, n) int8.

    Returns
    -------
    projections : (m, d, d); values : (m, n) X w_k; residual : (n,) v; norms : (m,) of w;
    gradient, reduced : (m, d) before and after projection.
    """
    X, lengths, gains, beta = model.X, model.lengths, model.gains, model.beta
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
    residual = np.zeros(n)
    for k in range(m):
        for i in range(n):
            residual[i] += signs[k] * gains[states[k, i]] * values[k, i]
    for i in range(n):
        residual[i] = model.target[i] - model.rate[i] * residual[i]
    if model.share > 0.0:
        bias = model.share * residual.sum()
        for i in range(n):
            residual[i] -= bias * model.rate[i]
    masked = np.empty((m, n))
    for k in range(m):
        for i in range(n):
            masked[k, i] = signs[k] * residual[i] * gains[states[k, i]]
    gradient = -np.dot(masked, X)
    norms = np.empty(m)
    reduced = np.zeros((m, d))
    for k in range(m):
        total = 0.0
        for a in range(model.decayed):
            total += w[k, a] * w[k, a]
        norms[k] = np.sqrt(total)
        for a in range(model.decayed):
            gradient[k, a] += beta * w[k, a] / norms[k]
        for a in range(d):
            for b in range(d):
                reduced[k, a] += projections[k, a, b] * gradient[k, b]
    return projections, values, residual, norms, gradient, reduced


@njit(cache=True, nogil=True)
def hessian(model, w, norms, signs, states, projections):
    """Return the (m d, m d) second derivative along the kinks and the mean of M^T M's diagonal."""
    X, gains = model.X, model.gains
    m, n = states.shape
    d = X.shape[1]
    design = np.zeros((n, m * d))
    moved = np.empty(d)
    root = np.sqrt(model.rate)
    for k in range(m):
        for i in range(n):
            weight = signs[k] * root[i] * gains[states[k, i]]
            if weight == 0.0:
                continue
            for a in range(d):
                moved[a] = 0.0
            for b in range(d):
                for a in range(d):
                    moved[a] += X[i, b] * projections[k, b, a]
            for a in range(d):
                design[i, k * d + a] = weight * moved[a]
    if model.share > 0.0:
        centre_design(design, root, model.share)
    matrix = np.dot(design.T, design)
    trace = 0.0
    free = 0.0
    for k in range(m):
        for a in range(d):
            trace += matrix[k * d + a, k * d + a]
            free += projections[k, a, a]
    mean = trace / free if trace > 0.0 else 1.0
    u = np.empty(d)
    for k in range(m):
        bend = model.beta / norms[k]
        for a in range(d):
            u[a] = w[k, a]
            for c in range(model.decayed, d):
                u[a] -= projections[k, a, c] * w[k, c]
            u[a] /= norms[k]
        for a in range(d):
            for b in range(d):
                kept = projections[k, a, b]
                other = (1.0 if a == b else 0.0) - kept
                for c in range(model.decayed, d):
                    kept -= projections[k, a, c] * projections[k, c, b]
                matrix[k * d + a, k * d + b] += bend * (kept - u[a] * u[b]) + mean * other
    return matrix, mean


@njit(cache=True, nogil=True)
def centre_design(design, root, share):
    """Multiply the columns of a design by S in place: what the best output bias leaves of them."""
    n, columns = design.shape
    weight = 0.0
    for i in range(n):
        weight += root[i] * root[i]
    # share weight <= 1; at 1, for a bias without penalty, rounding may pass it
    centre = (1.0 - np.sqrt(max(0.0, 1.0 - share * weight))) / weight
    for j in range(columns):
        total = 0.0
        for i in range(n):
            total += root[i] * design[i, j]
        total *= centre
        for i in range(n):
            design[i, j] -= total * root[i]


@njit(cache=True, nogil=True)
def keep_useful(model, w, steps, norms, gradient, values, residual, signs, states):
    """Return a mask without the neurons that shrink through zero and whose absence costs nothing."""
    m, n = states.shape
    d = w.shape[1]
    gains, rate, share = model.gains, model.rate, model.share
    keep = np.ones(m, dtype=np.bool_)
    v = residual.copy()
    for k in np.argsort(norms, kind="mergesort"):
        reach = 0.0
        radial = 0.0
        for c in range(model.decayed):
            reach += w[k, c] * (w[k, c] + steps[k, c])
        for c in range(d):
            radial += w[k, c] * gradient[k, c]
        if reach > 0.0 or radial <= 0.0:
            continue
        # change of the objective when neuron k goes: <v, fit> + |S R fit|^2/2 - beta |w|
        inner = 0.0
        square = 0.0
        total = 0.0
        for i in range(n):
            fit = signs[k] * gains[states[k, i]] * values[k, i]
            inner += v[i] * fit
            square += rate[i] * fit * fit
            total += rate[i] * fit
        if inner + 0.5 * (square - share * total * total) - model.beta * norms[k] <= 0.0:
            keep[k] = False
            for i in range(n):
                fit = signs[k] * gains[states[k, i]] * values[k, i]
                v[i] += rate[i] * (fit - share * total)
    return keep
