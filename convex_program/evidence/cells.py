"""Bounds of cells from their multipliers, in rational arithmetic.

On a cell with pattern D and cone ``A u >= 0`` what a neuron puts out along s v is ``g.u`` with
``g = s X' G v``, G the gains of the rows.  Every rho >= 0 gives ``g.u <= |g + A' rho| |u|``; where
the weights on the last column cost nothing, it does if the last entry of ``g + A' rho`` is zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.claim import CellClaim
from convex_program.errors import ClaimError
from convex_program.exact_problem import ExactProblem, dyadic

Pattern = npt.NDArray[np.bool_]


def largest_square(
    problem: ExactProblem,
    activations: Pattern,
    vector: Sequence[float],
    cells: Sequence[CellClaim],
) -> Fraction | None:
    """Return the largest ``|s X' G v + A' rho|^2`` over cells and signs; None for no bound.

    Parameters
    ----------
    problem : ExactProblem
    activations : (P, n) bool
        The cells.  The square root bounds ``max |v.phi(Xu)|`` over the part of the unit ball in
        them: over all of it if they are *all* cells, which is for the caller to know.
    vector : n floats
    cells : sequence of CellClaim
        Multipliers; where none stand rho is zero.

    Raises
    ------
    ClaimError
        When the parts do not fit together.
    """
    n = len(problem.features)
    if activations.shape[1:] != (n,) or len(vector) != n:
        raise ClaimError(f"patterns, dual vector and data do not all have {n} rows")
    bounds = CellBounds(problem, activations, vector)
    covered = np.zeros((len(activations), 2), dtype=np.bool_)
    largest = Fraction(0)
    for item in cells:
        total = bounds.with_multipliers(item)
        column = 0 if item.sign > 0 else 1
        if covered[item.cell, column]:
            raise ClaimError(f"cell {item.cell} has two multipliers for sign {item.sign:+d}")
        covered[item.cell, column] = True
        largest = max(largest, total)
    plain = bounds.without(np.logical_not(covered.all(axis=1)))
    return None if plain is None else max(largest, plain)


class CellBounds:
    """The integers of one problem, pattern list and vector, brought to common denominators."""

    def __init__(
        self, problem: ExactProblem, activations: Pattern, vector: Sequence[float]
    ) -> None:
        self.problem, self.activations = problem, activations
        self.rows, self.denominator = problem.integers
        weights, self.shift = dyadic(vector)
        activation = problem.activation
        self.slope = math.lcm(activation.on.denominator, activation.off.denominator)
        on, off = int(activation.on * self.slope), int(activation.off * self.slope)
        # g times denominator, 2^shift and slope
        weighted = weights[:, np.newaxis] * self.rows
        inside = activations.astype(object) @ ((on + off) * weighted)
        self.gradients = inside - off * weighted.sum(axis=0)
        self.unit = (self.denominator << self.shift) * self.slope

    def exceeding(self, level: Fraction) -> npt.NDArray[np.intp]:
        """Return the cells whose squared norm without multipliers is not below a level."""
        counted = self.gradients[:, : self.problem.decayed]
        squares = (counted * counted).sum(axis=1)
        return np.flatnonzero(squares * level.denominator >= level.numerator * self.unit**2)

    def gradient(self, cell: int) -> list[Fraction]:
        """Return ``X' G v`` of a cell."""
        return [Fraction(int(entry), self.unit) for entry in self.gradients[cell]]

    def without(self, chosen: Pattern) -> Fraction | None:
        """Return the largest squared norm without multipliers over the chosen cells."""
        gradients = self.gradients[chosen]
        if not len(gradients):
            return Fraction(0)
        if self.problem.constants and gradients[:, -1].any():
            return None
        counted = gradients[:, : self.problem.decayed]
        return Fraction(int((counted * counted).sum(axis=1).max()), self.unit * self.unit)

    def with_multipliers(self, item: CellClaim) -> Fraction:
        """Return the squared norm for one cell and sign."""
        if not 0 <= item.cell < len(self.activations) or item.sign not in (1, -1):
            raise ClaimError(f"multipliers name cell {item.cell} with sign {item.sign}")
        if len(item.rows) != len(item.values):
            raise ClaimError(
                f"cell {item.cell} has {len(item.rows)} rows, {len(item.values)} values"
            )
        factors, own = dyadic(item.values)
        total = [int(entry) * item.sign << own for entry in self.gradients[item.cell]]
        signs = [1 if active else -1 for active in self.activations[item.cell].tolist()]
        for row, factor in zip(item.rows, factors, strict=True):
            if factor < 0 or not 0 <= row < len(self.rows):
                raise ClaimError(
                    f"cell {item.cell} has a negative multiplier or an unknown row {row}"
                )
            signed = (signs[row] * int(factor) << self.shift) * self.slope
            for column, entry in enumerate(self.rows[row]):
                total[column] += signed * int(entry)
        unit = self.unit << own
        if not self.problem.constants:
            return Fraction(sum(entry * entry for entry in total), unit * unit)
        return self._balanced(item, signs, [Fraction(entry, unit) for entry in total])

    def _balanced(self, item: CellClaim, signs: list[int], total: list[Fraction]) -> Fraction:
        """Change one row's multiplier until the last entry vanishes; return the rest's square.

        The first row whose multiplier stays nonnegative.
        """
        left = total[-1]
        if left:
            for index, value in zip(item.rows, item.values, strict=True):
                row: Any = self.problem.features[index]
                change = -left / (signs[index] * row[-1])
                if Fraction(value) + change >= 0:
                    break
            else:
                raise ClaimError(f"cell {item.cell} has no row to balance constants with")
            change *= signs[index]
            total = [entry + change * x for entry, x in zip(total, row, strict=True)]
        counted = total[: self.problem.decayed]
        return sum((entry * entry for entry in counted), Fraction(0))
