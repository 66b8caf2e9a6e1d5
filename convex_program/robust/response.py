"""What a network puts out while one row moves: a linear part and the neurons that may switch.

Derivation.  ``phi(t) = kink (t)_+ - off t``, so on one row, times a sign, the network is

    g(delta) = c + p.(x + delta) + sum_j C_j (t_j)_+,    t_j = w_j.(x + delta).

Over the ball t_j lies between two numbers l_j and u_j.  A neuron with ``l_j >= 0`` or ``u_j <= 0`` is *stable*:
linear, and part of p.  Of the others, those with ``C_j < 0`` are concave, those with ``C_j > 0`` convex.

An upper bound for the part of the ball where some convex neurons are on and some are off.  For any
multipliers

* ``C (t)_+ <= C (m t + max(-m l, (1 - m) u))``, ``0 <= m <= 1``, for convex neurons that may switch;
* ``C (t)_+ <= (C + m) t``, ``m >= 0``, where the neuron is on, and ``<= -m t`` where it is off;
* ``C (t)_+ <= C m t``, ``0 <= m <= 1``, for concave ones.

What is left is linear in delta, and its maximum over the ball is known in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.robust.ball import Ball

Floats = npt.NDArray[np.float64]
ExactRow: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True)
class Switch:
    """A neuron that is on at some points of the ball, off at others.

    Parameters
    ----------
    weight : Fraction
        C, its factor in g.
    vector : tuple of d Fraction
        w.
    low, high : Fraction
        l < 0 < u: t stays between them.
    """

    weight: Fraction
    vector: ExactRow
    low: Fraction
    high: Fraction


@dataclass(frozen=True, eq=False)
class Response:
    """The function g of one row, exactly.

    Parameters
    ----------
    row : tuple of d Fraction
        x.
    ball : Ball
    moving : tuple of int
        Columns that move.
    constant : Fraction
    slope : tuple of d Fraction
        p, stable neurons included.
    convex, concave : tuple of Switch
    """

    row: ExactRow
    ball: Ball
    moving: tuple[int, ...]
    constant: Fraction
    slope: ExactRow
    convex: tuple[Switch, ...]
    concave: tuple[Switch, ...]

    @classmethod
    def of(
        cls, neurons: Neurons, row: ExactRow, ball: Ball, moving: tuple[int, ...], sign: int
    ) -> Response:
        """Return sign times the network around a row."""
        slope = [sign * t for t in neurons.slope]
        convex: list[Switch] = []
        concave: list[Switch] = []
        for weight, vector, reach in neurons.kinks:
            middle = _dot(vector, row)
            low, high = middle - reach, middle + reach
            if high <= 0:
                continue
            factor = sign * weight
            if low >= 0:
                slope = [p + factor * w for p, w in zip(slope, vector, strict=True)]
                continue
            switch = Switch(factor, vector, low, high)
            (convex if factor > 0 else concave).append(switch)
        return cls(
            row,
            ball,
            moving,
            sign * neurons.constant,
            tuple(slope),
            tuple(convex),
            tuple(concave),
        )

    def bound(
        self, states: Sequence[int], convex: Sequence[Fraction], concave: Sequence[Fraction]
    ) -> Fraction:
        """Return an upper bound of g where convex neurons are in given states.

        Parameters
        ----------
        states : sequence of int
            1 on, -1 off, 0 either, for each convex neuron.
        convex, concave : sequences of Fraction
            Multipliers; what is out of range is brought back.
        """
        total, slope = self.constant, list(self.slope)
        for switch, state, given in zip(self.convex, states, convex, strict=True):
            m = max(given, Fraction(0))
            if state == 0:
                m = min(m, Fraction(1))
                total += switch.weight * max(-m * switch.low, (1 - m) * switch.high)
                factor = switch.weight * m
            else:
                factor = switch.weight + m if state > 0 else -m
            slope = [p + factor * w for p, w in zip(slope, switch.vector, strict=True)]
        for switch, given in zip(self.concave, concave, strict=True):
            factor = switch.weight * min(max(given, Fraction(0)), Fraction(1))
            slope = [p + factor * w for p, w in zip(slope, switch.vector, strict=True)]
        return total + _dot(slope, self.row) + self._reach(slope)

    def excludes(self, states: Sequence[int], multipliers: Sequence[Fraction]) -> bool:
        """Whether multipliers show that no point of the ball has neurons in these states.

        At such a point ``sum m s t >= 0``, and its largest value over the ball is known.
        """
        slope = [Fraction(0)] * len(self.row)
        for switch, state, given in zip(self.convex, states, multipliers, strict=True):
            factor = state * max(given, Fraction(0))
            slope = [p + factor * w for p, w in zip(slope, switch.vector, strict=True)]
        return _dot(slope, self.row) + self._reach(slope) < 0

    def _reach(self, slope: Sequence[Fraction]) -> Fraction:
        return self.ball.reach([slope[j] for j in self.moving])

    def first_bound(self) -> Fraction:
        """Return the bound over the whole ball that needs no solver: chords and slopes in proportion."""
        chords = [s.high / (s.high - s.low) for s in (*self.convex, *self.concave)]
        k = len(self.convex)
        return self.bound([0] * k, chords[:k], chords[k:])

    def value(self, delta: ExactRow) -> Fraction:
        """Return g at a perturbation of the moving columns, exactly."""
        point = list(self.row)
        for j, t in zip(self.moving, delta, strict=True):
            point[j] += t
        switched = sum(
            (
                s.weight * max(_dot(s.vector, point), Fraction(0))
                for s in (*self.convex, *self.concave)
            ),
            Fraction(0),
        )
        return self.constant + _dot(self.slope, point) + switched

    @cached_property
    def floats(self) -> FloatResponse:
        """The same in floats of size one, whatever the sizes of data, weights and ball are."""
        moved, radius = list(self.moving), self.ball.radius
        switches = (*self.convex, *self.concave)
        spans = [s.high - s.low for s in switches]
        slope = [radius * self.slope[j] for j in moved]
        gains = [s.weight * span for s, span in zip(switches, spans, strict=True)]
        unit = max((abs(t) for t in (*slope, *gains)), default=Fraction(0)) or Fraction(1)
        vectors = [
            [float(radius * s.vector[j] / span) for j in moved]
            for s, span in zip(switches, spans, strict=True)
        ]
        return FloatResponse(
            slope=np.array([float(t / unit) for t in slope]),
            gains=np.array([float(t / unit) for t in gains]),
            vectors=np.array(vectors).reshape(len(switches), len(moved)),
            middles=np.array(
                [
                    float((s.low + s.high) / 2 / span)
                    for s, span in zip(switches, spans, strict=True)
                ]
            ),
            convex=len(self.convex),
            units=tuple(unit / span for span in spans[: len(self.convex)]),
        )


@dataclass(frozen=True, eq=False)
class FloatResponse:
    """g in floats, at ``delta = radius d``: ``slope.d + sum gains (middles + vectors d)_+`` up to a unit and a constant.

    Convex neurons come first; t is in units of what it can change by, so it stays within ``middles -+ 1/2``.
    ``units`` turn multipliers of the states of convex neurons into those of g.
    """

    slope: Floats
    gains: Floats
    vectors: Floats
    middles: Floats
    convex: int
    units: tuple[Fraction, ...]

    @property
    def chords(self) -> Floats:
        """The slopes of the chords of ``(t)_+``: how much of a neuron's range is above zero."""
        return np.clip(self.middles + 0.5, 0.0, 1.0)

    def value(self, d: Floats) -> float:
        """Return g at d, up to its unit and constant."""
        t = self.middles + self.vectors @ d
        return float(self.slope @ d + self.gains @ np.maximum(t, 0.0))

    def gradient(self, d: Floats) -> Floats:
        """Return a generalized gradient at d."""
        on = self.middles + self.vectors @ d > 0.0
        return np.asarray(self.slope + (self.gains * on) @ self.vectors)


