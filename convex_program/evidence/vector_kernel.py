"""Rows of several outputs as the kernels take them, for writing trees and for reading them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convex_program.evidence.lines import ENTRY_BITS
from convex_program.evidence.vector_lines import VectorQuestion
from convex_program.frontier import Frontier

_EPS = 2.0**-53
_UP = 1.0 + 2.0**-45
_MOST_STEEP = 200
"""Binary digits of the linear part."""


@dataclass(frozen=True, eq=False)
class VectorKernelRows:
    """The lines of a question as the kernels take them: rows of length about one, weights up to about one.

    Parameters
    ----------
    data, exact, rounding : what `convex_program.kernels.write_vector_tree` and `read_vector_tree` take
    shift : int
        By how many powers of two the integers are larger: those of rows and those of weights.
    grain : float
        A unit of the weights.
    """

    data: Any
    exact: Any
    rounding: Any
    shift: int
    grain: float

    @staticmethod
    def reach(question: VectorQuestion) -> bool:
        """Whether all numbers of a question fit into floats; those of trees that are written do."""
        rows = max((abs(x) for row in question.rows for x in row), default=0)
        weights = max((abs(x) for w in question.weights for x in w), default=0)
        steep = max((abs(x) for column in question.linear for x in column), default=0)
        most = 1 << (ENTRY_BITS + 1)
        return rows < most and weights < most and steep.bit_length() < _MOST_STEEP

    @classmethod
    def of(cls, question: VectorQuestion) -> VectorKernelRows:
        """Return them.

        Notes
        -----
        *Exactness.* Rows and weights below 2^53 are floats.  The linear part is rounded once, and ``unit`` counts
        every rounding twice, as `convex_program.kernels.vector_leaf` has them.
        """
        from convex_program import kernels

        m, r, c = len(question.rows), question.rank, question.outputs
        most = max((abs(x) for w in question.weights for x in w), default=0)
        steep = max((abs(x) for column in question.linear for x in column), default=0)
        bits = max(most.bit_length(), steep.bit_length() - ENTRY_BITS, 1)
        unit = 2.0**-ENTRY_BITS
        integers = np.array(question.rows, dtype=np.int64).reshape(m, r)
        rows = integers * unit
        weights = np.array([[math.ldexp(x, -bits) for x in w] for w in question.weights]).reshape(
            m, c
        )
        linear = np.array(
            [
                [float(Fraction(x, 1 << (ENTRY_BITS + bits))) for x in column]
                for column in question.linear
            ]
        ).T
        linear = np.ascontiguousarray(linear.reshape(c, r))
        norms = np.hypot.reduce(rows, axis=1) * _UP if m else np.zeros(0)
        sizes = np.hypot.reduce(weights, axis=1) * _UP if m else np.zeros(0)
        scale = (sizes[:, np.newaxis] * np.abs(rows)).sum(axis=0) * (1.0 + 4.0 * (m + 4) * _EPS)
        scale = (scale + np.hypot.reduce(linear, axis=0)) * _UP + 2.0**-480
        steps = 4 * (kernels.CHUNK + -(-max(m, 1) // kernels.CHUNK) + 4 * c + 2 * r + 24)
        return cls(
            data=kernels.VectorRows(rows, weights, norms, sizes, linear),
            exact=kernels.ExactRows(integers, rows, norms, unit),
            rounding=kernels.VectorRounding(
                scale, steps * _EPS / (1.0 - steps * _EPS) * _UP, 2.0**-480
            ),
            shift=ENTRY_BITS + bits,
            grain=2.0 ** (1 - bits),
        )

    def level(self, bar: Fraction, stretch: float) -> float:
        """Return T in units of the kernels, a little below, for lengths |R|_* up to stretch |R|."""
        return float(bar / (1 << self.shift) / Fraction(stretch)) * (1.0 - 2.0**-40)

    def planted(self, signs: Sequence[int]) -> tuple[Any, Frontier]:
        """Return the state of a search of one orthant and its open cones, nothing visited."""
        from convex_program import kernels

        m, r = self.data.rows.shape
        outputs = self.data.weights.shape[1]
        frontier = Frontier.room(r, m, outputs=(outputs,), parts=2)
        gens, duals, lins, _, depths, spans = frontier.stack
        kernels.plant_vector(
            self.data.rows,
            self.data.weights,
            self.data.linear,
            np.array(signs, dtype=np.float64),
            frontier.values,
            gens,
            duals,
            lins,
            depths,
            spans,
        )
        state = np.zeros(4, dtype=np.int64)
        state[0] = 1
        return state, frontier
