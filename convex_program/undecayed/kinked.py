"""Losses made of two lines: absolute, quantile, hinge.  A linear program and its exact vertex."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.fit import Fit
from convex_program.norms import power_of_two
from convex_program.undecayed.combination import Columns, solve_terms
from convex_program.undecayed.least import Least, Search, weights_of, zeros

Floats = npt.NDArray[np.float64]

_INSIDE = 1e-7
"""Relative distance from both ends from which on a dual entry is proposed as lying between."""
_PIVOTS = 200


@final
class KinkedSearch(Search):
    """Maximize ``v.y`` over ``B' v = 0`` and a box: HiGHS proposes a vertex, exact pivots finish.

    Notes
    -----
    *Algorithm.* At a vertex k rows, independent in B, are met exactly (z = y); they determine the
    coefficients.  All others sit at an end of their interval, and ``B' v = 0`` determines the v of
    the met ones: both exactly.  When these lie in their intervals, both sides meet.  If one does not, its
    row is let go: the coefficients move along the edge on which the loss falls, exactly to the
    row where it would rise again (Barrodale and Roberts 1973).  HiGHS names the first k rows: those
    whose v lies between its ends, then those with the smallest errors.

    *Cost.* Two solutions of k equations a pivot; there are none or few, but for data that are degenerate
    up to rounding.
    """

    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the least loss; exactly, unless pivots do not come to an end."""
        count, width = len(fit.exact_targets), columns.width
        v, c = _propose(columns, fit)
        vertex = _Vertex(columns, fit, _met(columns, fit, v, c), v.tolist())
        for _ in range(_PIVOTS):
            dual = vertex.dual()
            row = vertex.outside(dual)
            if row is None:
                return Least(tuple(vertex.coefficients), tuple(dual), zeros(width))
            vertex.pivot(row, dual)
        return Least(tuple(vertex.coefficients), zeros(count), zeros(width))


class _Vertex:
    """A point where k rows are met, and the end at which each other row sits."""

    def __init__(
        self, columns: Columns, fit: Fit, rows: list[int], proposed: Sequence[float]
    ) -> None:
        self._columns, self._targets = columns, fit.exact_targets
        self._ends = []
        for y, s in zip(fit.exact_targets, weights_of(fit), strict=True):
            low, high = (s * (end or Fraction(0)) for end in fit.loss.domain(y))
            self._ends.append((low, high))
        self._met = rows
        self._solve()
        outputs = columns.times(self.coefficients)
        # With error 0 either end will do; a vertex has such rows at the end HiGHS names.
        self._high = [
            2 * proposed[i] > sum(self._ends[i]) if z == y else z < y
            for i, (z, y) in enumerate(zip(outputs, self._targets, strict=True))
        ]

    def _solve(self) -> None:
        terms = [self._columns.terms[row] for row in self._met]
        self.coefficients = solve_terms(terms, [self._targets[row] for row in self._met])

    def dual(self) -> list[Fraction]:
        """Return v: ends for rows that are not met, and what ``B' v = 0`` says for those that are."""
        dual = [ends[high] for ends, high in zip(self._ends, self._high, strict=True)]
        for row in self._met:
            dual[row] = Fraction(0)
        rest = self._columns.transposed_times(dual)
        turned: list[list[tuple[int, Fraction]]] = [[] for _ in range(self._columns.width)]
        for k, row in enumerate(self._met):
            for column, value in self._columns.terms[row]:
                turned[column].append((k, value))
        values = solve_terms([tuple(terms) for terms in turned], [-value for value in rest])
        for row, value in zip(self._met, values, strict=True):
            dual[row] = value
        return dual

    def outside(self, dual: Sequence[Fraction]) -> int | None:
        """Return the first met row whose v leaves its interval, None at an optimum."""
        for row in sorted(self._met):
            low, high = self._ends[row]
            if not low <= dual[row] <= high:
                return row
        return None

    def pivot(self, leaving: int, dual: Sequence[Fraction]) -> None:
        """Let a row go and move to where the loss is least along the edge."""
        low, high = self._ends[leaving]
        up = dual[leaving] < low
        unit = [Fraction(0)] * len(self._met)
        unit[self._met.index(leaving)] = Fraction(1 if up else -1)
        terms = [self._columns.terms[row] for row in self._met]
        moves = self._columns.times(solve_terms(terms, unit))
        outputs = self._columns.times(self.coefficients)
        slope = dual[leaving] - low if up else high - dual[leaving]  # negative
        kinks = []
        met = set(self._met)
        for i, (z, y, move) in enumerate(zip(outputs, self._targets, moves, strict=True)):
            if move and i not in met and (move > 0) == self._high[i]:
                kinks.append(((y - z) / move, i))
        for _, entering in sorted(kinks):
            bottom, top = self._ends[entering]
            slope += (top - bottom) * abs(moves[entering])
            self._high[entering] = not self._high[entering]
            if slope >= 0:
                break
        self._high[leaving] = not up
        self._met[self._met.index(leaving)] = entering
        self._solve()


def _propose(columns: Columns, fit: Fit) -> tuple[Floats, Floats]:
    """Return v and c from a linear program, zeros when it fails."""
    with extra:
        from scipy.optimize import linprog

    unit = power_of_two(fit.targets)
    matrix = columns.floats
    size = np.abs(matrix).max(axis=0)
    low, high = fit.ends
    most = float(np.abs([low, high]).max())
    answer = linprog(
        -fit.targets / unit,
        A_eq=(matrix / size).T,
        b_eq=np.zeros(columns.width),
        bounds=np.column_stack([low, high]) / most,
        method="highs-ds",
    )
    if answer.x is None:
        return np.zeros(len(matrix)), np.zeros(columns.width)
    return answer.x * most, -answer.eqlin.marginals * unit / size


def _met(columns: Columns, fit: Fit, v: Floats, c: Floats) -> list[int]:
    """Return k independent rows that are proposed as met."""
    low, high = fit.ends
    inside = (v - low > _INSIDE * (high - low)) & (high - v > _INSIDE * (high - low))
    errors = np.abs(columns.floats @ c - fit.targets)
    order = np.lexsort((errors, ~inside))
    rows = columns.integer_rows()
    turned = [list(column) for column in zip(*(rows[i] for i in order), strict=True)]
    return [int(order[k]) for k in ar.independent_columns(turned)]
