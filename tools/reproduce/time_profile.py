"""Share of problems solved against processor time, where solved means near a certified optimum."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes
from sklearn import datasets

import arrangements as ar
import convex_program as cx

FloatArray = npt.NDArray[np.float64]

SHARES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""Six weight decays, as shares of the one from which on the optimum is zero."""
NEURONS = 50
_ROWS = 60
_GATES = 50
_STEPS = 2000
_RULES: Mapping[str, tuple[cx.Rule, int | None]] = {
    "Adam": (cx.Adam(0.02), None),
    "SGD": (cx.Steepest(2e-3), 10),
    "Adagrad": (cx.Adagrad(0.1), None),
}
METHODS = ("exact", "sampled ReLU", *_RULES)


def problems(shares: Sequence[float] = SHARES) -> Iterator[cx.TrainingProblem]:
    """Yield regression problems from bundled data: two columns and a bias, all standardized."""
    iris, wine, sugar = datasets.load_iris(), datasets.load_wine(), datasets.load_diabetes()
    cancer, sport = datasets.load_breast_cancer(), datasets.load_linnerud()
    tables = (
        (iris.data[50:, 2:], iris.target[50:]),
        (wine.data[:130, [0, 6]], wine.target[:130]),
        (sugar.data[:, [2, 8]], sugar.target),
        (cancer.data[:, :2], cancer.target),
        (sport.data[:, :2], sport.target[:, 0]),
    )
    for rows, targets in tables:
        kept = np.random.default_rng(0).permutation(len(rows))[:_ROWS]
        X, y = rows[kept], np.asarray(targets, dtype=np.float64)[kept]
        X = np.column_stack([(X - X.mean(axis=0)) / X.std(axis=0), np.ones(len(X))])
        y = (y - y.mean()) / y.std()
        largest = float(cx.beta_max(X, y))
        for share in shares:
            yield cx.TrainingProblem(X, y, share * largest)


@dataclass(frozen=True, eq=False)
class TimeProfile(Figure):
    """Five methods on five bundled data sets times six weight decays.

    Parameters
    ----------
    seconds : mapping from method to (problems, k) float64
        Processor time at which an objective was reached, the rate of a whole run spread evenly.
    gaps : mapping from method to (problems, k) float64
        Objectives over the certified bound, minus one.
    """

    name: ClassVar[str] = "time-profile"
    panels: ClassVar[int] = 2
    levels: ClassVar[tuple[float, float]] = (0.1, 1e-3)
    seconds: Mapping[str, FloatArray]
    gaps: Mapping[str, FloatArray]

    @classmethod
    def computed(cls, seed: int = 0, shares: Sequence[float] = SHARES) -> TimeProfile:
        """Run everything once."""
        seconds: dict[str, list[FloatArray]] = {method: [] for method in METHODS}
        gaps: dict[str, list[FloatArray]] = {method: [] for method in METHODS}
        # Compiling, and loading what is compiled, is nobody's time to solve.
        cx.global_optimum(cx.TrainingProblem([[0.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1))
        for problem in problems(shares):
            began = time.process_time()
            optimum = cx.global_optimum(problem)
            assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta is positive
            runs = {"exact": (time.process_time() - began, np.array([optimum.upper]))}
            began = time.process_time()
            value = _over_sampled(problem, seed)
            runs["sampled ReLU"] = (time.process_time() - began, np.array([value]))
            for name, (rule, batch) in _RULES.items():
                began = time.process_time()
                method = cx.GradientDescent(
                    steps=_STEPS, rule=rule, start=cx.HeStart(), batch=batch, seed=seed
                )
                values = cx.train(problem, NEURONS, method=method).objectives
                runs[name] = (time.process_time() - began, values)
            for name, (spent, values) in runs.items():
                seconds[name].append(spent * np.arange(1, len(values) + 1) / len(values))
                gaps[name].append(values / optimum.lower - 1)
        return cls(
            {name: np.array(table) for name, table in seconds.items()},
            {name: np.array(table) for name, table in gaps.items()},
        )

    def times(self, method: str, level: float) -> FloatArray:
        """Return when each problem was first within a level, infinity where it never was."""
        within = self.gaps[method] <= level
        first = self.seconds[method][np.arange(len(within)), within.argmax(axis=1)]
        return np.where(within.any(axis=1), first, np.inf)

    def columns(self) -> Mapping[str, Any]:
        """One line a problem."""
        return {
            f"{method}, within {level:g}": self.times(method, level)
            for method in METHODS
            for level in self.levels
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the share solved against seconds."""
        for axes, level in zip(panels, self.levels, strict=True):
            for method in METHODS:
                times = np.sort(self.times(method, level))
                solved = times[np.isfinite(times)]
                share = np.arange(1, len(solved) + 1) / len(times)
                ends = np.append(solved, 10.0), np.append(share, len(solved) / len(times))
                axes.step(*ends, where="post", label=method)
            axes.set(
                xscale="log",
                xlabel="processor seconds",
                ylim=(-0.02, 1.02),
                title=f"within {level:g} of the certified optimum",
            )
        panels[0].set_ylabel("share of problems")
        panels[0].legend(fontsize=8)

    def says(self) -> str:
        """Name the shares solved at all."""
        level = self.levels[1]
        parts = [f"{m} {np.isfinite(self.times(m, level)).mean():.0%}" for m in METHODS]
        count = len(self.gaps["exact"])
        return f"of {count} problems within {level:g} of the certified optimum: {', '.join(parts)}"


def _over_sampled(problem: cx.TrainingProblem, seed: int) -> float:
    """Solve the convex program over the patterns of random gates."""
    gates = cx.Gated.sampled(_GATES, features=problem.features.shape[1], seed=seed)
    sides = gates.sides(problem.data)
    patterns = ar.PatternSubset.from_activations(problem.arrangement, sides)
    program = cx.ConvexProgram(problem, patterns)
    return problem.objective(cx.recover_network(program, cx.FullPattern().solve(program)))
