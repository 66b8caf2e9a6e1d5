"""Where a run begins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem


class Start(ABC):
    """A way to choose the first weights; final subclasses are frozen records.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> HeStart().network(problem, 5, np.random.default_rng(0)).hidden.shape
    (5, 2)
    """

    @abstractmethod
    def network(self, problem: TrainingProblem, neurons: int, rng: np.random.Generator) -> Network:
        """Return a network of given width for the problem's data, without output biases."""


@dataclass(frozen=True, slots=True)
class GaussianStart(Start):
    """Independent normal weights.

    Parameters
    ----------
    scale : float
        Hidden weights have the standard deviation ``scale / sqrt(d)``, output weights
        ``scale / sqrt(m)``.  Small ones (1e-3) let neurons turn before they grow.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> small = GaussianStart(1e-3).network(problem, 100, np.random.default_rng(0))
    >>> bool(np.abs(small.hidden).max() < 1e-2)
    True
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse scales that start nowhere."""
        if not 0 < self.scale < np.inf:
            raise ArgumentError(f"scale = {self.scale!r} must be a positive number")

    def network(self, problem: TrainingProblem, neurons: int, rng: np.random.Generator) -> Network:
        """Draw hidden weights, then output weights."""
        width, outputs = problem.data.shape[1], problem.outputs
        hidden = rng.standard_normal((neurons, width)) * self.scale / np.sqrt(width)
        output = rng.standard_normal((neurons, outputs)) * self.scale / np.sqrt(neurons)
        return Network(hidden, output, np.zeros(outputs), problem.activation)


@dataclass(frozen=True, slots=True)
class HeStart(Start):
    """Normal weights that keep the size of signals through ReLU layers: variance 2 over inputs.

    Notes
    -----
    *Reference.* He, Zhang, Ren and Sun 2015.  The output layer is linear: its variance is 1/m.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> drawn = HeStart().network(problem, 10_000, np.random.default_rng(0))
    >>> round(float(drawn.hidden.var()), 1)
    1.0
    """

    def network(self, problem: TrainingProblem, neurons: int, rng: np.random.Generator) -> Network:
        """Draw hidden weights, then output weights."""
        drawn = GaussianStart().network(problem, neurons, rng)
        return Network(
            np.sqrt(2.0) * drawn.hidden, drawn.output, drawn.output_bias, problem.activation
        )


@dataclass(frozen=True, eq=False, slots=True)
class NetworkStart(Start):
    """A given network.

    Parameters
    ----------
    given : Network

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> given = cx.Network([[1.0, 0.0]], [1.0])
    >>> NetworkStart(given).network(problem, 1, np.random.default_rng(0)) is given
    True
    """

    given: Network

    def network(self, problem: TrainingProblem, neurons: int, rng: np.random.Generator) -> Network:
        """Return it, if it fits."""
        del rng
        problem.admit(self.given)
        if self.given.width != neurons:
            raise ArgumentError(
                f"neurons = {neurons}, but the network to start from has {self.given.width}"
            )
        return self.given
