"""The gauge of a problem: what its neurons put out on the data, and what they cost.

``f(z) + beta * gauge(z)`` is what training with weight decay minimizes: the gauge of z is the
least cost of neurons that put it out together.  Everything that prices, solves or proves reads
the numbers of this record; nothing else knows how a neuron acts.

A neuron is an *atom* u with a sign: it puts out ``sign phi(X u)`` at cost ``|u|``, the norm taken
over the first ``decayed`` columns.  On a closed cell with pattern D that is linear in u: rows are
multiplied by their gains, on inside the pattern and -off outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation
from convex_program.errors import ArgumentError
from convex_program.hidden_bias import HiddenBias
from convex_program.network import Network
from convex_program.norms import row_norms

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]
Pattern = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Block:
    """What one cell contributes: outputs ``fit @ u`` for ``cone @ u >= 0``.

    Parameters
    ----------
    fit : (n, q) float64
        The features times the gains of the rows.
    cone : (n, q) float64
        (2 D - I) F.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> block = problem.gauge.block([True, False])  # the first row is active: u <= 0
    >>> block.fit.tolist(), block.cone.tolist()
    ([[-1.0], [0.0]], [[-1.0], [-1.0]])
    """

    fit: FloatMatrix
    cone: FloatMatrix


@dataclass(frozen=True, eq=False)
class Atom:
    """A vector u of one cell with the sign of its output.

    Parameters
    ----------
    vector : (q,) float64
    sign : int
        +1 or -1.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> [atom] = problem.gauge.atoms(cx.Network([[2.0]], [-3.0]))
    >>> atom.vector.tolist(), atom.sign  # |alpha| w, and the sign of alpha
    ([6.0], -1)
    """

    vector: FloatVector
    sign: int


@dataclass(frozen=True, eq=False)
class Gauge:
    """Neurons with two slopes on given data.

    Parameters
    ----------
    data : DataMatrix
        Shape (n, q).
    activation : Activation
    hidden_bias : HiddenBias

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> vectors = np.array([[3.0]])
    >>> problem.gauge.outputs(vectors).tolist(), problem.gauge.costs(vectors).tolist()
    ([[0.0], [3.0]], [3.0])
    """

    data: ar.DataMatrix
    activation: Activation
    hidden_bias: HiddenBias

    @property
    def columns(self) -> int:
        """Number q of weights of a neuron."""
        return int(self.data.shape[1])

    @property
    def decayed(self) -> int:
        """How many of the first columns the cost counts."""
        return self.hidden_bias.decayed(self.columns)

    @property
    def constants(self) -> bool:
        """Whether constants cost nothing, so that duals add up to zero."""
        return self.decayed < self.columns

    @property
    def features(self) -> FloatMatrix:
        """The data as floats, shape (n, q)."""
        return self.data.floats

    @property
    def exact_rows(self) -> tuple[tuple[Fraction, ...], ...]:
        """The data as rationals."""
        return self.data.fractions

    @cached_property
    def arrangement(self) -> ar.Arrangement:
        """The arrangement whose regions are the cells."""
        return ar.Arrangement(self.data)

    def gains(self, pattern: Pattern) -> FloatMatrix:
        """Return by what each row is multiplied on a cell: the shape of the pattern."""
        off, on = self.activation.gains
        return np.where(pattern, on, off)

    def block(self, pattern: Pattern, features: FloatMatrix | None = None) -> Block:
        """Return what a cell contributes, for the features or a multiple of them."""
        rows = self.features if features is None else features
        sides = np.where(pattern, 1.0, -1.0)[:, np.newaxis]
        return Block(fit=rows * self.gains(pattern)[:, np.newaxis], cone=sides * rows)

    def outputs(self, vectors: FloatMatrix) -> FloatMatrix:
        """Return ``phi(X u_k)`` of unsigned atoms of shape (k, q): shape (n, k)."""
        return self.activation(self.features @ vectors.T)

    def costs(self, vectors: FloatMatrix) -> FloatVector:
        """Return what atoms of shape (k, q) cost: shape (k,)."""
        return row_norms(vectors[:, : self.decayed])

    def empty(self, output_bias: Any, outputs: int = 1) -> Network:
        """Return the network without neurons."""
        return Network.empty(
            self.columns, output_bias=output_bias, activation=self.activation, outputs=outputs
        )

    def network(self, atoms: Sequence[Atom], output_bias: float) -> Network:
        """Return the network whose balanced neurons are the atoms."""
        if not atoms:
            return self.empty(output_bias)
        vectors = np.array([atom.vector for atom in atoms])
        signs = np.array([atom.sign for atom in atoms])
        return Network(vectors, signs, output_bias, self.activation).balanced(self.decayed)

    def atoms(self, network: Network) -> tuple[Atom, ...]:
        """Return ``|alpha_j| w_j`` with the sign of alpha_j, zero neurons dropped; of one output."""
        if network.outputs > 1:
            raise ArgumentError(
                f"network: it has {network.outputs} outputs, and atoms with a sign are about one; see "
                "its arrays hidden and output"
            )
        alpha = network.output[:, 0]
        return tuple(
            Atom(np.abs(alpha[j]) * network.hidden[j], 1 if alpha[j] > 0 else -1)
            for j in network.active()
        )
