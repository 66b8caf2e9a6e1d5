"""Losses made of two lines: absolute, quantile, hinge.  A linear program and its exact vertex."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.fit import Fit
from convex_program.norms import power_of_two
from convex_program.undecayed.combination import Columns
from convex_program.undecayed.least import Least, Search, weights_of, zeros

Floats = npt.NDArray[np.float64]

_INSIDE = 1e-7
"""Relative distance from both ends from which on a dual entry is proposed as lying between."""


@final
class KinkedSearch(Search):
    """Maximize ``v.y`` over ``B' v = 0`` and the box: HiGHS proposes a vertex, rationals decide.

    Notes
    -----
    *Algorithm.* At a vertex k rows, independent in B, are met exactly (z = y); they determine the
    coefficients, and the equations ``B' v = 0`` determine their v once all others sit at the end that
    the sign of their error points to.  Both are solved exactly.  When those k values of v lie in the
    box, both sides meet.  HiGHS names the k rows: first those whose v lies between its ends, then those
    with the smallest errors.
    """

    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the least loss; exactly, but for vertices that rounding hides."""
        count = len(fit.exact_targets)
        found = _propose(columns, fit)
        if found is None:
            return Least(zeros(columns.width), zeros(count), zeros(columns.width))
        v, c = found
        rows = _met(columns, fit, v, c)
        matrix = [columns.terms[row] for row in rows]
        square = Columns(tuple(matrix), columns.width)
        coefficients = _solve_rows(square, [fit.exact_targets[row] for row in rows])
        outputs = columns.times(coefficients)
        dual = _dual(columns, fit, outputs, rows, v.tolist())
        return Least(tuple(coefficients), tuple(dual or zeros(count)), zeros(columns.width))


def _propose(columns: Columns, fit: Fit) -> tuple[Floats, Floats] | None:
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
        return None
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


def _solve_rows(square: Columns, right: Sequence[Fraction]) -> list[Fraction]:
    """Return c with ``square c = right``; the rows are independent."""
    rows, targets = [], []
    for terms, value in zip(square.terms, right, strict=True):
        common = math.lcm(value.denominator, *(entry.denominator for _, entry in terms))
        row = [0] * square.width
        for column, entry in terms:
            row[column] = int(entry * common)
        rows.append(row)
        targets.append(int(value * common))
    return ar.rational_solution(rows, targets)


def _dual(
    columns: Columns,
    fit: Fit,
    outputs: Sequence[Fraction],
    rows: Sequence[int],
    proposed: Sequence[float],
) -> list[Fraction] | None:
    """Return the dual vector of a vertex, or None when it leaves the box."""
    met = set(rows)
    dual = [Fraction(0)] * len(outputs)
    boxes = []
    for i, (z, y, s) in enumerate(zip(outputs, fit.exact_targets, weights_of(fit), strict=True)):
        low, high = (s * (end or Fraction(0)) for end in fit.loss.domain(y))
        boxes.append((low, high))
        if i not in met:
            # With error 0 either end will do; a vertex has such rows at the end HiGHS names.
            upper = proposed[i] > (low + high) / 2 if z == y else z < y
            dual[i] = high if upper else low
    rest = columns.transposed_times(dual)
    turned: list[list[tuple[int, Fraction]]] = [[] for _ in range(columns.width)]
    for k, row in enumerate(rows):
        for column, value in columns.terms[row]:
            turned[column].append((k, value))
    transposed = Columns(tuple(tuple(terms) for terms in turned), len(rows))
    for row, value in zip(rows, _solve_rows(transposed, [-value for value in rest]), strict=True):
        low, high = boxes[row]
        if not low <= value <= high:
            return None
        dual[row] = value
    return dual
