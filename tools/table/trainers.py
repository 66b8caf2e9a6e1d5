"""How the networks of the table were trained: three methods, the same first weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import convex_program as cx
from convex_program.gradient_descent.objective import Objective


class Trainer(ABC):
    """A way to train a network of given width; final subclasses are frozen records."""

    name: ClassVar[str]

    @abstractmethod
    def network(self, problem: cx.TrainingProblem, width: int, seed: int) -> cx.Network:
        """Return a trained network."""

    @abstractmethod
    def says(self) -> str:
        """Return its settings in a line."""


@dataclass(frozen=True)
class AdamTrainer(Trainer):
    """Adam on all rows; the rate falls linearly to zero."""

    name: ClassVar[str] = "Adam"
    rate: float = 0.02
    steps: int = 3000

    def network(self, problem: cx.TrainingProblem, width: int, seed: int) -> cx.Network:
        """Train."""
        method = cx.GradientDescent(steps=self.steps, rule=cx.Adam(self.rate), seed=seed)
        return cx.train(problem, width, method=method).network

    def says(self) -> str:
        """Say rate and steps."""
        return f"{self.steps} steps on all rows, rate {self.rate} falling linearly to zero"


@dataclass(frozen=True)
class BatchTrainer(Trainer):
    """Plain stochastic descent on batches; the rate falls linearly to zero.

    Parameters
    ----------
    rate : float
        For the mean of the losses, as others count: ours is divided by the number of rows.
    steps, batch : int
    """

    name: ClassVar[str] = "SGD"
    rate: float = 0.2
    steps: int = 3000
    batch: int = 16

    def network(self, problem: cx.TrainingProblem, width: int, seed: int) -> cx.Network:
        """Train."""
        n = problem.data.shape[0]
        method = cx.GradientDescent(
            steps=self.steps,
            rule=cx.Steepest(self.rate / n),
            batch=min(self.batch, n),
            seed=seed,
        )
        return cx.train(problem, width, method=method).network

    def says(self) -> str:
        """Say rate, batch and steps."""
        return (
            f"{self.steps} steps on {self.batch} rows each, rate {self.rate} over the number of "
            "rows, falling linearly to zero"
        )


@dataclass(frozen=True)
class QuasiNewtonTrainer(Trainer):
    """SciPy's L-BFGS on all rows, as if the objective had no kinks."""

    name: ClassVar[str] = "L-BFGS"
    iterations: int = 3000

    def network(self, problem: cx.TrainingProblem, width: int, seed: int) -> cx.Network:
        """Train."""
        from scipy.optimize import minimize

        objective = Objective(problem, width)
        start = cx.GaussianStart().network(problem, width, np.random.default_rng(seed))
        found = minimize(
            objective,
            objective.flat(start),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": self.iterations, "maxfun": 2 * self.iterations},
        )
        return objective.network(found.x)

    def says(self) -> str:
        """Say how many iterations at most."""
        return f"at most {self.iterations} iterations of SciPy's L-BFGS-B with its usual settings"


TRAINERS: dict[str, Trainer] = {
    each.name: each for each in (AdamTrainer(), BatchTrainer(), QuasiNewtonTrainer())
}
