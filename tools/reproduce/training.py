"""Small and large first weights: neurons that turn before they grow, and neurons that hardly move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes
from patterns import FOUR

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class FirstWeights(Figure):
    """1,000 neurons on four points of the line y = 0.6 x + 0.7.

    Parameters
    ----------
    steps : (k,) int64
    losses : (k,) float64
        Mean squared errors.
    points : (k, m) float64
        Where the neurons begin to be active.
    sizes : (k, m) float64
        What they contribute: the norm of the hidden weights times the output weight's size.
    """

    panels: ClassVar[int] = 2
    scale: ClassVar[float]
    rate: ClassVar[float]
    length: ClassVar[int]
    steps: npt.NDArray[np.int64]
    losses: FloatArray
    points: FloatArray
    sizes: FloatArray

    @classmethod
    def computed(cls, seed: int = 0) -> Self:
        """Train by plain descent, both layers."""
        x = np.array(FOUR)
        X, y = np.column_stack([x, np.ones(4)]), 0.6 * x + 0.7
        method = cx.GradientDescent(
            steps=cls.length,
            rule=cx.Steepest(cls.rate),
            start=cx.GaussianStart(cls.scale),
            falling=False,
            every=cls.length // 60,
            seed=seed,
        )
        run = cx.train(cx.TrainingProblem(X, y, 1e-9), 1000, method=method)
        assert run.history is not None  # noqa: S101 - it was asked for
        history = run.history
        # The objective is half the sum of squares, and decay of 1e-9 that nobody sees.
        losses = run.objectives[history.steps] * 2 / len(y)
        sizes = np.linalg.norm(history.hidden, axis=2) * np.abs(history.output[..., 0])
        return cls(history.steps, losses, history.activation_points(), sizes)

    def quantiles(self, index: int) -> list[float]:
        """Return where a tenth, half and nine tenths of what neurons contribute begins."""
        order = np.argsort(self.points[index])
        share = np.cumsum(self.sizes[index][order])
        places = np.searchsorted(share, np.array(_QUANTILES) * share[-1])
        return [float(self.points[index][order[place]]) for place in places]

    def moved(self) -> FloatArray:
        """Return how far each neuron's point moved from start to end."""
        return np.asarray(np.abs(self.points[-1] - self.points[0]))

    def columns(self) -> Mapping[str, Any]:
        """One line a step that was kept."""
        table = np.array([self.quantiles(index) for index in range(len(self.steps))])
        shares = {f"point at {q:.0%}": table[:, i] for i, q in enumerate(_QUANTILES)}
        return {"step": self.steps, "loss": self.losses, **shares}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the loss, and where the neurons begin to be active."""
        left, right = panels
        left.semilogy(self.steps, np.maximum(self.losses, 1e-12))
        left.set(xlabel="step", ylabel="mean squared error")
        columns = self.columns()
        for q in _QUANTILES:
            right.plot(self.steps, columns[f"point at {q:.0%}"], label=f"{q:.0%}")
        for x in FOUR:
            right.axhline(x, color="0.8", zorder=0)
        right.set(xlabel="step", ylabel="activation points, weighted", ylim=(-4, 4))
        right.legend(title="share", loc="upper right")


@dataclass(frozen=True, eq=False)
class SmallStart(FirstWeights):
    """Small first weights: alignment, then the loss falls."""

    name: ClassVar[str] = "small-start"
    scale: ClassVar[float] = 1e-4
    rate: ClassVar[float] = 0.05
    length: ClassVar[int] = 120

    def spread(self, level: float) -> float:
        """Return how far apart points are (10 to 90 percent) when the loss is first below a level."""
        below = int(np.flatnonzero(self.losses < level * self.losses[0])[0])
        low, _, high = self.quantiles(below)
        return high - low

    def says(self) -> str:
        """Compare the spread at the start with that when the loss has begun to fall."""
        low, _, high = self.quantiles(0)
        return (
            f"loss {self.losses[0]:.4f} at the start; activation points are {high - low:.1f} "
            f"apart then, {self.spread(0.9):.2f} when the loss has fallen by a tenth, and meet "
            f"near {self.quantiles(-1)[1]:.2f}"
        )


@dataclass(frozen=True, eq=False)
class LargeStart(FirstWeights):
    """Large first weights: the loss falls, and neurons stay where they were."""

    name: ClassVar[str] = "large-start"
    scale: ClassVar[float] = 1.0
    rate: ClassVar[float] = 5e-4
    length: ClassVar[int] = 480

    def says(self) -> str:
        """Say how far neurons moved."""
        return (
            f"loss {self.losses[0]:.2f} at the start, {self.losses[-1]:.1e} at the end; half of "
            f"the activation points moved by less than {np.median(self.moved()):.0e}"
        )
