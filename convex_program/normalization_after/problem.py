"""Training networks that are normalized after the activation."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.errors import ArgumentError
from convex_program.exact_problem import ExactProblem, dyadic
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.normalization_after.network import NormalizationAfterNetwork
from convex_program.output_bias import NoBias
from convex_program.problem import TrainingProblem, network_claim


@dataclass(frozen=True, eq=False)
class NormalizationAfterProblem:
    """``min f(outputs) + beta/2 sum_j (gamma_j^2 + alpha_j^2)`` over `NormalizationAfterNetwork`.

    The weights before the activation are not decayed: their length has no effect.

    Parameters
    ----------
    X : DataMatrix or array-like of shape (n, d)
        The batch.  A hidden bias is a last column of ones.
    y : array-like of shape (n,)
    beta : number or text
        Positive.
    activation : Activation
    loss : Loss
        `Squared`.
    sample_weight : array-like of shape (n,), optional
        As in `TrainingProblem`.

    Raises
    ------
    ArgumentError
        Naming the argument that does not fit.

    Notes
    -----
    *Derivation.* Folded into its weights, a neuron puts out ``alpha phi(Xw)`` with ``gamma = |phi(Xw)|``; over the
    scalings it costs ``|alpha phi(Xw)|``: the length of what it puts out on the batch.  On a cell that is ``|D X u|``, a
    metric of its own for every pattern; in the coordinates ``S V^T u`` of ``D X = U S V^T`` it is the plain length, and
    the program is the one with U in the place of D X.  The dual asks ``|v.phi(Xu)| <= beta |phi(Xu)|``.

    Any invertible map of the columns leaves the value alone.

    Reference: Ergen, Sahiner, Ozturkler, Pauly, Mardani and Pilanci (2022), arXiv 2103.01499, has the normalization before
    the activation (`BatchNormProblem`); this is the other order.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[3.0], [4.0], [-7.0]], [3.0, 4.0, 0.0], beta=0.5)
    >>> network = cx.NormalizationAfterNetwork([[1.0]], [2.0], [2.5])  # puts out (3, 4, 0)
    >>> float(problem.exact_objective(network))  # 0.5 / 2 (2^2 + 2.5^2)
    2.5625
    """

    X: Any
    y: Any
    beta: Any
    activation: Activation = field(default_factory=ReLU)
    loss: Loss = field(default_factory=Squared)
    sample_weight: Any = None

    def __post_init__(self) -> None:
        """Read everything exactly and refuse what does not fit."""
        if not isinstance(self.loss, Squared):
            raise ArgumentError(
                f"loss = {self.loss!r}: normalization after the activation knows Squared() only"
            )
        if self.plain.outputs > 1:
            raise ArgumentError(
                f"y has {self.plain.outputs} columns; normalization after the activation knows one output"
            )
        if not self.plain.exact_beta:
            raise ArgumentError(
                "beta = 0: without weight decay normalization changes nothing that networks can put out; "
                "TrainingProblem says what that is"
            )

    @cached_property
    def plain(self) -> TrainingProblem:
        """The problem without normalization on the same data: its loss and its cells."""
        return TrainingProblem(
            self.X,
            self.y,
            self.beta,
            loss=self.loss,
            activation=self.activation,
            sample_weight=self.sample_weight,
        )

    @property
    def data(self) -> ar.DataMatrix:
        """The batch, exactly."""
        return self.plain.data

    @property
    def exact_beta(self) -> Fraction:
        """The weight decay, exactly."""
        return self.plain.exact_beta

    @cached_property
    def _without_hidden_decay(self) -> ExactProblem:
        exact = self.plain.exact
        return ExactProblem(
            exact.features, 0, self.activation, exact.fit, self.exact_beta, NoBias()
        )

    def fold(self, network: NormalizationAfterNetwork) -> Network:
        """Return a normalized network as one without normalization.

        Raises
        ------
        ArgumentError
            When it does not belong to this problem.
        """
        if not isinstance(network, NormalizationAfterNetwork):
            raise ArgumentError(
                f"network = {network!r} is not a NormalizationAfterNetwork; "
                "NormalizationAfterNetwork.of_folded(network, X) makes one of a Network"
            )
        folded = network.folded(self.data)
        self.plain.admit(folded)
        return folded

    def exact_objective(self, network: NormalizationAfterNetwork) -> Fraction:
        """Return loss plus weight decay as the rational number it is.

        That of the folded weights as stored: gamma_j is ``|phi(X w_j)|``, whose square is rational.

        Raises
        ------
        ArgumentError
            When the network does not belong to the problem.
        """
        folded = self.fold(network)
        value = self._without_hidden_decay.objective(network_claim(folded))
        if value is None:
            raise ArgumentError("network: its loss is infinite")
        squares = (self._square(w) for w in folded.hidden.tolist())
        return value + self.exact_beta * sum(squares, Fraction(0)) / 2

    def _square(self, weights: list[float]) -> Fraction:
        """Return ``|phi(Xw)|^2`` exactly."""
        integers, denominator = self.plain.exact.integers
        w, shift = dyadic(weights)
        on, off = self.activation.on, self.activation.off
        terms = ((on if t > 0 else off) * int(t) for t in (integers @ w).tolist())
        return sum((t * t for t in terms), Fraction(0)) / (denominator << shift) ** 2

    def objective(self, network: NormalizationAfterNetwork) -> float:
        """Return loss plus weight decay of gamma and alpha, in floating point."""
        squares = float(np.sum(network.scale**2) + np.sum(network.output**2))
        return self.plain.fit.value(network.forward(self.data)) + self.plain.decay / 2 * squares

    def residual(self, network: NormalizationAfterNetwork) -> npt.NDArray[np.float64]:
        """Return minus the slope of the loss at the outputs of a network: its own dual candidate."""
        return self.plain.residual(self.fold(network))

    @property
    def objective_text(self) -> str:
        """What is minimized, in words."""
        return (
            f"{self.loss.words} + beta/2 times the squares of gamma and output weights, beta = "
            f"{self.plain.decay:.6g}, normalized after {self.activation!r}"
        )

    def __repr__(self) -> str:
        """One line: sizes and settings."""
        n, d = self.data.shape
        return (
            f"NormalizationAfterProblem(n={n}, d={d}, beta={self.plain.decay:g}, "
            f"activation={self.activation!r})"
        )
