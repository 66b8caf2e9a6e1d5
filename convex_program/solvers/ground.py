"""What a search works on: neurons with their states, the ground they stand on, a point of the search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.fit import Fit

Floats = npt.NDArray[np.float64]
States = npt.NDArray[np.int8]

OFF, ON, KINK = 0, 1, 2
"""States of a row for a neuron, as `convex_program.kernels.neurons` has them."""


@dataclass(eq=False)
class Neurons:
    """A network as atoms: ``sum_k signs_k phi(X w_k)``, each with penalty ``beta |w_k|``.

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

    def fits(self, X: Floats, gains: Floats) -> Floats:
        """Return the signed contributions by state, shape (m, n)."""
        return np.asarray(self.signs[:, None] * gains[self.states] * (self.w @ X.T))

    def output(self, X: Floats, gains: Floats) -> Floats:
        """Return the sum of the contributions, shape (n,)."""
        return np.asarray(self.fits(X, gains).sum(axis=0))


@dataclass(frozen=True, eq=False)
class Ground:
    """A training problem in the units of the search.

    Parameters
    ----------
    X : (n, d) float64
        Entries about 1 in size.
    fit : Fit
        Targets about 1 in size.
    beta : float
    bend : float or None
        Second derivative of the output bias's penalty; None without one.
    gains : (3,) float64
        Slopes of the activation for OFF and ON; 0 for KINK.
    decayed : int
        How many of the first coordinates the norm counts.
    """

    X: Floats
    fit: Fit
    beta: float
    bend: float | None
    gains: Floats
    decayed: int

    @cached_property
    def lengths(self) -> Floats:
        """Norms of the rows, shape (n,)."""
        return np.asarray(np.linalg.norm(self.X, axis=1))

    @property
    def bent(self) -> float:
        """By how much the activation's slope grows at zero."""
        return float(self.gains[ON] - self.gains[OFF])

    def costs(self, w: Floats) -> Floats:
        """Return the norms of neurons over the decayed coordinates."""
        return np.asarray(np.linalg.norm(w[:, : self.decayed], axis=1))

    def penalty(self, costs: float, bias: float) -> float:
        """Return the penalty of neurons with these costs in all, and of an output bias."""
        return self.beta * costs + 0.5 * (self.bend or 0.0) * bias * bias

    def share(self, rate: Floats) -> float:
        """Return which part of ``sum (target - rate z)`` is the best output bias."""
        total = 0.0 if self.bend is None else float(rate.sum()) + self.bend
        return 1.0 / total if total > 0.0 else 0.0

    def place(self, directions: Floats, signs: Floats, v: Floats, *, near: float) -> Neurons:
        """Return neurons of cost 1 with states: rows near a direction become kinks if they attract.

        Directions are projected on their kinks, at most d - 1 independent ones, nearest first.
        """
        from convex_program import kernels

        w = np.array(directions)
        signs = signs.astype(float)
        states = np.empty((len(w), len(self.X)), dtype=np.int8)
        kernels.place(self.X, self.lengths, v, w, signs, near, self.bent, states)
        costs = self.costs(w)
        w /= np.where(costs > 0.0, costs, 1.0)[:, None]
        return Neurons(w, signs, states)


@dataclass(eq=False)
class Point:
    """Where a polish stands: neurons, output bias, the dual vector they answer with.

    Parameters
    ----------
    net : Neurons
    bias : float
    v : (n,) float64
        An element of ``-df`` at the outputs, in the limit of the anchors.
    objective : float
        F, with the loss itself.
    """

    net: Neurons
    bias: float
    v: Floats
    objective: float
