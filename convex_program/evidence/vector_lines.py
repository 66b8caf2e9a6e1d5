"""Rows prepared for cones of several outputs: lines with a weight in R^c, in integers.

As `convex_program.evidence.lines`; `docs/reference/claims.md` says what each of these numbers is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convex_program.errors import ClaimError
from convex_program.evidence.lines import (
    ENTRY_BITS,
    MOST_GRID,
    MOST_RANK,
    PreparedRows,
    abs_sign,
    root,
)

Vectors = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class VectorQuestion:
    """The lines of one question in integers: ``F(c) = L c + sum_e W_e (a_e.c)_+``.

    Parameters
    ----------
    rows : m vectors of r integers
        a_e, in the order of lines; the largest entry of each has 52 bits.
    weights : m vectors of c integers
        W_e, none of them zero.
    linear : r vectors of c integers
        The columns of L.
    rounding : Fraction
        E.
    """

    rows: Vectors
    weights: Vectors
    linear: Vectors
    rounding: Fraction

    @property
    def rank(self) -> int:
        """Number of coordinates."""
        return len(self.linear)

    @property
    def outputs(self) -> int:
        """Number of outputs c."""
        return len(self.linear[0])


class PreparedMatrix(PreparedRows):
    """The rows of a problem along a matrix of c columns, flat, row by row.

    Notes
    -----
    With constants that cost nothing there is a question for every row with a weight: the norm of a
    neuron's sum is convex in its bias between two data points, and constant behind the last.
    """

    def parts(self) -> Iterator[tuple[int, int]]:
        """Yield the anchor of each question, -1 for none; a norm has no sign."""
        if not self.anchored:
            yield -1, 1
            return
        for k in np.flatnonzero((self.weights != 0).any(axis=1)).tolist():
            yield k, 1

    def matrix_questions(self) -> Iterator[VectorQuestion]:
        """Yield them in the order of the page.

        Raises
        ------
        ClaimError
            When the rank is one that no tree is about.
        """
        if self.rank > MOST_RANK:
            raise ClaimError(f"{self.rank} coordinates are more than {MOST_RANK}")
        for anchor, _ in self.parts():
            yield self.matrix_question(anchor)

    def matrix_question(self, anchor: int) -> VectorQuestion:
        """Return the lines for one anchor (-1 for none), rounded to the grid."""
        lines, linear = self._weighed(anchor)
        grid = self.setting.grid
        assert grid is not None  # noqa: S101 - chosen before anything is asked
        rows, weights, error = [], [], Fraction(0)
        for direction, kappa in lines.items():
            if not any(kappa):
                continue
            size = ENTRY_BITS - max(map(abs, direction)).bit_length()
            exact_row = [Fraction(2) ** size * x for x in direction]
            row = [math.floor(x + Fraction(1, 2)) for x in exact_row]
            exact = [Fraction(2) ** (grid - size) * x / self.unit for x in kappa]
            weight = [math.floor(x + Fraction(1, 2)) for x in exact]
            error += _distance(exact_row, row) * sum(map(abs, exact))
            error += _distance(exact, weight) * sum(map(abs, row))
            if any(weight):
                rows.append(tuple(row))
                weights.append(tuple(weight))
        scaled = [[Fraction(2) ** grid * x / self.unit for x in column] for column in linear]
        rounded = [[math.floor(x + Fraction(1, 2)) for x in column] for column in scaled]
        error += sum(map(_distance, scaled, rounded), Fraction(0))
        return VectorQuestion(tuple(rows), tuple(weights), tuple(map(tuple, rounded)), error)

    def best_grid(self) -> int:
        """Return the finest grid on which all weights and the linear part are floats."""
        grids = []
        for anchor, _ in self.parts():
            lines, linear = self._weighed(anchor)
            sizes = [
                (max(map(abs, kappa)), ENTRY_BITS - max(map(abs, direction)).bit_length())
                for direction, kappa in lines.items()
            ]
            sizes += [(max(map(abs, column)), ENTRY_BITS) for column in linear]
            # |kappa| 2^(K - t) / unit below 2^52
            unit = self.unit.bit_length()
            grids += [
                ENTRY_BITS - 1 + t + unit - size.bit_length() for size, t in sizes if size > 0
            ]
        return max(-MOST_GRID, min(MOST_GRID, min(grids, default=0)))

    def bound_at(self, level: Fraction, rounding: Fraction) -> Fraction:
        """Return the bound of questions with an E up to `rounding` none of whose leaves exceeds the level."""
        grid = self.setting.grid
        assert grid is not None  # noqa: S101 - chosen before anything is asked
        return (level + rounding * root(self.metric.largest)) / Fraction(2) ** grid + self.charge

    def _weighed(self, anchor: int) -> tuple[dict[tuple[int, ...], list[int]], list[list[int]]]:
        """Return kink sum_j v_j |rho_j| of every line and the columns of L, in units of 1 / `unit`."""
        points = self.points if anchor < 0 else self.points - self.points[anchor]
        outputs = self.weights.shape[1]
        lines: dict[tuple[int, ...], list[int]] = {}
        linear = [[0] * outputs for _ in range(self.rank)]
        for row, weight in zip(points.tolist(), self.weights.tolist(), strict=True):
            side = abs_sign(next(filter(None, row), 0))
            if side == 0:
                continue
            divisor = math.gcd(*row)
            direction = tuple(side * x // divisor for x in row)
            kappa = lines.setdefault(direction, [0] * outputs)
            # phi(t) = kink t_+ - off t, and for a row that points away t_+ = (-t)_+ + t
            bent = self.kink * (side < 0) - self.off
            for p, v in enumerate(weight):
                kappa[p] += self.kink * v * divisor
                for k, x in enumerate(row):
                    linear[k][p] += bent * v * x
        return lines, linear


def _distance(exact: list[Fraction], rounded: list[int]) -> Fraction:
    return sum((abs(x - y) for x, y in zip(exact, rounded, strict=True)), Fraction(0))
