"""Out of a local minimum: a path that never rises, and the gap of every minimum."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from certified import certified, descended, drawn_problem
from figure import Figure
from matplotlib.axes import Axes

import convex_program as cx
from convex_program.bracket import finite_objective

_PLACES = 101


@dataclass(frozen=True, eq=False)
class Downhill(Figure):
    """From where descent got stuck to the optimum: along a path, and straight through weights.

    Parameters
    ----------
    path : tuple of Fraction
        Exact objectives at equidistant times.
    straight : tuple of Fraction
        The same for the straight line between the weights of its ends.
    """

    name: ClassVar[str] = "downhill"
    path: tuple[Fraction, ...]
    straight: tuple[Fraction, ...]

    @classmethod
    def computed(cls, seed: int = 0) -> Downhill:
        """Train 4 neurons on ten points of a line, and leave with twenty."""
        problem = drawn_problem(10, 2, seed)
        stuck = descended(problem, 4, seed).network
        way = cx.descent_path(stuck, certified(problem), width=20)
        between = [
            cx.Network(
                (1 - t) * way.start.hidden + t * way.end.hidden,
                (1 - t) * way.start.output + t * way.end.output,
            )
            for t in np.linspace(0, 1, _PLACES)
        ]
        straight = tuple(finite_objective(problem, network) for network in between)
        return cls(way.objectives(_PLACES), straight)

    def rises(self) -> tuple[bool, bool]:
        """Whether the path rises somewhere, and whether the straight line does."""
        path, straight = (
            any(later > earlier for earlier, later in itertools.pairwise(values))
            for values in (self.path, self.straight)
        )
        return path, straight

    def columns(self) -> Mapping[str, Any]:
        """One line a time."""
        return {
            "t": np.linspace(0, 1, _PLACES),
            "path": [float(value) for value in self.path],
            "straight": [float(value) for value in self.straight],
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw both."""
        (axes,) = panels
        columns = self.columns()
        axes.plot(columns["t"], columns["straight"], "C3--", label="straight line of weights")
        axes.plot(columns["t"], columns["path"], "C0", label="path that never rises")
        axes.set(xlabel="from where training stopped to the optimum", ylabel="objective")
        axes.legend()

    def says(self) -> str:
        """Say which of them rise."""
        path, straight = (("rises", "never rises")[not rises] for rises in self.rises())
        return (
            f"from {float(self.path[0]):.5f} to {float(self.path[-1]):.5f}: the path {path} at "
            f"{_PLACES} places, in rational numbers; the straight line {straight}"
        )


@dataclass(frozen=True, eq=False)
class MinimaGaps(Figure):
    """Every local minimum of one, two and three neurons on five points, over the certified bound.

    Parameters
    ----------
    optimum : GlobalOptimum
    minima : tuple of tuples of LocalMinimum
        For each width, the least first.
    """

    name: ClassVar[str] = "minima-gaps"
    optimum: cx.GlobalOptimum
    minima: tuple[tuple[cx.LocalMinimum, ...], ...]

    @classmethod
    def computed(cls, seed: int = 0, widest: int = 3) -> MinimaGaps:
        """List them for labels that go up and down, weight decay 0.05; other seeds shake the labels."""
        x, y = np.linspace(-1, 1, 5), np.array([1.0, -1.0, 1.0, -1.0, 1.0])
        y += 0.1 * np.random.default_rng(seed).standard_normal(5) * (seed > 0)
        problem = cx.TrainingProblem(np.column_stack([x, np.ones(5)]), y, 0.05)
        minima = tuple(cx.local_minima(problem, width) for width in range(1, widest + 1))
        return cls(certified(problem), minima)

    def gaps(self) -> list[list[float]]:
        """Return for each width by how much its minima are above the bound, relative to it."""
        lower = self.optimum.lower
        return [[one.value / lower - 1 for one in found] for found in self.minima]

    def columns(self) -> Mapping[str, Any]:
        """One line a minimum."""
        lines = [
            (width, one.network.width, one.value, one.value / self.optimum.lower - 1)
            for width, found in enumerate(self.minima, 1)
            for one in found
        ]
        names = ("width", "neurons", "objective", "above the bound")
        return {name: [line[i] for line in lines] for i, name in enumerate(names)}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw one mark a minimum, from the least on; equal ones stand beside each other."""
        (axes,) = panels
        for width, gaps in enumerate(self.gaps(), 1):
            places = width + np.linspace(-0.3, 0.3, len(gaps))
            label = f"{len(gaps)} of width {width}"
            axes.plot(places, 100 * np.array(gaps), "o", markersize=4, label=label)
        axes.legend(loc="lower left")
        axes.set(
            xlabel="width",
            ylabel="percent above the certified bound",
            xticks=range(1, len(self.minima) + 1),
            xlim=(0.5, len(self.minima) + 0.5),
            title="Every local minimum on five points",
        )

    def says(self) -> str:
        """Count them, and name the best and the worst of each width."""
        parts = [
            f"{len(gaps)} of width {width} ({min(gaps):.0%} to {max(gaps):.0%} above)"
            for width, gaps in enumerate(self.gaps(), 1)
        ]
        return f"local minima: {', '.join(parts)}"
