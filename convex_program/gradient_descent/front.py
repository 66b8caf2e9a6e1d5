"""A run of gradient descent: settings, steps, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.gradient_descent.history import History
from convex_program.gradient_descent.objective import Objective
from convex_program.gradient_descent.rules import Adam, Rule
from convex_program.gradient_descent.starts import GaussianStart, Start
from convex_program.network import Network
from convex_program.problem import TrainingProblem

FloatVector = npt.NDArray[np.float64]

_DIVERGED = 1e100
"""Weights beyond which products of three of them are no numbers before long."""


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """How to train: Adam on all rows from a Gaussian start, unless said otherwise.

    Parameters
    ----------
    steps : int
    rule : Rule
        `Steepest`, `Momentum`, `Adam` or `Adagrad`, with its rate.
    start : Start
        `GaussianStart`, `HeStart` or `NetworkStart`.
    output_share : float
        The output weights' rate over that of the hidden ones; 0 trains the hidden layer alone.
    batch : int, optional
        Rows whose losses each step looks at, drawn anew every time all have had their turn;
        all of them by default.
    falling : bool
        Whether the rate falls linearly to zero over the run, so that kinks are met gently.
    every : int
        The history keeps each so-many-th network; none with 0.
    seed : int
        Of the start and the batches.

    Examples
    --------
    >>> GradientDescent(steps=100, rule=Adam(0.01), start=GaussianStart(0.5), batch=8).steps
    100
    """

    steps: int = 5000
    rule: Rule = field(default_factory=Adam)
    start: Start = field(default_factory=GaussianStart)
    output_share: float = 1.0
    batch: int | None = None
    falling: bool = True
    every: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot train."""
        if self.steps < 1:
            raise ArgumentError(f"steps = {self.steps}, but at least one step is needed")
        if not isinstance(self.rule, Rule) or not isinstance(self.start, Start):
            raise ArgumentError(
                f"rule = {self.rule!r} and start = {self.start!r} must be instances, like "
                "rule=Adam(0.02), start=HeStart()"
            )
        if not 0 <= self.output_share < np.inf:
            raise ArgumentError(f"output_share = {self.output_share!r} must be at least 0")
        if self.batch is not None and self.batch < 1:
            raise ArgumentError(f"batch = {self.batch}, but at least one row is needed")
        if self.every < 0:
            raise ArgumentError(f"every = {self.every} must be at least 0")

    def rate(self, step: int) -> float:
        """Return the step size of a step, counted from 0."""
        return self.rule.rate * (1 - step / self.steps if self.falling else 1.0)


@dataclass(frozen=True, eq=False)
class Training:
    """What a run of gradient descent leaves.

    Parameters
    ----------
    network : Network
        After the last step.
    objectives : (steps + 1,) float64
        The objective before each step, and at the end.
    history : History or None
        Networks on the way, where the settings ask for them.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> training = train(problem, 3, method=GradientDescent(steps=10))
    >>> training.network.width, training.objectives.shape, training.history
    (3, (11,), None)
    """

    network: Network
    objectives: FloatVector
    history: History | None = None


def train(
    problem: TrainingProblem,
    neurons: int,
    *,
    method: GradientDescent | None = None,
    progress: ar.Listener = ar.session_listener,
) -> Training:
    """Train a two-layer network of given width by gradient descent.

    Parameters
    ----------
    problem : TrainingProblem
    neurons : int
        Width m.
    method : GradientDescent, optional
    progress : Listener, optional
        Called with the steps done and the objective.

    Returns
    -------
    Training

    Raises
    ------
    ArgumentError
        When the settings do not fit the problem, or the weights grow without end.

    Notes
    -----
    The derivative of the activation at 0 is taken as the one above, in keeping with ``1[0 >= 0]``.

    *Cost.* 4 n m (d + c) multiplications a step, on all rows whatever the batch: the objective of
    each step is reported.

    Examples
    --------
    >>> problem = TrainingProblem([[-1, 1], [0, 1], [1, 1]], [1, 0, 1], 0.01)
    >>> run = train(problem, 4, method=GradientDescent(steps=200, every=100))
    >>> run.history.steps.tolist(), bool(run.objectives[-1] < run.objectives[0])
    ([0, 100, 200], True)
    """
    if neurons < 1:
        raise ArgumentError(f"neurons = {neurons}, but at least one is needed")
    settings = GradientDescent() if method is None else method
    rng = np.random.default_rng(settings.seed)
    objective = Objective(problem, neurons)
    weights = objective.flat(settings.start.network(problem, neurons, rng))
    step_of = settings.rule.stepper(len(weights))
    shares = np.ones(len(weights))
    shares[objective.hidden_size :] = settings.output_share
    objectives = np.empty(settings.steps + 1)
    kept: list[tuple[int, FloatVector]] = []
    meter = ar.Meter(progress, "training", "steps", settings.steps)
    batches = _batches(problem.data.shape[0], settings.batch, rng)
    for step in range(settings.steps):
        if settings.every and step % settings.every == 0:
            kept.append((step, weights))
        objectives[step], gradient = objective(weights, next(batches))
        with np.errstate(over="ignore", invalid="ignore"):
            weights = weights - settings.rate(step) * shares * step_of(gradient)
        if not np.abs(weights).max() < _DIVERGED:
            raise ArgumentError(
                f"rule = {settings.rule!r} diverges: after {step + 1} steps a weight is "
                f"{np.abs(weights).max():.0e}; take a smaller rate"
            )
        meter.advance(note=f"objective {objectives[step]:.6g}")
    network = objective.network(weights)
    objectives[-1] = problem.objective(network)
    meter.finish(note=f"objective {objectives[-1]:.6g}")
    if not settings.every:
        return Training(network, objectives)
    return Training(network, objectives, _history(objective, [*kept, (settings.steps, weights)]))


def _batches(n: int, size: int | None, rng: np.random.Generator) -> Iterator[FloatVector | None]:
    """Yield by what rows' losses are multiplied at each step, for ever; None is one for all."""
    if size is not None and size > n:
        raise ArgumentError(f"batch = {size}, but there are {n} rows")
    while True:
        if size is None:
            yield None
            continue
        order = rng.permutation(n)
        # The rows that are left over when the last batch is full wait for the next round.
        for first in range(0, n - size + 1, size):
            factors = np.zeros(n)
            factors[order[first : first + size]] = n / size
            yield factors


def _history(objective: Objective, kept: list[tuple[int, FloatVector]]) -> History:
    networks = [objective.network(weights) for _, weights in kept]
    return History(
        objective.problem,
        np.array([step for step, _ in kept]),
        np.stack([network.hidden for network in networks]),
        np.stack([network.output for network in networks]),
        np.stack([network.constants for network in networks]),
    )
