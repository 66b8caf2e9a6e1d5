"""The data term of a loss on rows: `Fit` for losses that look at all outputs of a row at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.fit import Fit
from convex_program.losses import EntryLoss, Loss, RowLoss
from convex_program.norms import power_of_two
from convex_program.rounding import round_down

Floats = npt.NDArray[np.float64]

_INWARDS = 1.0 - 2.0**-50
_STEEP = 2.0**1000


class RowFit(Fit):
    """``f(z) = sum_i l(z_i; s_i T_i)`` over rows z_i, its conjugate and its second-order models.

    Parameters
    ----------
    loss : RowLoss
    exact_targets : tuple of n c Fraction
    exact_weights : tuple of n Fraction, or None
        Sample weights s_i >= 0: such losses are homogeneous in their targets.
    outputs : int
    """

    loss: RowLoss  # type: ignore[assignment]

    @cached_property
    def exact_masses(self) -> tuple[Fraction, ...]:
        """The targets times the weights of their rows."""
        if self.entry_weights is None:
            return self.exact_targets
        return tuple(s * t for s, t in zip(self.entry_weights, self.exact_targets, strict=True))

    @cached_property
    def masses(self) -> Floats:
        """Floats next to them, rounded down, shape (n, c)."""
        return np.array([round_down(t) for t in self.exact_masses]).reshape(-1, self.outputs)

    def _rows(self, flat: Floats) -> Floats:
        return np.reshape(flat, (-1, self.outputs))

    def value(self, z: Floats) -> float:
        """Return f(z) in floating point."""
        return math.fsum(self.loss.value(self._rows(z), self.masses))

    def answer(
        self, z: Floats, anchor: Floats | None = None, pull: float = 0.0
    ) -> tuple[Floats, Floats]:
        """Return v and bounds of its rates; such losses have no kinks and need no pull."""
        del anchor, pull
        v = self.loss.residual(self._rows(z), self.masses).ravel()
        return v, self.steepest(0.0)

    def steepest(self, pull: float) -> Floats:
        """Return bounds of the largest rates, one for each entry."""
        del pull
        return np.repeat(self.loss.steepest(self.masses), self.outputs)

    def bent(self, z: Floats, design: Floats) -> Floats:
        """Return R J: R^T R is the second derivative at z."""
        return self.loss.bent(self._rows(z), self.masses, design)

    def clip(self, v: Floats) -> Floats:
        """Return a point of the dual domain near v, feasible exactly."""
        return self.loss.clip(self._rows(v), self.masses, level=False).ravel()

    def balanced(self, v: Floats) -> Floats:
        """Return a point of the dual domain near v of which every output adds up to 0 exactly."""
        return self.loss.clip(self._rows(v), self.masses, level=True).ravel()

    def dual_value(self, v: Floats, scale: float = 1.0) -> float:
        """Return ``-f*(-scale v)`` in floating point; v and ``scale v`` within the domain."""
        return math.fsum(self.loss.dual_value(scale * self._rows(v), self.masses))

    def dual_slope(self, v: Floats, scale: float) -> float:
        """Return the derivative of ``scale -> -f*(-scale v)``."""
        return self.loss.dual_slope(self._rows(v), self.masses, scale)

    def reach(self, v: Floats) -> float:
        """Return how far v may be scaled up, at least 1 for a v that `clip` returns."""
        return max(1.0, self.loss.reach(self._rows(v), self.masses) * _INWARDS)

    def exact_value(self, z: Sequence[Fraction]) -> Fraction:
        """Return f(z), or slightly more."""
        c, masses = self.outputs, self.exact_masses
        return sum(
            (self.loss.exact_value(z[i : i + c], masses[i : i + c]) for i in range(0, len(z), c)),
            Fraction(0),
        )

    def exact_dual(self, v: Sequence[Fraction]) -> Fraction | None:
        """Return ``-f*(-v)``, or slightly less; None outside the domain."""
        c, masses = self.outputs, self.exact_masses
        total = Fraction(0)
        for i in range(0, len(v), c):
            term = self.loss.exact_dual(v[i : i + c], masses[i : i + c])
            if term is None:
                return None
            total += term
        return total

    def rescaled(self) -> tuple[Fit, float, Fraction]:
        """Return a fit with masses of size one: ``f(c z) = k f'(z)``; f', c = 1 and k."""
        heaviest = Fraction(power_of_two(self.masses))
        if heaviest == 1:
            return self, 1.0, Fraction(1)
        masses = tuple(t / heaviest for t in self.exact_masses)
        return RowFit(self.loss, masses, None, self.outputs), 1.0, heaviest  # type: ignore[arg-type]

    def best_constant(self, curvature: float) -> Any:
        """Return the b, shape (c,), that minimizes ``f(1 b^T) + curvature |b|^2 / 2``."""
        return self.loss.constant(self.masses, min(curvature, _STEEP))


def data_term(
    loss: Loss,
    targets: tuple[Fraction, ...],
    weights: tuple[Fraction, ...] | None,
    outputs: int = 1,
) -> Fit:
    """Return the data term of a loss with its targets and sample weights."""
    if isinstance(loss, RowLoss):
        return RowFit(loss, targets, weights, outputs)  # type: ignore[arg-type]
    assert isinstance(loss, EntryLoss)  # noqa: S101 - these are the two kinds
    return Fit(loss, targets, weights, outputs)
