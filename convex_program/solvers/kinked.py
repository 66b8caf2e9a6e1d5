"""Weights of given atoms for a loss with kinks: a small linear or quadratic program for Clarabel.

Where the loss's dual is ``y v`` on an interval [low, high], ``l(z; y)`` is the larger of
``high (y - z)`` and ``low (y - z)``: with t_i above both,

    min  sum t + beta costs.c + bend b^2 / 2    over c >= 0, b, t.

The multipliers of the two lines of row i add up to 1, and ``v_i = high_i p_i + low_i q_i``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from convex_program.solvers.newton import Floats, Ground

_NEGLIGIBLE = 1e-8
"""Part of the largest weight below which interior points mean zero."""
_FAR = 1e4
"""Where the dual has no end: an error that costs this much is not made if it can be avoided."""


def weigh_exactly(atoms: Floats, ground: Ground, costs: Floats) -> tuple[Floats, float, Floats]:
    """Return weights (k,), output bias and dual vector (n,) of the best combination of atoms.

    Parameters
    ----------
    atoms : (n, k) float64
        Signed outputs.
    ground : Ground
        With a loss whose dual is linear on its domain.
    costs : (k,) float64
    """
    import clarabel
    import scipy.sparse as sp

    n, k = atoms.shape
    low, high = (np.clip(end, -_FAR, _FAR) for end in ground.fit.ends)
    y = ground.fit.targets
    free = ground.bend is not None
    columns = np.c_[atoms, np.ones(n)] if free else atoms
    width = columns.shape[1]
    eye = sp.identity(n, format="csc")
    lines = [
        sp.hstack([sp.csc_matrix(-end[:, None] * columns), -eye]) for end in (high, low)
    ]
    nonnegative = sp.csc_matrix(
        (-np.ones(k), (np.arange(k), np.arange(k))), shape=(k, width + n)
    )
    matrix = sp.vstack([*lines, nonnegative], format="csc")
    right = np.concatenate([-high * y, -low * y, np.zeros(k)])
    linear = np.concatenate([ground.beta * costs, np.zeros(width - k), np.ones(n)])
    bend = np.zeros(width + n)
    bend[k:width] = ground.bend or 0.0
    cones: list[Any] = [clarabel.NonnegativeConeT(2 * n + k)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solution = clarabel.DefaultSolver(
        sp.diags(bend, format="csc"), linear, matrix, right, cones, settings
    ).solve()
    point, duals = np.asarray(solution.x), np.asarray(solution.z)
    weights = np.where(
        point[:k] > _NEGLIGIBLE * np.abs(point[:k]).max(initial=0.0), point[:k], 0.0
    )
    v = np.clip(high * duals[:n] + low * duals[n : 2 * n], low, high)
    return weights, float(point[k]) if free else 0.0, v
