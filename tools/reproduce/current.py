"""The convex optimum over the patterns that neurons have now, at steps of gradient descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import convex_program as cx
from convex_program.solvers.chosen_cells import solve_on_cells

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CurrentPatterns(Figure):
    """Descent beside the best network with the patterns, and output signs, of its neurons.

    Parameters
    ----------
    descent : (k,) float64
        Objectives at each step, over the number of rows and times two: the mean squared error
        and what decay there is.
    steps : (j,) int64
    convex : (j,) float64
        The convex optimum over the patterns of these steps, in the same unit.
    """

    name: ClassVar[str] = "current-patterns"
    descent: FloatArray
    steps: npt.NDArray[np.int64]
    convex: FloatArray

    @classmethod
    def computed(cls, seed: int = 0, every: int = 15) -> CurrentPatterns:
        """Train 20 neurons on 100 points of R^10, labels linear; solve at each so-many-th step."""
        rng = np.random.default_rng(seed)
        X, direction = rng.standard_normal((100, 10)), rng.standard_normal(10)
        problem = cx.TrainingProblem(X, X @ direction / np.linalg.norm(direction), 1e-4)
        method = cx.GradientDescent(
            steps=450,
            rule=cx.Steepest(5e-4),
            start=cx.GaussianStart(1e-2),
            falling=False,
            every=every,
            seed=seed,
        )
        run = cx.train(problem, 20, method=method)
        assert run.history is not None  # noqa: S101 - it was asked for
        unit = 2 / len(X)
        convex = np.array([_optimum(problem, network) for network in run.history])
        return cls(run.objectives * unit, run.history.steps, convex * unit)

    @property
    def beaten(self) -> int | None:
        """The first step at which descent is below the convex optimum over the first patterns."""
        below = np.flatnonzero(self.descent < self.convex[0])
        return int(below[0]) if len(below) else None

    def columns(self) -> Mapping[str, Any]:
        """One line a step at which the program was solved."""
        return {
            "step": self.steps,
            "gradient descent": self.descent[self.steps],
            "convex optimum over its patterns": self.convex,
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw both against the steps."""
        (axes,) = panels
        axes.semilogy(self.descent, label="gradient descent")
        axes.semilogy(self.steps, self.convex, "o-", markersize=3, label="convex, its patterns")
        axes.axhline(self.convex[0], color="C1", linestyle=":", label="convex, first patterns")
        axes.set(xlabel="step", ylabel="objective, 2/n times")
        axes.legend()

    def says(self) -> str:
        """Say when the first patterns are beaten."""
        return (
            f"descent starts at {self.descent[0]:.3f}, the convex optimum over its patterns at "
            f"{self.convex[0]:.3f}; descent is below that from step {self.beaten} on, and patterns "
            f"at the end allow {self.convex[-1]:.1e}"
        )


def _optimum(problem: cx.TrainingProblem, network: cx.Network) -> float:
    """Solve with one block a neuron, of its pattern and the sign of its output weight."""
    cells = network.hidden @ problem.gauge.features.T >= 0
    signs = tuple(int(sign) for sign in np.sign(network.output[:, 0]))
    atoms, _ = solve_on_cells(problem, cells, signs)
    return problem.objective(problem.gauge.network(atoms, 0.0))
