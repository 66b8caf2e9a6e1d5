"""Proofs in files: their size, the time to write them beside that of the solve, the time to check.

    .venv/bin/python tools/bench/claims.py [--standalone tools/check_claim.py [--processes 2]] [NAME ...]

Data as in `all_patterns`, beta 5 % of the one that zeroes the network (diabetes-7: 10 %).  Seconds of processor
time, compilation left out.  *solve* is the search that ends with a rigorous bound, *write* the proof
by trees of cones along its vector, checked once; *verify* the compiled check of the file, bounds included;
*alone* the checker that needs the standard library only, all its processes together.  Phases are told on standard error as they
begin; a solve takes the row's seconds at most, and what it has reached then is proved.
diabetes-7 is asked for by name: it takes minutes.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from all_patterns import ROWS, synthetic

import convex_program as cx
from convex_program.optimum import decayed_optimum

NAMES = [
    "peers-10x3", "peers-20x3", "peers-40x3", "peers-diabetes", "peers-20x5", "peers-100x3",
    "diabetes-4", "200x5", "1000x5", "10000x3", "200x6",
]  # fmt: skip


def run(name: str, folder: Path, standalone: Path | None, processes: int) -> str:
    """Solve, write and check one row; return its line of the table."""
    row = ROWS[name]

    def phase(text: str) -> float:
        print(f"{name}: {text}", file=sys.stderr, flush=True)
        return time.process_time()

    phase("the largest beta")
    X, y = row.data()
    pricing = cx.BranchAndBound(tolerance=1e-3, node_limit=200_000)
    peak = cx.beta_max(X, y, pricing=pricing)
    problem = cx.TrainingProblem(X, y, row.part * peak)
    times = [phase("solving")]
    solver = cx.WorkingSet(row.gap, time_limit=row.seconds)
    best = decayed_optimum(problem, solver=solver, level=cx.Level.RIGOROUS)
    times.append(phase(f"writing, the gap is {best.relative_gap:.1e}"))
    claim = best.claim()
    times.append(phase("saving"))
    path = folder / f"{name}.claim"
    cx.save_claim(claim, path)
    times.append(phase("verifying"))
    found = cx.verify(cx.load_claim(path))
    times.append(phase("checking alone" if standalone else "done"))
    solve, write, save, verify = np.diff(times)
    alone = ""
    if standalone is not None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-I", "-S", str(standalone), str(path)]
        command += ["--processes", str(processes)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - this interpreter
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        alone = f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:8.2f}"
    assert claim.cones is not None  # noqa: S101 - no list was given
    return (
        f"{name:15s} {best.patterns:>22,} {path.stat().st_size / 1e6:8.3f} "
        f"{len(claim.cones.tree) / 1e6:8.3f} {solve:8.2f} {write:8.2f} {save:8.2f} "
        f"{(write + save) / solve:6.2f} {verify:8.2f} {alone:>8s} {found.relative_gap:9.1e}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--standalone", type=Path)
    parser.add_argument("--processes", type=int, default=1, help="how many check alone")
    given = parser.parse_args()
    warm = cx.TrainingProblem(*synthetic(30, 3), 0.5)
    cx.verify(decayed_optimum(warm, level=cx.Level.PROVED).claim())
    print(
        f"{'data':15s} {'patterns at most':>22s} {'file MB':>8s} {'tree MB':>8s} {'solve':>8s} "
        f"{'write':>8s} {'save':>8s} {'ratio':>6s} {'verify':>8s} {'alone':>8s} {'gap':>9s}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in given.names or NAMES:
            print(run(name, Path(folder), given.standalone, given.processes), flush=True)


if __name__ == "__main__":
    main()
