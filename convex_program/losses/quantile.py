"""Absolute errors, counted alike on both sides or not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss
from convex_program.reading import read_between


@final
class Absolute(QuadraticLoss):
    """``l(z; y) = |z - y|``, with ``D(v) = v y`` for ``|v| <= 1``.

    Examples
    --------
    >>> Absolute().exact_value(Fraction(3), Fraction(1))
    Fraction(2, 1)
    """

    name: ClassVar[str] = "absolute"
    words: ClassVar[str] = "sum of absolute errors"
    kappa: ClassVar[float] = 0
    pulled: ClassVar[bool] = True

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return ``[-1, 1]``."""
        del y
        return Fraction(-1), Fraction(1)

    def rescaled(self, unit: Fraction) -> tuple[Absolute, Fraction]:
        """Return itself and the unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return the weighted sum of absolute values."""
        return modelling.sum(modelling.multiply(weights, modelling.abs(z - y)))


@final
class Quantile(QuadraticLoss):
    """``l(z; y) = level (y - z)_+ + (1 - level) (z - y)_+``: the pinball loss.

    Parameters
    ----------
    level : number or text
        Between 0 and 1: the part of the targets that should lie below the output.

    Notes
    -----
    ``D(v) = v y`` for ``level - 1 <= v <= level``.  ``Quantile(0.5)`` is half of `Absolute`.

    *Reference.* Koenker and Bassett, Econometrica 46, 1978.

    Examples
    --------
    >>> Quantile("0.9").exact_value(Fraction(0), Fraction(1))
    Fraction(9, 10)
    """

    name: ClassVar[str] = "quantile"
    words: ClassVar[str] = "sum of quantile losses"
    kappa: ClassVar[float] = 0
    pulled: ClassVar[bool] = True

    def __init__(self, level: Any = Fraction(1, 2)) -> None:
        self.level = read_between("level", level, 0, 1)

    @property
    def parameters(self) -> dict[str, Fraction]:
        """The quantile."""
        return {"level": self.level}

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return ``[level - 1, level]``."""
        del y
        return self.level - 1, self.level

    def rescaled(self, unit: Fraction) -> tuple[Quantile, Fraction]:
        """Return itself and the unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return the weighted sum of the larger of two lines."""
        level = float(self.level)
        lines = modelling.maximum(level * (y - z), (1 - level) * (z - y))
        return modelling.sum(modelling.multiply(weights, lines))
