"""No error allowed: networks through the data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss


@final
class Interpolation(QuadraticLoss):
    """``l(z; y) = 0`` for z = y and infinite else, with ``D(v) = v y`` for every v.

    Notes
    -----
    The limit of any loss, over beta, as beta goes to 0: the network of least weight among those
    that pass through the data.

    Examples
    --------
    >>> Interpolation().exact_value(Fraction(1), Fraction(1))
    Fraction(0, 1)
    """

    name: ClassVar[str] = "interpolation"
    words: ClassVar[str] = "no error allowed"
    kappa: ClassVar[float] = 0
    pulled: ClassVar[bool] = True
    finite: ClassVar[bool] = False

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the whole line."""
        del y
        return None, None

    def rescaled(self, unit: Fraction) -> tuple[Interpolation, Fraction]:
        """Return itself and the unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return 0 where z = y on the rows that count, and infinity elsewhere."""
        used = np.flatnonzero(weights)
        return modelling.transforms.indicator([z[used] == y[used]])
