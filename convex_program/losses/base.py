"""What a loss has to offer: value, residual, conjugate and a modelling expression."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

FloatVector = npt.NDArray[np.float64]


class Loss(ABC):
    """A convex loss of the network's outputs z against the targets y.

    Derivation of the dual bound.  For any v with ``|v.(Xu)_+| <= beta`` on the unit ball,
    and any network with outputs z and penalty ``beta R``,
    ``f(z) + beta R >= f(z) + v.z >= -f*(-v)``, the last by the definition of the
    conjugate.  `dual_value` is ``-f*(-v)``.
    """

    name: ClassVar[str]
    """The word for this loss in claims."""

    @abstractmethod
    def value(self, outputs: FloatVector, targets: FloatVector) -> float:
        """Return f(z)."""

    @abstractmethod
    def residual(self, outputs: FloatVector, targets: FloatVector) -> FloatVector:
        """Return ``-grad f(z)``: at the optimum it is the dual solution."""

    @abstractmethod
    def exact_value(self, outputs: Sequence[Fraction], targets: Sequence[Fraction]) -> Fraction:
        """Return f(z) exactly."""

    @abstractmethod
    def exact_dual_value(self, dual: Sequence[Fraction], targets: Sequence[Fraction]) -> Fraction:
        """Return ``-f*(-v)`` exactly."""

    @abstractmethod
    def unit(self, targets: FloatVector) -> float:
        """Return a c with ``f(c z; c y) = c**2 f(z; y)`` and y / c of size one (1 if none)."""

    @abstractmethod
    def best_scale(self, dual: FloatVector, targets: FloatVector, curvature: float) -> float:
        """Return the t that maximizes ``-f*(-t v) - t**2 curvature / 2``."""

    @abstractmethod
    def expression(self, modelling: Any, outputs: Any, targets: FloatVector) -> Any:
        """Return f(z) as an expression of the modelling layer (cvxpy) passed in."""
