"""Half the sum of squared errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.losses.base import FloatVector, Loss
from convex_program.norms import power_of_two


@final
class Squared(Loss):
    """``f(z) = 1/2 |z - y|^2``, with ``-f*(-v) = v.y - |v|^2 / 2``."""

    name: ClassVar[str] = "squared"

    def value(self, outputs: FloatVector, targets: FloatVector) -> float:
        """Return ``1/2 |z - y|^2``."""
        return float(0.5 * np.sum((outputs - targets) ** 2))

    def residual(self, outputs: FloatVector, targets: FloatVector) -> FloatVector:
        """Return ``y - z``."""
        return targets - outputs

    def exact_value(self, outputs: Sequence[Fraction], targets: Sequence[Fraction]) -> Fraction:
        """Return ``1/2 |z - y|^2`` exactly."""
        rest = [z - y for z, y in zip(outputs, targets, strict=True)]
        # one denominator for all: integers are added many times faster than fractions
        unit = math.lcm(*(r.denominator for r in rest))
        square = sum((r.numerator * (unit // r.denominator)) ** 2 for r in rest)
        return Fraction(square, 2 * unit * unit)

    def exact_dual_value(self, dual: Sequence[Fraction], targets: Sequence[Fraction]) -> Fraction:
        """Return ``v.y - |v|^2 / 2`` exactly."""
        return sum((v * (y - v / 2) for v, y in zip(dual, targets, strict=True)), Fraction(0))

    def unit(self, targets: FloatVector) -> float:
        """Return the power of two next to the largest target."""
        return power_of_two(targets)

    def best_scale(self, dual: FloatVector, targets: FloatVector, curvature: float) -> float:
        """Return ``v.y / (|v|^2 + curvature)``, 0 when v is zero."""
        square = float(dual @ dual) + curvature
        return float(dual @ targets) / square if square > 0 else 0.0

    def expression(self, modelling: Any, outputs: Any, targets: FloatVector) -> Any:
        """Return ``1/2 |z - y|^2`` in the modelling layer."""
        return modelling.sum_squares(outputs - targets) / 2

    def __repr__(self) -> str:
        """Say what it is."""
        return "Squared()"
