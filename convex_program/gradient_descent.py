"""Training by gradient descent: the thing that certificates are about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem

FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """Full-batch Adam from a Gaussian start.

    Parameters
    ----------
    steps : int
    rate : float
        Step size; falls linearly to zero over the run, so that kinks are met gently.
    scale : float
        Standard deviation of the initial weights is ``scale / sqrt(inputs)``.
    seed : int
    """

    steps: int = 5000
    rate: float = 0.02
    scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot train."""
        if self.steps < 1:
            raise ArgumentError(f"steps = {self.steps}, but at least one step is needed")
        if self.rate <= 0 or self.scale <= 0:
            raise ArgumentError(f"rate = {self.rate} and scale = {self.scale} must be positive")


@dataclass(frozen=True, eq=False)
class Training:
    """What a run of gradient descent leaves.

    Parameters
    ----------
    network : Network
        After the last step.
    objectives : (steps + 1,) float64
        The objective before each step, and at the end.
    """

    network: Network
    objectives: FloatVector


def train(
    problem: TrainingProblem,
    neurons: int,
    *,
    method: GradientDescent | None = None,
    progress: ar.Listener = ar.silent,
) -> Training:
    """Train a two-layer network of given width by gradient descent.

    Parameters
    ----------
    problem : TrainingProblem
    neurons : int
        Width.
    method : GradientDescent, optional
    progress : Listener, optional
        Called with the steps done and the objective.

    Returns
    -------
    Training

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> training = cx.train(problem, 3, method=cx.GradientDescent(steps=50))
    >>> bool(training.objectives[-1] < training.objectives[0])
    True

    Notes
    -----
    The derivative of the activation at 0 is taken as the one above, in keeping with ``1[0 >= 0]``.
    """
    if neurons < 1:
        raise ArgumentError(f"neurons = {neurons}, but at least one is needed")
    settings = GradientDescent() if method is None else method
    rng = np.random.default_rng(settings.seed)
    width, outputs = problem.data.shape[1], problem.outputs
    weights = np.concatenate(
        [
            rng.standard_normal(neurons * width) * settings.scale / np.sqrt(width),
            rng.standard_normal(neurons * outputs) * settings.scale / np.sqrt(neurons),
            np.zeros(outputs),
        ]
    )
    adam = _Adam(len(weights))
    objectives = np.empty(settings.steps + 1)
    meter = ar.Meter(progress, "training", "steps", settings.steps)
    for step in range(settings.steps):
        objectives[step], gradient = _objective(problem, neurons, weights)
        weights = weights - adam.step(gradient, settings.rate * (1 - step / settings.steps))
        meter.advance(note=f"objective {objectives[step]:.6g}")
    network = _network(problem, neurons, weights)
    objectives[-1] = problem.objective(network)
    meter.finish(note=f"objective {objectives[-1]:.6g}")
    return Training(network, objectives)


class _Adam:
    """First and second moments with the usual constants (Kingma and Ba 2015)."""

    def __init__(self, size: int) -> None:
        self._mean = np.zeros(size)
        self._square = np.zeros(size)
        self._count = 0

    def step(self, gradient: FloatVector, rate: float) -> FloatVector:
        self._count += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.001 * (gradient**2 - self._square)
        mean = self._mean / (1 - 0.9**self._count)
        square = self._square / (1 - 0.999**self._count)
        return np.asarray(rate * mean / (np.sqrt(square) + 1e-12))


def _split(
    problem: TrainingProblem, neurons: int, weights: FloatVector
) -> tuple[FloatVector, FloatVector, FloatVector]:
    """Return hidden weights (m, d), output weights (m, c), output biases (c,)."""
    c = problem.outputs
    hidden, output, bias = np.split(weights, [len(weights) - (neurons + 1) * c, len(weights) - c])
    return hidden.reshape(neurons, -1), output.reshape(neurons, c), bias


def _network(problem: TrainingProblem, neurons: int, weights: FloatVector) -> Network:
    hidden, output, bias = _split(problem, neurons, weights)
    kept = [problem.output_bias.kept(b) for b in bias.tolist()]
    return Network(hidden, output, np.array(kept), problem.activation)


def _objective(
    problem: TrainingProblem, neurons: int, weights: FloatVector
) -> tuple[float, FloatVector]:
    """Return the objective and its gradient, hidden weights first, the biases last."""
    hidden, output, _ = _split(problem, neurons, weights)
    network = _network(problem, neurons, weights)
    gauge = problem.gauge
    before = gauge.features @ hidden.T
    residual = problem.residual(network).reshape(-1, problem.outputs)
    gains = gauge.gains(before >= 0)
    to_hidden = -((gains * (residual @ output.T)).T @ gauge.features)
    to_output = -((gains * before).T @ residual)
    to_bias = [
        problem.output_bias.kept(problem.output_bias.gradient(bias, problem.decay) - total)
        for bias, total in zip(
            network.constants.tolist(), residual.sum(axis=0).tolist(), strict=True
        )
    ]
    decayed = hidden * (np.arange(gauge.columns) < gauge.decayed)
    return problem.objective(network), np.concatenate(
        [
            (to_hidden + problem.decay * decayed).ravel(),
            (to_output + problem.decay * output).ravel(),
            to_bias,
        ]
    )
