"""A vector as the difference of two in a cone, of least total length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.norms import row_norms

Floats = npt.NDArray[np.float64]


def split_in_cone(vector: Floats, cone: Floats) -> tuple[Floats, Floats] | None:
    """Return u and v with ``u - v = w`` and ``A u, A v >= 0``, ``|u| + |v|`` least.

    Parameters
    ----------
    vector : (q,) float64
        w.
    cone : (m, q) float64
        A, rows of any length.

    Returns
    -------
    u, v : (q,) float64
        To a conic solver's accuracy; None where there are none, that is where the cone has no
        interior and w is not in its span, or where the solver found none.

    Notes
    -----
    *Algorithm.* A second-order cone program in u, with ``v = u - w``.  Where w, or -w, is in the cone
    itself nothing is solved.
    """
    length = float(row_norms(vector[np.newaxis])[0])
    rows = cone[cone.any(axis=1)]
    if length == 0.0:
        return np.zeros_like(vector), np.zeros_like(vector)
    unit, rows = vector / length, rows / row_norms(rows)[:, np.newaxis]
    sides = rows @ unit
    if (sides >= 0.0).all():
        return vector, np.zeros_like(vector)
    if (sides <= 0.0).all():
        return np.zeros_like(vector), -vector
    u = _least(unit, rows, sides)
    return None if u is None else (u * length, (u - unit) * length)


def _least(unit: Floats, rows: Floats, sides: Floats) -> Floats | None:
    """Solve the program for a vector of length one; variables u and two lengths."""
    with extra:
        import clarabel
        from scipy import sparse

    q, m = len(unit), len(rows)
    cost = np.r_[np.zeros(q), 1.0, 1.0]
    pointed = sparse.hstack([-sparse.csr_array(rows), sparse.csr_array((m, 2))])
    cones: list[Any] = [clarabel.NonnegativeConeT(m)]
    parts, right = [pointed], [-np.maximum(sides, 0.0)]
    for place, shift in ((q, np.zeros(q)), (q + 1, unit)):
        head = sparse.csr_array(([-1.0], ([0], [place])), shape=(1, q + 2))
        body = sparse.hstack([-sparse.eye_array(q), sparse.csr_array((q, 2))])
        parts += [head, body]
        right += [np.zeros(1), -shift]
        cones.append(clarabel.SecondOrderConeT(q + 1))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    matrix = sparse.csc_matrix(sparse.vstack(parts))
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((q + 2, q + 2)), cost, matrix, np.concatenate(right), cones, settings
    )
    found = solver.solve()
    if str(found.status) not in {"Solved", "AlmostSolved"}:
        return None
    return np.array(found.x)[:q]
