"""Patterns: all of four points, and those that training leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import arrangements as ar
import convex_program as cx

FOUR = (-0.7, -0.3, 0.7, 0.8)
"""The article's four points."""


@dataclass(frozen=True, eq=False)
class FourPoints(Figure):
    """All patterns of four points on a line, with a hidden bias.

    Parameters
    ----------
    patterns : CompletePatterns
    """

    name: ClassVar[str] = "four-points"
    patterns: ar.CompletePatterns

    @classmethod
    def computed(cls, seed: int = 0) -> FourPoints:
        """List them, with a proof that there are no more."""
        del seed
        return cls(ar.enumerate_patterns(np.column_stack([FOUR, np.ones(4)])))

    def columns(self) -> Mapping[str, Any]:
        """One line a pattern."""
        active = self.patterns.activations().astype(int)
        return {f"x = {x}": active[:, i] for i, x in enumerate(FOUR)}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw one line a pattern: full where a neuron of it is active."""
        (axes,) = panels
        for place, active in enumerate(self.patterns):
            axes.plot(FOUR, [place] * 4, color="0.8", zorder=1)
            axes.scatter(
                FOUR, [place] * 4, c=np.where(active, "C3", "white"), edgecolors="k", zorder=2
            )
        axes.set(
            xlabel="$x$",
            yticks=[],
            title=f"All {len(self.patterns)} patterns of four points (red: active)",
        )

    def says(self) -> str:
        """Correct the article's number."""
        return (
            f"{len(self.patterns)} patterns, {self.patterns.completion.kind} as proof; the "
            "article's 10 counts all-on and all-off twice, as thresholds with a side"
        )


@dataclass(frozen=True, eq=False)
class UniquePatterns(Figure):
    """How many different patterns 20 neurons have during training, and the loss.

    Parameters
    ----------
    steps : (k,) int64
    unique : (k,) int64
    losses : (k,) float64
        Mean squared errors.
    possible : int
        The number of patterns of the data.
    """

    name: ClassVar[str] = "unique-patterns"
    panels: ClassVar[int] = 2
    steps: npt.NDArray[np.int64]
    unique: npt.NDArray[np.int64]
    losses: npt.NDArray[np.float64]
    possible: int

    @classmethod
    def computed(cls, seed: int = 0) -> UniquePatterns:
        """Train 300 steps from small weights on 100 normal points of R^10, labels linear."""
        rng = np.random.default_rng(seed)
        X, direction = rng.standard_normal((100, 10)), rng.standard_normal(10)
        labels = X @ direction / np.linalg.norm(direction)
        problem = cx.TrainingProblem(X, labels, 1e-6)
        method = cx.GradientDescent(
            steps=300,
            rule=cx.Steepest(0.01),
            start=cx.GaussianStart(1e-4),
            falling=False,
            every=5,
            seed=seed,
        )
        run = cx.train(problem, 20, method=method)
        assert run.history is not None  # noqa: S101 - it was asked for
        outputs = [network.forward(X).ravel() for network in run.history]
        losses = np.array([np.mean((output - labels) ** 2) for output in outputs])
        return cls(run.history.steps, run.history.unique_patterns(), losses, ar.cover_number(X))

    def columns(self) -> Mapping[str, Any]:
        """One line a step that was kept."""
        return {"step": self.steps, "unique patterns": self.unique, "loss": self.losses}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw both against the steps."""
        left, right = panels
        left.step(self.steps, self.unique, where="post")
        left.set(xlabel="step", ylabel="different patterns of 20 neurons", ylim=(0, 21))
        left.set_yticks(range(0, 21, 5))
        right.semilogy(self.steps, self.losses)
        right.set(xlabel="step", ylabel="mean squared error")

    def says(self) -> str:
        """Say from how many to how many, of how many."""
        return (
            f"{self.unique[0]} different patterns at the start, {self.unique[-1]} at the end, of "
            f"{self.possible:,} that the data have"
        )
