"""Pricing cell by cell: one nonnegative least squares for each cell and sign.

Derivation.  On a cell with pattern D and cone ``A u >= 0`` the function ``s v.(Xu)_+`` is
``g.u`` with ``g = s X' D v``.  For *any* rho >= 0, ``g.u <= (g + A' rho).u <=
|g + A' rho| |u|``, so the norm bounds the cell whatever its quality; the least one is the
maximum over the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.norms import power_of_two, row_norms
from convex_program.problem import TrainingProblem

FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CellMultipliers:
    """Nonnegative multipliers that bound cells, sparse; where none stand rho is zero.

    Parameters
    ----------
    cells : (k,) int
        Cell of each stored rho (index into the pattern list).
    signs : (k,) int8
        +1 for v, -1 for -v.
    starts : (k + 1,) int
        Entries ``starts[i]`` to ``starts[i + 1]`` of `rows` and `values` belong to rho i.
    rows : int array
        Data rows.
    values : float64 array
        Positive multipliers.
    bound : float
        The largest norm found, rounded: an estimate of the bound, not the bound.
    """

    cells: npt.NDArray[np.intp]
    signs: npt.NDArray[np.int8]
    starts: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    values: FloatVector
    bound: float


def price_cells(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    dual: FloatVector,
    *,
    threshold: float = 0.0,
    progress: ar.Listener = ar.silent,
) -> CellMultipliers:
    """Find multipliers that bound ``|v.(Xu)_+| <= H |u|`` on every listed cell.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : PatternList
    dual : (n,) float64
        The vector v.
    threshold : float
        Cells where ``|X' D v|`` is already below it get no multipliers: their bound is not
        wanted any smaller.
    progress : Listener

    Notes
    -----
    *Cost.* One product of the activations with v times X, and a nonnegative least squares
    in q dimensions (about 50 microseconds) for each cell and sign above the threshold.
    """
    features = problem.features
    rows = np.array(patterns.arrangement.representatives, dtype=np.intp)
    activations = patterns.activations()
    gradients = activations @ (dual[:, np.newaxis] * features)
    lengths = row_norms(gradients)
    rest = lengths[lengths <= threshold]
    bound = float(rest.max(initial=0.0))
    wanted = np.flatnonzero(lengths > threshold)
    meter = ar.Meter(progress, "pricing", "cells", len(wanted))
    cells: list[int] = []
    signs: list[int] = []
    supports: list[npt.NDArray[np.intp]] = []
    values: list[FloatVector] = []
    for cell in wanted:
        cone = np.where(activations[cell, rows], 1.0, -1.0)[:, np.newaxis] * features[rows]
        for sign in (1, -1):
            target = sign * gradients[cell]
            rho, residual = _least(cone, target)
            bound = max(bound, residual)
            support = np.flatnonzero(rho)
            if len(support) == 0:
                continue
            cells.append(int(cell))
            signs.append(sign)
            supports.append(rows[support])
            values.append(rho[support])
        meter.advance()
    meter.finish()
    sizes = [len(support) for support in supports]
    return CellMultipliers(
        cells=np.array(cells, dtype=np.intp),
        signs=np.array(signs, dtype=np.int8),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        rows=np.concatenate([np.empty(0, np.intp), *supports]),
        values=np.concatenate([np.empty(0), *values]),
        bound=bound,
    )


def _least(cone: npt.NDArray[np.float64], target: FloatVector) -> tuple[FloatVector, float]:
    """Return rho >= 0 making ``|target + cone' rho|`` small, and that norm."""
    if len(cone) == 0:
        return np.empty(0), float(row_norms(target[np.newaxis])[0])
    from scipy.optimize import nnls

    # Rows of unit length and a target of size one; the multipliers are scaled back.
    norms = row_norms(cone)
    unit = power_of_two(target)
    try:
        rho, residual = nnls((cone / norms[:, np.newaxis]).T, -target / unit)
    except RuntimeError:
        # No convergence: rho = 0 is a valid, looser choice.
        return np.zeros(len(cone)), float(row_norms(target[np.newaxis])[0])
    scaled = rho * unit / norms
    # A multiplier beyond float64 would not be a number; zero is valid, and looser.
    return np.where(np.isfinite(scaled), scaled, 0.0), float(residual) * unit
