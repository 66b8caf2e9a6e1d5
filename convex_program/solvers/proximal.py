"""Proximal gradients for blocks without constraints: accelerated, restarted, on a working set.

Minimises ``f(sum_i G_i X w_i + b) + beta sum_i |w_i|`` for a smooth loss.  Three loops:

* *Working set.* Few blocks are ever non-zero.  The gradients of all, one matrix product, name those
  that should be; the rest is solved over these.
* *Accelerated proximal gradients* with a step size that falls until the quadratic model is above the
  loss, rises between iterations, and momentum that begins anew whenever it leads uphill.
* *The output bias* is not iterated on: for every z the best one is found, which leaves a smooth loss.

Every bound made from what comes out is exact whatever happens here; see `convex_program.gated`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.blas import one_blas_thread
from convex_program.clock import Clock
from convex_program.fit import Fit
from convex_program.solution import Status

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_FASTER = 0.9  # times the curvature, from step to step
_STEEPER = 2.0  # times the curvature, while the model is below the loss
_LOOK = 10  # steps between two looks at the gap
_MOST = 200_000  # steps in all
_FIRST = 128  # blocks of the first working set, at least
_INNER = 0.3  # of the gap asked for, that a working set is solved to
_BIAS_STEPS = 60


@dataclass(frozen=True, eq=False)
class BlockProblem:
    """What is minimised, scaled to size one.

    Parameters
    ----------
    features : (n, q) float64
    fit : Fit
        Without kinks, of one output.
    beta : float
    bend : float or None
        Second derivative of the output bias's penalty; None for no bias.
    blocks : int
    gains : function of indices (k,)
        Returns the gains of these blocks on the rows, (k, n).
    """

    features: Floats
    fit: Fit
    beta: float
    bend: float | None
    blocks: int
    gains: Callable[[Indices], Floats]

    def pulls(self, v: Floats) -> Floats:
        """Return ``|X' G_i v|`` of all blocks."""
        weighted = v[:, np.newaxis] * self.features
        parts = [
            np.linalg.norm(self.gains(np.arange(a, min(a + 4096, self.blocks))) @ weighted, axis=1)
            for a in range(0, self.blocks, 4096)
        ]
        return np.concatenate(parts)

    def with_bias(self, z: Floats, bias: float) -> tuple[float, Floats, float]:
        """Return loss and penalty at the best bias for outputs z, ``-f'`` there, and the bias."""
        if self.bend is None:
            return self.fit.value(z), self.fit.answer(z)[0], 0.0
        # The slope falls in the bias: Newton's steps, halved where they leave what encloses its zero.
        steepest = float(self.fit.steepest(0.0).sum()) + self.bend
        low, high = -math.inf, math.inf
        for _ in range(_BIAS_STEPS):
            v, rate = self.fit.answer(z + bias)
            slope = float(v.sum()) - self.bend * bias
            low, high = (bias, high) if slope > 0.0 else (low, bias)
            step = slope / max(float(rate.sum()) + self.bend, 1e-3 * steepest)
            if abs(step) <= 1e-15 * (1.0 + abs(bias)):
                break
            bias = bias + step if low < bias + step < high else 0.5 * (low + high)
            if not math.isfinite(bias):
                bias = (low if math.isfinite(low) else high) + step
        v = self.fit.answer(z + bias)[0]
        return self.fit.value(z + bias) + 0.5 * self.bend * bias * bias, v, bias

    def bound(self, v: Floats, largest: float) -> float:
        """Return the dual value of the best multiple of v, in floating point."""
        total = float(v.sum()) if self.bend else 0.0
        bend = total * total / self.bend if self.bend else 0.0
        most = self.beta / largest if largest > 0.0 else math.inf
        v = self.fit.clip(v)
        scale = self.fit.best_scale(v, bend, most)
        return self.fit.dual_value(v, scale) - 0.5 * scale * scale * bend


@dataclass(frozen=True, eq=False)
class Blocks:
    """What came out, in the units of the `BlockProblem`.

    Parameters
    ----------
    chosen : (k,) int
        Blocks that are not zero.
    weights : (k, q) float64
    bias : float
    dual : (n,) float64
    status : Status
    steps : int
    """

    chosen: Indices
    weights: Floats
    bias: float
    dual: Floats
    status: Status
    steps: int


