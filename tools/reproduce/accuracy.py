"""Test accuracy of convex and of stochastic training, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from figure import Figure
from matplotlib.axes import Axes
from tasks import Task, bundled

import convex_program as cx

NEURONS = 100
_GATES = 500
_STEPS = 1000
_WIDEST = 5
"""Columns up to which the exact optimum is sought."""
_DECAY = 1.0

Fitted = tuple[Callable[[Any], Any], float, float]
"""Forward function, objective, certified lower bound of the method's own problem (nan without)."""


@dataclass(frozen=True)
class Row:
    """What one method did on one task.

    Parameters
    ----------
    task, method : str
    accuracy : float
        On the rows that were not trained on.
    objective, bound : float
        On those that were; `bound` is below every network of the method's kind.
    seconds : float
        Of the processor.
    """

    task: str
    method: str
    accuracy: float
    objective: float
    bound: float
    seconds: float


def _gated(problem: cx.TrainingProblem, seed: int) -> Fitted:
    gates = cx.Gated.sampled(_GATES, features=problem.features.shape[1], seed=seed)
    found = cx.gated_optimum(problem, gates, gap=1e-3, time_limit=20.0)
    return found.network.forward, found.upper, found.lower


def _sampled(problem: cx.TrainingProblem, seed: int) -> Fitted:
    gates = cx.Gated.sampled(_GATES, features=problem.features.shape[1], seed=seed)
    found = cx.gated_optimum(problem, gates, gap=1e-3, time_limit=20.0).decomposed()
    return found.network.forward, found.objective, np.nan


def _exact(problem: cx.TrainingProblem, seed: int) -> Fitted:
    del seed
    found = cx.global_optimum(problem, solver=cx.Auto(time_limit=60.0))
    assert isinstance(found, cx.GlobalOptimum)  # noqa: S101 - beta is positive
    return found.network.forward, found.upper, found.lower


def _descent(rule: cx.Rule, batch: int | None) -> Callable[[cx.TrainingProblem, int], Fitted]:
    def fitted(problem: cx.TrainingProblem, seed: int) -> Fitted:
        method = cx.GradientDescent(
            steps=_STEPS, rule=rule, start=cx.HeStart(), batch=batch, seed=seed
        )
        run = cx.train(problem, NEURONS, method=method)
        return run.network.forward, float(run.objectives[-1]), np.nan

    return fitted


METHODS: Mapping[str, Callable[[cx.TrainingProblem, int], Fitted]] = {
    "gated": _gated,
    "sampled ReLU": _sampled,
    "exact": _exact,
    "Adam": _descent(cx.Adam(0.01), None),
    "SGD": _descent(cx.Steepest(4e-3), 25),
    "Adagrad": _descent(cx.Adagrad(0.05), None),
}


@dataclass(frozen=True, eq=False)
class Accuracy(Figure):
    """Six methods on tasks of two classes, one weight decay.

    Parameters
    ----------
    rows : tuple of Row
    """

    name: ClassVar[str] = "accuracy"
    rows: tuple[Row, ...]

    @classmethod
    def computed(cls, seed: int = 0) -> Accuracy:
        """Run all methods on the bundled data."""
        return cls.of(bundled(seed), seed)

    @classmethod
    def of(cls, tasks: Iterable[Task], seed: int) -> Accuracy:
        """Run all methods on tasks; the exact one where there are few columns."""
        rows = []
        for task in tasks:
            problem = task.problem(_DECAY)
            for name, method in METHODS.items():
                if name == "exact" and task.train.shape[1] > _WIDEST:
                    continue
                began = time.process_time()
                forward, objective, bound = method(problem, seed)
                seconds = time.process_time() - began
                right = task.accuracy(forward)
                rows.append(Row(task.name, name, right, objective, bound, seconds))
        return cls(tuple(rows))

    def columns(self) -> Mapping[str, Any]:
        """One line a task and method."""
        names = ("task", "method", "accuracy", "objective", "bound", "seconds")
        return {name: [getattr(row, name) for row in self.rows] for name in names}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw one group of dots a task; a method that was not run on it leaves its place empty."""
        (axes,) = panels
        tasks = list(dict.fromkeys(row.task for row in self.rows))
        for index, method in enumerate(METHODS):
            rows = [row for row in self.rows if row.method == method]
            places = [tasks.index(row.task) + 0.14 * (index - 2.5) for row in rows]
            axes.plot(places, [row.accuracy for row in rows], "o", label=method)
        axes.set_xticks(range(len(tasks)), tasks)
        axes.set_ylabel("test accuracy")
        axes.grid(axis="y", alpha=0.3)
        axes.legend(ncols=2, loc="lower right", fontsize=8)

    def says(self) -> str:
        """Name all accuracies."""
        tasks = list(dict.fromkeys(row.task for row in self.rows))
        parts = [
            f"{task}: "
            + ", ".join(f"{row.method} {row.accuracy:.1%}" for row in self.rows if row.task == task)
            for task in tasks
        ]
        return "; ".join(parts)
