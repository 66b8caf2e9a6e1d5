"""Certified gaps of networks with several outputs, and of classes.

    .venv/bin/python tools/bench/outputs.py [--only NAME ...] [--seconds S] [--threads N] [--claims [--standalone PATH]]

``n,d,c``: X normal, Y = sin(2 X A) + .3 normal, as ``rng(0)`` draws X, A and the noise, beta 0.3 of the one that zeroes the network.
iris: four columns standardized and a column of ones, three classes, cross-entropy at 5 %.  wine: so, for its
first four columns.  linnerud: three exercises standardized and ones, three targets standardized, squared loss at 10 %.
Seconds of processor time, all threads together; compilation is left out.  ``--claims`` writes and checks a proof, too.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import datasets

import convex_program as cx
from convex_program.losses import Loss
from convex_program.optimum import decayed_optimum

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """Data and targets, the loss, the share of beta_max, the gap and the seconds to stop at."""

    data: Callable[[], tuple[Floats, Any]]
    share: float
    gap: float
    seconds: float
    loss: Loss


def normal(n: int, d: int, c: int) -> tuple[Floats, Floats]:
    """Return normal rows and noisy sines."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    Y = np.sin(2 * X @ rng.standard_normal((d, c))) + 0.3 * rng.standard_normal((n, c))
    return X, Y


def standardized(X: Floats) -> Floats:
    """Return standardized columns."""
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def with_ones(X: Floats) -> Floats:
    """Return standardized columns, and ones."""
    joined: Floats = np.c_[standardized(X), np.ones(len(X))]
    return joined


def iris() -> tuple[Floats, Any]:
    """Return iris."""
    table = datasets.load_iris()
    return with_ones(table.data), table.target


def wine() -> tuple[Floats, Any]:
    """Return the first four columns of wine."""
    table = datasets.load_wine()
    return with_ones(table.data[:, :4]), table.target


def linnerud() -> tuple[Floats, Any]:
    """Return linnerud."""
    table = datasets.load_linnerud()
    return with_ones(table.data), standardized(table.target)


SQUARED, ENTROPY = cx.Squared(), cx.SoftmaxCrossEntropy()
ROWS = {
    "50,3,2": Row(lambda: normal(50, 3, 2), 0.3, 1e-8, 3, SQUARED),
    "50,3,10": Row(lambda: normal(50, 3, 10), 0.3, 1e-8, 30, SQUARED),
    "200,3,3": Row(lambda: normal(200, 3, 3), 0.3, 1e-8, 60, SQUARED),
    "50,5,3": Row(lambda: normal(50, 5, 3), 0.3, 1e-7, 60, SQUARED),
    "100,5,2": Row(lambda: normal(100, 5, 2), 0.3, 1e-7, 90, SQUARED),
    "100,4,10": Row(lambda: normal(100, 4, 10), 0.3, 1e-6, 60, SQUARED),
    "200,5,3": Row(lambda: normal(200, 5, 3), 0.3, 1e-4, 240, SQUARED),
    "iris": Row(iris, 0.05, 1e-6, 120, ENTROPY),
    "linnerud": Row(linnerud, 0.1, 1e-8, 60, SQUARED),
    "wine": Row(wine, 0.05, 1e-8, 60, ENTROPY),
}


def run(name: str, row: Row, threads: int, standalone: Path | None, *, claims: bool) -> str:
    """Solve one row, and write and check its proof; return its line."""
    X, Y = row.data()
    peak = cx.beta_max(X, Y, loss=row.loss)
    problem = cx.TrainingProblem(X, Y, beta=row.share * peak, loss=row.loss)
    with ThreadPoolExecutor(threads) as pool:
        clock, began = time.perf_counter(), time.process_time()
        solver = cx.VectorWorkingSet(
            row.gap, time_limit=row.seconds, executor=pool if threads > 1 else None
        )
        best = decayed_optimum(problem, solver=solver, level=cx.Level.RIGOROUS)
        clock = time.perf_counter() - clock
    times = [began, time.process_time()]
    line = (
        f"{name:9s} beta {row.share * peak:12.8f} {best.status.value:10s} gap {best.relative_gap:8.1e} "
        f"objective {best.upper:14.8f} {len(best.network.active()):4d} neurons "
        f"{np.diff(times)[0]:7.2f} s, {clock:7.2f} by the clock"
    )
    if not claims:
        return line
    print(f"{line}; writing", file=sys.stderr, flush=True)
    claim = best.claim()
    times.append(time.process_time())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claim"
        cx.save_claim(claim, path)
        print(f"{name}: written, {np.diff(times)[1]:.2f} s", file=sys.stderr, flush=True)
        begin = time.process_time()
        found = cx.verify(cx.load_claim(path))
        line += (
            f"; write {np.diff(times)[1]:.2f}, verify {time.process_time() - begin:.2f}, "
            f"gap {found.relative_gap:.1e}, {path.stat().st_size / 1e6:.3f} MB"
        )
        if standalone is not None:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-I", "-S", str(standalone), str(path)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - this interpreter
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            line += f", alone {after.ru_utime - before.ru_utime:.2f}"
    return line


def main() -> None:
    """Print a line for each row, as soon as it is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=list(ROWS), metavar="NAME", choices=list(ROWS))
    parser.add_argument("--seconds", type=float, help="instead of each row's limit")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--claims", action="store_true")
    parser.add_argument("--standalone", type=Path)
    given = parser.parse_args()
    warm = cx.TrainingProblem(*normal(20, 3, 2), 1.0)
    decayed_optimum(warm, level=cx.Level.PROVED)
    for name in given.only:
        row = ROWS[name]
        if given.seconds is not None:
            row = Row(row.data, row.share, row.gap, given.seconds, row.loss)
        print(run(name, row, given.threads, given.standalone, claims=given.claims), flush=True)


if __name__ == "__main__":
    main()
