"""Losses whose dual is ``D(v) = y v - kappa v^2 / 2`` on an interval: all but the logistic.

Then ``l(z) = max_v v (y - z) - kappa v^2 / 2`` over the interval: with r = y - z the maximizer
is r / kappa, cut off at the ends (for kappa = 0 it is the end that r points to).  Squares, their
linear continuations and hinges differ in kappa and interval only, and everything about them is
rational.  kappa is 0 or 1 for the losses that users choose; solvers smooth those with 0 by a small one.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np

from convex_program.losses.base import EntryLoss, Floats
from convex_program.rounding import round_down, round_up


class QuadraticLoss(EntryLoss):
    """``l(z; y) = max_v v (y - z) - kappa v^2 / 2`` over an interval of v."""

    kappa: ClassVar[float]
    """Positive where l is curved, 0 where it is piecewise linear; read exactly."""

    def ends(self, y: Floats) -> tuple[Floats, Floats]:
        """Return the interval for every target, rounded inwards; infinite where it has no end.

        It depends on the sign of a label at most.
        """
        (low, high), (other_low, other_high) = self._ends
        positive = y > 0.0
        return np.where(positive, low, other_low), np.where(positive, high, other_high)

    @cached_property
    def _ends(self) -> tuple[tuple[float, float], ...]:
        sides = (self.domain(Fraction(side)) for side in (1, -1))
        return tuple(
            (
                -np.inf if low is None else round_up(low),
                np.inf if high is None else round_down(high),
            )
            for low, high in sides
        )

    def value(self, z: Floats, y: Floats) -> Floats:
        """Return ``v r - kappa v^2 / 2`` at the maximizing v."""
        low, high = self.ends(y)
        # Values beyond float64 are infinite; infinity less infinity stands in no chosen branch.
        with np.errstate(over="ignore", invalid="ignore"):
            r = y - z
            if self.kappa:
                best = r / self.kappa
                v = np.clip(best, low, high)
                return np.where(v == best, 0.5 * r * best, v * (r - 0.5 * self.kappa * v))
            return np.where(r == 0.0, 0.0, np.where(r > 0.0, high, low) * r)

    def answer(self, z: Floats, y: Floats, anchor: Floats, pull: Floats) -> tuple[Floats, Floats]:
        """Return the cut-off ``(r + pull anchor) / (kappa + pull)``, and its rate."""
        low, high = self.ends(y)
        # A weight of 0, or a tiny one, takes the pull with it: no division by zero.
        bend = np.maximum(self.kappa + pull, sys.float_info.min)
        with np.errstate(over="ignore"):
            v = (y - z + pull * anchor) / bend
        inside = (v > low) & (v < high)
        v = np.clip(v, -sys.float_info.max, sys.float_info.max)
        return np.clip(v, low, high), np.where(inside, 1.0 / bend, 0.0)

    def steepest(self, pull: float) -> float:
        """Return ``1 / (kappa + pull)``."""
        return 1.0 / max(self.kappa + pull, sys.float_info.min)

    def dual_value(self, v: Floats, y: Floats) -> Floats:
        """Return ``y v - kappa v^2 / 2``."""
        # as a product, so that squares beyond float64 are not subtracted from each other
        with np.errstate(over="ignore"):
            return np.asarray(v * (y - 0.5 * self.kappa * v) if self.kappa else v * y)

    def dual_slope(self, v: Floats, y: Floats) -> Floats:
        """Return ``y - kappa v``."""
        return y - self.kappa * v if self.kappa else y

    def exact_value(self, z: Fraction, y: Fraction) -> Fraction | None:
        """Return l exactly."""
        low, high = self.domain(y)
        r = y - z
        if r == 0:
            return Fraction(0)
        end = high if r > 0 else low
        if self.kappa:
            kappa = Fraction(self.kappa)
            if end is None or abs(r) <= abs(kappa * end):
                return r * r / (2 * kappa)
            return end * (r - kappa * end / 2)
        return None if end is None else end * r

    def exact_dual(self, v: Fraction, y: Fraction) -> Fraction | None:
        """Return ``y v - kappa v^2 / 2`` exactly, None outside the interval."""
        low, high = self.domain(y)
        if (low is not None and v < low) or (high is not None and v > high):
            return None
        return v * (y - Fraction(self.kappa) * v / 2) if self.kappa else v * y
