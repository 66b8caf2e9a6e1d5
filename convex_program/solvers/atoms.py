"""Weights of given atoms: the best nonnegative ones for a quadratic model (active set)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra

Floats = npt.NDArray[np.float64]


def weigh(atoms: Floats, model: Any, costs: Floats, start: Floats, limit: int = 400) -> Floats:
    """Return nonnegative weights c of the columns of `atoms`.

    They minimize ``1/2 z.(rate z) - target.z + beta costs.c`` with ``z = atoms c + b``, b the best
    output bias.

    Parameters
    ----------
    atoms : (n, k) float64
    model : Model
        See `convex_program.kernels.newton`.
    costs : (k,) float64
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
    with extra:
        from scipy import linalg

    from convex_program.kernels import centre_design

    rated = atoms.T @ model.rate
    target = atoms.T @ model.target - model.beta * costs
    target -= model.share * model.target.sum() * rated
    root = np.sqrt(model.rate)
    design = root[:, None] * atoms
    if model.share > 0.0:
        centre_design(design, root, model.share)
    gram = design.T @ design
    # An atom that puts out nothing has no best weight but 0.
    passive = (start > 0.0) & (gram.diagonal() > 0.0)
    weights = np.where(passive, start, 0.0)
    banned = np.zeros(len(weights), dtype=bool)
    scale = float(np.abs(target).max(initial=model.beta))
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
