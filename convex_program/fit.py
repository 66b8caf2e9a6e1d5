"""The data term of a problem: a loss with its targets and weights, summed up.

Everything that solvers, bounds and the front doors need to know of a loss goes through here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.balance import balanced
from convex_program.losses import EntryLoss
from convex_program.norms import power_of_two
from convex_program.rounding import exact_sum, round_down, round_up

Floats = npt.NDArray[np.float64]

_INWARDS = 1.0 - 2.0**-50
"""Scales beyond 1 stay this much inside the domain, so that rounding cannot leave it."""

_LARGEST_SCALE = 2.0**100
"""No best scale is sought beyond: the dual value of an interpolation grows for ever."""

_STEEP = 2.0**1000
"""Slopes are cut off here: root finders need finite ones."""

_FAR = 500.0
"""Constants beyond it are not looked for: exp(-500) is lost beside anything."""

_SHARP = 2.0**-500
"""A pull that smooths kinks over a width lost beside targets of size one."""


@dataclass(frozen=True, eq=False)
class Fit:
    """``f(z) = sum_i s_i l(z_i; y_i)``, its conjugate and its second-order models.

    With c outputs all vectors are flat: entry (i, j) of n rows stands at place i c + j, and N = n c.

    Parameters
    ----------
    loss : EntryLoss
    exact_targets : tuple of N Fraction
        As `Loss.read` returns them.
    exact_weights : tuple of n Fraction, or None
        Sample weights s_i >= 0 of the rows; None for ones.
    outputs : int
        c.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import numpy as np
    >>> import convex_program as cx
    >>> fit = cx.Fit(cx.Squared(), (Fraction(1), Fraction(2)))
    >>> fit.exact_value([Fraction(0), Fraction(0)])  # (1 + 4) / 2
    Fraction(5, 2)
    """

    loss: EntryLoss
    exact_targets: tuple[Fraction, ...]
    exact_weights: tuple[Fraction, ...] | None = None
    outputs: int = 1

    @cached_property
    def targets(self) -> Floats:
        """The targets as floats, shape (N,)."""
        return np.array([float(value) for value in self.exact_targets])

    @cached_property
    def weights(self) -> Floats:
        """The sample weights as floats, one for each entry: shape (N,)."""
        if self.entry_weights is None:
            return np.ones(len(self.exact_targets))
        return np.array([float(value) for value in self.entry_weights])

    @cached_property
    def entry_weights(self) -> tuple[Fraction, ...] | None:
        """The sample weights, one for each entry, or None for ones."""
        if self.exact_weights is None or self.outputs == 1:
            return self.exact_weights
        return tuple(s for s in self.exact_weights for _ in range(self.outputs))

    def column(self, j: int) -> Fit:
        """Return the data term of one output alone."""
        return Fit(self.loss, self.exact_targets[j :: self.outputs], self.exact_weights)

    @property
    def pulled(self) -> bool:
        """Whether `answer` needs a positive pull: see `Loss`."""
        return self.loss.pulled

    def value(self, z: Floats) -> float:
        """Return f(z) in floating point."""
        used = self.weights > 0.0  # 0 times infinity is 0 here
        with np.errstate(over="ignore"):
            terms = self.weights[used] * self.loss.value(z, self.targets)[used]
        return _total(terms)

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
        # s D(v/s) - v z - pull/2 (v - anchor)^2 is s times the same with v/s, anchor/s, s pull
        single = np.divide(anchor, s, out=np.zeros_like(anchor), where=s > 0.0)
        v, rate = self.loss.answer(z, self.targets, single, pull * s)
        # 0 times infinity is 0 here
        used = s > 0.0
        return s * np.where(used, v, 0.0), s * np.where(used, rate, 0.0)

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
        """Where the dual is finite: least and largest v, rounded inwards, shapes (n,).

        Both are 0 where the weight is 0, or too small for a float.
        """
        low, high = np.zeros(len(self.exact_targets)), np.zeros(len(self.exact_targets))
        positive = np.array([y.numerator > 0 for y in self.exact_targets], dtype=bool)
        used = self.weights > 0.0
        for side, rows in ((1, used & positive), (-1, used & ~positive)):
            least, most = self.loss.domain(Fraction(side))
            low[rows] = -math.inf if least is None else self._weighed(least, rows, round_up)
            high[rows] = math.inf if most is None else self._weighed(most, rows, round_down)
        return low, high

    def _weighed(
        self, end: Fraction, rows: npt.NDArray[np.bool_], rounded: Callable[[Fraction], float]
    ) -> Floats | float:
        """Return an end of the domain of single losses times the weights of some rows."""
        if self.entry_weights is None:
            return rounded(end)
        chosen = [self.entry_weights[i] for i in np.flatnonzero(rows).tolist()]
        known = {s: rounded(end * s) for s in set(chosen)}
        return np.array([known[s] for s in chosen])

    def clip(self, v: Floats) -> Floats:
        """Return the nearest point of the dual domain."""
        low, high = self.ends
        return np.clip(v, low, high)

    def balanced(self, v: Floats) -> Floats:
        """Return a point of the dual domain near v of which every output adds up to 0 exactly."""
        result = self.clip(v)
        low, high = self.ends
        for j in range(self.outputs):
            one = slice(j, None, self.outputs)
            result[one] = balanced(result[one], low[one], high[one])
        return result

    def dual_value(self, v: Floats, scale: float = 1.0) -> float:
        """Return ``-f*(-scale v)`` in floating point; v and ``scale v`` within the domain."""
        used = self.weights > 0.0
        s = self.weights[used]
        with np.errstate(over="ignore"):
            terms = s * self.loss.dual_value(scale * v[used] / s, self.targets[used])
        return _total(terms)

    def dual_slope(self, v: Floats, scale: float) -> float:
        """Return the derivative of ``scale -> -f*(-scale v)``."""
        used = (v != 0.0) & (self.weights > 0.0)
        v = v[used]
        with np.errstate(over="ignore"):
            single = scale * v / self.weights[used]
            slopes = self.loss.dual_slope(single, self.targets[used])
            # An entry that is 0 by underflow only is where the logistic is infinitely steep, but
            # adds nothing: p log p -> 0.
            counted = (single != 0.0) | (scale == 0.0)
            return float(v[counted] @ slopes[counted])

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
        unit = power_of_two(v)
        largest = float(np.abs(v).max(initial=0.0))
        finite = sys.float_info.max / 2.0 / largest if largest else 0.0
        top = min(most, self.reach(v), finite, _LARGEST_SCALE)
        if not top > 0.0:
            return 0.0
        # v of size one: squares stay within float64, t moves by the unit instead
        direction, bend = v / unit, curvature / unit / unit

        def slope(t: float) -> float:
            t *= unit
            value = self.dual_slope(direction, t) - t * bend
            return max(-_STEEP, min(value, _STEEP))

        if slope(top) >= 0.0:
            return top
        if self.dual_slope(direction, 0.0) <= 0.0:
            return 0.0
        # Not from 0 up: there the logistic is infinitely steep.
        high = min(top, 1.0)
        while high < top and slope(high) > 0.0:
            high = min(2.0 * high, top)
        low = high
        while low > 0.0 and slope(low) <= 0.0:
            low, high = 0.5 * low, low
        return _root(slope, low, high) if low else 0.0

    def exact_value(self, z: Sequence[Fraction]) -> Fraction | None:
        """Return f(z) exactly, or slightly more; None when it is infinite."""
        if self.entry_weights is None:
            return self.loss.exact_total(z, self.exact_targets)
        terms = []
        for one, y, s in zip(z, self.exact_targets, self.entry_weights, strict=True):
            if s == 0:
                continue
            term = self.loss.exact_value(one, y)
            if term is None:
                return None
            terms.append(s * term)
        return exact_sum(terms)

    def exact_dual(self, v: Sequence[Fraction]) -> Fraction | None:
        """Return ``-f*(-v)`` exactly, or slightly less; None outside the domain."""
        if self.entry_weights is None:
            return self.loss.exact_dual_total(v, self.exact_targets)
        terms = []
        for one, y, s in zip(v, self.exact_targets, self.entry_weights, strict=True):
            if s == 0:
                if one:
                    return None
                continue
            term = self.loss.exact_dual(one / s, y)
            if term is None:
                return None
            terms.append(s * term)
        return exact_sum(terms)

    def rescaled(self) -> tuple[Fit, float, Fraction]:
        """Return a fit with targets and weights of size one: ``f(c z) = k f'(z)``; f', c and k.

        c and k are powers of two; k need not be within float64.
        """
        scales = self.loss.scales
        unit = Fraction(power_of_two(self.targets)) if scales else Fraction(1)
        heaviest = Fraction(power_of_two(self.weights)) if self.exact_weights else Fraction(1)
        loss, value = self.loss.rescaled(unit)
        if unit == heaviest == 1:
            return self, 1.0, value
        targets = tuple(y / unit for y in self.exact_targets) if scales else self.exact_targets
        weights = tuple(s / heaviest for s in self.exact_weights) if self.exact_weights else None
        return Fit(loss, targets, weights, self.outputs), float(unit), value * heaviest

    def bent(self, z: Floats, design: Floats) -> Floats:
        """Return R J for a design J of shape (n, c, q): R^T R is the second derivative at z.

        For losses without kinks.
        """
        _, rate = self.answer(z)
        return np.asarray(np.sqrt(rate).reshape(-1, self.outputs, 1) * design)

    def best_constant(self, curvature: float) -> Any:
        """Return the b that minimizes ``f(b 1) + curvature b^2 / 2``; of several outputs, one each.

        Where there is none, a large one: the logistic loss of a single class.
        """
        if self.outputs > 1:
            return np.array([self.column(j).best_constant(curvature) for j in range(self.outputs)])
        fit, unit, value = self.rescaled()
        step = Fraction(unit)
        bend = min(round_down(Fraction(curvature) * step * step / value), _STEEP)
        return unit * fit._constant(bend)  # noqa: SLF001 - its own class

    def _constant(self, bend: float) -> float:
        """Return the best constant for targets of size one."""
        ones = np.ones(len(self.exact_targets))

        def slope(b: float) -> float:
            v, _ = self.answer(b * ones, pull=_SHARP if self.pulled else 0.0)
            return bend * b - math.fsum(v)

        counted = self.targets[self.weights > 0.0]
        # Beyond all targets no loss falls, but the logistic.
        low, high = min(float(counted.min()), 0.0), max(float(counted.max()), 0.0)
        while slope(low) > 0.0 and low > -_FAR:
            low = 2.0 * low - 1.0
        while slope(high) < 0.0 and high < _FAR:
            high = 2.0 * high + 1.0
        if slope(low) >= 0.0:
            best = low
        elif slope(high) <= 0.0:
            best = high
        else:
            best = _root(slope, low, high)
        if not (self.pulled or self.loss.scales):
            return best
        # Equal targets, or a kink, are met up to rounding: look at the nearest ones.
        below = float(counted[counted <= best].max(initial=counted.min()))
        above = float(counted[counted >= best].min(initial=counted.max()))
        return min((below, above, best), key=lambda b: self.value(b * ones) + bend * b * b / 2)


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling or rising function of finite values crosses zero."""
    with extra:
        from scipy.optimize import brentq

    # Without convergence the last point: nothing rests on it.
    point, _ = brentq(
        slope, low, high, xtol=1e-300, rtol=1e-15, maxiter=300, full_output=True, disp=False
    )
    return float(point)


def _total(terms: Floats) -> float:
    """Add floats, correctly rounded where the sum is within float64."""
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):  # beyond float64, or infinities of both signs
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.sum(terms))
