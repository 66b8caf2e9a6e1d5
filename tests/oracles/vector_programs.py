"""Training with several outputs over all patterns, from the definitions; calls nothing of the packages.

Half squares, ReLU, weights decayed.  ``optimum`` generates neurons by exact pricing on all faces of all cells; ``gated_bound``
drops the constraints of the cells, so that a matrix costs its nuclear norm, and is below every network.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from oracles.pricing import Matrix
from oracles.vector_pricing import h_faces

_STEPS = 1_000


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
    """Minimize 1/2 |atoms W - Y|^2 + beta sum of |rows of W|, one row after the other; zero rows go."""
    W = start.copy()
    squares = (atoms**2).sum(axis=0)
    for _ in range(_STEPS):
        before = W.copy()
        for k, square in enumerate(squares):
            pull = atoms[:, k] @ (Y - atoms @ W) + square * W[k]
            size = np.linalg.norm(pull)
            W[k] = pull * (max(0.0, 1.0 - beta / size) / square) if size > 0 else 0.0
        if np.abs(W - before).max(initial=0.0) <= 1e-13 * np.abs(W).max(initial=1e-300):
            break
    used = np.linalg.norm(W, axis=1) > 0
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
