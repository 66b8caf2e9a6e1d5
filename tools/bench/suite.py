"""Somebody else's instances: counted, listed and proved, beside the times published with them.

    .venv/bin/python tools/bench/suite.py INSTANCES [--csv FILE] [--plot FILE] [NAME ...]

INSTANCES is a folder of matrices: ``linear_data/*.txt``, one column a hyperplane through the origin,
and ``affine_data/*.txt``, whose last row holds offsets t of ``{x : v.x = t}``.  Numbers are
decimals and are read as such.  NAME selects files by their beginnings.

Everything is warm: each task is run once before it is timed, and the fastest of three runs counts
when a run takes less than five seconds.  Seconds are of the processor, which one thread uses.  Every list is proved complete by a count that shares
nothing with the enumeration, and by the number published for it where there is one.  Exit status 1
when numbers differ, or when a published time is not reached.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import arrangements as ar

Answer = TypeVar("Answer")

PUBLISHED_SECONDS = {
    "linear_data/resonance_6": 1322.73,
    "linear_data/data_perm_8": 77.46,
    "linear_data/crosspoly_13": 105.22,
    "linear_data/threshold_6": 58.63,
}
"""One thread, a commercial solver of linear programs, the best of five variants, 2025."""
PUBLISHED_REGIONS = {
    "linear_data/resonance_6": 1_066_044,
    "linear_data/data_perm_8": 362_880,
    "linear_data/crosspoly_13": 1_058_786,
    "linear_data/threshold_6": 94_572,
    "affine_data/srand_8_20_2": 36_225,
    "affine_data/perm_6": 5_040,
}
REPEATS, LONG_RUN = 3, 5.0


@dataclass(frozen=True)
class Line:
    """One instance: a line of the table."""

    instance: str
    hyperplanes: int
    rank: int
    numerical_rank: int
    regions: int
    count_seconds: float
    list_seconds: float
    regions_per_second: int
    method: str
    reason: str
    proof: str
    published_seconds: float | None


def read(path: Path) -> ar.Arrangement:
    """Return the arrangement of a file."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    data = ar.DataMatrix.from_decimals(list(zip(*rows, strict=True)))
    if path.parent.name == "linear_data":
        return ar.Arrangement(data)
    # v.x - t over x, and a last coordinate that is positive.
    lifted: list[list[Fraction]] = [[*row[:-1], -row[-1]] for row in data.fractions]
    return ar.Arrangement.affine([row[:-1] for row in lifted], [row[-1] for row in lifted])


def timed(task: Callable[[], Answer]) -> tuple[Answer, float]:
    """Run a task, once more if it is short, and return the shortest processor time."""
    best, answer = float("inf"), None
    for _ in range(REPEATS):
        start = time.process_time()
        answer = task()
        best = min(best, time.process_time() - start)
        if best > LONG_RUN:
            break
    assert answer is not None  # noqa: S101 - it ran
    return answer, best


def measure(name: str, path: Path) -> Line:
    """Count, list and prove one instance."""
    fresh = read(path)
    method, reason = ar.Auto().choose(fresh, fresh.domain)
    regions, counting = timed(lambda: ar.count_regions(read(path)))
    patterns, listing = timed(lambda: ar.enumerate_patterns(read(path)))
    if len(patterns) != regions:
        raise ar.ProofError(f"{name}: {len(patterns)} listed, {regions} counted")
    near = ar.near_degeneracy(fresh)
    return Line(
        name,
        fresh.hyperplane_count,
        fresh.rank,
        near.numerical_rank,
        regions,
        round(counting, 4),
        round(listing, 4),
        round(regions / listing),
        repr(method),
        reason,
        patterns.completion.kind,
        PUBLISHED_SECONDS.get(name),
    )


def family(name: str) -> str:
    """Return the kind of instance that a name tells: it ends where its numbers begin."""
    kind, stem = name.split("_data/")
    return f"{stem.removeprefix('data_').rstrip('0123456789_')} ({kind})"


def draw(lines: list[Line], path: Path) -> None:
    """Plot time against regions, one mark a family."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8.0, 5.5), layout="constrained")
    marks = "osv^<>DPXdph8*"
    names = sorted({family(line.instance) for line in lines})
    for place, kind in enumerate(names):
        mine = [line for line in lines if family(line.instance) == kind]
        axes.plot(
            [line.regions for line in mine],
            [line.list_seconds for line in mine],
            marks[place % len(marks)],
            color=f"C{place % 10}",
            label=kind,
            markersize=6,
        )
    theirs = [line for line in lines if line.published_seconds is not None]
    axes.plot(
        [line.regions for line in theirs],
        [line.published_seconds for line in theirs],
        "x",
        color="black",
        markersize=9,
        label="published",
    )
    axes.set(xscale="log", yscale="log", xlabel="regions", ylabel="seconds to list and prove")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, ncols=2)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> int:
    """Run the suite."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("instances", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    lines: list[Line] = []
    wrong: list[str] = []
    warm: Any = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1], [1, 2, 3, 5]]
    for method in (ar.Sweep(), ar.DoubleDescription()):
        ar.enumerate_patterns(warm, method=method)
    paths = sorted(chosen.instances.glob("*_data/*.txt"), key=lambda path: _natural(str(path)))
    for path in paths:
        name = f"{path.parent.name}/{path.stem}"
        if chosen.names and not any(path.stem.startswith(word) for word in chosen.names):
            continue
        line = measure(name, path)
        lines.append(line)
        print(
            f"{name:32s} {line.hyperplanes:4d} x {line.rank:2d} {line.regions:>10,} regions, "
            f"counted {line.count_seconds:8.4f} s, listed {line.list_seconds:8.4f} s, "
            f"{line.regions_per_second:>9,}/s, {line.method}",
            flush=True,
        )
        if PUBLISHED_REGIONS.get(name, line.regions) != line.regions:
            wrong.append(f"{name}: {line.regions:,} regions, published {PUBLISHED_REGIONS[name]:,}")
        if line.published_seconds is not None and line.list_seconds > line.published_seconds:
            wrong.append(f"{name}: {line.list_seconds} s, published {line.published_seconds} s")
    if chosen.csv is not None:
        with chosen.csv.open("w", newline="") as stream:
            writer = csv.DictWriter(
                stream, [field.name for field in fields(Line)], lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(map(asdict, lines))
    if chosen.plot is not None:
        draw(lines, chosen.plot)
    total = sum(line.list_seconds for line in lines)
    print(f"{len(lines)} instances, {sum(line.regions for line in lines):,} regions, {total:.1f} s")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key by which numbers in names sort as numbers."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]


if __name__ == "__main__":
    sys.exit(main())