@dataclass(frozen=True, eq=False)
class Neurons:
    """A network as ``constant + slope.x + sum_j C_j (w_j.x)_+``, exactly.

    Parameters
    ----------
    constant : Fraction
    slope : tuple of d Fraction
    kinks : tuple of (Fraction, tuple of d Fraction, Fraction)
        C, w and by how much ``w.x`` may change over the ball, or slightly more.
    """

    constant: Fraction
    slope: ExactRow
    kinks: tuple[tuple[Fraction, ExactRow, Fraction], ...]

    @classmethod
    def of(cls, network: Network, ball: Ball, moving: tuple[int, ...]) -> Neurons:
        """Read a network with one output."""
        off, kink = network.activation.off, network.activation.kink
        slope = [Fraction(0)] * network.features
        kinks = []
        for j in network.active().tolist():
            alpha = Fraction(float(network.output[j, 0]))
            vector = tuple(Fraction(t) for t in network.hidden[j].tolist())
            slope = [p - off * alpha * w for p, w in zip(slope, vector, strict=True)]
            if kink:
                kinks.append((alpha * kink, vector, ball.reach([vector[i] for i in moving])))
        return cls(Fraction(float(network.output_bias)), tuple(slope), tuple(kinks))


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((s * t for s, t in zip(a, b, strict=True)), Fraction(0))
