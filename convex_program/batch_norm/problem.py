"""Training with batch normalization before the activation, and the plain problem it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.batch_norm.coordinates import Coordinates, coordinates_of
from convex_program.batch_norm.network import BatchNormNetwork
from convex_program.batch_norm.normalization import Normalization, UnitLength
from convex_program.errors import ArgumentError
from convex_program.exact_problem import ExactProblem
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.output_bias import NoBias, OutputBias
from convex_program.problem import TrainingProblem, network_claim
from convex_program.reading import read_number


@dataclass(frozen=True, eq=False)
class BatchNormProblem:
    """``min f(outputs) + beta/2 sum_j (gamma_j^2 + shift_j^2 + |alpha_j|^2)`` over normalized networks.

    The networks are those of `BatchNormNetwork` over the full batch X.  The weights before the
    normalization are not decayed: their length has no effect, so a decay would have no minimizer.

    Parameters
    ----------
    X : DataMatrix or array-like of shape (n, d)
        The batch, *without* a column of ones; a bias before the normalization has no effect.
    y, beta, loss, output_bias, sample_weight, remark
        As in `TrainingProblem`; beta must be positive.
    activation : Activation
        What follows the normalization.
    normalization : Normalization
        `UnitLength` by default; `UnitVariance` is what ``BatchNorm1d`` of PyTorch does.

    Raises
    ------
    ArgumentError
        Naming the argument that does not fit.

    Notes
    -----
    *Derivation.* A pre-activation is ``Z (a, c)`` with Z = [X, 1], and gamma and shift cost
    ``|Z (a, c)|^2`` (over n for `UnitVariance`), so this is a problem without normalization whose
    cost is a metric on the weights.  In coordinates s in which that metric is the identity it is a
    `TrainingProblem` over the same cells: `reduced`.

    *Exactness.* The coordinates are floats taken as rationals.  By what the metric differs from the
    identity is known exactly, about 1e-15, and the decay of `reduced` is smaller by that: every bound of
    the reduced problem is one of this problem.

    Examples
    --------
    >>> problem = BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> problem.reduced.data.shape
    (3, 2)
    """

    X: Any
    y: Any
    beta: Any
    loss: Loss = field(default_factory=Squared)
    activation: Activation = field(default_factory=ReLU)
    normalization: Normalization = field(default_factory=UnitLength)
    output_bias: OutputBias = field(default_factory=NoBias)
    sample_weight: Any = None
    remark: str = ""

    def __post_init__(self) -> None:
        """Read everything exactly and refuse what does not fit."""
        if not isinstance(self.normalization, Normalization):
            raise ArgumentError(
                f"normalization = {self.normalization!r} is not a Normalization instance"
            )
        beta = read_number("beta", self.beta, "weight decay must be a positive number")
        if beta <= 0:
            raise ArgumentError(
                f"beta = {self.beta!r} must be positive: without weight decay normalization changes "
                "nothing that networks can put out, and TrainingProblem on X with a column of ones says what that is"
            )
        object.__setattr__(self, "X", ar.as_data_matrix(self.X))
        object.__setattr__(self, "beta", beta)
        if not self.reduced.loss.finite:
            raise ArgumentError(
                f"loss = {self.loss!r} allows no error, which is not known here; take a squared loss "
                "with a small beta"
            )

    @property
    def data(self) -> ar.DataMatrix:
        """The batch, exactly."""
        data: ar.DataMatrix = self.X
        return data

    @property
    def exact_beta(self) -> Fraction:
        """The weight decay, exactly."""
        exact: Fraction = self.beta
        return exact

    @cached_property
    def coordinates(self) -> Coordinates:
        """Coordinates in which the cost is the length, up to a known defect."""
        return coordinates_of(self.data, self.normalization.weight(self.data.shape[0]))

    @cached_property
    def reduced(self) -> TrainingProblem:
        """The problem without normalization in these coordinates: its bounds hold for this one."""
        return TrainingProblem(
            self.coordinates.data,
            self.y,
            self.exact_beta * self.coordinates.shrink,
            loss=self.loss,
            activation=self.activation,
            output_bias=self.output_bias,
            sample_weight=self.sample_weight,
            remark=self.remark,
        )

    @cached_property
    def _without_hidden_decay(self) -> ExactProblem:
        rows = tuple(map(tuple, self.coordinates.rows))
        return ExactProblem(
            rows, 0, self.activation, self.reduced.fit, self.exact_beta, self.output_bias
        )

    def fold(self, network: BatchNormNetwork) -> Network:
        """Return a normalized network as one on the batch with a last column of ones.

        Raises
        ------
        ArgumentError
            When it does not belong to this problem.
        """
        if not isinstance(network, BatchNormNetwork):
            raise ArgumentError(
                f"network = {network!r} is not a BatchNormNetwork; BatchNormNetwork.of_folded(network, "
                "X) makes one of a Network"
            )
        if network.normalization != self.normalization:
            raise ArgumentError(
                f"network has normalization={network.normalization!r}, the problem {self.normalization!r}"
            )
        folded = network.folded(self.data)
        self.reduced.admit(self._lowered(folded))
        return folded

    def unfold(self, reduced: Network) -> BatchNormNetwork:
        """Return a network of the reduced problem as a normalized one."""
        weights = self.coordinates.lift(reduced.hidden)
        folded = Network(weights, reduced.output, reduced.output_bias, reduced.activation)
        return BatchNormNetwork.of_folded(folded, self.data, self.normalization)

    def lower(self, network: BatchNormNetwork) -> Network:
        """Return a normalized network in the coordinates of the reduced problem."""
        return self._lowered(self.fold(network))

    def _lowered(self, folded: Network) -> Network:
        return folded.with_weights(self.coordinates.lower(folded.hidden), folded.output)

    def exact_objective(self, network: BatchNormNetwork) -> Fraction | None:
        """Return loss plus weight decay as the rational number it is; None when infinite.

        That of the folded weights as stored: gamma and shift follow from them, exactly.

        Raises
        ------
        ArgumentError
            When the network does not belong to the problem.
        """
        folded = self.fold(network)
        value = self._without_hidden_decay.objective(network_claim(folded))
        if value is None:
            return None
        cost: Fraction = sum(self.coordinates.cost(folded.hidden), Fraction(0))
        return value + self.exact_beta * cost / 2

    def objective(self, network: BatchNormNetwork) -> float:
        """Return loss plus weight decay of gamma, shift and alpha, in floating point."""
        outputs = np.asarray(network.forward(self.data)).ravel()
        squares = sum(
            float(np.sum(part**2)) for part in (network.scale, network.shift, network.output)
        )
        biases = np.atleast_1d(np.asarray(network.output_bias, dtype=np.float64)).tolist()
        bias = sum(self.output_bias.exact_penalty(Fraction(b), self.exact_beta) for b in biases)
        return self.reduced.fit.value(outputs) + float(self.exact_beta) / 2 * squares + float(bias)

    @property
    def objective_text(self) -> str:
        """What is minimized, in words."""
        return f"{self.reduced.objective_text}, of gamma, shift and output weights ({self.normalization!r})"

    def __repr__(self) -> str:
        """One line: sizes and settings."""
        n, d = self.data.shape
        return (
            f"BatchNormProblem(n={n}, d={d}, beta={float(self.exact_beta):g}, loss={self.loss!r}, "
            f"activation={self.activation!r}, normalization={self.normalization!r}, "
            f"output_bias={self.output_bias!r})"
        )
