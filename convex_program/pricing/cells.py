"""Pricing cell by cell: one nonnegative least squares for each cell and sign.

Derivation.  On a cell with pattern D and cone ``A u >= 0`` the function ``s v.phi(Xu)`` is
``g.u`` with ``g = s X' G v``, G the gains of the rows.  For *any* rho >= 0, ``g.u <=
(g + A' rho).u <= |g + A' rho| |u|``, so the norm bounds the cell whatever its quality; the least
one is the maximum over the cell.  Where the weights on the last column cost nothing the last entry
of ``g + A' rho`` has to vanish, exactly: whoever evaluates the bound sees to that by changing the
multiplier of the row that is named first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.norms import power_of_two, row_norms
from convex_program.problem import TrainingProblem

FloatVector = npt.NDArray[np.float64]

_HEAVY = 2.0**20
"""Weight of the entry that has to vanish where constants cost nothing."""
_ROUNDING = 2.0**-44
"""More than what the sum of the multipliers loses, relative to their size."""


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
        Data rows; where constants cost nothing the first of each rho is the one to be changed.
    values : float64 array
        Their multipliers.
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
    """Find multipliers that bound ``|v.phi(Xu)| <= H |u|`` on every listed cell.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : PatternList
    dual : (n,) float64
        The vector v.
    threshold : float
        Cells where ``|X' G v|`` is already below it get no multipliers: their bound is not
        wanted any smaller.
    progress : Listener

    Notes
    -----
    *Cost.* One product of the activations with v times X, and a nonnegative least squares
    in q dimensions (about 50 microseconds) for each cell and sign above the threshold.
    """
    gauge = problem.gauge
    features = gauge.features
    rows = np.array(patterns.arrangement.representatives, dtype=np.intp)
    activations = patterns.activations()
    gradients = gauge.gains(activations) @ (dual[:, np.newaxis] * features)
    lengths = gauge.costs(gradients)
    if gauge.constants:
        lengths = np.where(gradients[:, -1] == 0.0, lengths, np.inf)
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
            if gauge.constants:
                rho, residual, repair = _balancing(cone, target)
                others = np.flatnonzero(rho)
                support = np.concatenate([[repair], others[others != repair]])
            else:
                rho, residual = _least(cone, target)
                support = np.flatnonzero(rho)
            bound = max(bound, residual)
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
    with extra:
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


def _balancing(
    cone: npt.NDArray[np.float64], target: FloatVector
) -> tuple[FloatVector, float, int]:
    """Return rho >= 0 making ``target + cone' rho`` small and its last entry vanish but for rounding.

    Parameters
    ----------
    cone : (m, q) float64
        Its last column is +1 and -1.
    target : (q,) float64

    Returns
    -------
    rho : (m,) float64
    residual : float
        The norm of the first entries.
    repair : int
        The row whose multiplier may be changed by as much as is left over in the last entry.
    """
    if len(cone) == 0 or abs(float(cone[:, -1].sum())) == len(cone):
        # All rows on one side: no multiplier could balance another, and none is needed, since v
        # adds up to zero.
        return np.zeros(len(cone)), float(row_norms(target[np.newaxis, :-1])[0]), 0
    heavy = _HEAVY * max(1.0, float(np.abs(cone).max(initial=1.0)))
    weighted, aim = cone.copy(), target.copy()
    weighted[:, -1] *= heavy
    aim[-1] *= heavy
    rho, _ = _least(weighted, aim)
    sides = cone[:, -1]
    on, off = np.flatnonzero(sides > 0.0), np.flatnonzero(sides < 0.0)
    left = float(target[-1]) + float(sides @ rho)
    repair = int(np.argmax(rho))
    # Rounding hides the sign of a small sum: the row to be changed needs room on both sides.
    room = 4.0 * abs(left) + _ROUNDING * (abs(float(target[-1])) + float(rho.sum()) + 1e-300)
    if rho[repair] < room:
        repair = int(on[np.argmax(rho[on])])
        other = int(off[np.argmax(rho[off])])
        rho[repair] += room
        rho[other] += room
    rest = target + cone.T @ rho - left * cone[repair, -1] * cone[repair]
    return rho, float(row_norms(rest[np.newaxis, :-1])[0]), repair
