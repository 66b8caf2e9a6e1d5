"""The training problem: data, targets, weight decay, loss, architecture, output bias."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.architectures import Architecture, ReLU
from convex_program.errors import ArgumentError
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.output_bias import NoBias, OutputBias

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


_LARGEST = Fraction(sys.float_info.max)
_SMALLEST = Fraction(sys.float_info.min)


@dataclass(frozen=True, eq=False)
class TrainingProblem:
    """``min f(sum_j alpha_j (X w_j)_+ + b; y) + beta/2 sum_j (|w_j|^2 + alpha_j^2)``.

    The scaling is that of Pilanci and Ergen: with the squared loss f is *half* the *sum*
    of squared errors.  `convex_program.scaling` converts from other conventions.

    Parameters
    ----------
    X : DataMatrix or array-like of shape (n, d)
        Read exactly as stored; a hidden bias is a last column of ones, decayed like the
        other weights.
    y : array-like of shape (n,) or (n, 1)
        Targets, read exactly.
    beta : number or text
        Weight decay, positive, read exactly: 0.1 is the float64 next to 1/10, "0.1" is 1/10.
    loss : Loss
    architecture : Architecture
    output_bias : OutputBias
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
    architecture: Architecture = field(default_factory=ReLU)
    output_bias: OutputBias = field(default_factory=NoBias)
    remark: str = ""

    def __post_init__(self) -> None:
        """Read everything exactly and refuse what does not fit."""
        for name, kind in (
            ("loss", Loss),
            ("architecture", Architecture),
            ("output_bias", OutputBias),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise ArgumentError(f"{name} = {value!r} is not a {kind.__name__} instance")
        data = ar.as_data_matrix(self.X)
        targets = _targets(self.y, data.shape[0])
        beta = _positive(self.beta)
        _require_floats(targets, beta)
        object.__setattr__(self, "X", data)
        object.__setattr__(self, "y", targets)
        object.__setattr__(self, "beta", beta)

    @property
    def data(self) -> ar.DataMatrix:
        """The data, exactly."""
        data: ar.DataMatrix = self.X
        return data

    @property
    def exact_targets(self) -> tuple[Fraction, ...]:
        """The targets, exactly."""
        exact: tuple[Fraction, ...] = self.y
        return exact

    @property
    def exact_beta(self) -> Fraction:
        """The weight decay, exactly."""
        exact: Fraction = self.beta
        return exact

    @cached_property
    def features(self) -> FloatMatrix:
        """The float features the architecture fits with, shape (n, q)."""
        return self.architecture.features(self.data)

    @cached_property
    def targets(self) -> FloatVector:
        """The targets as floats, shape (n,)."""
        return np.array([float(value) for value in self.exact_targets])

    @cached_property
    def decay(self) -> float:
        """The weight decay as a float."""
        return float(self.exact_beta)

    @cached_property
    def arrangement(self) -> ar.Arrangement:
        """The arrangement whose regions are the cells of the convex program."""
        return self.architecture.arrangement(self.data)

    def admit(self, network: Network) -> None:
        """Raise `ArgumentError` when a network does not belong to this problem."""
        if not isinstance(network, Network):
            raise ArgumentError(f"network = {network!r} is not a Network")
        if network.features != self.data.shape[1]:
            raise ArgumentError(
                f"the network has {network.features} inputs, the data {self.data.shape[1]} "
                "columns (a hidden bias is a last column of ones: --bias on the command line)"
            )
        self.output_bias.admit(network.output_bias)

    def objective(self, network: Network) -> float:
        """Return loss plus weight decay of a network, in floating point."""
        self.admit(network)
        loss = self.loss.value(network.forward(self.data), self.targets)
        squares = float(np.sum(network.hidden**2) + np.sum(network.output**2))
        bias = self.output_bias.exact_penalty(Fraction(network.output_bias), self.exact_beta)
        return loss + self.decay / 2 * squares + float(bias)

    def residual(self, network: Network) -> FloatVector:
        """Return ``-grad f`` at the outputs of a network: its own dual candidate."""
        self.admit(network)
        return self.loss.residual(network.forward(self.data), self.targets)

    def empty_network(self) -> Network:
        """Return the best network without neurons: optimal from `beta_max` up."""
        bias = self.output_bias.fit_zero(self.loss, self.targets, self.decay)
        return Network.empty(self.data.shape[1], output_bias=bias)

    def __repr__(self) -> str:
        """One line: sizes and settings."""
        n, d = self.data.shape
        return (
            f"TrainingProblem(n={n}, d={d}, beta={self.decay:g}, loss={self.loss!r}, "
            f"architecture={self.architecture!r}, output_bias={self.output_bias!r})"
        )


def _targets(y: Any, rows: int) -> tuple[Fraction, ...]:
    if isinstance(y, tuple) and all(isinstance(value, Fraction) for value in y):
        exact = y
    else:
        exact = _read_targets(y)
    if len(exact) != rows:
        raise ArgumentError(f"y has {len(exact)} entries, X has {rows} rows")
    return exact


def _read_targets(y: Any) -> tuple[Fraction, ...]:
    values = y.to_numpy() if hasattr(y, "to_numpy") else y
    try:
        listed = list(values) if not isinstance(values, (str, bytes)) else None
    except TypeError:
        listed = None
    if listed is None:
        raise ArgumentError(f"y = {y!r} is not a sequence of numbers")
    exact = []
    for index, value in enumerate(listed):
        # A column of shape (n, 1) is as good as n numbers.
        entries = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
        if len(entries) != 1:
            raise ArgumentError(
                f"y has shape ({len(listed)}, {len(entries)}); one target a row is needed"
            )
        try:
            exact.append(ar.exact_value(entries[0]))
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"y[{index}]: {error}; one number a row is needed") from None
    return tuple(exact)


def _positive(beta: Any) -> Fraction:
    try:
        exact = ar.decimal_value(beta) if isinstance(beta, str) else ar.exact_value(beta)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"beta: {error}; weight decay must be a positive number") from None
    if exact <= 0:
        raise ArgumentError(f"beta = {beta!r}; weight decay must be a positive number")
    return exact


def _require_floats(targets: tuple[Fraction, ...], beta: Fraction) -> None:
    """Refuse numbers that solvers, which work in float64, could not even read."""
    for i, value in enumerate(targets):
        if abs(value) > _LARGEST:
            raise ArgumentError(f"y[{i}] is too large for a float64; scale X, y and beta")
    if not _SMALLEST <= beta <= _LARGEST:
        raise ArgumentError("beta is outside the range of float64; scale X, y and beta")
