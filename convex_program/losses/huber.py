"""Squares near the target, lines beyond."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss
from convex_program.reading import read_between
from convex_program.rounding import round_down


@final
class Huber(QuadraticLoss):
    """``l(z; y) = r^2 / 2`` for ``|r| <= delta``, else ``delta (|r| - delta / 2)``; r = z - y.

    Parameters
    ----------
    delta : number or text
        Positive, read exactly.

    Notes
    -----
    ``D(v) = v y - v^2 / 2`` for ``|v| <= delta``.  PyTorch's ``HuberLoss(delta)`` is this, its
    ``SmoothL1Loss(beta)`` is ``Huber(beta) / beta``.

    *Reference.* Huber, Annals of Mathematical Statistics 35, 1964.

    Examples
    --------
    >>> Huber(1).exact_value(Fraction(3), Fraction(0))
    Fraction(5, 2)
    """

    name: ClassVar[str] = "huber"
    words: ClassVar[str] = "sum of Huber losses"
    kappa: ClassVar[float] = 1

    def __init__(self, delta: Any = 1) -> None:
        self.delta = read_between("delta", delta, 0)

    @property
    def parameters(self) -> dict[str, Fraction]:
        """Where lines begin."""
        return {"delta": self.delta}

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return ``[-delta, delta]``."""
        del y
        return -self.delta, self.delta

    def rescaled(self, unit: Fraction) -> tuple[Huber, Fraction]:
        """Return the loss with delta in the unit, and the square of the unit."""
        return Huber(self.delta / unit), unit * unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return half of what the modelling layer calls Huber's function."""
        delta = round_down(self.delta)  # float() would refuse one beyond float64
        return modelling.sum(modelling.multiply(weights, modelling.huber(z - y, delta))) / 2
