"""Half the sum of squared errors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss
from convex_program.rounding import over_one_denominator


@final
class Squared(QuadraticLoss):
    """``l(z; y) = 1/2 (z - y)^2``, with ``D(v) = v y - v^2 / 2`` for every v.

    Examples
    --------
    >>> Squared().exact_value(Fraction(3), Fraction(1))
    Fraction(2, 1)
    """

    name: ClassVar[str] = "squared"
    words: ClassVar[str] = "half the sum of squared errors"
    kappa: ClassVar[float] = 1
    strict: ClassVar[bool] = True

    def exact_slope(self, v: Fraction, y: Fraction) -> Fraction:
        """Return ``y - v``."""
        return y - v

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the whole line."""
        del y
        return None, None

    def exact_total(self, z: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
        """Return half the sum of squares exactly, over one denominator."""
        unit, (outputs, targets) = over_one_denominator(z, y)
        squares = sum((a - b) ** 2 for a, b in zip(outputs, targets, strict=True))
        return Fraction(squares, 2 * unit * unit)

    def exact_dual_total(self, v: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
        """Return the sum of ``v y - v^2 / 2`` exactly, over one denominator."""
        unit, (entries, targets) = over_one_denominator(v, y)
        twice = sum(a * (2 * b - a) for a, b in zip(entries, targets, strict=True))
        return Fraction(twice, 2 * unit * unit)

    def rescaled(self, unit: Fraction) -> tuple[Squared, Fraction]:
        """Return itself and the square of the unit."""
        return self, unit * unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return half the weighted sum of squares."""
        return modelling.sum(modelling.multiply(weights, modelling.square(z - y))) / 2
