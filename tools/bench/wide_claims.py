"""Claims beyond eight dimensions, end to end: a proved gap, its file, and both checks.

    .venv/bin/python tools/bench/wide_claims.py [--only PREFIX ...] [--part 1.0] [--standalone tools/check_claim.py]

Real tables as in ``tools/bench/dimensions.py``, squared loss, a tenth and three tenths
of beta_max.  ``global_optimum`` is asked for
``Level.PROVED`` with one time limit for all of it: network, dual vector, proof.  Then the claim is saved, read and verified by the
package, and by the checker that needs the standard library alone.  Seconds of processor time, compilation left out.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dimensions import ROWS, SQUARED, Row, cancer, diabetes, limits, problem_of, wine

import convex_program as cx

CASES = {
    f"{name} {share:g}": Row(data, share, seconds, SQUARED)
    for name, data, seconds in (
        ("wine", wine, 60),
        ("diabetes", diabetes, 120),
        ("cancer", cancer, 180),
    )
    for share in (0.1, 0.3)
}
CASES["diabetes-100-alone .1"] = ROWS["diabetes-100-alone .1"]


def run(row: Row, part: float, path: Path, standalone: Path) -> str:
    """Solve, prove, save and check one row; return its line of the table."""
    problem = problem_of(row)
    clock, times = time.perf_counter(), [time.process_time()]
    solver = cx.WorkingSet(1e-6, time_limit=part * row.seconds)
    best = cx.global_optimum(problem, level=cx.Level.PROVED, solver=solver)
    waited = time.perf_counter() - clock
    times.append(time.process_time())
    if not isinstance(best, cx.GlobalOptimum) or best.level is not cx.Level.PROVED:
        return f"not proved, after {waited:.0f} s: {best!r}"
    cx.save_claim(best.claim(), path)
    times.append(time.process_time())
    checked = cx.verify(cx.load_claim(path))
    times.append(time.process_time())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-I", "-S", str(standalone), str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - this interpreter
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    alone = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    solved, saved, verified = (b - a for a, b in itertools.pairwise(times))
    return (
        f"{len(problem.targets)} x {problem.gauge.columns}: {type(best.certificate.evidence).__name__}, "
        f"gap {checked.relative_gap:.2g}, {len(best.network.active())} neurons, "
        f"{path.stat().st_size / 1e6:.2f} MB; {waited:.0f} s by the clock, processor time: solved and proved "
        f"{solved:.1f}, saved {saved:.1f}, verified {verified:.1f}, alone {alone:.1f}"
    )


def main() -> None:
    """Run the rows that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="PREFIX")
    parser.add_argument("--part", type=float, default=1.0)
    parser.add_argument("--standalone", type=Path, default=Path("tools/check_claim.py"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claim"
        warm = Row(lambda: limits(60, 9), 0.3, 20, SQUARED)
        print(f"warm: {run(warm, 1.0, path, given.standalone)}", file=sys.stderr, flush=True)
        for name, row in CASES.items():
            if not given.only or name.startswith(tuple(given.only)):
                print(f"{name}: {run(row, given.part, path, given.standalone)}", flush=True)


if __name__ == "__main__":
    main()
