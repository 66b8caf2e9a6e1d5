"""Runs of gradient descent against the certified optimum: how near, how often, on which patterns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

_KINK = 1e-7
"""Angle below which a neuron of the optimum stands at a right angle to a point: both its sides are its."""


def drawn_problem(n: int, d: int, seed: int) -> cx.TrainingProblem:
    """Return normal points of R^(d - 1) with a bias, normal labels, weight decay 0.1."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    return cx.TrainingProblem(X, rng.standard_normal(n), 0.1)


def certified(problem: cx.TrainingProblem) -> cx.GlobalOptimum:
    """Return the optimum of a problem with weight decay."""
    optimum = cx.global_optimum(problem)
    assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta is positive
    return optimum


def descended(problem: cx.TrainingProblem, neurons: int, seed: int, every: int = 0) -> cx.Training:
    """Train by Adam, 2,000 steps with a rate that falls, from He's first weights."""
    method = cx.GradientDescent(
        steps=2000, rule=cx.Adam(0.02), start=cx.HeStart(), every=every, seed=seed
    )
    return cx.train(problem, neurons, method=method)


@dataclass(frozen=True, eq=False)
class CertifiedRuns(Figure):
    """Twenty runs on one problem, and which of the optimum's patterns each has ever visited.

    Parameters
    ----------
    optimum : GlobalOptimum
    gaps : (20, k) float64
        Objectives at each step, over the certified bound, minus one.
    visited : (20, j) bool
        Whether some neuron with the same sign was on the j-th optimal neuron's pattern, at one
        of the kept steps.  Points on that neuron's kink count for either side.
    """

    name: ClassVar[str] = "certified-runs"
    panels: ClassVar[int] = 2
    optimum: cx.GlobalOptimum
    gaps: FloatArray
    visited: npt.NDArray[np.bool_]

    @classmethod
    def computed(cls, seed: int = 0) -> CertifiedRuns:
        """Train 16 neurons from twenty starts on 20 points of a line."""
        problem = drawn_problem(20, 2, seed)
        optimum = certified(problem)
        runs = [descended(problem, 16, start, every=20) for start in range(20)]
        gaps = np.array([run.objectives for run in runs]) / optimum.lower - 1
        visited = np.array([_visited(optimum, run) for run in runs])
        return cls(optimum, gaps, visited)

    def columns(self) -> Mapping[str, Any]:
        """One line a start."""
        return {
            "start": np.arange(len(self.gaps)),
            "relative gap at the end": self.gaps[:, -1],
            "optimal neurons": np.full(len(self.gaps), self.visited.shape[1]),
            "never visited": (~self.visited).sum(axis=1),
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw gaps against steps; and ends against how many patterns were missed."""
        left, right = panels
        left.loglog(1 + np.arange(self.gaps.shape[1]), np.maximum(self.gaps.T, 1e-9), linewidth=0.8)
        left.set(xlabel="step", ylabel="above the certified bound", ylim=(1e-6, None))
        missed = (~self.visited).sum(axis=1)
        right.semilogy(missed, np.maximum(self.gaps[:, -1], 1e-9), "o", alpha=0.6)
        right.set(
            xlabel=f"patterns of the optimum's {self.visited.shape[1]} neurons never visited",
            ylabel="above the bound at the end",
            xlim=(-0.5, self.visited.shape[1] + 0.5),
        )

    def says(self) -> str:
        """Count runs that reach the optimum, and patterns that are missed."""
        ends, missed = self.gaps[:, -1], (~self.visited).any(axis=1)
        near, nearest = ((ends <= level).sum() for level in Success.levels)
        return (
            f"optimum {self.optimum.upper:.6f}, certified to {self.optimum.relative_gap:.0e}; of "
            f"{len(ends)} runs {nearest} end within 1e-3 and {near} within 1e-2 of it; "
            f"{missed.sum()} never visit some pattern that the optimum uses"
        )


def _visited(optimum: cx.GlobalOptimum, run: cx.Training) -> npt.NDArray[np.bool_]:
    features = optimum.problem.gauge.features
    assert run.history is not None  # noqa: S101 - it was asked for
    lengths = np.linalg.norm(features, axis=1)
    # (k, m, n): the sides of every neuron at every kept step.
    sides = run.history.hidden @ features.T >= 0
    found = []
    for hidden, output in zip(optimum.network.hidden, optimum.network.output[:, 0], strict=True):
        value = features @ hidden
        clear = np.abs(value) > _KINK * lengths * np.linalg.norm(hidden)
        same = (sides[..., clear] == (value[clear] > 0)).all(axis=2)
        found.append((same & (run.history.output[..., 0] * output > 0)).any())
    return np.array(found)


@dataclass(frozen=True, eq=False)
class Success(Figure):
    """How often descent ends near the certified optimum, by the network's width.

    Parameters
    ----------
    places : tuple of (n, d, m)
        Points, columns with the bias, neurons.
    gaps : (k, s) float64
        Relative gaps at the end for each place and seed; a seed draws data and first weights.
    """

    name: ClassVar[str] = "success"
    panels: ClassVar[int] = 2
    levels: ClassVar[tuple[float, float]] = (1e-2, 1e-3)
    places: tuple[tuple[int, int, int], ...]
    gaps: FloatArray

    @classmethod
    def computed(
        cls,
        seed: int = 0,
        sizes: Iterable[tuple[int, int]] = ((10, 2), (20, 2), (10, 3), (20, 3)),
        widths: Sequence[int] = (2, 4, 8, 16, 32, 64),
    ) -> Success:
        """Solve, and train, for twenty seeds from the given one on."""
        places, gaps = [], []
        for n, d in sizes:
            problems = [drawn_problem(n, d, 20 * seed + s) for s in range(20)]
            lowers = [certified(problem).lower for problem in problems]
            for m in widths:
                ends = [
                    descended(problem, m, s).objectives[-1] for s, problem in enumerate(problems)
                ]
                places.append((n, d, m))
                gaps.append(np.array(ends) / lowers - 1)
        return cls(tuple(places), np.array(gaps))

    def shares(self, level: float) -> FloatArray:
        """Return in which share of the seeds descent ends within a level, for each place."""
        return np.asarray((self.gaps <= level).mean(axis=1))

    def columns(self) -> Mapping[str, Any]:
        """One line a place."""
        return {
            **{name: [place[i] for place in self.places] for i, name in enumerate("ndm")},
            **{f"within {level:g}": self.shares(level) for level in self.levels},
            "median gap": np.median(self.gaps, axis=1),
            "largest gap": self.gaps.max(axis=1),
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw shares against widths, one line for each size of the data."""
        sizes = list(dict.fromkeys(place[:2] for place in self.places))
        for axes, level in zip(panels, self.levels, strict=True):
            for n, d in sizes:
                here = [i for i, place in enumerate(self.places) if place[:2] == (n, d)]
                widths = [self.places[i][2] for i in here]
                axes.semilogx(widths, self.shares(level)[here], "o-", label=f"{n} x {d}")
            ticks = sorted({place[2] for place in self.places})
            axes.set_xticks(ticks, [f"{tick}" for tick in ticks], minor=False)
            axes.set_xticks([], minor=True)
            axes.set(xlabel="neurons", ylim=(-0.05, 1.05), title=f"within {level:g} of the optimum")
        panels[0].set_ylabel("share of 20 seeds")
        panels[0].legend(title="data")

    def says(self) -> str:
        """Name the shares of the narrowest and the widest."""
        shares = self.shares(self.levels[0])
        widest, narrowest = max(p[2] for p in self.places), min(p[2] for p in self.places)
        parts = [
            f"{share:.0%} for {n} x {d} with {m} neurons"
            for (n, d, m), share in zip(self.places, shares, strict=True)
            if m in {widest, narrowest}
        ]
        return f"descent ends within 1e-2 of the certified optimum: {', '.join(parts)}"
