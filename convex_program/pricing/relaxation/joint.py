"""The relaxation of training itself: the dual vector is free, and both signs of it are bounded at once.

Training asks for ``min f(Phi) + beta (sum of masses)``, Phi the masses times outputs of neurons of cost 1.  Relaxed, each sign has a
matrix Z of products of (1, p, m, kappa u) with any mass: Z_11 = t, trace Z_uu = kappa^2 t; its outputs are the products of 1
with p.  The iteration is that of `convex_program.pricing.relaxation.splitting` but for one thing: products of 1 with p and masses now
minimize ``f + beta (t_+ + t_-)`` beside their distance from what W says.  Row by row that is one equation in the output z,

    z = M g (a_+ - a_-),  a_s = N(T_s + s g v/(2 beta rho)),  v = -f'(z),

N the nearest number 0 or more, in view of the products with u (`convex_program.pricing.relaxation.circular`), which grows in z and is solved by Newton's method; M is a unit of mass, g a unit of products.  v is the dual vector.  It need
not be the best one: each v that comes up is priced by the multipliers that come up with it, and certified.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convex_program.blas import one_blas_thread
from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.relaxation.certificate import Multipliers, lengths_up
from convex_program.pricing.relaxation.circular import lengths, nearest, nearest_x
from convex_program.pricing.relaxation.levels import least_bound
from convex_program.pricing.relaxation.lifted import LiftedRows, lifted_rows
from convex_program.pricing.relaxation.splitting import (
    KAPPA,
    RELAXED,
    Crossed,
    Singles,
    Splitting,
    turned_multipliers,
)
from convex_program.pricing.signed import signed_rows

_FAINT = 1e-3
"""Rows with a dual weight below this part of the largest one are scaled as if they had it."""
_NEWTON = 4
_FIRST, _MORE, _MOST = 60, 1.3, 2_000
"""Steps before the first certificate, growth from one to the next, and at most."""
_LEAST_MASS = 0.05
"""Part of all mass at which a sign without neurons begins."""


@dataclass(frozen=True, eq=False)
class Neurons:
    """A network in coordinates of the reduced rows: unit vectors, masses, and signs of their outputs."""

    directions: Floats
    masses: Floats
    signs: Floats


class _Side:
    """One sign: its iteration, and what is asked of 1, the trace, and 1 with p."""

    def __init__(self, lifted: LiftedRows, points: Floats, mass: float, units: Floats) -> None:
        self.iteration = Splitting(lifted, points, scale=1.0, mass=mass)
        self.g = 1.0 / (self.iteration.unit * units)
        self.lengths = self.iteration.unit * np.linalg.norm(lifted.rows, axis=1)
        self.mass = mass
        self.a, self.y = (x.astype(np.float64) for x in (self.iteration.p1, self.iteration.pu))
        self.U, self.V = np.zeros(self.a.shape), np.zeros(self.y.shape)
        self.one = self.shift = 0.0

    def target(self) -> Floats:
        """Return T for the products of 1 with p, before f is asked; `length` is that of those with u."""
        it, rest = self.iteration, 1.0 - float(RELAXED)
        self._T = float(RELAXED) * it.new_p1 + rest * self.a + self.U
        self._Y = float(RELAXED) * it.new_pu + rest * self.y + self.V
        self.length = lengths(self._Y)
        return np.asarray(self._T)

    def settle(self, added: Floats) -> Crossed:
        """Keep the products that f has chosen by what it adds, choose the mass; return what is to be crossed."""
        it, r, rho = self.iteration, self.iteration.r, self.iteration.rho
        at = nearest(self._T + added, self._Y, KAPPA)
        self.a, self.U = at.x, self._T - at.x
        self.y, self.V = at.y, self._Y - at.y
        T = float(RELAXED) * it.new_one + (1.0 - float(RELAXED)) * self.mass + self.one
        before, trace = self.shift, it.trace + r * self.shift
        t = max(0.0, (T + KAPPA**2 * trace / r - 1.0 / rho) / (1.0 + KAPPA**4 / r))
        self.mass, self.one = t, T - t
        self.shift = (trace - KAPPA**2 * t) / r
        p1, pu = 2.0 * self.a - self._T, 2.0 * self.y - self._Y
        return Crossed(
            p1.astype(np.float32), pu.astype(np.float32), 2.0 * t - T, before - 2.0 * self.shift
        )


class JointRelaxation:
    """The iteration over both signs and the dual vector.

    Parameters
    ----------
    fit : Fit
        Of a loss without kinks.
    decay : float
    reduced : ReducedRows
        Each line holds one row at most, with a positive ratio, and neurons are idle on one side.
    vector : (n,) float64
        A dual vector near which to begin, and
    network : Neurons
        a network.
    """

    def __init__(
        self, fit: Fit, decay: float, reduced: ReducedRows, vector: Floats, network: Neurons
    ) -> None:
        self.fit, self.decay, self.reduced = fit, decay, reduced
        self.row = np.flatnonzero(reduced.ratio > 0.0)
        order = np.argsort(reduced.line_of[self.row])
        self.row = self.row[order]
        slope = float(reduced.activation.on) * np.ldexp(reduced.ratio[self.row], reduced.shift)
        sizes = np.abs(vector[self.row])
        units = slope * np.maximum(sizes, _FAINT * sizes.max(initial=0.0)) / decay
        self.mass = float(network.masses.sum()) or 1.0
        lifted = LiftedRows.plain(units[:, np.newaxis] * reduced.lines)
        self.sides = []
        for sign in (1.0, -1.0):
            mine = network.signs == sign
            points = network.directions[mine] if mine.any() else network.directions
            part = float(network.masses[mine].sum()) / self.mass if mine.any() else _LEAST_MASS
            weights = np.maximum(sizes, _FAINT * sizes.max(initial=0.0)) / decay
            self.sides.append(_Side(lifted, points, max(part, _LEAST_MASS), weights))
        self.z = np.zeros(len(vector))
        self.v = vector.copy()

    def step(self, threads: ThreadPoolExecutor) -> None:
        """Take one step."""
        list(threads.map(_averaged, self.sides))
        chosen = self._answered()
        settled = [side.settle(added) for side, added in zip(self.sides, chosen, strict=True)]
        list(threads.map(_crossed, self.sides, settled))

    def _answered(self) -> tuple[Floats, Floats]:
        """Solve for the outputs; set v and return what it adds to T for both signs."""
        up, down = (side.target() for side in self.sides)
        g, rho = self.sides[0].g, self.sides[0].iteration.rho
        step = g / (2.0 * rho * self.decay)
        row, z = self.row, self.z
        for turn in range(_NEWTON + 1):
            v, rate = self.fit.answer(z)
            added = step * v[row]
            if turn == _NEWTON:
                break
            plus, rising = nearest_x(up + added, self.sides[0].length, KAPPA)
            minus, falling = nearest_x(down - added, self.sides[1].length, KAPPA)
            missing = z[row] - self.mass * g * (plus - minus)
            z = z.copy()
            z[row] -= missing / (1.0 + self.mass * g * step * rate[row] * (rising + falling))
        self.z, self.v = z, v
        return added, -added

    def bound(self, vector: Floats) -> float:
        """Return a certified bound of the price of a vector, by the multipliers so far."""
        bounds = []
        for sign, side in zip((1, -1), self.sides, strict=True):
            rows = signed_rows(self.reduced, vector, sign)
            if not rows.rising:
                bounds.append(rows.outer_bound(rows.idle_bound))
                continue
            nowhere = np.empty((0, self.reduced.rank))
            lifted = lifted_rows(rows, len(rows.rows), nowhere, wanted=side.lengths[rows.lines])
            try:
                by = self._carried(side, sign, vector, rows.lines, lifted)
            except ArgumentError:  # not a number any more
                return math.inf
            shown = least_bound(lifted, by)
            inner = np.ldexp(shown.bound, lifted.shift) * (1.0 + 2.0**-45)
            bounds.append(rows.relaxed_bound(float(inner)))
        return max(bounds)

    def _carried(
        self,
        side: _Side,
        sign: int,
        vector: Floats,
        lines: npt.NDArray[np.intp],
        lifted: LiftedRows,
    ) -> Multipliers:
        """Return the multipliers of one sign in the units of other rows."""
        it = side.iteration
        chosen = lines[lifted.kept]
        factor = side.lengths[chosen] / np.linalg.norm(lifted.rows, axis=1)
        total = lifted.shift + signed_rows(self.reduced, vector, sign).shift
        size = np.ldexp(it.rho * self.decay, -total)
        both = size * np.outer(factor, factor)
        which = np.ix_(chosen, chosen)

        def pairs(state: Singles) -> Floats:
            weights = -both * np.minimum(state[which].astype(np.float64), 0.0)
            return np.asarray(0.5 * (weights + weights.T))

        mixed = it.pm[which].astype(np.float64)
        free = -np.diag(both) * np.diag(mixed)
        mixed = -both * np.minimum(mixed, 0.0)
        np.fill_diagonal(mixed, free)
        cost = 0.5 * sign * vector[self.row] * side.g / self.decay
        once = np.maximum(-it.rho * side.U - cost, 0.0) / it.rho
        vectors = (size * KAPPA) * factor[:, np.newaxis] * side.V[chosen]
        m1, mu = turned_multipliers(size * factor, it.m1[chosen], it.mu[chosen])
        return Multipliers(
            positive=pairs(it.pp),
            negative=pairs(it.mm),
            mixed=mixed,
            once_positive=np.maximum(size * factor * once[chosen], lengths_up(vectors)),
            once_negative=m1,
            turned_positive=vectors,
            turned_negative=mu,
        )


def _averaged(side: _Side) -> None:
    # Data of any size come here: what is no number proves nothing.
    with np.errstate(all="ignore"):
        side.iteration.average()


def _crossed(side: _Side, settled: Crossed) -> None:
    with np.errstate(all="ignore"):
        side.iteration.cross(settled)


def joint_bounds(
    joint: JointRelaxation, feasible: Callable[[Floats], Floats], deadline: float
) -> Iterator[tuple[Floats, float]]:
    """Yield dual vectors with certified bounds of their prices until time is up."""
    wanted, span, steps = _FIRST, float(_FIRST), 0
    with one_blas_thread(), ThreadPoolExecutor(2) as threads, np.errstate(all="ignore"):
        while True:
            while steps < wanted and time.perf_counter() < deadline:
                joint.step(threads)
                steps += 1
            vector = feasible(joint.v)
            yield vector, joint.bound(vector)
            if time.perf_counter() >= deadline:
                return
            span = min(_MOST, span * _MORE)
            wanted = steps + int(span)
