"""Certified gaps beyond eight dimensions: real tables, and normal rows.

    .venv/bin/python tools/bench/dimensions.py [--part 1.0] [--only PREFIX ...]

Real data are scikit-learn's, all columns that vary, standardized, with a last column of ones; "limits" rows are
those of the limits page.  Hundred rows of diabetes are taken after all 442 are standardized ("first", "last", "random"), or
standardized by themselves ("alone").  beta is a share of the largest value that ascent knows for the targets.
``--part`` shortens all time limits.  ``--only`` selects rows by prefix.  One line a row, as soon as it is done.
Compilation is not timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn import datasets

import convex_program as cx
from convex_program.losses import Loss
from convex_program.optimum import decayed_optimum
from convex_program.pricing import priced_rows

Floats = npt.NDArray[np.float64]
Data = tuple[Floats, Floats]


@dataclass(frozen=True)
class Row:
    """Data, share of beta_max, seconds."""

    data: Callable[[], Data]
    share: float
    seconds: float
    loss: Loss


def standardized(X: Floats) -> Floats:
    """Return the columns that vary, standardized, and ones."""
    X = X[:, X.std(axis=0) > 0.0]
    scaled: Floats = (X - X.mean(axis=0)) / X.std(axis=0)
    return np.asarray(np.c_[scaled, np.ones(len(X))])


def wine() -> Data:
    """Return wine: the class as a number."""
    table = datasets.load_wine()
    y = table.target.astype(float)
    return standardized(table.data), (y - y.mean()) / y.std()


def diabetes() -> Data:
    """Return diabetes."""
    table = datasets.load_diabetes()
    y = table.target
    return standardized(table.data), (y - y.mean()) / y.std()


FIRST, LAST = np.arange(100), np.arange(342, 442)
RANDOM = np.sort(np.random.default_rng(0).permutation(442)[:100])


def some_diabetes(rows: npt.NDArray[np.intp]) -> Data:
    """Return some rows of diabetes."""
    X, y = diabetes()
    return X[rows], y[rows]


def diabetes_alone() -> Data:
    """Return the first rows of diabetes as if there were no others."""
    table = datasets.load_diabetes()
    y = table.target[FIRST]
    return standardized(table.data[FIRST]), (y - y.mean()) / y.std()


def cancer() -> Data:
    """Return breast cancer with labels -1 and 1."""
    table = datasets.load_breast_cancer()
    return standardized(table.data), np.where(table.target > 0, 1.0, -1.0)


def digits() -> Data:
    """Return the digits 3 and 8."""
    table = datasets.load_digits()
    three, eight = (table.target == digit for digit in (3, 8))
    used = three | eight
    return standardized(table.data[used]), np.where(three[used], 1.0, -1.0)


def all_digits() -> Data:
    """Return all digits: odd against even."""
    table = datasets.load_digits()
    return standardized(table.data), np.where(table.target % 2 == 1, 1.0, -1.0)


def limits(n: int, d: int) -> Data:
    """Return the noisy sine of the limits page."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    X[:, -1] = 1.0
    return X, np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(n)


SQUARED = cx.Squared()
ROWS = {
    "wine .1": Row(wine, 0.1, 60, SQUARED),
    "wine .3": Row(wine, 0.3, 60, SQUARED),
    "diabetes .1": Row(diabetes, 0.1, 120, SQUARED),
    "diabetes .3": Row(diabetes, 0.3, 120, SQUARED),
    "diabetes-100-first .1": Row(lambda: some_diabetes(FIRST), 0.1, 20, SQUARED),
    "diabetes-100-last .1": Row(lambda: some_diabetes(LAST), 0.1, 20, SQUARED),
    "diabetes-100-random .1": Row(lambda: some_diabetes(RANDOM), 0.1, 20, SQUARED),
    "diabetes-100-alone .1": Row(diabetes_alone, 0.1, 20, SQUARED),
    "cancer .1": Row(cancer, 0.1, 180, SQUARED),
    "cancer-logistic .1": Row(cancer, 0.1, 180, cx.Logistic()),
    "digits .1": Row(digits, 0.1, 180, SQUARED),
    "all-digits .1": Row(all_digits, 0.1, 180, SQUARED),
    "limits 200x7 .1": Row(lambda: limits(200, 7), 0.1, 40, SQUARED),
    "limits 200x8 .1": Row(lambda: limits(200, 8), 0.1, 40, SQUARED),
    "limits 100x9 .2": Row(lambda: limits(100, 9), 0.2, 40, SQUARED),
    "limits 100x10 .1": Row(lambda: limits(100, 10), 0.1, 60, SQUARED),
}


@dataclass(frozen=True)
class Outcome:
    """Size of the data, relative gap, neurons, seconds by the clock and of processor time."""

    shape: tuple[int, int]
    gap: float
    neurons: int
    seconds: float
    processor: float

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.shape[0]} x {self.shape[1]}: gap {self.gap:.2g}, {self.neurons} neurons, "
            f"{self.seconds:.0f} s, {self.processor:.0f} s of processor time"
        )


def problem_of(row: Row) -> cx.TrainingProblem:
    """Return the training problem of a row."""
    X, y = row.data()
    plain = cx.TrainingProblem(X, y, beta=1.0, loss=row.loss)
    v = plain.feasible(plain.residual(plain.empty_network()))
    largest = priced_rows(plain.gauge).price(cx.SpectralBound(), v).value
    return cx.TrainingProblem(X, y, beta=row.share * largest, loss=row.loss)


def outcome(row: Row, part: float) -> Outcome:
    """Solve one row within a part of its time limit."""
    problem = problem_of(row)
    with ThreadPoolExecutor(2) as executor:
        began, spent = time.perf_counter(), time.process_time()
        solver = cx.WorkingSet(1e-6, time_limit=part * row.seconds)
        best = decayed_optimum(problem, solver=solver, level=cx.Level.RIGOROUS, executor=executor)
        seconds, processor = time.perf_counter() - began, time.process_time() - spent
    shape = (len(problem.targets), problem.gauge.columns)
    return Outcome(shape, best.relative_gap, len(best.network.active()), seconds, processor)


def main() -> None:
    """Run the rows that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="PREFIX")
    parser.add_argument("--part", type=float, default=1.0)
    arguments = parser.parse_args()
    warm = Row(lambda: limits(60, 9), 0.3, 3, SQUARED)
    outcome(warm, 1.0)
    for name, row in ROWS.items():
        if not arguments.only or name.startswith(tuple(arguments.only)):
            print(f"{name}: {outcome(row, arguments.part)}", flush=True)


if __name__ == "__main__":
    main()
