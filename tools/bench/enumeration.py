"""Lists, streams and counts of regions, beside other programs, in one run.

    .venv/bin/python tools/bench/enumeration.py [--out FOLDER] [--peers FOLDER] [--long] [NAME ...]

NAME selects instances by prefix; without names every instance runs that takes less than a
minute, with --long all of them.  --peers is a site-packages folder that holds PolyPart
(0.2.0 was used); a baseline with scipy's linprog always runs on small instances.  Everything is
warm (a small list is made first), medians of five runs, one where a run takes over five
seconds; outputs of all programs are compared as sets.  --threads N works with N threads.

Exit status 1 when programs disagree, or when the fast filter leaves more than 1 % of the
witnesses of generic data to integers.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import arrangements as ar

REPEATS, LONG_RUN = 5, 5.0
MOST_FALLBACKS = 0.01
PEER_REGIONS = {"polypart": 60_000, "linprog": 3_000}


@dataclass(frozen=True)
class Instance:
    """Rows, whether they are generic, and about how long a list takes in seconds."""

    rows: Callable[[], Any]
    generic: bool
    seconds: float


@dataclass(frozen=True)
class Line:
    """One measurement: a line of the table."""

    instance: str
    rows: int
    rank: int
    program: str
    task: str
    regions: int
    seconds: float
    regions_per_second: float
    times_bytes_out: float
    fallback_percent: float


def integers(n: int, d: int) -> Any:
    """Return random two-digit integers."""
    return np.random.default_rng(0).integers(-99, 100, (n, d))


def floats(n: int, d: int) -> Any:
    """Return normal random floats."""
    return np.random.default_rng(0).standard_normal((n, d))


def cube(k: int) -> Any:
    """Return {0,1}^k x 1: threshold functions."""
    return np.array([[*point, 1] for point in itertools.product((0, 1), repeat=k)])


def resonance(k: int) -> Any:
    """Return the non-zero 0/1 vectors."""
    return np.array([point for point in itertools.product((0, 1), repeat=k) if any(point)])


def braid(k: int) -> Any:
    """Return e_i - e_j."""
    unit = np.eye(k, dtype=int)
    return np.array([unit[i] - unit[j] for i, j in itertools.combinations(range(k), 2)])


def iris() -> ar.DataMatrix:
    """Return the four decimal columns of iris, and a bias."""
    from sklearn.datasets import load_iris

    return ar.DataMatrix.from_decimals([[*map(str, row), "1"] for row in load_iris().data.tolist()])


INSTANCES = {
    "10x3": Instance(lambda: integers(10, 3), generic=True, seconds=0.01),
    "20x4": Instance(lambda: integers(20, 4), generic=True, seconds=0.01),
    "30x4": Instance(lambda: integers(30, 4), generic=True, seconds=0.01),
    "30x5": Instance(lambda: integers(30, 5), generic=True, seconds=0.03),
    "50x4": Instance(lambda: integers(50, 4), generic=True, seconds=0.03),
    "20x7": Instance(lambda: integers(20, 7), generic=True, seconds=0.1),
    "cube-4": Instance(lambda: cube(4), generic=False, seconds=0.01),
    "cube-5": Instance(lambda: cube(5), generic=False, seconds=0.3),
    "resonance-5": Instance(lambda: resonance(5), generic=False, seconds=0.1),
    "resonance-6": Instance(lambda: resonance(6), generic=False, seconds=4),
    "braid-7": Instance(lambda: braid(7), generic=False, seconds=0.1),
    "floats-100x5": Instance(lambda: floats(100, 5), generic=True, seconds=6),
    "cube-6": Instance(lambda: cube(6), generic=False, seconds=80),
    "iris": Instance(iris, generic=False, seconds=60),
    "floats-200x5": Instance(lambda: floats(200, 5), generic=True, seconds=120),
    "resonance-7": Instance(lambda: resonance(7), generic=False, seconds=2000),
}
LISTED_AT_MOST = 40_000_000
MOST_SCALED = 2_000_000_000
SCALING = [(n, r) for r in (3, 4, 5, 6) for n in (16, 24, 36, 54, 80) if n**r < MOST_SCALED]


def compiled(rows: Any) -> ar.Method:
    """Return what `Auto` chooses, or the sweep where linear programs would be fast enough."""
    arrangement = ar.as_arrangement(rows)
    chosen = ar.Auto().choice(arrangement, arrangement.domain)
    return ar.Sweep() if isinstance(chosen, ar.Incremental) else chosen


def listed(rows: Any, executor: Executor | None) -> tuple[Any, float]:
    """List and prove; return the patterns."""
    return ar.enumerate_patterns(rows, method=compiled(rows), executor=executor), 0.0


def streamed(rows: Any, executor: Executor | None) -> tuple[int, float]:
    """Stream and prove; return their number and the share of witnesses that fell back."""
    stream = ar.stream_patterns(rows, method=compiled(rows), executor=executor)
    count = sum(len(batch) for batch in stream)
    return count, stream.completion.statistics.fallback_share


def counted(rows: Any, executor: Executor | None) -> tuple[int, float]:
    """Count."""
    return ar.count_regions(rows, executor=executor), 0.0


def linprog(rows: Any, _executor: Executor | None) -> tuple[set[bytes], float]:
    """Insert hyperplanes one by one, one linear program for each side: the plain baseline."""
    from scipy.optimize import linprog as solve

    found = [np.zeros(0)]
    for k in range(1, len(rows) + 1):
        longer = []
        for signs, side in itertools.product(found, (1.0, -1.0)):
            signed = np.append(signs, side)
            r = rows.shape[1]
            constraints = np.c_[-signed[:, None] * rows[:k], np.ones(k)]
            answer = solve(
                np.append(np.zeros(r), -1.0),
                A_ub=constraints,
                b_ub=np.zeros(k),
                bounds=[(-1, 1)] * r + [(None, 1)],
            )
            if answer.status == 0 and -answer.fun > 1e-9:  # noqa: PLR2004 - a baseline has a tolerance
                longer.append(signed)
        found = longer
    return as_set(np.array(found) > 0), 0.0


def polypart(rows: Any, _executor: Executor | None) -> tuple[set[bytes], float]:
    """Run PolyPart's exact incremental enumeration."""
    from polypart.geometry import Hyperplane
    from polypart.inc_enu import build_tree_inc_enu

    planes = [Hyperplane.from_coefficients([*map(int, row), 0]) for row in rows]
    root, _ = build_tree_inc_enu(planes)
    leaves, stack = [], [root]
    while stack:
        node = stack.pop()
        stack += node._children  # noqa: SLF001 - it has no other way to its leaves
        if len(node.sign_vector) == len(planes):
            leaves.append(node.sign_vector)
    # Its sign is +1 on the side a.x <= b.
    return as_set(np.array(leaves) < 0), 0.0


