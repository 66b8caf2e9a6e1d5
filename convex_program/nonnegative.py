"""Nonnegative least squares that notices when the library's answer is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra

Floats = npt.NDArray[np.float64]

_SLACK = 1e-10
"""Cosine up to which a column may still point along what is left over: more than rounding leaves."""


def nonnegative_least_squares(matrix: Floats, target: Floats) -> tuple[Floats, float]:
    """Return x >= 0 that makes ``|matrix x - target|`` small, and that norm as it is.

    Parameters
    ----------
    matrix : (m, k) float64
    target : (m,) float64

    Returns
    -------
    x : (k,) float64
    residual : float
        Computed from x, never larger than the target.

    Notes
    -----
    *Algorithm.* `scipy.optimize.nnls`.  Some of its versions return a point that is none, with another point's residual,
    for targets orthogonal to all columns but for rounding.  So the conditions of optimality are looked at, and where
    they do not hold bounded least squares is asked.

    *Exactness.* None; whoever uses x as multipliers evaluates what they prove.
    """
    with extra:
        from scipy.optimize import lsq_linear, nnls

    zero = np.zeros(matrix.shape[1])
    length = float(np.linalg.norm(target))
    if not length > 0.0 or not len(zero):
        return zero, length
    try:
        x, _ = nnls(matrix, target)
    except RuntimeError:  # no convergence
        x = zero
    if not _optimal(matrix, target, x, length):
        bounded = lsq_linear(matrix, target, bounds=(0.0, np.inf), method="bvls", tol=1e-15)
        x = min(
            (np.maximum(bounded.x, 0.0), x, zero),
            key=lambda point: float(np.linalg.norm(matrix @ point - target)),
        )
    return x, float(np.linalg.norm(matrix @ x - target))


def _optimal(matrix: Floats, target: Floats, x: Floats, length: float) -> bool:
    """Whether no column points along what is left over, and those in use are orthogonal to it."""
    left = target - matrix @ x
    along = left @ matrix
    sizes = np.linalg.norm(matrix, axis=0) * (_SLACK * length)
    return bool(np.all(along <= sizes) and np.all(np.abs(along[x > 0.0]) <= sizes[x > 0.0]))
