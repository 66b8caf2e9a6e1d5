"""The logistic loss: log-likelihood of two classes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.enclosures import entropy_below, softplus_above
from convex_program.losses.base import EntryLoss, Floats


@final
class Logistic(EntryLoss):
    """``l(z; y) = log(1 + exp(-y z))`` for labels y = -1, +1.

    Notes
    -----
    ``D(v) = H(y v)`` for ``0 <= y v <= 1`` with the entropy
    ``H(p) = -p log p - (1 - p) log(1 - p)``.  Values are not rational: `exact_value` and
    `exact_dual` are ends of enclosures, within 1e-40.  PyTorch's ``BCEWithLogitsLoss`` and
    scikit-learn's binary ``MLPClassifier`` use it.

    Examples
    --------
    >>> float(Logistic().exact_value(Fraction(0), Fraction(1)))
    0.6931471805599453
    """

    name: ClassVar[str] = "logistic"
    words: ClassVar[str] = "sum of logistic losses"
    scales: ClassVar[bool] = False
    rational: ClassVar[bool] = False
    strict: ClassVar[bool] = True

    def value(self, z: Floats, y: Floats) -> Floats:
        """Return ``log(1 + exp(-y z))``."""
        return np.asarray(np.logaddexp(0.0, -y * z))

    def answer(self, z: Floats, y: Floats, anchor: Floats, pull: Floats) -> tuple[Floats, Floats]:
        """Return ``y p`` and ``p (1 - p)``, p the probability of the other class; no pull."""
        del anchor, pull
        margin = y * z
        # exp of a negative number only: nothing overflows, small p keep all their digits
        small = np.exp(-np.abs(margin))
        p = np.where(margin > 0.0, small, 1.0) / (1.0 + small)
        return y * p, small / (1.0 + small) ** 2

    def steepest(self, pull: float) -> float:
        """Return 1/4."""
        del pull
        return 0.25

    def dual_value(self, v: Floats, y: Floats) -> Floats:
        """Return the entropy of ``y v``."""
        p = y * v
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(p > 0.0, -p * np.log(p), 0.0)
            second = np.where(p < 1.0, -(1.0 - p) * np.log1p(-p), 0.0)
        return np.asarray(first + second)

    def dual_slope(self, v: Floats, y: Floats) -> Floats:
        """Return ``y log((1 - p) / p)``, p = y v."""
        p = y * v
        with np.errstate(divide="ignore"):
            return np.asarray(y * (np.log1p(-p) - np.log(p)))

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the interval from 0 to the label."""
        return min(Fraction(0), y), max(Fraction(0), y)

    def exact_value(self, z: Fraction, y: Fraction) -> Fraction:
        """Return the upper end of an enclosure."""
        return softplus_above(-y * z)

    def exact_dual(self, v: Fraction, y: Fraction) -> Fraction | None:
        """Return the lower end of an enclosure."""
        p = v * y
        return entropy_below(p) if 0 <= p <= 1 else None

    def rescaled(self, unit: Fraction) -> tuple[Logistic, Fraction]:
        """Return itself: labels have no unit."""
        return self, unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return the weighted sum in the modelling layer."""
        terms = modelling.logistic(-modelling.multiply(y, z))
        return modelling.sum(modelling.multiply(weights, terms))