def as_set(active: Any) -> set[bytes]:
    """Return patterns of shape (N, n) as a set of packed rows."""
    return {bytes(row) for row in np.packbits(active, axis=1, bitorder="little")}


def timed(run: Callable[[], tuple[Any, float]]) -> tuple[Any, float, float]:
    """Return an answer, its fallback share and the median of its times."""
    times: list[float] = []
    while True:
        start = time.perf_counter()
        answer, share = run()
        times.append(time.perf_counter() - start)
        if len(times) == REPEATS or times[0] > LONG_RUN:
            return answer, share, statistics.median(times)


def copy_seconds(size: int) -> float:
    """Return how long this machine takes to write so many bytes from memory to memory."""
    block = np.zeros(1 << 27, np.uint8)
    target = np.empty_like(block)
    np.copyto(target, block)
    start = time.perf_counter()
    np.copyto(target, block)
    return (time.perf_counter() - start) * size / len(block)


def measure(name: str, instance: Instance, peers: list[str], executor: Any) -> Iterator[Line]:
    """Yield the lines of one instance; raise SystemExit when programs disagree."""
    rows = instance.rows()
    arrangement = ar.Arrangement(rows)
    n, rank = arrangement.shape[0], arrangement.rank

    def line(program: str, task: str, regions: int, seconds: float, share: float) -> Line:
        row = (n + 7) // 8 + (8 * rank if task == "list" else 0)
        limit = copy_seconds(regions * row)
        return Line(
            name,
            n,
            rank,
            program,
            task,
            regions,
            seconds,
            regions / seconds,
            seconds / limit if task != "count" else 0.0,
            100 * share,
        )

    count, _, seconds = timed(lambda: counted(rows, executor))
    yield line("arrangements", "count", count, seconds, 0.0)
    number, share, seconds = timed(lambda: streamed(rows, executor))
    yield line("arrangements", "stream", number, seconds, share)
    if instance.generic and share > MOST_FALLBACKS:
        sys.exit(f"{name}: the filter left {share:.2%} of generic witnesses to integers")
    if number != count:
        sys.exit(f"{name}: {number} regions streamed, {count} counted")
    if count > LISTED_AT_MOST:
        return
    patterns, _, seconds = timed(lambda: listed(rows, executor))
    yield line("arrangements", "list", len(patterns), seconds, 0.0)
    ours = None
    for peer in peers:
        if count > PEER_REGIONS[peer]:
            continue
        if ours is None:
            ours = {bytes(row) for row in patterns.packed}
        theirs, _, seconds = timed(lambda: PEERS[peer](rows, None))  # noqa: B023 - called at once
        yield line(peer, "list", len(theirs), seconds, 0.0)
        if theirs != ours:
            sys.exit(f"{name}: {peer} lists other patterns")


