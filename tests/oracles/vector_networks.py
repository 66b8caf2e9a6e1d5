"""Networks with several outputs from the definition: pricing by sampling, descent from random starts.

Calls nothing of the packages.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

Floats = np.ndarray


def largest_response(X: Floats, V: Floats, samples: int = 200_000, seed: int = 0) -> float:
    """Return max |V^T (Xu)_+| over many unit vectors u: never above the truth."""
    d = X.shape[1]
    if d == 2:
        angles = np.linspace(0.0, 2.0 * np.pi, samples, endpoint=False)
        u = np.stack([np.cos(angles), np.sin(angles)])
    else:
        u = np.random.default_rng(seed).normal(size=(d, samples))
        u /= np.linalg.norm(u, axis=0)
    responses = V.T @ np.maximum(X @ u, 0.0)
    return float(np.sqrt((responses**2).sum(axis=0)).max())


def in_the_plane(X: Floats, V: Floats) -> float:
    """Return max |V^T (Xu)_+| for two columns, arc by arc: ends, and the principal angle within."""
    kinks = []
    for x in X:
        if x.any():
            angle = np.arctan2(x[0], -x[1])
            kinks += [angle % (2 * np.pi), (angle + np.pi) % (2 * np.pi)]
    ends = np.sort(kinks)
    best = 0.0
    for low, high in zip(ends, [*ends[1:], ends[0] + 2 * np.pi], strict=True):
        middle = (low + high) / 2
        active = X @ [np.cos(middle), np.sin(middle)] > 0
        m = V.T @ (X * active[:, None])
        m = m.T @ m
        top = np.arctan2(2 * m[0, 1], m[0, 0] - m[1, 1]) / 2
        inside = [top + k * np.pi for k in range(-2, 5) if low <= top + k * np.pi <= high]
        for angle in (low, high, *inside):
            u = np.array([np.cos(angle), np.sin(angle)])
            best = max(best, float(u @ m @ u))
    return float(np.sqrt(best))


def descend(X: Floats, Y: Floats, beta: float, width: int, seed: int) -> float:
    """Return the objective (half squares, all weights decayed) reached by L-BFGS from a random start."""
    rng = np.random.default_rng(seed)
    (n, d), c = X.shape, Y.shape[1]
    split = width * d

    def objective(weights: Floats) -> tuple[float, Floats]:
        w, b = weights[:split].reshape(width, d), weights[split:].reshape(width, c)
        a = np.maximum(X @ w.T, 0.0)
        error = a @ b - Y
        value = 0.5 * np.sum(error**2) + 0.5 * beta * np.sum(weights**2)
        to_w = ((error @ b.T) * (a > 0)).T @ X
        return value, np.concatenate([to_w.ravel(), (a.T @ error).ravel()]) + beta * weights

    start = rng.normal(size=width * (d + c)) / np.sqrt(d)
    return float(
        minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 3000}).fun
    )
