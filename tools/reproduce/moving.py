"""One neuron whose activation point moves until it reaches a data point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Film
from matplotlib.axes import Axes

import convex_program as cx

POINTS, TARGETS = np.array([-0.2, 1.0]), np.array([0.5, 1.0])
_SCENES = 40


@dataclass(frozen=True, eq=False)
class MovingPoint(Film):
    """A neuron that is active on the right point alone, trained until it fits both.

    Parameters
    ----------
    losses : (k,) float64
        Mean squared errors.
    history : History
        A network for each of them.
    """

    name: ClassVar[str] = "moving-point"
    panels: ClassVar[int] = 2
    losses: npt.NDArray[np.float64]
    history: cx.History

    @classmethod
    def computed(cls, seed: int = 0) -> MovingPoint:
        """Train from w = (0.3, -0.15), output weight 1; from weights around these with other seeds."""
        rng = np.random.default_rng(seed)
        around = 0.02 * rng.standard_normal(3) * (seed > 0)
        hidden = np.array([[0.3, -0.15]]) + around[:2]
        first = cx.Network(hidden, np.array([1.0]) + around[2])
        problem = cx.TrainingProblem(np.column_stack([POINTS, np.ones(2)]), TARGETS, 1e-9)
        method = cx.GradientDescent(
            steps=400,
            rule=cx.Steepest(0.05),
            start=cx.NetworkStart(first),
            falling=False,
            every=1,
        )
        run = cx.train(problem, 1, method=method)
        assert run.history is not None  # noqa: S101 - it was asked for
        # The objective is half the sum of two squares, and decay that nobody sees.
        return cls(run.objectives, run.history)

    def active(self) -> npt.NDArray[np.bool_]:
        """Return on which points the neuron is active at each step, shape (k, 2)."""
        return np.asarray(
            np.unpackbits(self.history.patterns[:, 0], axis=1, count=2, bitorder="little"),
            dtype=np.bool_,
        )

    @property
    def crosses(self) -> int | None:
        """At which step the activation point is first left of the left data point."""
        left = np.flatnonzero(self.history.activation_points()[:, 0] <= POINTS[0])
        return int(left[0]) if len(left) else None

    def columns(self) -> Mapping[str, Any]:
        """One line a step."""
        active = self.active().astype(int)
        return {
            "step": self.history.steps,
            "loss": self.losses,
            "activation point": self.history.activation_points()[:, 0],
            **{f"active on {x}": active[:, i] for i, x in enumerate(POINTS)},
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the activation point and the loss against the steps."""
        left, right = panels
        left.plot(self.history.steps, self.history.activation_points()[:, 0])
        left.axhline(POINTS[0], color="C3", linestyle="--", label="data point")
        left.set(xlabel="step", ylabel="activation point")
        left.legend()
        right.semilogy(self.history.steps, self.losses)
        right.set(xlabel="step", ylabel="mean squared error")
        if self.crosses is not None:
            right.axvline(self.crosses, color="C3", linestyle="--", label="the point is reached")
            right.legend()

    @property
    def scenes(self) -> int:
        """Forty steps."""
        return _SCENES

    def draw_scene(self, axes: Axes, index: int) -> None:
        """Draw the output, the points, and the activation point as a triangle at its slope."""
        step = round(len(self.losses) ** (index / (_SCENES - 1))) - 1
        network = self.history[step]
        x = np.linspace(-1.6, 1.3, 101)
        rows = np.column_stack([x, np.ones(len(x))])
        axes.plot(x, network.forward(rows).ravel(), "C0")
        axes.plot(POINTS, TARGETS, "rx", markersize=9)
        slope = network.hidden[0, 0] * network.output[0, 0]
        place = self.history.activation_points()[step, 0]
        axes.plot(place, slope, marker=">", color="g", markersize=9)
        axes.set(
            ylim=(-0.05, 1.3), xlim=(-1.6, 1.3), title=f"step {step}, loss {self.losses[step]:.4f}"
        )

    def says(self) -> str:
        """Say when the point is reached and how well both are fitted."""
        return (
            f"loss {self.losses[0]:.4f} at the start; the activation point reaches the data point "
            f"at step {self.crosses}; loss {self.losses[-1]:.1e} at the end"
        )