PEERS = {"linprog": linprog, "polypart": polypart}


def report(line: Line) -> None:
    """Print one line of the table."""
    print(
        f"{line.instance:13} {line.program:13} {line.task:7} {line.regions:12,} "
        f"{line.seconds:10.4g} s {line.regions_per_second:12,.0f} /s "
        f"{line.times_bytes_out:8.1f} x bytes out {line.fallback_percent:6.2f} % fell back",
        flush=True,
    )


def draw(lines: list[Line], path: Path) -> None:
    """Plot seconds against regions: everybody, then our lists by number of rows and rank."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    everybody, ours = figure.subplots(1, 2, sharey=True)
    named = [line for line in lines if not line.instance.startswith("scaling")]
    for key in dict.fromkeys((line.program, line.task) for line in named):
        chosen = [line for line in named if (line.program, line.task) == key]
        everybody.loglog(
            [line.regions for line in chosen],
            [line.seconds for line in chosen],
            "o",
            label=f"{key[0]}: {key[1]}",
        )
    scaling = [line for line in lines if line.instance.startswith("scaling")]
    for rank in sorted({line.rank for line in scaling}):
        chosen = [line for line in scaling if line.rank == rank and line.task == "list"]
        ours.loglog(
            [line.regions for line in chosen],
            [line.seconds for line in chosen],
            "o-",
            label=f"rank {rank}",
        )
        for line in chosen:
            ours.annotate(f" {line.rows}", (line.regions, line.seconds), fontsize=7)
    everybody.set(title="one point an instance", ylabel="seconds")
    ours.set(title="lists of generic data; labels: rows")
    for axes in (everybody, ours):
        axes.set_xlabel("regions")
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, help="folder for enumeration.csv and enumeration.png")
    parser.add_argument("--peers", help="a site-packages folder that holds PolyPart")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--scaling", action="store_true", help="also sizes for the second plot")
    arguments = parser.parse_args()
    peers = ["linprog"]
    if arguments.peers:
        sys.path.append(arguments.peers)
        peers.append("polypart")
    else:
        print("PolyPart: not run (give --peers)")
    chosen = {
        name: instance
        for name, instance in INSTANCES.items()
        if (any(map(name.startswith, arguments.names)) if arguments.names else True)
        and (arguments.long or arguments.names or instance.seconds < 60)  # noqa: PLR2004 - a minute
    }
    if arguments.scaling:
        for n, r in SCALING:
            made = partial(floats, n, r)
            chosen[f"scaling-{n}x{r}"] = Instance(made, generic=True, seconds=1.0)
    executor = ThreadPoolExecutor(arguments.threads) if arguments.threads else None
    for task in (counted, streamed, listed):
        task(integers(12, 4), executor)
    lines = []
    for name, instance in chosen.items():
        for line in measure(name, instance, [] if "scaling" in name else peers, executor):
            lines.append(line)
            report(line)
            if arguments.out:
                write(lines, arguments.out)


def write(lines: list[Line], folder: Path) -> None:
    """Write what has been measured so far: a stopped run loses nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "enumeration.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(field.name for field in fields(Line))
        table.writerows(astuple(line) for line in lines)
    draw(lines, folder / "enumeration.png")


if __name__ == "__main__":
    main()
