"""The frontier: certified relative gap against the number of columns, for real and for normal data.

    .venv/bin/python tools/bench/frontier.py measure [--seconds 60] [--out docs/data/frontier.csv]
    .venv/bin/python tools/bench/frontier.py draw [--out docs/data/frontier.csv] [--picture docs/_static/frontier.png]

Data as in ``tools/bench/dimensions.py``, a tenth of beta_max, squared loss.  Real: the first columns of diabetes with a last one
of ones, wine, breast cancer, digits 3 and 8.  Normal: 100 rows and a noisy sine.  One line of the table a problem, written at
once; compilation is not timed.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

from dimensions import SQUARED, Data, Row, cancer, diabetes, digits, limits, outcome, wine

FIELDS = ("data", "rows", "columns", "gap", "seconds", "processor")
NORMAL = (4, 6, 7, 8, 9, 10, 12, 16, 24, 40)
LEADING = (4, 6, 8, 10)


def leading(columns: int) -> Data:
    """Return the first columns of diabetes, and ones."""
    X, y = diabetes()
    return X[:, [*range(columns - 1), X.shape[1] - 1]], y


def problems() -> list[tuple[str, Callable[[], Data]]]:
    """Return what is measured: a kind, and data."""
    real: list[Callable[[], Data]] = [lambda d=d: leading(d) for d in LEADING]  # type: ignore[misc]
    real += [diabetes, wine, cancer, digits]
    normal: list[Callable[[], Data]] = [lambda d=d: limits(100, d) for d in NORMAL]  # type: ignore[misc]
    return [("real", data) for data in real] + [("normal", data) for data in normal]


def measure(seconds: float, out: Path) -> None:
    """Solve all and write the table."""
    outcome(Row(lambda: limits(60, 9), 0.3, 3, SQUARED), 1.0)
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FIELDS)
        for kind, data in problems():
            found = outcome(Row(data, 0.1, seconds, SQUARED), 1.0)
            n, d = found.shape
            table.writerow(
                (kind, n, d, f"{found.gap:.3g}", f"{found.seconds:.0f}", f"{found.processor:.0f}")
            )
            file.flush()


def draw(out: Path, picture: Path) -> None:
    """Draw the table."""
    from matplotlib.figure import Figure

    with out.open(encoding="utf-8") as file:
        points = list(csv.DictReader(file))
    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for kind, marker in (("real", "o"), ("normal", "s")):
        mine = sorted(
            (int(point["columns"]), float(point["gap"]))
            for point in points
            if point["data"] == kind
        )
        axes.plot(*zip(*mine, strict=True), marker=marker, linewidth=1.0, label=f"{kind} data")
    axes.set(xscale="log", yscale="log", xlabel="columns", ylabel="certified relative gap")
    ticks = (4, 6, 8, 11, 14, 20, 31, 55)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, dpi=150)


def main() -> None:
    """Measure or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "draw"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path("docs/data/frontier.csv"))
    parser.add_argument("--picture", type=Path, default=Path("docs/_static/frontier.png"))
    arguments = parser.parse_args()
    if arguments.what == "measure":
        measure(arguments.seconds, arguments.out)
    else:
        draw(arguments.out, arguments.picture)


if __name__ == "__main__":
    main()
