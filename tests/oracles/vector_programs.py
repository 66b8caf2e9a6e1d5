"""Training with several outputs over all patterns, from the definitions; calls nothing of the packages.

Half squares, ReLU, weights decayed.  ``optimum`` generates neurons by exact pricing on all faces of all cells; ``gated_bound``
drops the constraints of the cells, so that a matrix costs its nuclear norm, and is below every network.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from oracles.pricing import Matrix
from oracles.vector_pricing import h_faces
from scipy.optimize import minimize


def optimum(X: Matrix, Y: Matrix, beta: float, tolerance: float = 1e-6) -> tuple[float, float]:
    """Return a network's objective and a bound of all networks that are close to each other."""
    atoms, weights = np.zeros((len(X), 0)), np.zeros((0, Y.shape[1]))
    best = 0.5 * float(np.sum(Y**2)), 0.0
    for _ in range(80):
        atoms, weights = lasso(atoms, Y, beta, weights)
        V = Y - atoms @ weights
        value = 0.5 * np.sum(V**2) + beta * np.linalg.norm(weights, axis=1).sum()
        peak, u = h_faces(X, V)
        t = min(1.0, beta / peak) if peak > 0 else 1.0
        below = t * np.sum(V * Y) - 0.5 * t * t * np.sum(V * V)
        best = min(best[0], float(value)), max(best[1], float(below))
        if peak <= beta * (1 + tolerance):
            break
        atoms = np.column_stack([atoms, np.maximum(X @ (u / np.linalg.norm(u)), 0.0)])
        weights = np.vstack([weights, np.zeros(Y.shape[1])])
    return best


def lasso(atoms: Matrix, Y: Matrix, beta: float, start: Matrix) -> tuple[Matrix, Matrix]:
    """Minimize 1/2 |atoms W - Y|^2 + beta sum of |rows of W|; rows that come out as nothing go.

    A row is a g b with the penalty beta/2 (g^2 + |b|^2), whose least value is beta |g b|.
    """
    k, c = len(start), Y.shape[1]
    if not k:
        return atoms, start
    sizes = np.sqrt(np.linalg.norm(start, axis=1))
    fresh = np.random.default_rng(k).normal(size=(k, c)) * 0.1
    b = np.where(sizes[:, None] > 1e-3, start / np.maximum(sizes, 1e-3)[:, None], fresh)
    g = np.maximum(sizes, 0.1)

    def objective(x: Matrix) -> tuple[float, Matrix]:
        g, b = x[:k], x[k:].reshape(k, c)
        error = atoms @ (g[:, None] * b) - Y
        slope = atoms.T @ error
        value = 0.5 * np.sum(error**2) + 0.5 * beta * np.sum(x**2)
        return value, np.concatenate(
            [(slope * b).sum(axis=1), (g[:, None] * slope).ravel()]
        ) + beta * x

    options = {"maxiter": 5_000, "ftol": 1e-15, "gtol": 1e-10}
    x = minimize(
        objective, np.concatenate([g, b.ravel()]), jac=True, method="L-BFGS-B", options=options
    ).x
    W = x[:k, None] * x[k:].reshape(k, c)
    used = np.linalg.norm(W, axis=1) > 1e-7
    return atoms[:, used], W[used]


def gated_bound(X: Matrix, Y: Matrix, beta: float) -> float:
    """Return a bound of all networks: V is feasible where ``|V^T D X| <= beta`` for every pattern D.

    On a cell the ReLU is D X, so ``|V^T (Xu)_+| <= |V^T D X|`` there.  V is the residual of steps that
    soften the singular values of one matrix for each pattern.
    """
    features = [D[:, None] * X for D in all_patterns(X)]
    step = 1.0 / np.linalg.norm(np.hstack(features), 2) ** 2
    Z = [np.zeros((X.shape[1], Y.shape[1])) for _ in features]
    best = 0.0
    for _ in range(300):
        V = Y - sum(F @ z for F, z in zip(features, Z, strict=True))
        peak = max(np.linalg.norm(F.T @ V, 2) for F in features)
        t = min(1.0, beta / peak) if peak > 0 else 1.0
        best = max(best, float(t * np.sum(V * Y) - 0.5 * t * t * np.sum(V * V)))
        for i, F in enumerate(features):
            left, sizes, right = np.linalg.svd(Z[i] + step * F.T @ V, full_matrices=False)
            Z[i] = left * np.maximum(sizes - step * beta, 0.0) @ right
    return best


def all_patterns(X: Matrix) -> list[Matrix]:
    """Return every set of rows: more than occur, which only lowers the bound."""
    return [np.array(bits, dtype=float) for bits in product((0, 1), repeat=len(X))]