class Proximal:
    """The method on one problem; it keeps curvature and bias from working set to working set."""

    def __init__(self, problem: BlockProblem, gap: float, clock: Clock) -> None:
        self.problem, self.gap, self.clock = problem, gap, clock
        self._curvature, self._bias, self.steps = 1.0, 0.0, 0
        self._dual = np.zeros(len(problem.features))

    def solve(self, progress: ar.Listener = ar.silent) -> Blocks:
        """Return the blocks at which the relative gap is met, or time or steps are used up."""
        with one_blas_thread():
            return self._solve(ar.Meter(progress, "proximal gradients", "steps"))

    def _solve(self, meter: ar.Meter) -> Blocks:
        problem = self.problem
        n, q = problem.features.shape
        chosen, weights = np.empty(0, dtype=np.intp), np.empty((0, q))
        value, self._dual, self._bias = problem.with_bias(np.zeros(n), self._bias)
        aim, status = math.inf, Status.STALLED
        while self.steps < _MOST:
            pulls = problem.pulls(self._dual)
            left = _relative(value, problem.bound(self._dual, float(pulls.max())))
            meter.advance(0, note=f"gap {left:.1e} over {len(chosen)} of {problem.blocks} gates")
            if left <= self.gap:
                status = Status.SOLVED
                break
            if self.clock.over:
                status = Status.TIME_LIMIT
                break
            # More blocks where they are missing, more accuracy where they are not.
            active = chosen[weights.any(axis=1)]
            calling = np.flatnonzero(pulls > problem.beta)
            calling = np.setdiff1d(calling, chosen)
            loudest = calling[np.argsort(-pulls[calling], kind="stable")]
            new = loudest[: max(_FIRST, len(active))]
            before = aim
            aim = max(_INNER * self.gap, min(aim, _INNER * left))
            if not len(new) and aim == before:
                break  # rounding
            kept = weights[weights.any(axis=1)]
            chosen = np.concatenate([active, new])
            weights = np.concatenate([kept, np.zeros((len(new), q))])
            weights, value = self._descend(chosen, weights, aim, meter)
        meter.finish()
        alive = weights.any(axis=1)
        return Blocks(chosen[alive], weights[alive], self._bias, self._dual, status, self.steps)

    def _descend(
        self, chosen: Indices, weights: Floats, aim: float, meter: ar.Meter
    ) -> tuple[Floats, float]:
        """Solve over some blocks until their own relative gap is met; return weights and objective."""
        problem, X, beta = self.problem, self.problem.features, self.problem.beta
        gains = problem.gains(chosen)
        z = (gains * (weights @ X.T)).sum(axis=0)
        ahead, z_ahead, pace = weights, z, 1.0
        L = self._curvature
        for step in range(_MOST - self.steps):
            value, v, self._bias = problem.with_bias(z_ahead, self._bias)
            gradient = -(gains @ (v[:, np.newaxis] * X))
            while True:
                target = ahead - gradient / L
                norms = np.linalg.norm(target, axis=1, keepdims=True)
                shrink = 1.0 - np.divide(
                    beta / L, norms, out=np.ones_like(norms), where=norms > 0.0
                )
                new = target * np.maximum(shrink, 0.0)
                z_new = (gains * (new @ X.T)).sum(axis=0)
                move = new - ahead
                loss, v_new, _ = problem.with_bias(z_new, self._bias)
                squares = float((move * move).sum())
                model = value + float((gradient * move).sum()) + 0.5 * L * squares
                # For a convex loss the second is enough, and near the end it alone is: the first
                # subtracts what is nearly equal.
                bent = float((v - v_new) @ (z_new - z_ahead))
                if loss <= model or bent <= 0.5 * L * squares:
                    break
                L *= _STEEPER
            if float(((ahead - new) * (new - weights)).sum()) > 0.0:
                pace, momentum = 1.0, 0.0
            else:
                following = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * pace * pace))
                pace, momentum = following, (pace - 1.0) / following
            ahead, z_ahead = new + momentum * (new - weights), z_new + momentum * (z_new - z)
            weights, z, L = new, z_new, _FASTER * L
            self.steps += 1
            meter.advance()
            if step % _LOOK == _LOOK - 1 or self.clock.over:
                value = loss + beta * float(np.linalg.norm(weights, axis=1).sum())
                pulls = np.linalg.norm(gains @ (v_new[:, np.newaxis] * X), axis=1)
                bound = problem.bound(v_new, float(pulls.max(initial=0.0)))
                if _relative(value, bound) <= aim or self.clock.over:
                    break
        self._curvature = L
        # Outputs anew: sums of many steps have drifted.
        z = (gains * (weights @ X.T)).sum(axis=0)
        loss, self._dual, self._bias = problem.with_bias(z, self._bias)
        return weights, loss + beta * float(np.linalg.norm(weights, axis=1).sum())


def _relative(upper: float, lower: float) -> float:
    return max(0.0, upper - lower) / upper if upper > 0.0 else 0.0
