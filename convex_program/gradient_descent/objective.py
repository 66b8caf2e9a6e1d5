"""The objective of a network and its gradient, for weights in one flat vector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.problem import TrainingProblem

FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Objective:
    """The objective as a function of all weights: hidden, output, output biases.

    Parameters
    ----------
    problem : TrainingProblem
    neurons : int
        The width m.
    """

    problem: TrainingProblem
    neurons: int

    def flat(self, network: Network) -> FloatVector:
        """Return the weights of a network in one vector."""
        return np.concatenate(
            [network.hidden.ravel(), network.output.ravel(), np.ravel(network.output_bias)]
        )

    def network(self, weights: FloatVector) -> Network:
        """Return the network of a vector; a bias that the problem does not have is zero."""
        hidden, output, bias = self.split(weights)
        kept = np.array([self.problem.output_bias.kept(b) for b in bias.tolist()])
        return Network(hidden, output, kept, self.problem.activation)

    def split(self, weights: FloatVector) -> tuple[FloatVector, FloatVector, FloatVector]:
        """Return hidden weights (m, d), output weights (m, c), output biases (c,)."""
        c = self.problem.outputs
        hidden, output, bias = np.split(
            weights, [len(weights) - (self.neurons + 1) * c, len(weights) - c]
        )
        return hidden.reshape(self.neurons, -1), output.reshape(self.neurons, c), bias

    @cached_property
    def hidden_size(self) -> int:
        """How many of the weights are hidden ones."""
        return self.neurons * self.problem.data.shape[1]

    def __call__(
        self, weights: FloatVector, rows: npt.NDArray[np.float64] | None = None
    ) -> tuple[float, FloatVector]:
        """Return the objective, and its gradient.

        Parameters
        ----------
        weights : (size,) float64
        rows : (n,) float64, optional
            By what the rows' losses are multiplied in the gradient: n / k on a batch of k rows
            and 0 elsewhere.  The objective is that of all rows.

        Notes
        -----
        The derivative of the activation at 0 is taken as the one above, in keeping with
        ``1[0 >= 0]``.
        """
        problem = self.problem
        hidden, output, _ = self.split(weights)
        network = self.network(weights)
        gauge = problem.gauge
        before = gauge.features @ hidden.T
        residual = problem.residual(network).reshape(-1, problem.outputs)
        if rows is not None:
            residual = residual * rows[:, np.newaxis]
        gains = gauge.gains(before >= 0)
        to_hidden = -((gains * (residual @ output.T)).T @ gauge.features)
        to_output = -((gains * before).T @ residual)
        decayed = hidden * (np.arange(gauge.columns) < gauge.decayed)
        return problem.objective(network), np.concatenate(
            [
                (to_hidden + problem.decay * decayed).ravel(),
                (to_output + problem.decay * output).ravel(),
                self._to_bias(network.constants.tolist(), residual.sum(axis=0).tolist()),
            ]
        )

    def _to_bias(self, constants: list[float], totals: list[float]) -> list[Any]:
        bias, decay = self.problem.output_bias, self.problem.decay
        return [
            bias.kept(bias.gradient(constant, decay) - total)
            for constant, total in zip(constants, totals, strict=True)
        ]
