"""The training problem: data, targets, weight decay, loss, neurons, biases."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.html import block, facts, paragraph
from convex_program.activations import Activation, ReLU
from convex_program.claim import NetworkClaim
from convex_program.errors import ArgumentError
from convex_program.exact_problem import ExactProblem
from convex_program.fit import Fit
from convex_program.gauge import Gauge
from convex_program.hidden_bias import DecayedHiddenBias, HiddenBias
from convex_program.losses import Loss, Squared, Targets
from convex_program.network import Network
from convex_program.output_bias import FreeBias, NoBias, OutputBias
from convex_program.reading import read_number, read_numbers
from convex_program.row_fit import data_term

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


_LARGEST = Fraction(sys.float_info.max)
_SMALLEST = Fraction(sys.float_info.min)


@dataclass(frozen=True, eq=False)
class TrainingProblem:
    """``min f(sum_j alpha_j phi(X w_j) + b; y) + beta/2 sum_j (|w_j|^2 + alpha_j^2)``.

    The scaling is that of Pilanci and Ergen: with the squared loss f is *half* the *sum*
    of squared errors.  `convex_program.scaling` converts from other conventions.

    Parameters
    ----------
    X : DataMatrix or array-like of shape (n, d)
        Read exactly as stored; a hidden bias is a last column of ones.
    y : array-like of shape (n,), (n, 1) or (n, c)
        Targets, read exactly, one column for each output; for `Logistic`, `Hinge` and
        `SquaredHinge` labels: -1 and 1, 0 and 1, booleans, or two texts.  For
        `SoftmaxCrossEntropy` a label for each row, or the masses of c classes.
    beta : number or text
        Weight decay, read exactly: 0.1 is the float64 next to 1/10, "0.1" is 1/10.  With 0 the
        question is what networks of any width can reach without decay.
    loss : Loss
    activation : Activation
    hidden_bias : HiddenBias
        `FreeHiddenBias` leaves the weights on the last column, of ones, without decay.
    output_bias : OutputBias
    sample_weight : array-like of shape (n,), optional
        Factors of the losses of the rows, not negative, read exactly.
    remark : str
        A sentence that every summary repeats: where this problem differs from the one a
        network was trained for.

    Raises
    ------
    ArgumentError
        Naming the argument that does not fit.
    arrangements.DataError
        When X or y holds anything but finite numbers.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.1)
    >>> problem.objective(Network([[-1.0], [1.0]], [1.0, 1.0]))
    0.7
    """

    X: Any
    y: Any
    beta: Any
    loss: Loss = field(default_factory=Squared)
    activation: Activation = field(default_factory=ReLU)
    hidden_bias: HiddenBias = field(default_factory=DecayedHiddenBias)
    output_bias: OutputBias = field(default_factory=NoBias)
    sample_weight: Any = None
    remark: str = ""

    def __post_init__(self) -> None:
        """Read everything exactly and refuse what does not fit."""
        for name, kind in (
            ("loss", Loss),
            ("activation", Activation),
            ("hidden_bias", HiddenBias),
            ("output_bias", OutputBias),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise ArgumentError(f"{name} = {value!r} is not {_a(kind.__name__)} instance")
        data = ar.as_data_matrix(self.X)
        self.hidden_bias.admit(data)
        rows = data.shape[0]
        targets = self.loss.read_targets(self.y)
        given = len(targets.values) // targets.outputs
        if given != rows:
            raise ArgumentError(
                f"y has {given} {'entries' if targets.outputs == 1 else 'rows'}, X has {rows} rows"
            )
        beta = _decay(self.beta)
        _require_floats(targets.values, beta)
        object.__setattr__(self, "X", data)
        object.__setattr__(self, "y", targets.values if targets.outputs == 1 else targets)
        object.__setattr__(self, "beta", beta)
        object.__setattr__(self, "sample_weight", _weights(self.sample_weight, rows))

    @property
    def data(self) -> ar.DataMatrix:
        """The data, exactly."""
        data: ar.DataMatrix = self.X
        return data

    @property
    def outputs(self) -> int:
        """Number of outputs c."""
        return self.y.outputs if isinstance(self.y, Targets) else 1

    @property
    def exact_targets(self) -> tuple[Fraction, ...]:
        """The targets, exactly; of several outputs flat, row by row."""
        exact: tuple[Fraction, ...] = self.y.values if isinstance(self.y, Targets) else self.y
        return exact

    @property
    def exact_beta(self) -> Fraction:
        """The weight decay, exactly."""
        exact: Fraction = self.beta
        return exact

    @cached_property
    def fit(self) -> Fit:
        """The data term: loss, targets and sample weights."""
        return data_term(self.loss, self.exact_targets, self.sample_weight, self.outputs)

    @cached_property
    def gauge(self) -> Gauge:
        """What neurons put out on the data and what they cost."""
        return Gauge(self.data, self.activation, self.hidden_bias)

    @property
    def constant(self) -> OutputBias:
        """The output bias as the dual sees it: free where neurons put out constants for nothing."""
        return FreeBias() if self.gauge.constants else self.output_bias

    @cached_property
    def exact(self) -> ExactProblem:
        """The problem in rational numbers."""
        gauge = self.gauge
        return ExactProblem(
            gauge.exact_rows,
            gauge.decayed,
            self.activation,
            self.fit,
            self.exact_beta,
            self.output_bias,
        )

    @property
    def features(self) -> FloatMatrix:
        """The data as floats, shape (n, q)."""
        return self.gauge.features

    @property
    def targets(self) -> FloatVector:
        """The targets as floats, shape (n,); of several outputs flat, row by row."""
        return self.fit.targets

    @cached_property
    def decay(self) -> float:
        """The weight decay as a float."""
        return float(self.exact_beta)

    @property
    def arrangement(self) -> ar.Arrangement:
        """The arrangement whose regions are the cells of the convex program."""
        return self.gauge.arrangement

    def require_one_output(self, what: str, remedy: str) -> None:
        """Raise `ArgumentError` when there are several outputs, which something does not know."""
        if self.outputs > 1:
            raise ArgumentError(f"{what}, and the problem has {self.outputs}; {remedy}")

    def admit(self, network: Network) -> None:
        """Raise `ArgumentError` when a network does not belong to this problem."""
        if not isinstance(network, Network):
            raise ArgumentError(f"network = {network!r} is not a Network")
        if network.features != self.data.shape[1]:
            raise ArgumentError(
                f"the network has {network.features} inputs, the data {self.data.shape[1]} "
                "columns (a hidden bias is a last column of ones: --bias on the command line)"
            )
        if network.activation != self.activation:
            raise ArgumentError(
                f"the network has activation={network.activation!r}, the problem "
                f"activation={self.activation!r}"
            )
        if network.outputs != self.outputs:
            raise ArgumentError(
                f"the network has {network.outputs} outputs, the problem {self.outputs}: one for "
                "each column of y, or each class"
            )
        self.output_bias.admit(network.output_bias)

    def objective(self, network: Network) -> float:
        """Return loss plus weight decay of a network, in floating point."""
        self.admit(network)
        loss = self.fit.value(network.forward(self.data).ravel())
        decayed = network.hidden[:, : self.gauge.decayed]
        squares = float(np.sum(decayed**2) + np.sum(network.output**2))
        bias = sum(
            self.output_bias.exact_penalty(Fraction(b), self.exact_beta)
            for b in network.constants.tolist()
        )
        return loss + self.decay / 2 * squares + float(bias)

    def exact_objective(self, network: Network) -> Fraction | None:
        """Return loss plus weight decay as the rational number it is; None when infinite.

        Slightly more for losses that are not rational.

        Raises
        ------
        ArgumentError
            When the network does not belong to the problem.
        """
        self.admit(network)
        return self.exact.objective(network_claim(network))

    def residual(self, network: Network) -> FloatVector:
        """Return an element of ``-df`` at the outputs of a network: its own dual candidate.

        Of several outputs flat, row by row, as every dual vector.
        """
        self.admit(network)
        return self.fit.residual(network.forward(self.data).ravel())

    def feasible(self, dual: FloatVector) -> FloatVector:
        """Return a dual vector near the given one that loss and biases allow, exactly."""
        return self.constant.feasible(np.asarray(dual, dtype=np.float64), self.fit, self.decay)

    def realized(self, network: Network, constant: Any) -> Network:
        """Return neurons with a constant: an output bias, or a neuron where it costs nothing.

        Parameters
        ----------
        network : Network
            Its own output bias is left out.
        constant : float, or array of shape (c,)
        """
        if not self.gauge.constants or self.output_bias.bend(self.decay) == 0.0:
            return replace(network, output_bias=constant)
        network = replace(network, output_bias=0.0)
        constants = np.broadcast_to(np.asarray(constant, dtype=np.float64), (self.outputs,))
        if not constants.any():
            return network
        on, off = float(self.activation.on), float(self.activation.off)
        alone = np.zeros((1, self.gauge.columns))
        alone[0, -1] = 1.0 if on else -1.0
        neuron = network.with_weights(alone, constants[np.newaxis] / (on or off))
        neuron = neuron.balanced(self.gauge.decayed)
        return network.with_weights(
            np.concatenate([network.hidden, neuron.hidden]),
            np.concatenate([network.output, neuron.output]),
        )

    def empty_network(self) -> Network:
        """Return the best network without neurons: optimal from `beta_max` up."""
        constant = self.constant.fit_zero(self.fit, self.decay)
        return self.realized(self.gauge.empty(0.0, self.outputs), constant)

    @property
    def objective_text(self) -> str:
        """What is minimized, in words."""
        weighted = " with sample weights" if self.sample_weight is not None else ""
        hidden = "" if self.gauge.decayed == self.gauge.columns else ", hidden biases not decayed"
        return (
            f"{self.loss.words}{weighted} + beta/2 times the squared weights{hidden}, "
            f"beta = {self.decay:.6g}"
        )

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        n, d = self.data.shape
        entries: list[tuple[str, object]] = [
            ("objective", self.objective_text),
            ("rows", f"{n:,}"),
            ("columns", d),
            ("outputs", self.outputs),
            ("beta", ar.fraction_text(self.exact_beta)),
            ("loss", self.loss),
            ("activation", self.activation),
            ("hidden bias", self.hidden_bias),
            ("output bias", self.output_bias),
        ]
        remark = paragraph(self.remark) if self.remark else ""
        return block(facts("Training problem", entries), remark)

    def __repr__(self) -> str:
        """One line: sizes and settings."""
        n, d = self.data.shape
        weighted = "" if self.sample_weight is None else ", weighted"
        several = "" if self.outputs == 1 else f", outputs={self.outputs}"
        return (
            f"TrainingProblem(n={n}, d={d}{several}, beta={self.decay:g}, loss={self.loss!r}, "
            f"activation={self.activation!r}, hidden_bias={self.hidden_bias!r}, "
            f"output_bias={self.output_bias!r}{weighted})"
        )


def network_claim(network: Network) -> NetworkClaim:
    """Return a network's weights as plain numbers."""
    return NetworkClaim(
        hidden=tuple(tuple(row) for row in network.hidden.tolist()),
        output=tuple(network.output.ravel().tolist()),
        output_bias=network.output_bias
        if network.outputs == 1
        else tuple(network.output_bias.tolist()),
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "AEIOU" else f"a {noun}"


def _decay(beta: Any) -> Fraction:
    exact = read_number("beta", beta, "weight decay must be a number from 0 on")
    if exact < 0:
        raise ArgumentError(f"beta = {beta!r}; weight decay must not be negative")
    return exact


def _weights(weights: Any, rows: int) -> tuple[Fraction, ...] | None:
    """Return sample weights exactly; None for ones, which is the same problem."""
    if weights is None:
        return None
    exact = read_numbers(weights, "sample_weight")
    if len(exact) != rows:
        raise ArgumentError(f"sample_weight has {len(exact)} entries, X has {rows} rows")
    for i, value in enumerate(exact):
        if value < 0:
            raise ArgumentError(f"sample_weight[{i}] = {value} must not be negative")
        if value and not _SMALLEST <= value <= _LARGEST:
            raise ArgumentError(
                f"sample_weight[{i}] is outside the range of float64; scale weights and beta"
            )
    if not any(exact):
        raise ArgumentError("sample_weight is zero everywhere; nothing is left to fit")
    return None if all(value == 1 for value in exact) else exact


def _require_floats(targets: tuple[Fraction, ...], beta: Fraction) -> None:
    """Refuse numbers that solvers, which work in float64, could not even read."""
    for i, value in enumerate(targets):
        if abs(value) > _LARGEST:
            raise ArgumentError(f"y[{i}] is too large for a float64; scale X, y and beta")
    if beta and not _SMALLEST <= beta <= _LARGEST:
        raise ArgumentError("beta is outside the range of float64; scale X, y and beta")
