"""Small conic programs, solved to a point: whoever uses it evaluates what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.errors import SolverError

Floats = npt.NDArray[np.float64]


def conic_point(
    hessian: Any, linear: Floats, matrix: Any, cones: Sequence[Any], tolerance: float
) -> Floats:
    """Return x that makes ``x.hessian x / 2 + linear.x`` small where ``-matrix x`` is in the cones.

    Parameters
    ----------
    hessian : sparse (k, k)
        Symmetric.
    linear : (k,) float64
    matrix : sparse (m, k)
    cones : sequence of cones of Clarabel
        Their sizes add up to m.
    tolerance : float
        Absolute and relative, of gap and feasibility.

    Raises
    ------
    SolverError
        When nothing usable came back.
    """
    with extra:
        import clarabel
        from scipy import sparse

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    upper, right = sparse.triu(hessian, format="csc"), np.zeros(matrix.shape[0])
    solver = clarabel.DefaultSolver(upper, linear, matrix, right, list(cones), settings)
    solution = solver.solve()
    point = np.array(solution.x)
    if not np.isfinite(point).all():
        raise SolverError(f"the conic solver stopped with {solution.status}")
    return point
