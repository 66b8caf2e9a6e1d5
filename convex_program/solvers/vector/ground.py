"""What a search with several outputs works on: rows by their lines, neurons with states, a point.

A row is a multiple of the line it lies on.  A neuron is on one side of a line, or on it; parallel rows
then have one kink, and cannot contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation
from convex_program.fit import Fit
from convex_program.pricing import ReducedRows

Floats = npt.NDArray[np.float64]
States = npt.NDArray[np.int8]

BELOW, ABOVE, ON_IT = 0, 1, 2
"""States of a line for a neuron: on its negative side, on its positive side, on it."""


@dataclass(eq=False)
class VectorNeurons:
    """Neurons ``phi(X w_k) b_k^T``.

    Parameters
    ----------
    w : (m, r) float64
    b : (m, c) float64
    states : (m, lines) int8
    """

    w: Floats
    b: Floats
    states: States

    def take(self, index: npt.NDArray[Any]) -> VectorNeurons:
        """Return some of them, copied."""
        return VectorNeurons(self.w[index], self.b[index], self.states[index])

    def joined(self, other: VectorNeurons) -> VectorNeurons:
        """Return both together."""
        return VectorNeurons(
            np.concatenate([self.w, other.w]),
            np.concatenate([self.b, other.b]),
            np.concatenate([self.states, other.states]),
        )


@dataclass(frozen=True, eq=False)
class VectorGround:
    """A training problem in the units of the search.

    A neuron's penalty is ``beta/2 (|w_k|^2 + |b_k|^2)``, the first norm over the decayed coordinates.

    Parameters
    ----------
    rows : ReducedRows
        Entries about 1 in size; its basis is the identity.
    decayed : int
        How many of the first coordinates the norm counts: all, or all but a free bias.
    fit : Fit
        Targets about 1 in size.
    beta : float
    bend : float or None
        Second derivative of the output biases' penalty; None without any.
    activation : Activation
    """

    rows: ReducedRows
    decayed: int
    fit: Fit
    beta: float
    bend: float | None
    activation: Activation

    @property
    def lines(self) -> Floats:
        """One representative of each line, shape (lines, r)."""
        return self.rows.lines

    @property
    def outputs(self) -> int:
        """Number of outputs c."""
        return self.fit.outputs

    @cached_property
    def counted(self) -> Floats:
        """1 for every coordinate that the norm counts, 0 for a free bias, shape (r,)."""
        return (np.arange(self.lines.shape[1]) < self.decayed).astype(np.float64)

    def costs(self, w: Floats) -> Floats:
        """Return the norms of hidden weights over the decayed coordinates, shape (m,)."""
        return np.asarray(np.linalg.norm(w[:, : self.decayed], axis=1))

    def masses(self, net: VectorNeurons) -> Floats:
        """Return ``|w_k| |b_k|``, what neurons cost when balanced."""
        return np.asarray(self.costs(net.w) * np.linalg.norm(net.b, axis=1))

    def balance(self, net: VectorNeurons) -> None:
        """Make ``|w_k| = |b_k|``, in place; the function stays the same."""
        ratio = np.sqrt(np.linalg.norm(net.b, axis=1) / self.costs(net.w))
        net.w *= ratio[:, None]
        net.b /= ratio[:, None]

    @cached_property
    def lengths(self) -> Floats:
        """Norms of the lines."""
        return np.asarray(np.linalg.norm(self.lines, axis=1))

    @cached_property
    def along(self) -> Floats:
        """For each row the representative of its line, shape (n, r)."""
        if not len(self.lines):
            return np.zeros((len(self.rows.ratio), self.lines.shape[1]))
        return self.lines[self.rows.line_of]

    @cached_property
    def gains(self) -> Floats:
        """By what the product with its line counts in a row, by state: shape (3, n)."""
        off, on = (float(gain) for gain in self.activation.gains)
        ratio = self.rows.ratio
        down = ratio * np.where(ratio > 0.0, off, on)
        up = ratio * np.where(ratio > 0.0, on, off)
        return np.stack([down, up, np.zeros_like(ratio)])

    def by_state(self, states: States) -> Floats:
        """Return the gains of the rows for neurons with these states, shape (m, n)."""
        if not len(self.lines):
            return np.zeros((len(states), len(self.rows.ratio)))
        return self.gains[states[:, self.rows.line_of], np.arange(len(self.rows.ratio))]

    def summed(self, weights: Floats) -> Floats:
        """Return sums over the rows of each line, (n, q) to (lines, q)."""
        result = np.zeros((len(self.lines), weights.shape[1]))
        if len(self.lines):
            np.add.at(result, self.rows.line_of, weights)
        return result

    def outputs_of(self, net: VectorNeurons) -> Floats:
        """Return what neurons put out by state, shape (m, n)."""
        if not len(self.lines):
            return np.zeros((len(net.w), len(self.rows.ratio)))
        return self.by_state(net.states) * (net.w @ self.lines.T)[:, self.rows.line_of]

    def penalty(self, net: VectorNeurons, bias: Floats) -> float:
        """Return the penalty of neurons and output biases."""
        squares = float(np.sum(net.w[:, : self.decayed] ** 2) + np.sum(net.b**2))
        return 0.5 * self.beta * squares + 0.5 * (self.bend or 0.0) * float(bias @ bias)

    def value(self, net: VectorNeurons, bias: Floats) -> float:
        """Return the objective by state."""
        z = self.outputs_of(net).T @ net.b + bias
        return self.fit.value(z.ravel()) + self.penalty(net, bias)

    def place(
        self, directions: Floats, outputs: Floats, v: Floats, *, near: float
    ) -> VectorNeurons:
        """Return neurons with these directions; lines that are near and attract become kinks.

        Parameters
        ----------
        directions : (k, r) float64
        outputs : (k, c) float64
        v : (n, c) float64
            The dual vector: a line attracts where leaving it to either side loses.
        near : float
            Cosine up to which a line is near.
        """
        w, b = np.array(directions), np.array(outputs)
        products = w @ self.lines.T
        sizes = np.linalg.norm(w, axis=1)[:, None] * self.lengths
        states = np.where(products > 0.0, ABOVE, BELOW).astype(np.int8)
        strength = b @ self.summed((self.gains[1] - self.gains[0])[:, None] * v).T
        close = (np.abs(products) <= near * sizes) & (strength < 0.0)
        for k in np.flatnonzero(close.any(axis=1)):
            order = np.flatnonzero(close[k])
            order = order[np.argsort(np.abs(products[k, order]) / self.lengths[order])]
            kept = independent(self.lines, order, w.shape[1] - 1)
            states[k, kept] = ON_IT
            w[k] = without(self.lines[kept], w[k])
        return VectorNeurons(w, b, states)


@dataclass(eq=False)
class VectorPoint:
    """Where a polish stands.

    Parameters
    ----------
    net : VectorNeurons
    bias : (c,) float64
    v : (n, c) float64
        Minus the gradient of the loss.
    objective : float
    """

    net: VectorNeurons
    bias: Floats
    v: Floats
    objective: float


_INDEPENDENT = 1e-8


def independent(lines: Floats, order: npt.NDArray[Any], most: int) -> list[int]:
    """Return the first of some lines that are linearly independent, at most so many."""
    kept: list[int] = []
    basis: list[Floats] = []
    for line in order.tolist():
        if len(kept) >= most:
            break
        rest = lines[line] / np.linalg.norm(lines[line])
        for _ in range(2):
            for one in basis:
                rest = rest - (rest @ one) * one
        size = float(np.linalg.norm(rest))
        if size > _INDEPENDENT:
            basis.append(rest / size)
            kept.append(int(line))
    return kept


def without(lines: Floats, w: Floats) -> Floats:
    """Return w without its part in the span of independent lines."""
    if not len(lines):
        return w
    q, _ = np.linalg.qr(lines.T)
    for _ in range(2):
        w = w - q @ (q.T @ w)
    return np.asarray(w)
