"""Linear programs in floating point (HiGHS): they propose, `exact` decides.

The one program asked here: does an open polyhedral cone have a point on the far side of
a hyperplane?  The answer is a point or a set of rows; neither is believed unchecked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.exact import scaled_float

FloatVector = npt.NDArray[np.float64]

_SUPPORT = 1e-9
"""Multipliers above this are proposed as the support of an exact certificate."""


@dataclass(frozen=True, slots=True)
class CrossingPoint:
    """A proposed interior point of the far side (floats, largest entry at most 1)."""

    point: FloatVector


@dataclass(frozen=True, slots=True)
class ForcingRows:
    """Rows proposed as the support of multipliers that empty the far side."""

    rows: tuple[int, ...]


class CrossingProgram:
    """``max t`` subject to ``s_i g_i.w >= t`` on the rows switched on and ``|w_j| <= 1``.

    Rows are switched on and off one at a time, so that HiGHS restarts from its last
    basis (about 0.1 ms a program for 20 rows in 4 dimensions).

    Parameters
    ----------
    rows : sequence of m integer rows of length rho
    """

    def __init__(self, rows: Sequence[Sequence[int]], dimension: int) -> None:
        scaled = np.array([scaled_float(row) for row in rows]).reshape(len(rows), dimension)
        self._rows = len(rows)
        self._solver = _new_solver()
        self._solver.passModel(_model(scaled))

    def switch_on(self, row: int, *, positive: bool) -> None:
        """Demand that the point be on the given side of a row."""
        self._solver.changeRowBounds(self._index(row, positive=positive), 0.0, np.inf)

    def switch_off(self, row: int, *, positive: bool) -> None:
        """Take a demand back."""
        index = self._index(row, positive=positive)
        self._solver.changeRowBounds(index, -np.inf, np.inf)

    def solve(self) -> CrossingPoint | ForcingRows:
        """Solve with the rows switched on; the answer is a proposal."""
        self._solver.run()
        solution = self._solver.getSolution()
        values = np.asarray(solution.col_value)
        if values[-1] > 0:
            return CrossingPoint(values[:-1])
        duals = np.abs(np.asarray(solution.row_dual))
        support = np.flatnonzero(duals > _SUPPORT * max(1.0, float(duals.max(initial=0.0))))
        return ForcingRows(tuple(sorted({int(index) % self._rows for index in support})))

    def _index(self, row: int, *, positive: bool) -> int:
        return row if positive else self._rows + row


def _new_solver() -> Any:
    # Imported here: only who enumerates by linear programs pays for loading HiGHS.
    import highspy

    # The class behind highspy.Highs: that one enables callbacks as it is made, and version 1.16
    # then prints its name on stdout before anybody can ask it not to.
    solver = getattr(highspy, "_Highs", highspy.Highs)()
    for option, value in (
        ("output_flag", False),
        ("presolve", "off"),
        ("solver", "simplex"),
        ("threads", 1),
    ):
        solver.setOptionValue(option, value)
    return solver


def _model(scaled: npt.NDArray[np.float64]) -> Any:
    """Every row twice, once for each side, all switched off."""
    import highspy

    count, dimension = scaled.shape
    model = highspy.HighsLp()
    model.num_col_ = dimension + 1
    model.num_row_ = 2 * count
    model.col_cost_ = np.r_[np.zeros(dimension), -1.0]
    model.col_lower_ = np.r_[-np.ones(dimension), -1.0]
    model.col_upper_ = np.ones(dimension + 1)
    model.row_lower_ = np.full(2 * count, -np.inf)
    model.row_upper_ = np.full(2 * count, np.inf)
    margin = -np.ones((count, 1))
    entries = np.vstack([np.hstack([scaled, margin]), np.hstack([-scaled, margin])])
    width = dimension + 1
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.arange(0, 2 * count * width + 1, width)
    model.a_matrix_.index_ = np.tile(np.arange(width), 2 * count)
    model.a_matrix_.value_ = entries.ravel()
    return model
