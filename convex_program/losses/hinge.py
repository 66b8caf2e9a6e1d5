"""Hinges: no loss beyond the margin."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss


@final
class Hinge(QuadraticLoss):
    """``l(z; y) = (1 - y z)_+`` for labels y = -1, +1, with ``D(v) = y v`` for ``0 <= y v <= 1``.

    Examples
    --------
    >>> Hinge().exact_value(Fraction(1, 2), Fraction(-1))
    Fraction(3, 2)
    """

    name: ClassVar[str] = "hinge"
    words: ClassVar[str] = "sum of hinge losses"
    kappa: ClassVar[float] = 0
    pulled: ClassVar[bool] = True
    scales: ClassVar[bool] = False

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the interval from 0 to the label."""
        return min(Fraction(0), y), max(Fraction(0), y)

    def rescaled(self, unit: Fraction) -> tuple[Hinge, Fraction]:
        """Return itself: labels have no unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return the weighted sum of hinges."""
        hinges = modelling.pos(1 - modelling.multiply(y, z))
        return modelling.sum(modelling.multiply(weights, hinges))


@final
class SquaredHinge(QuadraticLoss):
    """``l(z; y) = (1 - y z)_+^2 / 2`` for labels y = -1, +1.

    Notes
    -----
    ``D(v) = y v - v^2 / 2`` for ``y v >= 0``.

    Examples
    --------
    >>> SquaredHinge().exact_value(Fraction(-1), Fraction(1))
    Fraction(2, 1)
    """

    name: ClassVar[str] = "squared-hinge"
    words: ClassVar[str] = "half the sum of squared hinge losses"
    kappa: ClassVar[float] = 1
    scales: ClassVar[bool] = False

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the half-line from 0 towards the label."""
        return (Fraction(0), None) if y > 0 else (None, Fraction(0))

    def rescaled(self, unit: Fraction) -> tuple[SquaredHinge, Fraction]:
        """Return itself: labels have no unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return half the weighted sum of squared hinges."""
        hinges = modelling.pos(1 - modelling.multiply(y, z))
        return modelling.sum(modelling.multiply(weights, modelling.square(hinges))) / 2
