"""What a certified optimum costs: against rows, dimensions, patterns and tolerance.

    .venv/bin/python tools/bench/scaling.py [--seconds 60] [--out bench-output]

Synthetic data as in `all_patterns`: normal features with a column of ones, a noisy sine, beta 5 %
of the one that zeroes the network; one core.  Runs over the limit count with what they reached:
hollow marks.  Times are seconds of processor time, compilation left out.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from all_patterns import synthetic

import arrangements as ar
import convex_program as cx
from convex_program.optimum import decayed_optimum
from convex_program.pricing import priced_rows

ROWS = [(n, d) for d in (3, 4, 5) for n in (50, 100, 200, 500, 1000)]
DIMENSIONS = [(n, d) for n in (20, 30, 50) for d in (3, 4, 5, 6, 7, 8, 9, 10)]
TOLERANCES = [10.0**-k for k in range(1, 13)]
EXAMPLES = [(50, 7), (200, 5)]
"""Data for which the tolerance is varied."""
_GAP = 1e-9


@dataclass(frozen=True)
class Line:
    """One run: what was asked, what came out, how long it took."""

    n: int
    d: int
    patterns: int
    tolerance: float
    gap: float
    neurons: int
    passes: int
    seconds: float


def run(n: int, d: int, tolerance: float, limit: float) -> Line:
    """Solve one problem to a relative gap."""
    X, y = synthetic(n, d)
    unit = cx.TrainingProblem(X, y, 1)
    peak = priced_rows(unit.gauge).price(cx.AutoPricing(1e-3, limit), unit.targets).value
    problem = cx.TrainingProblem(X, y, 0.05 * peak)
    began = time.process_time()
    best = decayed_optimum(problem, solver=cx.WorkingSet(tolerance, time_limit=limit))
    seconds = time.process_time() - began
    passes = sum(done.nodes > 0 for done in best.solution.rounds)
    patterns = ar.cover_number(problem.arrangement)
    width = len(best.network.active())
    return Line(n, d, patterns, tolerance, best.relative_gap, width, passes, seconds)


def draw(lines: list[Line], path: Path) -> None:
    """Draw seconds against rows, dimensions, patterns and tolerance."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 7.5), layout="constrained", sharey=True)
    fixed = [line for line in lines if line.tolerance == _GAP]
    wanted: list[tuple[Any, str, list[tuple[str, list[Line]]]]] = [
        (axes[0, 0], "n", [(f"d = {d}", _chosen(fixed, ROWS, d=d)) for d in (3, 4, 5)]),
        (axes[0, 1], "d", [(f"n = {n}", _chosen(fixed, DIMENSIONS, n=n)) for n in (20, 30, 50)]),
        (
            axes[1, 0],
            "patterns",
            [(f"d = {d}", [line for line in fixed if line.d == d]) for d in range(3, 11)],
        ),
        (
            axes[1, 1],
            "tolerance",
            [
                (f"n = {n}, d = {d}", [line for line in lines if (line.n, line.d) == (n, d)])
                for n, d in EXAMPLES
            ],
        ),
    ]
    for axis, name, groups in wanted:
        for index, (label, group) in enumerate(groups):
            own = sorted(group, key=lambda line: float(getattr(line, name)))
            x = [float(getattr(line, name)) for line in own]
            seconds = [max(1e-3, line.seconds) for line in own]
            axis.plot(x, seconds, "-", color=f"C{index}", label=label)
            for at, y, line in zip(x, seconds, own, strict=True):
                reached = line.gap <= line.tolerance
                axis.plot(at, y, "o", color=f"C{index}", markersize=5,
                          fillstyle="full" if reached else "none")  # fmt: skip
        axis.set(xscale="linear" if name == "d" else "log", yscale="log", xlabel=name)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    axes[1, 1].invert_xaxis()
    for axis in axes[:, 0]:
        axis.set_ylabel("seconds of processor time")
    figure.suptitle(f"Certified to a relative gap of {_GAP:g} (hollow: ended before)")
    figure.savefig(path, dpi=110)


def _chosen(lines: list[Line], grid: list[tuple[int, int]], **fixed: int) -> list[Line]:
    (name, value), *_ = fixed.items()
    return [line for line in lines if (line.n, line.d) in grid and getattr(line, name) == value]


def main() -> None:
    """Run the grids; write the table and the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for each run")
    parser.add_argument("--out", type=Path, default=Path("bench-output"))
    given = parser.parse_args()
    wanted = dict.fromkeys((n, d, _GAP) for n, d in ROWS + DIMENSIONS)
    wanted.update(dict.fromkeys((n, d, tol) for n, d in EXAMPLES for tol in TOLERANCES))
    run(20, 3, 1e-6, given.seconds)
    run(20, 9, 1e-6, given.seconds)
    lines = []
    print(f"{'n':>6s} {'d':>3s} {'patterns at most':>20s} asked  {'gap':>8s}   m passes  seconds")
    for n, d, tolerance in wanted:
        line = run(n, d, tolerance, given.seconds)
        lines.append(line)
        print(f"{n:6d} {d:3d} {line.patterns:20,} {tolerance:5.0e} {line.gap:8.1e} "
              f"{line.neurons:3d} {line.passes:6d} {line.seconds:8.3f}", flush=True)  # fmt: skip
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "scaling.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(Line.__annotations__)
        table.writerows(map(astuple, lines))
    draw(lines, given.out / "scaling.png")
    print(f"{given.out}/scaling.csv and {given.out}/scaling.png written")


if __name__ == "__main__":
    main()
