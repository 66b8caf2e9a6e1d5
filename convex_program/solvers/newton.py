"""Active-set Newton method on the neurons of a network, squared loss.

Minimises F(w_1..w_m) = 1/2 |S (y - sum_k s_k (X w_k)_+)|^2 + beta sum_k |w_k| from a given network.
S is the identity without an output bias; with one, S = I - centre 11^T is what is left when the
best bias is put in: S 1 = sqrt(left) 1 with ``left = OutputBias.left_over``.
Within one linear piece F is convex and smooth away from zero neurons; the exact line search
crosses pieces downhill and stops on the kinks that attract (s_k v_i < 0), which become
equations.  When the reduced gradient vanishes, a kink whose multiplier leaves [0, |v_i|] is
released.  F never increases.  At the end the network is optimal for the convex program over all
cells whose closure contains one of its neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
States = npt.NDArray[np.int8]

OFF, ON, KINK = 0, 1, 2
"""States of a row for a neuron, as `convex_program.kernels.neurons` has them."""

_VANISHED = 1e-8  # a neuron shrunk by this factor in one step is gone
_NEGLIGIBLE = 1e-10  # and so is one this much smaller than the largest; pricing would recall it


@dataclass(eq=False)
class Neurons:
    """A network as atoms: ``sum_k signs_k (X w_k)_+``, each with penalty ``beta |w_k|``.

    Parameters
    ----------
    w : (m, d) float64
    signs : (m,) float64
        +1 or -1.
    states : (m, n) int8
        OFF, ON or KINK: which linear piece is meant.
    """

    w: Floats
    signs: Floats
    states: States

    @classmethod
    def empty(cls, n: int, d: int) -> Neurons:
        """Return no neuron."""
        return cls(np.empty((0, d)), np.empty(0), np.empty((0, n), dtype=np.int8))

    def take(self, index: npt.NDArray[Any]) -> Neurons:
        """Return some of them."""
        return Neurons(
            np.ascontiguousarray(self.w[index]), self.signs[index],
            np.ascontiguousarray(self.states[index]),
        )  # fmt: skip

    def joined(self, other: Neurons) -> Neurons:
        """Return both together."""
        return Neurons(
            np.concatenate([self.w, other.w]),
            np.concatenate([self.signs, other.signs]),
            np.concatenate([self.states, other.states]),
        )

    def fits(self, X: Floats) -> Floats:
        """Return the signed contributions by state, shape (m, n)."""
        return np.asarray(self.signs[:, None] * np.where(self.states == ON, self.w @ X.T, 0.0))

    def output(self, X: Floats) -> Floats:
        """Return the sum of the contributions, shape (n,)."""
        return np.asarray(self.fits(X).sum(axis=0))


def place(
    X: Floats, lengths: Floats, directions: Floats, signs: Floats, v: Floats, *, near: float
) -> Neurons:
    """Return unit neurons with states: rows within ``near`` of a direction become kinks if they attract.

    Directions are projected on their kinks, at most d - 1 independent ones, nearest first.
    """
    d = X.shape[1]
    w = directions / np.linalg.norm(directions, axis=1)[:, None]
    products = w @ X.T
    states = np.where(products > 0.0, np.int8(ON), np.int8(OFF))
    close = (np.abs(products) <= near * lengths) & (signs[:, None] * v < 0.0) & (lengths > 0.0)
    for k in np.flatnonzero(close.any(axis=1)):
        basis = np.empty((0, d))
        rows = np.flatnonzero(close[k])
        for i in rows[np.argsort(np.abs(products[k, rows]) / lengths[rows], kind="stable")]:
            rest = X[i] - basis.T @ (basis @ X[i])
            rest -= basis.T @ (basis @ rest)
            size = np.linalg.norm(rest)
            if len(basis) < d - 1 and size > 1e-7 * lengths[i]:
                basis = np.vstack([basis, rest / size])
                states[k, i] = KINK
        u = w[k] - basis.T @ (basis @ w[k])
        w[k] = u / np.linalg.norm(u)
    return Neurons(np.ascontiguousarray(w), signs.astype(float), states)


def _apply(matrices: Floats, vectors: Floats) -> Floats:
    """Return matrix k times vector k, for all k."""
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


def _apply_transposed(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray((vectors[:, None, :] @ matrices)[:, 0, :])


@dataclass(frozen=True)
class NewtonReport:
    """How a polish ended.

    Parameters
    ----------
    iterations : int
    stationarity : float
        The largest reduced gradient, relative to beta.
    """

    iterations: int
    stationarity: float


class Polisher:
    """The Newton method for one (X, y, beta); X scaled so that its entries are about 1.

    Parameters
    ----------
    X : (n, d) float64
    y : (n,) float64
    beta : float
    left : float
        What `OutputBias.left_over` says; 1 without an output bias.
    """

    def __init__(self, X: Floats, y: Floats, beta: float, left: float = 1.0) -> None:
        self.X = np.ascontiguousarray(X)
        self.y = y
        self.beta = beta
        self.lengths = np.linalg.norm(X, axis=1)
        self.share = (1.0 - left) / len(X)
        self.centre = (1.0 - np.sqrt(left)) / len(X)
        # Kinks change one at a time: most null spaces serve for many steps.
        self._spaces: dict[bytes, Floats] = {}

    def centred(self, columns: Floats) -> Floats:
        """Return S times an (n,) or (n, k) array."""
        return columns - self.centre * columns.sum(axis=0) if self.centre else columns

    def residual(self, net: Neurons) -> Floats:
        """Return v = S^2 (y - outputs): what is left with the best output bias."""
        return self._squared(self.y - net.output(self.X))

    def objective(self, net: Neurons) -> float:
        """Return the objective by state."""
        rest = self.centred(self.y - net.output(self.X))
        return float(0.5 * rest @ rest + self.beta * np.linalg.norm(net.w, axis=1).sum())

    def _squared(self, rest: Floats) -> Floats:
        return rest - self.share * rest.sum() if self.share else rest

    def polish(
        self, net: Neurons, limit: int = 200, tol: float = 1e-13
    ) -> tuple[Neurons, NewtonReport]:
        """Descend until stationary over the adjacent cells, or ``limit`` iterations."""
        from convex_program.kernels import line_search

        net = self._merged(net)
        stationarity = np.inf
        released_at = -1.0
        for iteration in range(limit):
            if len(net.w) == 0:
                return net, NewtonReport(iteration, 0.0)
            bases = self._null_spaces(net)
            # back onto the kinks: rounding must not accumulate on neurons that shrink
            net.w = _apply(bases, _apply_transposed(bases, net.w))
            v = self.residual(net)
            norms = np.linalg.norm(net.w, axis=1)
            units = net.w / norms[:, None]
            gradient = self.beta * units - net.signs[:, None] * ((net.states == ON) * v) @ self.X
            reduced = _apply_transposed(bases, gradient)
            stationarity = float(np.abs(reduced).max(initial=0.0)) / self.beta
            scale = 1.0 + np.abs(v) @ self.lengths / self.beta
            if stationarity <= tol * scale:
                if not self._release(net, gradient, v, tol * scale):
                    return net, NewtonReport(iteration, stationarity)
                continue
            steps = self._newton_step(net, units, norms, bases, reduced)
            lighter = self._without_doomed(net, units, gradient, steps)
            if len(lighter.w) < len(net.w):
                net = lighter
                continue
            slopes = steps @ self.X.T
            sizes = np.linalg.norm(steps, axis=1)
            still = 4e-15 * sizes[:, None] * self.lengths
            values = net.w @ self.X.T
            t, k, _, slope = line_search(
                v, net.states, net.signs, values, slopes, still, net.w, steps, self.beta, self.share
            )
            if slope >= 0.0 or (t == 0.0 and k < 0):
                if released_at == t or not self._release(net, gradient, v, tol * scale):
                    return net, NewtonReport(iteration, stationarity)
                released_at = t
                continue
            released_at = -1.0
            net.w += t * steps
            gone = k >= 0 and not self._settle(net, k)
            # all rows of a neuron meet at w = 0: a stop there is its end, not a kink
            size = np.linalg.norm(net.w, axis=1)
            alive = (size > _VANISHED * norms) & (size > _NEGLIGIBLE * size.max())
            if gone:
                alive[k] = False
            if not alive.all():
                net = net.take(np.flatnonzero(alive))
            net = self._merged(net)
        return net, NewtonReport(limit, stationarity)

    def _without_doomed(
        self, net: Neurons, units: Floats, gradient: Floats, steps: Floats
    ) -> Neurons:
        """Drop neurons that shrink through zero and whose absence costs nothing."""
        reach = np.einsum("kc,kc->k", units, net.w + steps)
        radial = np.einsum("kc,kc->k", units, gradient)
        doomed = np.flatnonzero((reach <= 0.0) & (radial > 0.0))
        if len(doomed) == 0:
            return net
        keep = np.ones(len(net.w), dtype=bool)
        fits = net.fits(self.X)
        v = self._squared(self.y - fits.sum(axis=0))
        norms = np.linalg.norm(net.w, axis=1)
        for k in doomed[np.argsort(norms[doomed], kind="stable")]:
            # change of the objective when neuron k goes: <v, fit> + |S fit|^2/2 - beta |w|
            fit = self._squared(fits[k])
            change = v @ fits[k] + 0.5 * fits[k] @ fit - self.beta * norms[k]
            if change <= 0.0:
                keep[k] = False
                v = v + fit
        return net.take(np.flatnonzero(keep))

    def _merged(self, net: Neurons) -> Neurons:
        if len(net.w) <= 1:
            return net
        from convex_program.kernels import merge

        net = net.take(np.arange(len(net.w)))
        keep = merge(net.w, net.signs, net.states)
        return net if keep.all() else net.take(keep)

    def _null_spaces(self, net: Neurons) -> Floats:
        """Return (m, d, d): bases of the directions that keep the neurons on their kinks.

        At z kinks the first z columns are zero, so that all have one shape.
        """
        m, d = net.w.shape
        kinked = net.states == KINK
        bases = np.zeros((m, d, d))
        bases[:, np.arange(d), np.arange(d)] = 1.0
        for k in np.flatnonzero(kinked.any(axis=1)):
            kinks = np.flatnonzero(kinked[k])
            key = kinks.tobytes()
            if key not in self._spaces:
                q, _ = np.linalg.qr(self.X[kinks].T, mode="complete")
                q[:, : len(kinks)] = 0.0
                self._spaces[key] = q
            bases[k] = self._spaces[key]
        return bases

    def _newton_step(
        self, net: Neurons, units: Floats, norms: Floats, bases: Floats, reduced: Floats
    ) -> Floats:
        """Solve (M^T M + curvature of the norms) p = -gradient in the reduced coordinates."""
        from scipy import linalg

        n, d = self.X.shape
        m = len(net.w)
        pieces = self.X @ (net.signs[:, None, None] * bases)
        pieces *= (net.states == ON)[:, :, None]
        design = self.centred(pieces.transpose(1, 0, 2).reshape(n, m * d))
        hessian = design.T @ design
        inner = _apply_transposed(bases, units)
        curvature = bases.transpose(0, 2, 1) @ bases - inner[:, :, None] * inner[:, None, :]
        span = np.arange(m)
        blocks = hessian.reshape(m, d, m, d)
        blocks[span, :, span, :] += (self.beta / norms)[:, None, None] * curvature
        # where a basis has a zero column nothing moves
        idle = ~bases.any(axis=1).ravel()
        diagonal = np.einsum("ii->i", hessian)
        mean = float(diagonal[~idle].mean()) if not idle.all() else 1.0
        hessian[idle, idle] = mean
        shift = 1e-13 * mean
        while True:
            diagonal += shift
            try:
                factor = linalg.cho_factor(hessian, lower=True, check_finite=False)
                break
            except np.linalg.LinAlgError:
                shift *= 100.0
        p = -linalg.cho_solve(factor, reduced.ravel(), check_finite=False)
        return _apply(bases, p.reshape(m, d))

    def _settle(self, net: Neurons, k: int) -> bool:
        """Put neuron k exactly on its kinks, dependent ones left out; False if only 0 is left."""
        basis = np.empty((0, self.X.shape[1]))
        for i in np.flatnonzero(net.states[k] == KINK):
            rest = self.X[i] - basis.T @ (basis @ self.X[i])
            rest -= basis.T @ (basis @ rest)
            size = np.linalg.norm(rest)
            if size > 1e-8 * self.lengths[i]:
                basis = np.vstack([basis, rest / size])
            else:
                net.states[k, i] = OFF
        net.w[k] -= basis.T @ (basis @ net.w[k])
        return bool(len(basis) < self.X.shape[1])

    def _release(self, net: Neurons, gradient: Floats, v: Floats, slack: float) -> bool:
        """Let go of the worst kink of every neuron whose multipliers leave [0, -s v_i].

        gradient + sum_i tau_i x_i = 0 with tau_i in [0, -s v_i] is stationarity; tau_i < 0 means
        descent towards OFF, tau_i > -s v_i descent towards ON.
        """
        released = False
        kinked = net.states == KINK
        for k in np.flatnonzero(kinked.any(axis=1)):
            rows = np.flatnonzero(kinked[k])
            tau = np.linalg.lstsq(self.X[rows].T, -gradient[k], rcond=None)[0]
            room = -net.signs[k] * v[rows]
            low, high = -tau, tau - room
            violation = np.maximum(low, high) * self.lengths[rows]
            worst = int(np.argmax(violation))
            if violation[worst] > slack * self.beta:
                net.states[k, rows[worst]] = OFF if low[worst] > high[worst] else ON
                released = True
        return released
