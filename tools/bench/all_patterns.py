"""Solve and certify over all patterns, at sizes where they cannot be listed.

    .venv/bin/python tools/bench/all_patterns.py [--threads 2] [--rounds] [NAME ...]

Rows are the data sets of the limits page: X normal with a last column of ones,
y = sin(2 x_0) + 0.3 normal (seed 0), and the diabetes data, standardized.  NAME selects by
prefix; without names every row runs that is expected to end.  Compilation is not timed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
import convex_program as cx
from convex_program.optimum import decayed_optimum
from convex_program.pricing import priced_rows

Data = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Row:
    """Data, weight decay as a part of beta_max, gap to reach, seconds to spend."""

    data: Callable[[], Data]
    part: float
    gap: float
    seconds: float
    hard: bool = False


def synthetic(n: int, d: int) -> Data:
    """Return a noisy sine of the first of d - 1 normal features."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    X[:, -1] = 1.0
    return X, np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(n)


def noise(n: int, d: int) -> Data:
    """Return normal features and normal targets."""
    rng = np.random.default_rng(0)
    return np.c_[rng.standard_normal((n, d - 1)), np.ones(n)], rng.standard_normal(n)


def diabetes(*columns: str, rows: int | None = None) -> Data:
    """Return the diabetes data, standardized, with a bias; all columns when none is named."""
    from sklearn.datasets import load_diabetes

    table = load_diabetes()
    wanted = columns or tuple(table.feature_names)
    X = table.data[:rows, [table.feature_names.index(name) for name in wanted]]
    y = table.target[:rows]
    X = (X - X.mean(0)) / X.std(0)
    return np.c_[X, np.ones(len(X))], (y - y.mean()) / y.std()


ROWS = {
    "peers-10x3": Row(lambda: noise(10, 3), 0.05, 1e-11, 60),
    "peers-20x3": Row(lambda: noise(20, 3), 0.05, 1e-11, 60),
    "peers-40x3": Row(lambda: noise(40, 3), 0.05, 1e-11, 60),
    "peers-diabetes": Row(lambda: diabetes("bmi", "s5", rows=50), 0.05, 1e-11, 60),
    "peers-20x5": Row(lambda: noise(20, 5), 0.05, 1e-11, 60),
    "peers-100x3": Row(lambda: noise(100, 3), 0.05, 1e-11, 60),
    "200x5": Row(lambda: synthetic(200, 5), 0.05, 1e-9, 60),
    "1000x5": Row(lambda: synthetic(1000, 5), 0.05, 1e-9, 120),
    "10000x3": Row(lambda: synthetic(10_000, 3), 0.05, 1e-9, 120),
    "100x5-many": Row(lambda: synthetic(100, 5), 0.01, 1e-9, 120),
    "diabetes-4": Row(lambda: diabetes("bmi", "s5", "bp"), 0.05, 1e-9, 60),
    "200x6": Row(lambda: synthetic(200, 6), 0.05, 1e-9, 120),
    "diabetes-7": Row(lambda: diabetes("bmi", "s5", "bp", "s3", "s1", "s6"), 0.1, 1e-9, 300),
    "200x7": Row(lambda: synthetic(200, 7), 0.05, 1e-8, 600, hard=True),
    "50x10": Row(lambda: synthetic(50, 10), 0.05, 1e-6, 600, hard=True),
    "10000x5": Row(lambda: synthetic(10_000, 5), 0.05, 1e-6, 600, hard=True),
    "diabetes-11": Row(diabetes, 0.5, 1e-3, 600, hard=True),
}


def run(name: str, row: Row, pool: ThreadPoolExecutor | None, *, rounds: bool) -> str:
    """Solve one row; return its line of the table."""
    X, y = row.data()
    began = time.perf_counter()
    unit = cx.TrainingProblem(X, y, 1)
    pricing = cx.BranchAndBound(tolerance=1e-3, node_limit=200_000, executor=pool)
    peak = priced_rows(unit.gauge).price(pricing, unit.targets).value
    problem = cx.TrainingProblem(X, y, row.part * peak)
    patterns = ar.cover_number(problem.arrangement)
    middle, used = time.perf_counter(), time.process_time()
    solver = cx.WorkingSet(row.gap, time_limit=row.seconds, executor=pool)
    best = decayed_optimum(
        problem, solver=solver, progress=(lambda e: print("   ", e.note)) if rounds else ar.silent
    )
    end, work = time.perf_counter(), time.process_time() - used
    solution = best.solution
    return (
        f"{name:15s} {patterns:>22,} {best.upper:<15.10g} {best.relative_gap:8.1e} "
        f"{best.network.width:4d} {middle - began:8.2f} {end - middle:8.2f} {work:8.2f} "
        f"{sum(r.nodes for r in solution.rounds):>12,} {solution.status.name}"
    )


def main() -> None:
    """Run the rows asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows, by prefix")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", action="store_true", help="show every round")
    given = parser.parse_args()
    prefixes = tuple(given.names)
    chosen = {
        name: row
        for name, row in ROWS.items()
        if (name.startswith(prefixes) if prefixes else not row.hard)
    }
    if not chosen:
        sys.exit(f"no row begins so; known: {', '.join(ROWS)}")
    pool = ThreadPoolExecutor(given.threads) if given.threads > 1 else None
    cx.WorkingSet().propose(cx.TrainingProblem(*synthetic(20, 3), 0.5))
    print(
        f"{'data':15s} {'patterns at most':>22s} {'objective':15s} {'gap':>8s} "
        f"{'m':>4s} {'beta_max':>8s} {'seconds':>8s} {'cpu':>8s} {'nodes':>12s} status"
    )
    for name, row in chosen.items():
        print(run(name, row, pool, rounds=given.rounds), flush=True)


if __name__ == "__main__":
    main()
