"""Newton's method on neurons with several outputs, directions and output weights together.

Minimises ``F = f(sum_k phi(X w_k) b_k^T + 1 a^T) + beta/2 sum_k (|w_k|^2 + |b_k|^2) + bend |a|^2 / 2``.
Within one linear piece F is smooth, though not convex: with C_k = X^T G_k V the second derivative has
the blocks ``beta I`` and ``-C_k`` for each neuron beside the Gauss-Newton part.  Where it is not
positive definite singular values of C_k above beta are cut off at beta, which it then is, up to a shift.

A step ends where F no longer falls along it: between kinks, or on the kink of a line that attracts its
neuron, w_k.x = 0, which then is an equation.  When the gradient along the kinks vanishes, a kink whose
multiplier leaves its interval is released.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.solvers.vector.ground import (
    ABOVE,
    BELOW,
    ON_IT,
    Floats,
    VectorGround,
    VectorNeurons,
    VectorPoint,
    independent,
    without,
)

_SHIFT = 1e-13
_LEAST_DAMPING, _DAMPING = 1e-10, 1e-3
"""Multiples of beta added to the second derivative: at least, and when a step led too far."""
_SHORT = 0.2
"""A step of which less than this part is good led too far."""
_STILL, _PATIENCE = 1e-14, 4
"""Relative fall of F that many steps in a row may stay below."""
_NEGLIGIBLE = 1e-11
"""A neuron that costs this part of the largest is gone; pricing would recall it."""
_PARALLEL = 1.0 - 1e-9
"""Cosine from which on two neurons of a cell are one."""
_TOLERANCE = 1e-12
"""Of the gradient, relative to what is added up in it."""
_EARLY = 1e-3
"""A kink is released early where its multiplier is off by more than the gradient over this."""
_DECAYED = 1e-12
"""Eigenvalue of the decay along the kinks below which a direction costs nothing."""
_NOISE = 1e-15
_INSIDE = 12
"""Looks at the slope within one piece."""


@dataclass(frozen=True, eq=False)
class _Slopes:
    """First derivatives on one piece.

    Attributes
    ----------
    gains, acts : (m, n)
    v : (n, c)
    pulls : (m, n) float64, ``v_i.b_k``
    full : (m, r) gradient by w, kinks counted as nothing
    w, b, bias : gradient along the kinks
    projections : (m, r, r)
    multipliers : (m, lines) of the kinks, 0 elsewhere
    """

    gains: Floats
    acts: Floats
    v: Floats
    pulls: Floats
    full: Floats
    w: Floats
    b: Floats
    bias: Floats
    projections: Floats
    multipliers: Floats


class VectorPolisher:
    """The Newton method on one ground; after ``deadline`` it returns what it has."""

    def __init__(self, ground: VectorGround) -> None:
        self.ground = ground
        self.deadline = math.inf
        self.steps = 0
        self._damping = _LEAST_DAMPING

    def start(self) -> VectorPoint:
        """Return the best point without neurons."""
        ground = self.ground
        c, r = ground.outputs, ground.lines.shape[1]
        net = VectorNeurons(
            np.empty((0, r)), np.empty((0, c)), np.empty((0, len(ground.lines)), dtype=np.int8)
        )
        bias = np.zeros(c)
        if ground.bend is not None:
            bias = np.atleast_1d(
                np.asarray(ground.fit.best_constant(ground.bend), dtype=np.float64)
            )
        return self._point(net, bias)

    def polish(self, net: VectorNeurons, bias: Floats, most: int) -> VectorPoint:
        """Descend until stationary, or for some steps.

        Parameters
        ----------
        net : VectorNeurons
            Changed.
        bias : (c,) float64
        most : int
            Steps.
        """
        released: set[tuple[int, int]] = set()
        net = self._useful(net)
        self._damping = _LEAST_DAMPING
        idle, value = 0, math.inf
        for _ in range(most):
            if time.perf_counter() > self.deadline:
                break
            self.steps += 1
            slopes = self._slopes(net, bias)
            size = self._stationarity(net, slopes)
            freed = self._release(net, slopes, size)
            if freed:
                released |= freed
                slopes = self._slopes(net, bias)
            elif size <= _TOLERANCE:
                break
            moved = self._moved(net, bias, slopes)
            if moved is None:
                break
            net, bias, new = moved
            net = self._merged(self._useful(net), bias, new)
            idle = 0 if freed or value - new > _STILL * abs(new) else idle + 1
            value = new
            if idle > _PATIENCE:
                break
        return self._point(net, bias)

    def _point(self, net: VectorNeurons, bias: Floats) -> VectorPoint:
        ground = self.ground
        z = ground.outputs_of(net).T @ net.b + bias
        v, _ = ground.fit.answer(z.ravel())
        objective = ground.fit.value(z.ravel()) + ground.penalty(net, bias)
        return VectorPoint(net, bias, v.reshape(z.shape), objective)

    def _useful(self, net: VectorNeurons) -> VectorNeurons:
        """Leave out neurons that are gone; balance the others."""
        masses = self.ground.masses(net)
        keep = masses > _NEGLIGIBLE * masses.max(initial=0.0)
        if not keep.all():
            net = net.take(np.flatnonzero(keep))
        self.ground.balance(net)
        return net

    def _merged(self, net: VectorNeurons, bias: Floats, value: float) -> VectorNeurons:
        """Put neurons together that lie in one direction of one cell, where F does not rise.

        Between them weight can be exchanged for nothing: along such a valley Newton's method is slow.
        """
        units = net.w / np.linalg.norm(net.w, axis=1)[:, None]
        close = np.triu(units @ units.T >= _PARALLEL, k=1)
        for k, other in np.argwhere(close).tolist():
            close[k, other] = np.array_equal(net.states[k], net.states[other])
        if not close.any():
            return net
        costs = self.ground.costs(net.w)
        w, b = net.w.copy(), net.b * costs[:, None]
        gone = np.zeros(len(w), dtype=bool)
        for k, other in np.argwhere(close).tolist():
            if not gone[k] and not gone[other]:
                b[k] += b[other]
                gone[other] = True
        left = np.flatnonzero(~gone & b.any(axis=1))
        both = VectorNeurons(w[left] / costs[left, None], b[left], net.states[left].copy())
        if not len(left):
            return net
        self.ground.balance(both)
        return both if self.ground.value(both, bias) <= value + _NOISE * abs(value) else net

    def _slopes(self, net: VectorNeurons, bias: Floats) -> _Slopes:
        ground = self.ground
        beta = ground.beta
        gains = ground.by_state(net.states)
        acts = ground.outputs_of(net)
        z = acts.T @ net.b + bias
        v = ground.fit.answer(z.ravel())[0].reshape(z.shape)
        pulls = net.b @ v.T
        full = beta * ground.counted * net.w - (gains * pulls) @ ground.along
        projections, inverses, places = self._kinks(net)
        multipliers = np.zeros(net.states.shape)
        for index, lines, inverse in zip(places.index, places.lines, inverses, strict=True):
            found = np.einsum("kre,kr->ke", inverse, full[index])
            multipliers[index[:, None], lines] = found
        return _Slopes(
            gains=gains,
            acts=acts,
            v=v,
            pulls=pulls,
            full=full,
            w=np.einsum("kab,kb->ka", projections, full),
            b=beta * net.b - acts @ v,
            bias=np.zeros_like(bias) if ground.bend is None else ground.bend * bias - v.sum(axis=0),
            projections=projections,
            multipliers=multipliers,
        )

    def _kinks(self, net: VectorNeurons) -> tuple[Floats, list[npt.NDArray[Any]], _Places]:
        """Return projections on what the kinks leave, and pseudoinverses of their lines."""
        ground = self.ground
        m, r = net.w.shape
        projections = np.repeat(np.eye(r)[None], m, axis=0)
        on_it = net.states == ON_IT
        counts = on_it.sum(axis=1)
        places = _Places([], [])
        inverses: list[npt.NDArray[Any]] = []
        for count in np.unique(counts[counts > 0]).tolist():
            index = np.flatnonzero(counts == count)
            lines = np.nonzero(on_it[index])[1].reshape(len(index), count)
            inverse = np.linalg.pinv(ground.lines[lines])
            projections[index] -= inverse @ ground.lines[lines]
            places.index.append(index)
            places.lines.append(lines)
            inverses.append(inverse)
        return projections, inverses, places

    def _stationarity(self, net: VectorNeurons, slopes: _Slopes) -> float:
        """Return the largest relative gradient."""
        beta = self.ground.beta
        sizes = beta * self.ground.costs(net.w)
        worst = 0.0
        if len(net.w):
            both = np.hypot(np.linalg.norm(slopes.w, axis=1), np.linalg.norm(slopes.b, axis=1))
            worst = float((both / sizes).max())
        if self.ground.bend is not None:
            scale = float(np.abs(slopes.v).sum(axis=0).max()) + beta
            worst = max(worst, float(np.abs(slopes.bias).max()) / scale)
        return worst

    def _release(self, net: VectorNeurons, slopes: _Slopes, size: float) -> set[tuple[int, int]]:
        """Let neurons leave the kinks whose multipliers say so, one each; return which."""
        on_it = net.states == ON_IT
        if not on_it.any() or size > _EARLY:
            return set()
        ground = self.ground
        up = slopes.pulls * ground.gains[1]
        down = slopes.pulls * ground.gains[0]
        rising = slopes.multipliers - ground.summed(up.T).T
        falling = ground.summed(down.T).T - slopes.multipliers
        # in units of what a line of this length can pull
        unit = ground.beta * ground.costs(net.w)[:, None] / ground.lengths
        best = np.where(on_it, np.minimum(rising, falling) / unit, 0.0)
        freed = set()
        for k in np.flatnonzero(best.min(axis=1) < -max(1e-9, size / _EARLY)):
            line = int(np.argmin(best[k]))
            up_first = rising[k, line] < falling[k, line]
            net.states[k, line] = ABOVE if up_first else BELOW
            freed.add((int(k), line))
        return freed

    def _direction(
        self, net: VectorNeurons, bias: Floats, slopes: _Slopes
    ) -> tuple[Floats, Floats, Floats]:
        """Return the Newton step for w, b and the output biases."""
        with extra:
            from scipy.linalg import lapack

        ground = self.ground
        (m, r), c = net.w.shape, ground.outputs
        size = m * (r + c)
        biased = ground.bend is not None
        total = size + (c if biased else 0)
        n = slopes.v.shape[0]
        design = np.zeros((n, c, total))
        moved = np.matmul(slopes.gains[:, :, None] * ground.along, slopes.projections)
        blocks = design[:, :, :size].reshape(n, c, m, r + c)
        if m:
            np.multiply(
                moved.transpose(1, 0, 2)[:, None], net.b.T[None, :, :, None], out=blocks[..., :r]
            )
        for j in range(c):
            blocks[:, j, :, r + j] = slopes.acts.T
            if biased:
                design[:, j, size + j] = 1.0
        z = slopes.acts.T @ net.b + bias
        bent = ground.fit.bent(z.ravel(), design).reshape(n * c, total)
        matrix = bent.T @ bent
        if biased:
            index = np.arange(size, total)
            matrix[index, index] += ground.bend or 0.0
        mean = float(np.trace(matrix)) / max(1, total)
        cross = np.einsum("kir,ic->krc", moved, slopes.v)
        gradient = np.concatenate(
            [np.concatenate([slopes.w, slopes.b], axis=1).ravel(), slopes.bias if biased else []]
        )
        for cut in (False, True):
            if cut:
                cross = self._cut(cross, slopes.projections)
            whole = matrix.copy()
            for k in range(m):
                at = k * (r + c)
                rows, columns = slice(at, at + r), slice(at + r, at + r + c)
                projection = slopes.projections[k]
                # off the kinks a multiple of the identity stands in
                decay = (projection * ground.counted) @ projection
                whole[rows, rows] += ground.beta * decay + mean * (np.eye(r) - projection)
                whole[columns, columns] += ground.beta * np.eye(c)
                whole[rows, columns] -= cross[k]
                whole[columns, rows] -= cross[k].T
            shift = _SHIFT * mean + self._damping * ground.beta
            while np.isfinite(shift):
                whole.flat[:: total + 1] += shift
                factor, failed = lapack.dpotrf(whole, lower=1, overwrite_a=0)
                if not failed:
                    step, _ = lapack.dpotrs(factor, -gradient, lower=1)
                    both = step[:size].reshape(m, r + c)
                    return (
                        np.einsum("kab,kb->ka", slopes.projections, both[:, :r]),
                        both[:, r:].copy(),
                        step[size:].copy() if biased else np.zeros(c),
                    )
                if not cut:
                    break
                shift *= 100.0
        return np.zeros((m, r)), np.zeros((m, c)), np.zeros(c)

    def _cut(self, cross: Floats, projections: Floats) -> Floats:
        """Return blocks C with which ``[[beta S, -C], [-C^T, beta I]]`` is positive semidefinite.

        S is the decay along the kinks.  ``C = beta S^(1/2) K`` with the singular values of K cut off at
        1; without a free bias S is a projection that C keeps, and K is C / beta.
        """
        beta = self.ground.beta
        decay = (projections * self.ground.counted) @ projections
        values, vectors = np.linalg.eigh(decay)
        root = np.sqrt(np.maximum(values, 0.0))
        used = values > _DECAYED
        inverse = np.where(used, 1.0 / np.where(used, root, 1.0), 0.0)
        turned = np.swapaxes(vectors, 1, 2)
        left, sizes, right = np.linalg.svd(
            inverse[:, :, None] * (turned @ cross), full_matrices=False
        )
        cut = (left * np.minimum(sizes, beta)[:, None, :]) @ right
        return np.asarray(vectors @ (root[:, :, None] * cut))

    def _moved(
        self, net: VectorNeurons, bias: Floats, slopes: _Slopes
    ) -> tuple[VectorNeurons, Floats, float] | None:
        """Go along the Newton step to where F stops falling; None where it does not fall."""
        ground = self.ground
        step = self._direction(net, bias, slopes)
        path = _Path(ground, net, bias, step)
        before = ground.value(net, bias)
        t, hit = path.stop()
        for _ in range(30):
            if t == 0.0 and hit < 0:
                return None
            there, shifted = path.at(t, hit)
            value = ground.value(there, shifted)
            if value <= before + _NOISE * abs(before):
                if hit < 0 and t < _SHORT:
                    self._damping = max(_DAMPING, 10.0 * self._damping)
                elif hit < 0:
                    self._damping = max(_LEAST_DAMPING, 0.1 * self._damping)
                return there, shifted, value
            t, hit = 0.25 * t, -1
        return None


@dataclass(frozen=True, eq=False)
class _Places:
    """Neurons grouped by how many kinks they have, and the lines of these."""

    index: list[npt.NDArray[np.intp]]
    lines: list[npt.NDArray[np.intp]]


class _Path:
    """F along a step, from kink to kink."""

    def __init__(
        self,
        ground: VectorGround,
        net: VectorNeurons,
        bias: Floats,
        step: tuple[Floats, Floats, Floats],
    ) -> None:
        self.ground, self.net, self.bias, self.step = ground, net, bias, step
        products, rates = net.w @ ground.lines.T, step[0] @ ground.lines.T
        self._values = products[:, ground.rows.line_of] if len(ground.lines) else products
        self._rates = rates[:, ground.rows.line_of] if len(ground.lines) else rates
        # by state the line is above or below at t = 0, whatever rounding says
        side = np.where(net.states == ABOVE, 1.0, -1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.maximum(0.0, side * products) / np.maximum(0.0, -side * rates)
        leaving = (net.states != ON_IT) & (side * rates < 0.0) & (times <= 1.0)
        self.times = np.where(leaving, times, np.inf)
        self.order = np.flatnonzero(leaving.ravel())
        self.order = self.order[np.argsort(self.times.ravel()[self.order], kind="stable")]

    def _states(self, t: float, *, after: bool) -> npt.NDArray[np.int8]:
        crossed = self.times <= t if after else self.times < t
        states = self.net.states
        return np.where(crossed, 1 - states, states).astype(np.int8)

    def slope(self, t: float, *, after: bool = True) -> float:
        """Return the derivative of F at t, from the right or from the left."""
        ground, (dw, db, da) = self.ground, self.step
        gains = ground.by_state(self._states(t, after=after))
        acts = gains * (self._values + t * self._rates)
        w, b, bias = self.net.w + t * dw, self.net.b + t * db, self.bias + t * da
        z = acts.T @ b + bias
        v = ground.fit.answer(z.ravel())[0].reshape(z.shape)
        change = (gains * self._rates).T @ b + acts.T @ db + da
        inner = float(np.sum(ground.counted * w * dw) + np.sum(b * db))
        return (
            ground.beta * inner
            + (ground.bend or 0.0) * float(bias @ da)
            - float(np.sum(v * change))
        )

    def stop(self) -> tuple[float, int]:
        """Return where F stops falling, and which crossing stops it, -1 for none."""
        if self.slope(0.0, after=False) >= 0.0:
            return 0.0, -1
        times = self.times.ravel()[self.order]
        low, high = -1, len(times)  # falling after `low`, rising after `high`
        while high - low > 1:
            middle = (low + high) // 2
            if self.slope(times[middle]) < 0.0:
                low = middle
            else:
                high = middle
        left = 0.0 if low < 0 else float(times[low])
        right = 1.0 if high == len(times) else float(times[high])
        rises = self.slope(right, after=False)
        if rises < 0.0:
            return right, -1 if high == len(times) else int(self.order[high])
        return self._inside(left, right, rises), -1

    def _inside(self, left: float, right: float, rises: float) -> float:
        """Return where the slope crosses zero within one piece (Illinois)."""
        falls = self.slope(left)
        start = abs(falls)
        for _ in range(_INSIDE):
            middle = (left * rises - right * falls) / (rises - falls)
            if not left < middle < right:
                break
            found = self.slope(middle)
            if abs(found) <= 1e-3 * start:
                return middle
            if found < 0.0:
                left, falls = middle, found
                rises *= 0.5
            else:
                right, rises = middle, found
                falls *= 0.5
        return left if left > 0.0 else 0.5 * right

    def at(self, t: float, hit: int) -> tuple[VectorNeurons, Floats]:
        """Return the neurons there; a crossing that stopped the step becomes a kink."""
        net, (dw, db, da) = self.net, self.step
        there = VectorNeurons(net.w + t * dw, net.b + t * db, self._states(t, after=hit < 0))
        if hit >= 0:
            k, line = divmod(hit, net.states.shape[1])
            there.states[k, line] = ON_IT
            kept = np.flatnonzero(there.states[k] == ON_IT)
            most = net.w.shape[1] - 1
            if len(kept) > most or len(independent(self.ground.lines, kept, most)) < len(kept):
                # all lines meet at w = 0: a stop there is the neuron's end
                there.w[k] *= 0.0
            else:
                there.w[k] = without(self.ground.lines[kept], there.w[k])
        return there, self.bias + t * da
