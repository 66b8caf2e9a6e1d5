"""The relaxation of training itself: the dual vector is free, and both signs of it are bounded at once.

Training asks for ``min f(Phi) + beta (sum of masses)``, Phi the masses times outputs of neurons of cost 1.  Relaxed, each sign has a
matrix Z of products of (1, p, m, kappa u) with any mass: Z_11 = t, trace Z_uu = kappa^2 t; its outputs are the products of 1
with on p + off m.  The iteration is that of `convex_program.pricing.relaxation.splitting` but for one thing: products of 1 with
p and m, and masses, now minimize ``f + beta (t_+ + t_-)`` beside their distance from what W says.  Row by row that is one
equation in the output z,

    z = M g sum over signs s of s (on a_s + off c_s),    v = -f'(z + b),
    a_s = N(T_s + s on g v/(2 beta rho)),    c_s = N(T'_s + s off g v/(2 beta rho)),

N the nearest number 0 or more, in view of the products with u (`convex_program.pricing.relaxation.circular`).  It grows in z
and is solved by Newton's method; M is a unit of mass, g a unit of products, b an output bias, with one equation
more: the v add up to what its penalty answers.  A loss with kinks is smoothed by a pull to the v of the step before, and where the
steps come to rest the pull is nothing.  v is the dual vector.  It need not be the best one: each v that comes up
is priced by the multipliers that come up with it, and certified.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from convex_program.blas import one_blas_thread
from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.relaxation.certificate import Weights, lengths_up
from convex_program.pricing.relaxation.circular import Singles, lengths, nearest, nearest_x
from convex_program.pricing.relaxation.levels import least_bound
from convex_program.pricing.relaxation.lifted import LiftedRows, lifted_rows
from convex_program.pricing.relaxation.splitting import (
    KAPPA,
    RELAXED,
    Alternation,
    Crossed,
    Splitting,
)
from convex_program.pricing.signed import SignedRows, signed_rows

_FAINT = 1e-3
"""Rows with a dual weight below this part of the largest one are scaled as if they had it."""
_NEWTON = 4
_FIRST, _MORE, _MOST = 60, 1.3, 2_000
"""Steps before the first certificate, growth from one to the next, and at most."""
_CERTIFYING = 4.0
"""The first certificate takes so many times the longest step, one with a whole eigendecomposition."""
_LEAST_MASS = 0.05
"""Part of all mass at which a sign without neurons begins."""


@dataclass(frozen=True, eq=False)
class Neurons:
    """A network in coordinates of the reduced rows: unit vectors, masses, signs of their outputs, the output bias."""

    directions: Floats
    masses: Floats
    signs: Floats
    bias: float = 0.0


class _Seen:
    """Products of p, or of m, with 1 and kappa u, which the loss sees with a gain."""

    def __init__(self, x: Singles, y: Singles, gain: float) -> None:
        self.x, self.y, self.gain = x.astype(np.float64), y.astype(np.float64), gain
        self.U, self.V = np.zeros(self.x.shape), np.zeros(self.y.shape)

    def average(self, new_x: Singles, new_y: Singles) -> None:
        """Let the products of W go into the states, before the loss is asked."""
        a, rest = float(RELAXED), 1.0 - float(RELAXED)
        self.X, self.Y = a * new_x + rest * self.x + self.U, a * new_y + rest * self.y + self.V
        self.length = lengths(self.Y)

    def settle(self, added: Floats) -> tuple[Singles, Singles]:
        """Keep the products that the loss has chosen by what it adds; return what is to be crossed."""
        at = nearest(self.X + self.gain * added, self.Y, KAPPA)
        self.x, self.U = at.x, self.X - at.x
        self.y, self.V = at.y, self.Y - at.y
        x, y = 2.0 * self.x - self.X, 2.0 * self.y - self.Y
        return x.astype(np.float32), y.astype(np.float32)


class _Side:
    """One sign: its iteration, and what is asked of 1, the trace, and p and m with 1 and u."""

    def __init__(
        self, sign: int, iteration: Alternation[Any], units: Floats, gains: tuple[float, float]
    ) -> None:
        self.sign, self.iteration = sign, iteration
        self.g = 1.0 / (iteration.unit * units)
        self.lengths = iteration.unit * np.linalg.norm(iteration.lifted.rows, axis=1)
        self.mass = float(iteration.new_one)
        self.p = _Seen(iteration.p1, iteration.pu, gains[0])
        self.m = _Seen(iteration.m1, iteration.mu, gains[1])
        self.one = self.shift = 0.0

    def average(self) -> None:
        """First half of a step."""
        it = self.iteration
        it.average()
        self.p.average(it.new_p1, it.new_pu)
        self.m.average(it.new_m1, it.new_mu)

    def outputs(self, added: Floats) -> tuple[Floats, Floats]:
        """Return what the products put out, in their units, and how fast that grows with `added`."""
        total, rates = np.zeros(len(added)), np.zeros(len(added))
        for seen in (self.p, self.m):
            if seen.gain:
                x, rate = nearest_x(seen.X + (self.sign * seen.gain) * added, seen.length, KAPPA)
                total += (self.sign * seen.gain) * x
                rates += seen.gain**2 * rate
        return total, rates

    def settle(self, added: Floats) -> Crossed:
        """Keep the products that the loss has chosen, choose the mass; return what is to be crossed."""
        it, r, rho = self.iteration, self.iteration.r, self.iteration.rho
        p1, pu = self.p.settle(self.sign * added)
        m1, mu = self.m.settle(self.sign * added)
        T = float(RELAXED) * it.new_one + (1.0 - float(RELAXED)) * self.mass + self.one
        before, trace = self.shift, it.trace + r * self.shift
        t = max(0.0, (T + KAPPA**2 * trace / r - 1.0 / rho) / (1.0 + KAPPA**4 / r))
        self.mass, self.one = t, T - t
        self.shift = (trace - KAPPA**2 * t) / r
        return Crossed(p1, pu, m1, mu, 2.0 * t - T, before - 2.0 * self.shift)


class JointRelaxation:
    """The iteration over both signs and the dual vector.

    Parameters
    ----------
    fit : Fit
    decay : float
    reduced : ReducedRows
        Each line holds one row at most, with a positive ratio.
    vector : (n,) float64
        A dual vector near which to begin, and
    network : Neurons
        a network.
    bend : float, optional
        Of the output bias, as `OutputBias.bend` has it; None where there is none.
    kind : type of Alternation
        Which products are multiplied.
    """

    def __init__(
        self,
        fit: Fit,
        decay: float,
        reduced: ReducedRows,
        vector: Floats,
        network: Neurons,
        *,
        bend: float | None = None,
        kind: type[Alternation[Any]] = Splitting,
    ) -> None:
        self.fit, self.decay, self.bend, self.reduced = fit, decay, bend, reduced
        self.row = np.flatnonzero(reduced.ratio > 0.0)
        order = np.argsort(reduced.line_of[self.row])
        self.row = self.row[order]
        sizes = np.abs(vector[self.row])
        weights = np.maximum(sizes, _FAINT * sizes.max(initial=0.0)) / decay
        units = np.ldexp(reduced.ratio[self.row], reduced.shift) * weights
        self.mass = float(network.masses.sum()) or 1.0
        lifted = LiftedRows.plain(units[:, np.newaxis] * reduced.lines)
        gains = float(reduced.activation.on), float(reduced.activation.off)
        self.sides = []
        for sign in (1, -1):
            mine = network.signs == sign
            points = network.directions[mine] if mine.any() else network.directions
            part = float(network.masses[mine].sum()) / self.mass if mine.any() else _LEAST_MASS
            iteration = kind(lifted, points, scale=1.0, mass=max(part, _LEAST_MASS))
            self.sides.append(_Side(sign, iteration, weights, gains))
        self.z, self.bias = np.zeros(len(vector)), network.bias
        self.v = vector.copy()
        g = self.sides[0].g
        self._step = g / (2.0 * self.sides[0].iteration.rho * decay)
        # a loss with kinks is met by proximal steps: as much of one as products move
        reach = self.mass * float(np.mean(g * self._step)) * (gains[0] ** 2 + gains[1] ** 2)
        self._pull = reach if fit.pulled else 0.0
        # the same for the bias, about which a flat loss says nothing
        self._drag = len(vector) / reach if reach > 0.0 else 1.0

    def step(self, threads: ThreadPoolExecutor) -> None:
        """Take one step."""
        list(threads.map(_averaged, self.sides))
        added = self._answered()
        settled = [side.settle(added) for side in self.sides]
        list(threads.map(_crossed, self.sides, settled))

    def _answered(self) -> Floats:
        """Solve for the outputs and the bias; set v and return what it adds to the products seen."""
        row, z, bias, anchor = self.row, self.z, self.bias, self.v
        scale = self.mass * self.sides[0].g
        for turn in range(_NEWTON + 1):
            v, rate = self.fit.answer(z + bias, anchor, self._pull)
            added = self._step * v[row]
            if turn == _NEWTON:
                break
            total, rates = map(sum, zip(*(side.outputs(added) for side in self.sides), strict=True))
            missing = z.copy()
            missing[row] -= scale * total
            grown = np.ones(len(z))
            grown[row] += scale * self._step * rate[row] * rates
            turned = 0.0
            if self.bend is not None:
                # sum v = bend bias + drag (bias - old bias), with z following the bias
                slope = float(np.sum(rate / grown)) + self.bend + self._drag
                asked = float(v.sum() + np.sum(rate * missing / grown)) - self.bend * bias
                turned = (asked - self._drag * (bias - self.bias)) / slope
            z = z - (missing + (grown - 1.0) * turned) / grown
            bias += turned
        self.z, self.bias, self.v = z, bias, v
        return np.asarray(added)

    def bound(self, vector: Floats, threads: ThreadPoolExecutor) -> float:
        """Return a certified bound of the price of a vector, by the multipliers so far."""
        return max(threads.map(lambda side: self._bounded(side, vector), self.sides))

    def _bounded(self, side: _Side, vector: Floats) -> float:
        """Return the bound of one sign."""
        rows = signed_rows(self.reduced, vector, side.sign)
        if not rows.rising:
            return rows.outer_bound(rows.idle_bound)
        nowhere = np.empty((0, self.reduced.rank))
        lifted = lifted_rows(rows, len(rows.rows), nowhere, wanted=side.lengths[rows.lines])
        if len(lifted.rows) == 0:
            return math.inf
        # Data of any size come here: what is no number proves nothing.
        with np.errstate(all="ignore"):
            try:
                by = self._carried(side, rows, vector, lifted)
            except ArgumentError:  # not a number any more
                return math.inf
            shown = least_bound(lifted, by)
            inner = np.ldexp(shown.bound, lifted.shift) * (1.0 + 2.0**-45)
        return rows.relaxed_bound(float(inner))

    def _carried(
        self,
        side: _Side,
        rows: SignedRows,
        vector: Floats,
        lifted: LiftedRows,
    ) -> Weights:
        """Return the multipliers of one sign in the units of other rows."""
        it = side.iteration
        chosen = rows.lines[lifted.kept]
        factor = side.lengths[chosen] / np.linalg.norm(lifted.rows, axis=1)
        total = lifted.shift + rows.shift
        size = float(np.ldexp(it.rho * self.decay, -total))
        cost = side.sign * (vector[self.row] * self._step)[chosen]
        p, m = (
            _turned(size * factor, -seen.U[chosen] - seen.gain * cost, seen.V[chosen])
            for seen in (side.p, side.m)
        )
        weights: Weights = it.carried(chosen, factor, size, (p, m))
        return weights


def _turned(units: Floats, x: Floats, V: Floats) -> tuple[Floats, Floats]:
    """Return multipliers of products with 1 and with u."""
    vectors = KAPPA * units[:, np.newaxis] * V
    return np.maximum(units * np.maximum(x, 0.0), lengths_up(vectors)), vectors


def _averaged(side: _Side) -> None:
    # Data of any size come here: what is no number proves nothing.
    with np.errstate(all="ignore"):
        side.average()


def _crossed(side: _Side, settled: Crossed) -> None:
    with np.errstate(all="ignore"):
        side.iteration.cross(settled)


def joint_bounds(
    joint: JointRelaxation, feasible: Callable[[Floats], Floats], deadline: float
) -> Iterator[tuple[Floats, float]]:
    """Yield dual vectors with certified bounds of their prices until time is up.

    The last certificate is begun early enough to end in time if it takes as long as the one before; where not
    even the first one ends in time, there is none.
    """
    wanted, span, steps, certifying = _FIRST, float(_FIRST), 0, 0.0
    with one_blas_thread(), ThreadPoolExecutor(2) as threads, np.errstate(all="ignore"):
        first, began = True, time.perf_counter()
        while True:
            while steps < wanted and began + certifying < deadline:
                joint.step(threads)
                steps, before, began = steps + 1, began, time.perf_counter()
                if first:
                    certifying = max(certifying, _CERTIFYING * (began - before))
            if first and began >= deadline:
                return
            vector = feasible(joint.v)
            yield vector, joint.bound(vector, threads)
            first, before, began = False, began, time.perf_counter()
            certifying = began - before
            if began + certifying >= deadline:
                return
            span = min(_MOST, span * _MORE)
            wanted = steps + int(span)
