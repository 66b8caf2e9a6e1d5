"""Small and large first weights: neurons that turn before they grow, and neurons that hardly move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from figure import Figure, Film
from matplotlib.axes import Axes
from patterns import FOUR

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class FirstWeights(Film):
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
    history : History
        The networks.
    """

    panels: ClassVar[int] = 2
    scale: ClassVar[float]
    rate: ClassVar[float]
    length: ClassVar[int]
    steps: npt.NDArray[np.int64]
    losses: FloatArray
    points: FloatArray
    sizes: FloatArray
    history: cx.History

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
        return cls(history.steps, losses, history.activation_points(), sizes, history)

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
        for index, x in enumerate(FOUR):
            right.axhline(x, color="0.8", zorder=0, label=(None, "data")[index == 0])
        right.set(xlabel="step", ylabel="activation points", ylim=(-4, 5.5))
        right.legend(title="share of what neurons contribute, below", ncols=4, loc="upper center")

    @property
    def scenes(self) -> int:
        """Half of the steps that were kept."""
        return len(self.steps) // 2 + 1

    def draw_scene(self, axes: Axes, index: int) -> None:
        """Draw the output, and triangles at activation points, as high as neurons are large."""
        index = min(2 * index, len(self.steps) - 1)
        network = self.history[index]
        x = np.linspace(-3, 3, 121)
        axes.plot(x, network.forward(np.column_stack([x, np.ones(len(x))])).ravel(), "C0")
        axes.plot(FOUR, 0.6 * np.array(FOUR) + 0.7, "rx", markersize=8)
        shown = slice(None, None, 5)
        places, sizes = self.points[index][shown], self.sizes[index][shown]
        right = network.hidden[shown, 0] > 0
        for side, mark in ((right, ">"), (~right, "<")):
            axes.scatter(
                places[side], sizes[side] / self.sizes[index].max(), s=12, c="g", marker=mark
            )
        axes.set(
            xlim=(-3, 3),
            ylim=(-1, 2.5),
            title=f"step {self.steps[index]}, loss {self.losses[index]:.2g}",
        )


@dataclass(frozen=True, eq=False)
class SmallStart(FirstWeights):
    """Small first weights: alignment, then the loss falls."""

    name: ClassVar[str] = "small-start"
    scale: ClassVar[float] = 1e-4
    rate: ClassVar[float] = 0.05
    length: ClassVar[int] = 120

    def spread(self, level: float) -> float:
        """Return how far apart points are (10 to 90 percent) when the loss is first below a level."""
        low, _, high = self.quantiles(self.below(level))
        return high - low

    def below(self, level: float) -> int:
        """Return the index of the first kept step at which the loss is below a level, of the first."""
        return int(np.flatnonzero(self.losses < level * self.losses[0])[0])

    def says(self) -> str:
        """Compare the spread at the start with that when the loss has begun to fall."""
        low, _, high = self.quantiles(0)
        return (
            f"loss {self.losses[0]:.4f} at the start; activation points are {high - low:.1f} "
            f"apart then, {self.spread(0.9):.2f} when the loss has fallen by a tenth: they meet "
            f"near {self.quantiles(self.below(0.9))[1]:.2f} and go to {self.quantiles(-1)[1]:.2f}"
        )


@dataclass(frozen=True, eq=False)
class LargeStart(FirstWeights):
    """Large first weights: the loss falls, and neurons stay where they were."""

    name: ClassVar[str] = "large-start"
    scale: ClassVar[float] = 1.0
    rate: ClassVar[float] = 5e-5
    length: ClassVar[int] = 480

    def says(self) -> str:
        """Say how far neurons moved."""
        return (
            f"loss {self.losses[0]:.2f} at the start, {self.losses[-1]:.1e} at the end; half of "
            f"the activation points moved by less than {np.median(self.moved()):.0e}"
        )


@dataclass(frozen=True, eq=False)
class TwoPhases(Figure):
    """The loss from small first weights: neurons turn, then the loss falls.

    Parameters
    ----------
    run : SmallStart
    spreads : (k,) float64
        How far apart activation points are (10 to 90 percent) at each kept step.
    """

    name: ClassVar[str] = "two-phases"
    run: SmallStart
    spreads: FloatArray

    @classmethod
    def computed(cls, seed: int = 0) -> TwoPhases:
        """Train, and measure spreads."""
        run = SmallStart.computed(seed)
        ends = [run.quantiles(index) for index in range(len(run.steps))]
        return cls(run, np.array([high - low for low, _, high in ends]))

    @property
    def aligned(self) -> int:
        """The first kept step at which points are ten times closer together than at the start."""
        return int(self.run.steps[np.flatnonzero(self.spreads < 0.1 * self.spreads[0])[0]])

    @property
    def falls(self) -> int:
        """The first kept step at which the loss has fallen by a tenth."""
        return int(self.run.steps[np.flatnonzero(self.run.losses < 0.9 * self.run.losses[0])[0]])

    def columns(self) -> Mapping[str, Any]:
        """One line a step that was kept."""
        return {"step": self.run.steps, "loss": self.run.losses, "spread": self.spreads}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the loss over the two phases, and the spread."""
        (axes,) = panels
        steps = self.run.steps
        axes.plot(steps, self.run.losses, label="mean squared error")
        axes.plot(steps, self.spreads / self.spreads[0], label="spread, 1 at the start")
        axes.axvspan(0, self.falls, color="C2", alpha=0.15, label="neurons turn")
        axes.axvspan(self.falls, steps[-1], color="C3", alpha=0.1, label="the network fits")
        axes.set(xlabel="step", ylabel="loss, and spread of activation points", ylim=(0, None))
        axes.legend()

    def says(self) -> str:
        """Say when each phase is over."""
        return (
            f"activation points are ten times closer together at step {self.aligned}; the loss has "
            f"fallen by a tenth at step {self.falls}"
        )
