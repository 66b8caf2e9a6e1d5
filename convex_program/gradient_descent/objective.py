"""The objective of a network and its gradient, for weights in one flat vector."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
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
        hidden, output = len(weights) - (self.neurons + 1) * c, len(weights) - c
        return (
            weights[:hidden].reshape(self.neurons, -1),
            weights[hidden:output].reshape(self.neurons, c),
            weights[output:],
        )

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
        hidden, output, bias = self.split(weights)
        gauge, fit = problem.gauge, problem.fit
        before = gauge.features @ hidden.T
        gains = gauge.gains(before >= 0)
        after = gains * before
        constants = [problem.output_bias.kept(b) for b in bias.tolist()]
        # One pass serves value and gradient; a `Network` for each step would cost as much again.
        outputs = (after @ output + constants).ravel()
        residual = fit.residual(outputs).reshape(-1, problem.outputs)
        if rows is not None:
            residual = residual * rows[:, np.newaxis]
        decayed = hidden * self._decayed
        # Summed as `TrainingProblem.objective` does, to the last bit.
        squares = float(np.sum(hidden[:, : gauge.decayed] ** 2) + np.sum(output**2))
        value = fit.value(outputs) + problem.decay / 2 * squares + self._penalty(constants)
        to_hidden = -((gains * (residual @ output.T)).T @ gauge.features)
        return value, np.concatenate(
            [
                (to_hidden + problem.decay * decayed).ravel(),
                (problem.decay * output - after.T @ residual).ravel(),
                self._to_bias(constants, residual.sum(axis=0).tolist()),
            ]
        )

    @cached_property
    def _decayed(self) -> FloatVector:
        gauge = self.problem.gauge
        return np.where(np.arange(gauge.columns) < gauge.decayed, 1.0, 0.0)

    def _penalty(self, constants: list[float]) -> float:
        bias, beta = self.problem.output_bias, self.problem.exact_beta
        return float(sum(bias.exact_penalty(Fraction(b), beta) for b in constants))

    def _to_bias(self, constants: list[float], totals: list[float]) -> list[Any]:
        bias, decay = self.problem.output_bias, self.problem.decay
        return [
            bias.kept(bias.gradient(constant, decay) - total)
            for constant, total in zip(constants, totals, strict=True)
        ]
