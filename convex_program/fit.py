"""The data term of a problem: a loss with its targets and weights, summed up.

Everything that solvers, bounds and the front doors need to know of a loss goes through here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from convex_program.losses import Loss
from convex_program.norms import power_of_two
from convex_program.rounding import round_down, round_up

Floats = npt.NDArray[np.float64]

_INWARDS = 1.0 - 2.0**-50
"""Scales beyond 1 stay this much inside the domain, so that rounding cannot leave it."""
_FAR = 2.0**100
"""No best scale is sought beyond: the dual value of an interpolation grows for ever."""


@dataclass(frozen=True, eq=False)
class Fit:
    """``f(z) = sum_i s_i l(z_i; y_i)``, its conjugate and its second-order models.

    Parameters
    ----------
    loss : Loss
    exact_targets : tuple of n Fraction
        As `Loss.read` returns them.
    exact_weights : tuple of n Fraction, or None
        Sample weights s_i >= 0; None for ones.
    """

    loss: Loss
    exact_targets: tuple[Fraction, ...]
    exact_weights: tuple[Fraction, ...] | None = None

    @cached_property
    def targets(self) -> Floats:
        """The targets as floats, shape (n,)."""
        return np.array([float(value) for value in self.exact_targets])

    @cached_property
    def weights(self) -> Floats:
        """The sample weights as floats, shape (n,)."""
        if self.exact_weights is None:
            return np.ones(len(self.exact_targets))
        return np.array([float(value) for value in self.exact_weights])

    @property
    def pulled(self) -> bool:
        """Whether `answer` needs a positive pull: see `Loss`."""
        return self.loss.pulled

    def value(self, z: Floats) -> float:
        """Return f(z) in floating point."""
        if self.exact_weights is None:
            return math.fsum(self.loss.value(z, self.targets))
        used = self.weights > 0.0  # 0 times infinity is 0 here
        return math.fsum(self.weights[used] * self.loss.value(z, self.targets)[used])

    def answer(
        self, z: Floats, anchor: Floats | None = None, pull: float = 0.0
    ) -> tuple[Floats, Floats]:
        """Return v, the derivative ``-f'(z)`` of the loss smoothed by a pull, and ``-dv/dz``.

        Parameters
        ----------
        z : (n,) float64
        anchor : (n,) float64, optional
            Where v is pulled to; zeros by default.
        pull : float
            Strength: the smoothed loss is ``max_v D(v) - v.z - pull/2 |v - anchor|^2``.
        """
        s = self.weights
        if anchor is None:
            anchor = np.zeros_like(z)
        if self.exact_weights is None:
            return self.loss.answer(z, self.targets, anchor, np.full_like(z, pull))
        with np.errstate(divide="ignore", invalid="ignore"):
            single = np.where(s > 0.0, anchor / s, 0.0)
        v, rate = self.loss.answer(z, self.targets, single, pull * s)
        return np.where(s > 0.0, s * v, 0.0), np.where(s > 0.0, s * rate, 0.0)

    def smoothed(self, z: Floats, v: Floats, anchor: Floats, pull: float) -> float:
        """Return the loss smoothed by a pull, given what `answer` says of it."""
        away = v - anchor
        return self.dual_value(v) - math.fsum(v * z) - 0.5 * pull * math.fsum(away * away)

    def steepest(self, pull: float) -> Floats:
        """Return bounds of the rates that `answer` gives, for any z: shape (n,)."""
        if self.exact_weights is None:
            return np.full(len(self.exact_targets), self.loss.steepest(pull))
        s = self.weights
        return np.array([w * self.loss.steepest(pull * w) if w else 0.0 for w in s.tolist()])

    def residual(self, z: Floats) -> Floats:
        """Return an element of ``-df(z)``, shape (n,): the dual candidate of a network.

        At a kink it is one of many; the solvers know better ones.
        """
        v, _ = self.answer(z, pull=1e-9 * power_of_two(self.targets) if self.pulled else 0.0)
        return v

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """Where the dual is finite: least and largest v, rounded inwards, shapes (n,)."""
        kinds: dict[tuple[Fraction, Fraction], tuple[float, float]] = {}
        low, high = np.empty(len(self.exact_targets)), np.empty(len(self.exact_targets))
        one = Fraction(1)
        weights = self.exact_weights or (one,) * len(low)
        for i, (y, s) in enumerate(zip(self.exact_targets, weights, strict=True)):
            side = one if y > 0 else -one
            if (side, s) not in kinds:
                least, most = self.loss.domain(side)
                kinds[side, s] = (
                    -math.inf if least is None and s else round_up((least or 0) * s),
                    math.inf if most is None and s else round_down((most or 0) * s),
                )
            low[i], high[i] = kinds[side, s]
        return low, high

    def clip(self, v: Floats) -> Floats:
        """Return the nearest point of the dual domain."""
        low, high = self.ends
        return np.clip(v, low, high)

    def dual_value(self, v: Floats, scale: float = 1.0) -> float:
        """Return ``-f*(-scale v)`` in floating point; v and ``scale v`` within the domain."""
        return math.fsum(self._dual_terms(scale * v))

    def _dual_terms(self, v: Floats) -> Floats:
        if self.exact_weights is None:
            return self.loss.dual_value(v, self.targets)
        used = self.weights > 0.0
        s = self.weights[used]
        return s * self.loss.dual_value(v[used] / s, self.targets[used])

    def _dual_slope(self, v: Floats, scale: float) -> float:
        """Return the derivative of ``scale -> -f*(-scale v)``."""
        used = v != 0.0
        single = scale * v[used] / self.weights[used]
        return float(v[used] @ self.loss.dual_slope(single, self.targets[used]))

    def reach(self, v: Floats) -> float:
        """Return how far v may be scaled up, at least 1 for a v that `clip` returns."""
        low, high = self.ends
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ends = np.where(v > 0.0, high / v, np.where(v < 0.0, low / v, np.inf))
        return max(1.0, float(ends.min(initial=np.inf)) * _INWARDS)

    def best_scale(self, v: Floats, curvature: float, most: float) -> float:
        """Return the t in ``[0, most]`` that maximizes ``-f*(-t v) - t^2 curvature / 2``.

        Parameters
        ----------
        v : (n,) float64
            Within the domain.
        curvature : float
            From `OutputBias.curvature`.
        most : float
            What prices allow, maybe infinite; the domain is looked after here.
        """
        top = min(most, self.reach(v))
        if not v.any() or not top > 0.0:
            return 0.0

        def slope(t: float) -> float:
            return self._dual_slope(v, t) - t * curvature

        if top < math.inf and slope(top) >= 0.0:
            return top
        if slope(0.0) <= 0.0:
            return 0.0
        high = min(top, 1.0)
        while slope(high) > 0.0:
            if high in {top, _FAR}:
                return high
            high = min(2.0 * high, top, _FAR)
        from scipy.optimize import brentq

        return float(brentq(slope, 0.0, high, xtol=1e-300, rtol=1e-15, maxiter=200))

    def exact_value(self, z: Sequence[Fraction]) -> Fraction | None:
        """Return f(z) exactly, or slightly more; None when it is infinite."""
        total = Fraction(0)
        weights = self.exact_weights or (None,) * len(z)
        terms = []
        for one, y, s in zip(z, self.exact_targets, weights, strict=True):
            if s == 0:
                continue
            term = self.loss.exact_value(one, y)
            if term is None:
                return None
            terms.append(term if s is None else s * term)
        return total + _sum(terms)

    def exact_dual(self, v: Sequence[Fraction]) -> Fraction | None:
        """Return ``-f*(-v)`` exactly, or slightly less; None outside the domain."""
        weights = self.exact_weights or (None,) * len(v)
        terms = []
        for one, y, s in zip(v, self.exact_targets, weights, strict=True):
            if s == 0:
                if one:
                    return None
                continue
            term = self.loss.exact_dual(one if s is None else one / s, y)
            if term is None:
                return None
            terms.append(term if s is None else s * term)
        return _sum(terms)

    def rescaled(self) -> tuple[Fit, float, float]:
        """Return a fit with targets of size one: ``f(c z) = k f'(z)``; returns f', c and k.

        c and k are powers of two.
        """
        unit = power_of_two(self.targets) if self.loss.scales else 1.0
        loss, value = self.loss.rescaled(unit)
        if unit == 1.0:
            return self, 1.0, value
        step = Fraction(unit)
        targets = tuple(y / step for y in self.exact_targets)
        return Fit(loss, targets, self.exact_weights), unit, value

    def best_constant(self, curvature: float) -> float:
        """Return the b that minimizes ``f(b 1) + curvature b^2 / 2``."""
        n = len(self.exact_targets)
        low, high = self._constants()
        if low == high:
            return low

        def slope(b: float) -> float:
            return curvature * b - math.fsum(self.residual(np.full(n, b)))

        if slope(low) >= 0.0:
            return low
        if slope(high) <= 0.0:
            return high
        from scipy.optimize import brentq

        return float(brentq(slope, low, high, xtol=1e-300, rtol=1e-15, maxiter=300))

    def _constants(self) -> tuple[float, float]:
        """Return an interval that holds every best constant."""
        if self.loss.scales:
            low, high = float(self.targets.min()), float(self.targets.max())
            return min(low, 0.0), max(high, 0.0)
        return -40.0, 40.0


def _sum(terms: Sequence[Fraction]) -> Fraction:
    """Add fractions over one denominator: integers are added many times faster."""
    if not terms:
        return Fraction(0)
    unit = math.lcm(*(term.denominator for term in terms))
    return Fraction(sum(term.numerator * (unit // term.denominator) for term in terms), unit)
