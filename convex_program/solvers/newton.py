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
    from convex_program import kernels

    w = np.array(directions)
    signs = signs.astype(float)
    states = np.empty((len(w), len(X)), dtype=np.int8)
    kernels.place(X, lengths, v, w, signs, near, states)
    return Neurons(w, signs, states)


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

    def centred(self, columns: Floats) -> Floats:
        """Return S times an (n,) or (n, k) array."""
        return columns - self.centre * columns.sum(axis=0) if self.centre else columns

    def residual(self, net: Neurons) -> Floats:
        """Return v = S^2 (y - outputs): what is left with the best output bias."""
        return self.share_taken(self.y - net.output(self.X))

    def objective(self, net: Neurons) -> float:
        """Return the objective by state."""
        rest = self.centred(self.y - net.output(self.X))
        return float(0.5 * rest @ rest + self.beta * np.linalg.norm(net.w, axis=1).sum())

    def share_taken(self, rest: Floats) -> Floats:
        """Return S^2 times what is left without an output bias: the best bias takes its share."""
        return rest - self.share * rest.sum() if self.share else rest

    def polish(
        self, net: Neurons, limit: int = 200, tol: float = 1e-13
    ) -> tuple[Neurons, NewtonReport]:
        """Descend until stationary over the adjacent cells, or ``limit`` iterations."""
        from convex_program import kernels

        X, lengths, beta, share = self.X, self.lengths, self.beta, self.share
        net = self._merged(net.take(np.arange(len(net.w))))
        stationarity = np.inf
        released_at = -1.0
        for iteration in range(limit):
            if len(net.w) == 0:
                return net, NewtonReport(iteration, 0.0)
            projections, values, v, norms, gradient, reduced = kernels.linearize(
                X, lengths, self.y, beta, share, net.w, net.signs, net.states
            )
            stationarity = float(np.abs(reduced).max()) / beta
            slack = tol * (beta + np.abs(v) @ lengths)
            if stationarity * beta <= slack:
                if not self._release(net, v, gradient, slack):
                    return net, NewtonReport(iteration, stationarity)
                continue
            steps = self._newton_step(net, norms, projections, reduced)
            keep = kernels.keep_useful(
                beta, share, net.w, steps, norms, gradient, values, v, net.signs, net.states
            )
            if not keep.all():
                net = net.take(np.flatnonzero(keep))
                continue
            t, k, _, slope = kernels.line_search(
                v, net.states, net.signs, values, steps @ X.T, lengths, net.w, steps, beta, share
            )
            if slope >= 0.0 or (t == 0.0 and k < 0):
                if released_at == t or not self._release(net, v, gradient, slack):
                    return net, NewtonReport(iteration, stationarity)
                released_at = t
                continue
            released_at = -1.0
            net.w += t * steps
            gone = k >= 0 and not kernels.settle(X, lengths, net.w[k], net.states[k])
            # all rows of a neuron meet at w = 0: a stop there is its end, not a kink
            size = np.sqrt((net.w * net.w).sum(axis=1))
            alive = (size > _VANISHED * norms) & (size > _NEGLIGIBLE * size.max())
            if gone:
                alive[k] = False
            if not alive.all():
                net = net.take(np.flatnonzero(alive))
            net = self._merged(net)
        return net, NewtonReport(limit, stationarity)

    def _merged(self, net: Neurons) -> Neurons:
        """Sum neurons of one cell; ``net`` is changed."""
        from convex_program.kernels import merge

        keep = merge(net.w, net.signs, net.states)
        return net if keep.all() else net.take(np.flatnonzero(keep))

    def _newton_step(
        self, net: Neurons, norms: Floats, projections: Floats, reduced: Floats
    ) -> Floats:
        """Solve Hessian p = -gradient along the kinks; a shift makes it positive definite."""
        from scipy.linalg import lapack

        from convex_program import kernels

        matrix, mean = kernels.hessian(
            self.X, self.beta, self.centre, net.w, norms, net.signs, net.states, projections
        )
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

    def _release(self, net: Neurons, v: Floats, gradient: Floats, slack: float) -> bool:
        from convex_program.kernels import release

        return bool(release(self.X, self.lengths, v, gradient, net.signs, net.states, slack))
