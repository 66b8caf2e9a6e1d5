"""The program over some cells: outputs in coordinates in which their cost is the plain length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.conic import conic_point
from convex_program.normalization_after.output_cone import OutputCone

Floats = npt.NDArray[np.float64]

_TOLERANCE = 1e-11
"""Asked of the conic solver; what it misses makes the gap larger, never wrong."""


def solve_cells(
    targets: Floats, weights: Floats, beta: float, cells: list[tuple[OutputCone, int]]
) -> list[Floats]:
    """Return for some cells and signs the weights of their rays at the optimum, numerically.

    Parameters
    ----------
    targets : (n,) float64
        About 1 in size.
    weights : (n,) float64
        Sample weights.
    beta : float
    cells : list of (OutputCone, sign)

    Raises
    ------
    SolverError
        When the conic solver returns nothing usable.

    Notes
    -----
    *Algorithm.* ``min 1/2 sum_i s_i (z_i - y_i)^2 + beta sum_c t_c`` with ``z = sum_c sign_c Z_c^T l_c``, ``l_c >= 0`` and
    ``|R_c l_c| <= t_c`` from ``Z_c^T = Q_c R_c``: the columns of Q_c are what an SVD of D X spans on the cell.
    """
    if not cells:
        return []
    with extra:
        import clarabel
        from scipy import sparse

    counts = [len(cone.units) for cone, _ in cells]
    ends = np.cumsum(counts)
    rays, k = int(ends[-1]), len(cells)
    fits = np.concatenate([sign * cone.units for cone, sign in cells]).T
    weighed = weights[:, np.newaxis] * fits
    hessian = sparse.block_diag([fits.T @ weighed, sparse.csc_matrix((k, k))], format="csc")
    linear = np.concatenate([-weighed.T @ targets, np.full(k, beta)])
    blocks = [sparse.hstack([-sparse.identity(rays), sparse.csc_matrix((rays, k))], format="csc")]
    kinds: list[Any] = [clarabel.NonnegativeConeT(rays)]
    for c, (cone, _) in enumerate(cells):
        root: Floats = np.asarray(np.linalg.qr(cone.units.T, mode="r"))
        block = sparse.lil_matrix((1 + len(root), rays + k))
        block[0, rays + c] = -1.0
        block[1:, ends[c] - counts[c] : ends[c]] = -root
        blocks.append(block.tocsc())
        kinds.append(clarabel.SecondOrderConeT(1 + len(root)))
    matrix = sparse.vstack(blocks, format="csc")
    point = conic_point(hessian, linear, matrix, kinds, _TOLERANCE)
    found = np.maximum(point[:rays], 0.0)
    return np.split(found, ends[:-1])
