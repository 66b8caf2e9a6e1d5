"""The units in which searches work: powers of two, so that changing them rounds nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from convex_program.fit import Fit
from convex_program.problem import TrainingProblem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Units:
    """Powers of two between the caller's problem and the one solved.

    X = 2^a X', z = 2^b z', f(2^b z') = 2^e f'(z'), so that u = 2^(b - a) u' and v = 2^(e - b) v'.
    """

    a: int
    b: int
    e: int

    @classmethod
    def of(cls, problem: TrainingProblem, shift: int) -> tuple[Self, Fit]:
        """Return the units in which targets have size one, for rows scaled by 2^-shift, and f'."""
        fit, unit, value = problem.fit.rescaled()
        # a power of two that may lie beyond float64
        exponent = value.numerator.bit_length() - value.denominator.bit_length()
        return cls(shift, int(math.log2(unit)), exponent), fit

    def decay(self, problem: TrainingProblem) -> float:
        """Return beta in these units."""
        return math.ldexp(problem.decay, self.b - self.a - self.e)

    def bend(self, problem: TrainingProblem) -> float | None:
        """Return the second derivative of the output bias's penalty; None where there is no bias."""
        bend = problem.constant.bend(problem.decay)
        return None if bend is None else math.ldexp(bend, 2 * self.b - self.e)

    def outer_dual(self, v: Floats) -> Floats:
        """Return a dual vector in the caller's units."""
        return np.ldexp(v, self.e - self.b)
