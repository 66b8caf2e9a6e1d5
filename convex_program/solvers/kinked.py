"""A loss as part of a conic program: a quadratic model, or the lines of a loss with kinks.

Where the loss's dual is ``y v`` on an interval [low, high], ``l(z; y)`` is the larger of
``high (y - z)`` and ``low (y - z)``: with t_i above both, the loss is ``sum t``.  The multipliers of
the two lines of row i add up to 1, and ``v_i = high_i p_i + low_i q_i``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from arrangements.extras import extra
from convex_program.solvers.ground import Floats, Ground

_NEGLIGIBLE = 1e-8
"""Part of the largest weight below which interior points mean zero."""
_FAR = 1e4
"""Where the dual has no end: an error that costs this much is not made if it can be avoided."""


@dataclass(frozen=True, eq=False)
class LossPart:
    """``1/2 x.P x + q.x`` with ``lines x <= right``; x holds coefficients of columns, then others.

    Parameters
    ----------
    quadratic : sparse (k + e, k + e)
        Upper triangle.
    linear : (k + e,) float64
    lines : sparse (m, k + e)
    right : (m,) float64
    extra : int
        The number e of others.
    """

    quadratic: Any
    linear: Floats
    lines: Any
    right: Floats
    extra: int


def quadratic_part(columns: Floats, model: Any) -> LossPart:
    """Return a quadratic model of the coefficients of columns, the best output bias taken out."""
    with extra:
        import scipy.sparse as sp

    from convex_program.kernels import centre_design

    linear = -(columns.T @ model.target)
    linear += model.share * model.target.sum() * (columns.T @ model.rate)
    root = np.sqrt(model.rate)
    design = root[:, None] * columns
    if model.share > 0.0:
        centre_design(design, root, model.share)
    quadratic = sp.csc_matrix(np.triu(design.T @ design))
    return LossPart(quadratic, linear, sp.csc_matrix((0, len(linear))), np.empty(0), 0)


def kinked_part(columns: Floats, ground: Ground) -> LossPart:
    """Return the lines of a loss with kinks; the others are an output bias, if any, and t."""
    with extra:
        import scipy.sparse as sp

    n, k = columns.shape
    low, high = _ends(ground)
    y = ground.fit.targets
    free = ground.bend is not None
    if free:
        columns = np.c_[columns, np.ones(n)]
    eye = sp.identity(n, format="csc")
    lines = sp.vstack(
        [sp.hstack([sp.csc_matrix(-end[:, None] * columns), -eye]) for end in (high, low)],
        format="csc",
    )
    bend = np.zeros(lines.shape[1])
    bend[k : columns.shape[1]] = ground.bend or 0.0
    linear = np.concatenate([np.zeros(columns.shape[1]), np.ones(n)])
    right = np.concatenate([-high * y, -low * y])
    return LossPart(sp.diags(bend, format="csc"), linear, lines, right, n + free)


def dual_of_lines(ground: Ground, multipliers: Floats) -> Floats:
    """Return v from the multipliers of the lines."""
    low, high = _ends(ground)
    n = len(low)
    return np.clip(high * multipliers[:n] + low * multipliers[n : 2 * n], low, high)


def _ends(ground: Ground) -> tuple[Floats, Floats]:
    low, high = ground.fit.ends
    return np.clip(low, -_FAR, _FAR), np.clip(high, -_FAR, _FAR)


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
    with extra:
        import clarabel
        import scipy.sparse as sp

    k = atoms.shape[1]
    part = kinked_part(atoms, ground)
    width = k + part.extra
    nonnegative = sp.csc_matrix((-np.ones(k), (np.arange(k), np.arange(k))), shape=(k, width))
    matrix = sp.vstack([part.lines, nonnegative], format="csc")
    linear = part.linear.copy()
    linear[:k] += ground.beta * costs
    cones: list[Any] = [clarabel.NonnegativeConeT(matrix.shape[0])]
    right = np.concatenate([part.right, np.zeros(k)])
    solution = clarabel.DefaultSolver(
        part.quadratic, linear, matrix, right, cones, quiet_settings()
    ).solve()
    point = np.asarray(solution.x)
    most = np.abs(point[:k]).max(initial=0.0)
    weights = np.where(point[:k] > _NEGLIGIBLE * most, point[:k], 0.0)
    bias = float(point[k]) if ground.bend is not None else 0.0
    return weights, bias, dual_of_lines(ground, np.asarray(solution.z))


def quiet_settings(seconds: float = math.inf) -> Any:
    """Return settings of Clarabel for all the digits it has within so many seconds."""
    with extra:
        import clarabel

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    settings.time_limit = seconds
    return settings
