"""Weights of given atoms: minimize 1/2 |y - A c|^2 + beta sum c over c >= 0 (active set)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def weigh(atoms: Floats, y: Floats, beta: float, start: Floats, limit: int = 400) -> Floats:
    """Return nonnegative weights of the columns of `atoms`.

    Parameters
    ----------
    atoms : (n, k) float64
    y : (n,) float64
    beta : float
    start : (k,) float64
        Feasible weights.
    limit : int
        Steps.

    Notes
    -----
    *Algorithm.* Lawson and Hanson's active set on the Gram matrix, started with the support of
    ``start``.  Atoms that make the support numerically dependent are passed over: the Newton
    method on the neurons does not need them.
    """
    from scipy import linalg

    gram = atoms.T @ atoms
    target = atoms.T @ y - beta
    weights = start.copy()
    passive = weights > 0.0
    banned = np.zeros(len(weights), dtype=bool)
    scale = float(np.abs(target).max(initial=beta))
    for _ in range(limit):
        entered = -1
        while passive.any():
            index = np.flatnonzero(passive)
            block = gram[np.ix_(index, index)]
            ridge = 1e-13 * float(np.trace(block))
            factor = linalg.cho_factor(block + ridge * np.eye(len(index)), check_finite=False)
            best = linalg.cho_solve(factor, target[index], check_finite=False)
            if (best > 0.0).all():
                weights[index] = best
                break
            falling = best <= 0.0
            ratio = weights[index][falling] / np.maximum(
                weights[index][falling] - best[falling], 1e-300
            )
            step = float(ratio.min())
            weights[index] += step * (best - weights[index])
            out = index[falling][ratio <= step]
            weights[out] = 0.0
            passive[out] = False
        gain = target - gram @ weights
        gain[passive | banned] = -np.inf
        entered = int(np.argmax(gain))
        if gain[entered] <= 1e-12 * scale:
            break
        passive[entered] = True
        # It may enter once: no cycling, and Newton finishes the job.
        banned[entered] = True
    return weights
