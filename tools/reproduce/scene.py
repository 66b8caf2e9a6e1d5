"""Classification in the plane, with the line of every neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Film
from matplotlib.axes import Axes

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

NEURONS = 50
_SCENES = 9
_CLUSTER = 15
"""Points in each of four clusters."""


@dataclass(frozen=True, eq=False)
class Scene(Film):
    """Four clusters that no line separates, and 50 neurons from small first weights.

    Parameters
    ----------
    points : (60, 2) float64
    labels : (60,) float64
        1 or -1.
    history : History
    """

    name: ClassVar[str] = "scene"
    panels: ClassVar[int] = 2
    points: FloatArray
    labels: FloatArray
    history: cx.History

    @classmethod
    def computed(cls, seed: int = 0) -> Scene:
        """Draw normal points around the corners of a square; train the logistic loss."""
        rng = np.random.default_rng(seed)
        corners = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])
        labels = np.repeat([1.0, 1.0, -1.0, -1.0], _CLUSTER)
        points = np.repeat(corners, _CLUSTER, axis=0)
        points = points + 0.3 * rng.standard_normal(points.shape)
        problem = cx.TrainingProblem(
            np.column_stack([points, np.ones(len(points))]), labels, 1e-3, loss=cx.Logistic()
        )
        method = cx.GradientDescent(
            steps=600,
            rule=cx.Steepest(0.01),
            start=cx.GaussianStart(1e-2),
            falling=False,
            every=10,
            seed=seed,
        )
        history = cx.train(problem, NEURONS, method=method).history
        assert history is not None  # noqa: S101 - it was asked for
        return cls(points, labels, history)

    def right(self) -> FloatArray:
        """Return the share of points on the right side, for each network that was kept."""
        rows = np.column_stack([self.points, np.ones(len(self.points))])
        sides = [np.sign(network.forward(rows).ravel()) for network in self.history]
        return np.array([np.mean(side == self.labels) for side in sides])

    def columns(self) -> Mapping[str, Any]:
        """One line a step that was kept."""
        return {
            "step": self.history.steps,
            "unique patterns": self.history.unique_patterns(),
            "right": self.right(),
        }

    @property
    def scenes(self) -> int:
        """Nine, and fewer the later: most happens at the start."""
        return _SCENES

    def draw_scene(self, axes: Axes, index: int) -> None:
        """Draw one of the networks."""
        self._draw_network(axes, round(len(self.history) ** (index / (_SCENES - 1))) - 1)

    def _draw_network(self, axes: Axes, index: int) -> None:
        """Draw the regions of both answers, the points, and every neuron's line."""
        network = self.history[index]
        ticks = np.linspace(-2.2, 2.2, 221)
        first, second = np.meshgrid(ticks, ticks)
        rows = np.column_stack([first.ravel(), second.ravel(), np.ones(first.size)])
        answers = network.forward(rows).reshape(first.shape)
        axes.contourf(
            ticks, ticks, answers > 0, levels=[-0.5, 0.5, 1.5], colors=["C3", "C0"], alpha=0.15
        )
        ends = np.array([-2.2, 2.2])
        sizes = np.linalg.norm(network.hidden, axis=1)
        for (a, b, c), size in zip(network.hidden, sizes / sizes.max(), strict=True):
            # a x + b y + c = 0, as a graph over the axis it is flatter along.
            line = (ends, -(a * ends + c) / b) if abs(a) < abs(b) else (-(b * ends + c) / a, ends)
            axes.plot(*line, "k", linewidth=0.6, alpha=0.1 + 0.9 * float(size))
        for label, colour in ((1, "C0"), (-1, "C3")):
            axes.plot(*self.points[self.labels == label].T, "o", color=colour, markersize=3)
        unique = int(self.history.unique_patterns()[index])
        axes.set(
            xlim=(-2.2, 2.2),
            ylim=(-2.2, 2.2),
            title=f"step {self.history.steps[index]}: {unique} patterns",
        )

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the start and the end."""
        left, right = panels
        self._draw_network(left, 0)
        self._draw_network(right, len(self.history) - 1)

    def says(self) -> str:
        """Say how many patterns there are at both ends."""
        unique = self.history.unique_patterns()
        return (
            f"{NEURONS} neurons have {unique[0]} patterns at the start and {unique[-1]} at the end, "
            f"with {self.right()[-1]:.0%} of the points on the right side"
        )
