"""Cones of neurons and half-planes of data: why patterns are finitely many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import arrangements as ar

FloatArray = npt.NDArray[np.float64]
_ARC = 121
"""Points of a half-circle around a neuron."""


@dataclass(frozen=True, eq=False)
class Cones(Figure):
    """Three points of the plane, and the cones of neurons that are active on the same ones.

    Parameters
    ----------
    points : (3, 2) float64
    patterns : CompletePatterns
    chosen : int
        Of the pattern that is drawn in green: the second point alone.
    """

    name: ClassVar[str] = "cones"
    panels: ClassVar[int] = 2
    points: FloatArray
    patterns: ar.CompletePatterns
    chosen: int

    @classmethod
    def computed(cls, seed: int = 0) -> Cones:
        """Draw points on three sides of the origin; list their patterns."""
        rng = np.random.default_rng(seed)
        angles = np.deg2rad([100.0, 20.0, 220.0]) + rng.uniform(-0.2, 0.2, 3)
        lengths = rng.uniform(0.8, 1.2, 3)
        points = lengths[:, np.newaxis] * np.column_stack([np.cos(angles), np.sin(angles)])
        patterns = ar.enumerate_patterns(points)
        chosen = patterns.find([False, True, False])
        assert chosen is not None  # noqa: S101 - the angles are more than 60 degrees apart
        return cls(points, patterns, chosen)

    def neurons(self) -> FloatArray:
        """Return one neuron of length one in every cone, from the proof's integers."""
        found = [self.patterns.witness(index) for index in range(len(self.patterns))]
        neurons = np.array([[float(entry) for entry in witness] for witness in found])
        return np.asarray(neurons / np.linalg.norm(neurons, axis=1, keepdims=True))

    def borders(self) -> FloatArray:
        """Return the angles, in order, at which a neuron stands at a right angle to a point."""
        angles = np.arctan2(self.points[:, 1], self.points[:, 0])
        return np.sort(np.concatenate([angles + np.pi / 2, angles - np.pi / 2]) % (2 * np.pi))

    def columns(self) -> Mapping[str, Any]:
        """One line a pattern: a neuron of it, and where it is active."""
        neurons, active = self.neurons(), self.patterns.activations().astype(int)
        return {
            "w1": neurons[:, 0],
            "w2": neurons[:, 1],
            **{f"active on point {i + 1}": active[:, i] for i in range(3)},
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the neurons' cones, and the half-plane of one neuron among the data."""
        left, right = panels
        borders = self.borders()
        middles = (borders + np.append(borders[1:], borders[0] + 2 * np.pi)) / 2
        for point in self.points:
            along = np.array([-point[1], point[0]]) / np.linalg.norm(point) * 2
            left.plot([-along[0], along[0]], [-along[1], along[1]], "C3")
        for begin, middle in zip(borders, middles, strict=True):
            neuron = np.array([np.cos(middle), np.sin(middle)])
            pattern = self.points @ neuron > 0
            left.text(
                1.2 * neuron[0],
                1.2 * neuron[1],
                "".join("01"[int(on)] for on in pattern),
                ha="center",
                va="center",
            )
            if self.patterns.find(pattern) == self.chosen:
                turn = np.linspace(begin, 2 * middle - begin, _ARC)
                left.fill([0, *(2 * np.cos(turn))], [0, *(2 * np.sin(turn))], "C2", alpha=0.4)
        neuron = self.neurons()[self.chosen]
        around = np.arctan2(neuron[1], neuron[0]) + np.linspace(-np.pi / 2, np.pi / 2, _ARC)
        right.fill(2 * np.cos(around), 2 * np.sin(around), "C2", alpha=0.3)
        right.annotate("", neuron / 2, (0, 0), arrowprops={"arrowstyle": "->", "color": "C2"})
        for index, point in enumerate(self.points):
            right.plot(*point, "ko")
            right.annotate(f" $x_{index + 1}$", point)
        left.set_title(f"Neurons: {len(self.patterns)} cones and their patterns")
        left.set(xlabel="$w_1$", ylabel="$w_2$")
        right.set_title("Data: where a neuron of the green cone is active")
        for axes in panels:
            axes.set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), aspect="equal")

    def says(self) -> str:
        """Count the cones."""
        return (
            f"three points cut the plane of neurons into {len(self.patterns)} cones; in each all "
            "neurons are active on the same points"
        )
