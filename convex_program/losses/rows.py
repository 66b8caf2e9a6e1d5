"""Losses that look at all outputs of a row at once.

With targets T_i of a row (masses t_ij >= 0 of total w_i) such a loss is ``l(z; T)``, homogeneous in T, so
that sample weights are factors of the targets.  What `convex_program.row_fit` asks is here; arrays
have shape (n, c).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar

from convex_program.losses.base import Floats, Loss


class RowLoss(Loss):
    """A convex function of the outputs of one row."""

    whole_rows: ClassVar[bool] = True

    # In floating point: these steer searches and are never believed.

    @abstractmethod
    def value(self, z: Floats, t: Floats) -> Floats:
        """Return the loss of each row, shape (n,)."""

    @abstractmethod
    def residual(self, z: Floats, t: Floats) -> Floats:
        """Return minus the gradient, shape (n, c)."""

    @abstractmethod
    def bent(self, z: Floats, t: Floats, design: Floats) -> Floats:
        """Return ``R_i J_i`` for a design J (n, c, q), ``R_i^T R_i`` the second derivative of row i."""

    @abstractmethod
    def steepest(self, t: Floats) -> Floats:
        """Return bounds of the largest eigenvalues of the second derivatives, shape (n,)."""

    @abstractmethod
    def dual_value(self, v: Floats, t: Floats) -> Floats:
        """Return ``-l*(-v)`` of each row, shape (n,), for v within the domain."""

    @abstractmethod
    def dual_slope(self, v: Floats, t: Floats, scale: float) -> float:
        """Return the derivative of ``scale -> sum of -l*(-scale v)``."""

    @abstractmethod
    def reach(self, v: Floats, t: Floats) -> float:
        """Return how far v can be scaled up within the domain."""

    @abstractmethod
    def clip(self, v: Floats, t: Floats, *, level: bool) -> Floats:
        """Return a point of the domain near v, feasible exactly.

        Parameters
        ----------
        v : (n, c) float64
        t : (n, c) float64
            Not above the exact targets.
        level : bool
            Whether each output has to add up to zero over the rows.
        """

    @abstractmethod
    def constant(self, t: Floats, bend: float) -> Floats:
        """Return the b, shape (c,), that minimizes the loss of ``1 b^T`` plus ``bend |b|^2 / 2``."""

    # Exactly: these make bounds.

    @abstractmethod
    def exact_value(self, z: Sequence[Fraction], t: Sequence[Fraction]) -> Fraction:
        """Return the loss of a row, or a number slightly above."""

    @abstractmethod
    def exact_dual(self, v: Sequence[Fraction], t: Sequence[Fraction]) -> Fraction | None:
        """Return ``-l*(-v)`` of a row, or a number slightly below; None outside the domain."""
