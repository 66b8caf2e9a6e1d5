"""Active-set Newton method on the neurons of a network.

Minimises F(w_1..w_m, b) = f(sum_k s_k phi(X w_k) + b) + beta sum_k |w_k| + bend b^2 / 2 from a given
network, where the norm counts the decayed coordinates.  Three loops, the inner ones compiled:

* *Newton*, for a loss that is a diagonal quadratic.  Within one linear piece F is convex and smooth
  away from zero neurons; the exact line search crosses pieces downhill and stops on the kinks that
  attract, which become equations.  When the reduced gradient vanishes, a kink whose multiplier
  leaves its interval is released.  F never increases.  At the end the network is optimal for the
  convex program over all cells whose closure contains one of its neurons.
* *Models*, for other smooth losses: the quadratic with the loss's own derivatives at the present
  outputs, its rates raised to a part of the steepest ones until F falls; at the whole of them it
  has to, because that quadratic is nowhere below f.
* *Anchors*, for losses with kinks: f smoothed by ``max_v D(v) - v.z - pull/2 |v - anchor|^2``; the
  anchor follows v and the pull falls (the method of multipliers for z = sum of the neurons).
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from arrangements.extras import extra
from convex_program.solvers.ground import Floats, Ground, Neurons, Point

_LEAST_PART = 1e-8  # of the steepest rates, that a model has at least
_FIRST_PART = 1e-3
_LIFTED = 1e-2  # the least part after a model that led upwards: each try is a solve of its own
_MODELS = 40  # of one smooth loss
_STEPS = 60  # of Newton's method on one model: the next model is nearer
_ANCHORS = 60
_FIRST_PULL, _LEAST_PULL = 1e-1, 1e-4
_FALLING = 0.2  # the pull, from anchor to anchor
_FEW, _MANY = 12, 60  # Newton steps for one anchor
_TRIES = 3
_MET = 1e-10  # relative move of v between anchors
_SETTLED = 1e-14  # relative fall of F below which another model is not worth it
_NOISE = 1e-15
_ROUNDING = 2.0**-50
_VANISHED = 1e-8  # a neuron shrunk by this factor in one step is gone
_NEGLIGIBLE = 1e-10  # and so is one this much smaller than the largest; pricing would recall it


def best_bias(model: Any, z: Floats) -> float:
    """Return the best output bias of a model for outputs without one."""
    return float(model.share * (model.target - model.rate * z).sum())


class Polisher:
    """The Newton method on one ground.

    It remembers the anchor and by how much the last model had to be raised: the next polish
    begins there.  After ``deadline``, a reading of the clock, it returns what it has.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._part = _FIRST_PART
        self._anchor = np.zeros(len(ground.X))
        self._pull = _FIRST_PULL
        self.deadline = math.inf

    def anchor_at(self, v: Floats) -> None:
        """Begin the next polish with this dual vector."""
        self._anchor = v

    def start(self) -> Point:
        """Return the best point without neurons."""
        n, d = self.ground.X.shape
        return self.polish(Neurons.empty(n, d), 0.0)[0]

    def objective(self, net: Neurons, bias: float) -> float:
        """Return F by state."""
        ground = self.ground
        z = net.output(ground.X, ground.gains) + bias
        return ground.fit.value(z) + ground.penalty(float(ground.costs(net.w).sum()), bias)

    def model(self, z: Floats, v: Floats, rate: Floats) -> Any:
        """Return the quadratic with derivative v at outputs z and these rates, for the kernels."""
        from convex_program.kernels import Model

        ground = self.ground
        return Model(
            ground.X, ground.lengths, v + rate * z, rate, ground.share(rate), ground.beta,
            ground.decayed, ground.gains,
        )  # fmt: skip

    def quadratic(self, point: Point, part: float | None = None) -> Any:
        """Return the model at a point, its rates at least that part of the steepest ones."""
        ground = self.ground
        z = point.net.output(ground.X, ground.gains) + point.bias
        pull = _FIRST_PULL if ground.fit.pulled else 0.0
        v, rate = ground.fit.answer(z, point.v, pull)
        least = self._part if part is None else part
        return self.model(z, v, np.maximum(rate, least * ground.fit.steepest(pull)))

    def polish(self, net: Neurons, bias: float, v: Floats | None = None) -> tuple[Point, int]:
        """Descend until stationary over the adjacent cells; also return the Newton steps taken.

        Parameters
        ----------
        net : Neurons
        bias : float
        v : (n,) float64, optional
            What the loss answers with at this start, where that is known: the first anchor.
        """
        if not self.ground.fit.pulled:
            return self._smooth(net, bias, self._anchor, 0.0)
        start = Point(net, bias, self._anchor if v is None else v, self.objective(net, bias))
        steps = 0
        for _ in range(_TRIES):
            self._anchor = start.v
            point, more = self._anchored(net.take(np.arange(len(net.w))), bias)
            steps += more
            if point.objective <= start.objective * (1.0 + _NOISE):
                return point, steps
            # The smoothed loss has led away: one that is smoothed less stays nearer.
            self._pull = max(_LEAST_PULL, 0.1 * self._pull)
        self._anchor = start.v
        return start, steps

    def _anchored(self, net: Neurons, bias: float) -> tuple[Point, int]:
        """Let the anchor follow v while the pull falls; keep the point with the least F."""
        steps = 0
        best: Point | None = None
        self._part = max(self._part, _FIRST_PART)
        pull, before = self._pull, math.inf
        for _ in range(_ANCHORS):
            point, more = self._smooth(net, bias, self._anchor, pull)
            steps += more
            moved = float(np.abs(point.v - self._anchor).max(initial=0.0))
            self._anchor = point.v
            net, bias = point.net, point.bias
            point.objective = self.objective(net, bias)
            if best is None or point.objective <= best.objective:
                best = point
            settled = pull <= _LEAST_PULL and moved >= 0.5 * before
            if moved <= _MET * float(np.abs(point.v).max(initial=1e-300)) or settled:
                break
            if time.perf_counter() > self.deadline:
                break
            before = moved
            # A good anchor is known by little work: then a smaller pull gains more digits.
            if more <= _FEW:
                pull = max(_LEAST_PULL, _FALLING * pull)
            elif more > _MANY:
                pull = min(self._pull, pull / _FALLING)
        assert best is not None  # noqa: S101 - the loop runs
        return best, steps

    def _smooth(self, net: Neurons, bias: float, anchor: Floats, pull: float) -> tuple[Point, int]:
        """Minimise the loss smoothed by a pull, model after model."""
        ground = self.ground
        steep = ground.fit.steepest(pull)
        here, z, rate = self._point(net, bias, anchor, pull)
        steps = 0
        for _ in range(_MODELS):
            model = self.model(z, here.v, np.maximum(rate, self._part * steep))
            moved, taken = self._newton(here.net.take(np.arange(len(here.net.w))), model)
            steps += taken
            shift = best_bias(model, moved.output(ground.X, ground.gains))
            there, z_there, slope = self._point(moved, shift, anchor, pull)
            if there.objective > here.objective + _NOISE * abs(here.objective):
                if self._part >= 1.0 or time.perf_counter() > self.deadline:
                    break
                self._part = min(1.0, max(_LIFTED, 10.0 * self._part))
                continue
            fall = here.objective - there.objective
            exact = np.abs(there.v - (model.target - model.rate * z_there)).max()
            here, z, rate = there, z_there, slope
            if taken >= _STEPS:
                continue
            if time.perf_counter() > self.deadline:
                break
            if exact <= _SETTLED * max(1e-300, float(np.abs(here.v).max())):
                break  # the model is the loss itself
            if fall <= _SETTLED * abs(here.objective):
                break
            self._part = max(_LEAST_PART, 0.1 * self._part)
        return here, steps

    def _point(
        self, net: Neurons, bias: float, anchor: Floats, pull: float
    ) -> tuple[Point, Floats, Floats]:
        """Return a point with F of the smoothed loss, its outputs, and the rates there."""
        ground = self.ground
        z = net.output(ground.X, ground.gains) + bias
        v, rate = ground.fit.answer(z, anchor, pull)
        loss = ground.fit.smoothed(z, v, anchor, pull) if pull else ground.fit.value(z)
        objective = loss + ground.penalty(float(ground.costs(net.w).sum()), bias)
        return Point(net, bias, v, objective), z, rate

    def _newton(self, net: Neurons, model: Any, tol: float = 1e-13) -> tuple[Neurons, int]:
        """Descend on a model until stationary over the adjacent cells, or for some steps."""
        from convex_program import kernels

        ground = self.ground
        X, lengths, beta, gains = ground.X, ground.lengths, ground.beta, ground.gains
        net = self._merged(self._decaying(net))
        # v is a difference of numbers as large as the target: steep rates leave it few digits
        noise = _ROUNDING * float(np.abs(model.target) @ lengths)
        released_at = -1.0
        for iteration in range(_STEPS):
            if len(net.w) == 0 or time.perf_counter() > self.deadline:
                return net, iteration
            projections, values, v, norms, gradient, reduced = kernels.linearize(
                model, net.w, net.signs, net.states
            )
            stationarity = float(np.abs(reduced).max())
            slack = tol * (beta + np.abs(v) @ lengths) + noise
            if stationarity <= slack:
                if not kernels.release(
                    X, lengths, v, gradient, net.signs, gains, net.states, slack
                ):
                    return net, iteration
                continue
            steps = self._newton_step(net, model, norms, projections, reduced)
            keep = kernels.keep_useful(
                model, net.w, steps, norms, gradient, values, v, net.signs, net.states
            )
            if not keep.all():
                net = net.take(np.flatnonzero(keep))
                continue
            t, k, _, slope = kernels.line_search(
                model, v, net.states, net.signs, values, steps @ X.T, net.w, steps
            )
            if slope >= 0.0 or (t == 0.0 and k < 0):
                if released_at == t or not kernels.release(
                    X, lengths, v, gradient, net.signs, gains, net.states, slack
                ):
                    return net, iteration
                released_at = t
                continue
            released_at = -1.0
            net.w += t * steps
            gone = k >= 0 and not kernels.settle(X, lengths, net.w[k], net.states[k])
            # all rows of a neuron meet at w = 0: a stop there is its end, not a kink
            size = ground.costs(net.w)
            alive = (size > _VANISHED * norms) & (size > _NEGLIGIBLE * size.max())
            if gone:
                alive[k] = False
            if not alive.all():
                net = net.take(np.flatnonzero(alive))
            net = self._merged(net)
        return net, _STEPS

    def _decaying(self, net: Neurons) -> Neurons:
        """Leave out neurons that cost nothing: constants, which are the output bias's business."""
        costs = self.ground.costs(net.w)
        return net if costs.all() else net.take(np.flatnonzero(costs))

    def _merged(self, net: Neurons) -> Neurons:
        """Sum neurons of one cell; ``net`` is changed."""
        from convex_program.kernels import merge

        keep = merge(net.w, net.signs, net.states)
        return net if keep.all() else net.take(np.flatnonzero(keep))

    def _newton_step(
        self, net: Neurons, model: Any, norms: Floats, projections: Floats, reduced: Floats
    ) -> Floats:
        """Solve Hessian p = -gradient along the kinks; a shift makes it positive definite."""
        with extra:
            from scipy.linalg import lapack

        from convex_program import kernels

        matrix, mean = kernels.hessian(model, net.w, norms, net.signs, net.states, projections)
        diagonal = np.einsum("ii->i", matrix)
        shift = 1e-13 * mean
        while np.isfinite(shift):
            diagonal += shift
            factor, failed = lapack.dpotrf(matrix, lower=1)
            if not failed:
                steps, _ = lapack.dpotrs(factor, -reduced.ravel(), lower=1)
                return np.asarray((projections @ steps.reshape(*net.w.shape, 1))[:, :, 0])
            shift *= 100.0
        return np.zeros_like(net.w)
