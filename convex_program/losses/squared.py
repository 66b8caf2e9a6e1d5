"""Half the sum of squared errors."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss


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

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the whole line."""
        del y
        return None, None

    def rescaled(self, unit: Fraction) -> tuple[Squared, Fraction]:
        """Return itself and the square of the unit."""
        return self, unit * unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return half the weighted sum of squares."""
        return modelling.sum(modelling.multiply(weights, modelling.square(z - y))) / 2
