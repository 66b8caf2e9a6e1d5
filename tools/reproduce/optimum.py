"""The certified optimum beside gradient descent, on the article's sine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import convex_program as cx

NEURONS, STEPS = 500, 20_001


@dataclass(frozen=True, eq=False)
class Sine(Figure):
    """Ten points of sin(10 x): a global optimum, and networks of 500 neurons.

    Parameters
    ----------
    problem : TrainingProblem
    optimum : GlobalOptimum
    training : Training
    """

    name: ClassVar[str] = "sine"
    panels: ClassVar[int] = 2
    problem: cx.TrainingProblem
    optimum: cx.GlobalOptimum
    training: cx.Training

    @classmethod
    def computed(cls, seed: int = 0) -> Sine:
        """Solve, and train by gradients from PyTorch's start: uniform, within 1 / sqrt(inputs).

        The article's notebook has the mean squared error with decay 1e-3 and a rate of
        0.01: ours are half the sum of squares, decay n / 2 times, rate 2 / n times as large.
        """
        x = np.linspace(-1, 1, 10)
        X = np.column_stack([x, np.ones(10)])
        problem = cx.TrainingProblem(X, np.sin(10 * x), 1e-3 * 10 / 2)
        rng = np.random.default_rng(seed)
        hidden = rng.uniform(-1, 1, (NEURONS, 2)) / np.sqrt(2)
        output = rng.uniform(-1, 1, NEURONS) / np.sqrt(NEURONS)
        method = cx.GradientDescent(
            steps=STEPS,
            rule=cx.Steepest(0.01 * 2 / 10),
            start=cx.NetworkStart(cx.Network(hidden, output)),
            falling=False,
            seed=seed,
        )
        training = cx.train(problem, NEURONS, method=method)
        optimum = cx.global_optimum(problem)
        assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta is positive
        return cls(problem, optimum, training)

    @property
    def gap(self) -> float:
        """By how much descent ends above the optimum, relative to it, at least."""
        return float(self.training.objectives[-1] / self.optimum.upper - 1)

    def outputs(self) -> tuple[npt.NDArray[np.float64], ...]:
        """Return points, and both networks' outputs on them."""
        x = np.linspace(-1.2, 1.2, 481)
        rows = np.column_stack([x, np.ones(len(x))])
        return (
            x,
            self.optimum.network.forward(rows).ravel(),
            self.training.network.forward(rows).ravel(),
        )

    def columns(self) -> Mapping[str, Any]:
        """One line a point."""
        x, best, descent = self.outputs()
        return {"x": x, "optimum": best, "gradient descent": descent}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw both fits, and the objective with the certified bound."""
        left, right = panels
        x, best, descent = self.outputs()
        left.plot(x, best, label=f"optimum, {self.optimum.network.width} neurons")
        left.plot(x, descent, label=f"gradient descent, {NEURONS} neurons")
        left.plot(np.linspace(-1, 1, 10), self.problem.targets, "ko", label="data")
        left.set(xlabel="$x$", ylim=(-2, 2))
        left.legend(loc="lower left")
        right.loglog(1 + np.arange(len(self.training.objectives)), self.training.objectives)
        right.axhline(self.optimum.lower, color="k", linestyle="--", label="no network is below")
        right.set(xlabel="step", ylabel="objective")
        right.legend()

    def says(self) -> str:
        """Name both objectives."""
        return (
            f"optimum {self.optimum.upper:.6f} with {self.optimum.network.width} neurons (no "
            f"network is below {self.optimum.lower:.6f}); descent ends {self.gap:.1%} above it"
        )
