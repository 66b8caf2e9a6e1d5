"""Gap against time: ADMM, the interior point, proximal gradients on gates (R-FISTA), the working set.

    .venv/bin/python tools/bench/alternating.py measure [--out docs/data/alternating.csv]
    .venv/bin/python tools/bench/alternating.py draw [--out docs/data/alternating.csv] [--picture docs/_static/alternating.png]

Squared loss, Gaussian rows with a last column of ones, beta a tenth of beta_max.  The gap of a method is its network's objective
less the best certified lower bound, over the objective; the lower bound is a proof over all patterns.  R-FISTA solves the *gated*
relaxation, whose value is below the optimum: its network is made by cone decomposition, and the gap says what that costs.
Seconds are those of the processor.  Compilation is not timed.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import arrangements as ar
import convex_program as cx

FIELDS = ("rows", "columns", "patterns", "method", "effort", "seconds", "gap")
SIZES = ((8, 3), (12, 3), (16, 3), (10, 4))
EFFORTS = (30, 100, 300, 1000, 3000, 10_000)


def problem(rows: int, columns: int) -> cx.TrainingProblem:
    """Return a problem with a noisy sine of the first column."""
    rng = np.random.default_rng(rows * 100 + columns)
    X = np.c_[rng.standard_normal((rows, columns - 1)), np.ones(rows)]
    y = np.sin(3 * X[:, 0]) + 0.1 * rng.standard_normal(rows)
    return cx.TrainingProblem(X, y, 0.1 * cx.beta_max(X, y))


def methods(
    given: cx.TrainingProblem, patterns: ar.CompletePatterns
) -> Iterator[tuple[str, str, Callable[[], cx.Network]]]:
    """Return what is timed: a name, an effort, and a call that returns a network."""
    program = cx.ConvexProgram(given, patterns)

    def of_blocks(solver: cx.ADMM | cx.FullPattern) -> cx.Network:
        return cx.recover_network(program, solver.solve(program))

    for most in EFFORTS:
        yield "ADMM", f"{most} steps", lambda m=most: of_blocks(cx.ADMM(most=m))  # type: ignore[misc]
    for tolerance in (1e-3, 1e-6, 1e-11):
        yield (
            "interior point",
            f"tolerance {tolerance:g}",
            lambda t=tolerance: of_blocks(cx.FullPattern(t)),  # type: ignore[misc]
        )
    gates = cx.Gated.of_patterns(patterns)
    for gap in (1e-2, 1e-4, 1e-6):
        yield (
            "R-FISTA on gates",
            f"gap {gap:g}",
            lambda g=gap: cx.gated_optimum(given, gates, gap=g).decomposed().network,  # type: ignore[misc]
        )
    for gap in (1e-2, 1e-5, 1e-10):
        yield (
            "working set",
            f"gap {gap:g}",
            lambda g=gap: cx.WorkingSet(g).propose(given).network,  # type: ignore[misc]
        )


def measure(out: Path) -> None:
    """Time all and write the table, line by line."""
    warm = problem(6, 2)
    for _, _, run in methods(warm, ar.enumerate_patterns(warm.arrangement)):
        run()
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FIELDS)
        for rows, columns in SIZES:
            given = problem(rows, columns)
            patterns = ar.enumerate_patterns(given.arrangement)
            optimum = cx.global_optimum(given, patterns=patterns)
            assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta > 0
            lower = optimum.exact_lower
            for name, effort, run in methods(given, patterns):
                began = time.process_time()
                network = run()
                seconds = time.process_time() - began
                reached = given.exact_objective(network)
                gap = float("inf") if reached is None else float((reached - lower) / reached)
                table.writerow(
                    (rows, columns, len(patterns), name, effort, f"{seconds:.3g}", f"{gap:.2g}")
                )
                file.flush()


def draw(out: Path, picture: Path) -> None:
    """Draw the table, a panel a size."""
    from matplotlib.figure import Figure

    with out.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    sizes = list(dict.fromkeys((line["rows"], line["columns"], line["patterns"]) for line in lines))
    figure = Figure(figsize=(3.0 * len(sizes), 3.2), layout="constrained")
    panels = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axes, size in zip(panels, sizes, strict=True):
        own = [line for line in lines if (line["rows"], line["columns"], line["patterns"]) == size]
        for name in dict.fromkeys(line["method"] for line in own):
            points = [line for line in own if line["method"] == name]
            axes.loglog(
                [float(point["seconds"]) for point in points],
                [max(float(point["gap"]), 1e-13) for point in points],
                "o-",
                markersize=3,
                linewidth=1,
                label=name,
            )
        axes.set(xlabel="seconds", title=f"{size[0]} rows, {size[1]} columns: {size[2]} patterns")
        axes.title.set_fontsize(8)
    panels[0].set_ylabel("relative gap, certified")
    panels[0].legend(fontsize=7)
    figure.savefig(picture, dpi=110)


def main() -> None:
    """Read the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("command", choices=("measure", "draw"))
    parser.add_argument("--out", type=Path, default=Path("docs/data/alternating.csv"))
    parser.add_argument("--picture", type=Path, default=Path("docs/_static/alternating.png"))
    given = parser.parse_args()
    if given.command == "measure":
        measure(given.out)
    else:
        draw(given.out, given.picture)


if __name__ == "__main__":
    main()
