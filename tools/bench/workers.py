"""One process, two processes, two Dask workers: the same list and the same optimum, timed.

    .venv/bin/python tools/bench/workers.py [--small] [--repeats 3]

Lists the 7,852,352 patterns of 100 x 5 normal floats, and solves 200 x 6 (a noisy sine, beta 5 %
of the one that zeroes the network).  Run it on a quiet machine with two cores: seconds by the
clock are compared, processor seconds of all processes printed beside them.  Workers are started,
and have loaded their kernels, before the clock runs.

Two cores are not always twice one: they may be two threads of one core, and share memory in any
case.  So the task is also done by two processes at once, each for itself: half of their time is
what no division of the work could do better than, and stands in the table as "half of two at once".

Exit status 1 when answers differ, or when two processes take more than 0.6 of one process's time,
two Dask workers more than 0.7.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import numpy as np
from all_patterns import synthetic

import arrangements as ar
import convex_program as cx
from convex_program.pricing import priced_rows

WORKERS = 2
MOST = {"two processes": 0.6, "two Dask workers": 0.7}

Task = Callable[[Executor | None], Callable[[], str]]
"""What is timed; the answer's words are made after the clock has stopped."""


@contextmanager
def alone() -> Iterator[None]:
    """No executor: everything runs here."""
    yield None


@contextmanager
def processes() -> Iterator[Executor]:
    """Two processes of this machine."""
    with ProcessPoolExecutor(WORKERS) as executor:
        yield executor


@contextmanager
def dask() -> Iterator[Executor]:
    """Two Dask workers of one thread each."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


WAYS = {"one process": alone, "two processes": processes, "two Dask workers": dask}


def listed(n: int, d: int) -> Task:
    """Return the task of listing all patterns; its answer is their hash."""
    data = np.random.default_rng(0).standard_normal((n, d))

    def task(executor: Executor | None) -> Callable[[], str]:
        found = ar.enumerate_patterns(data, method=ar.Sweep(), executor=executor)
        return lambda: (
            f"{len(found):,} patterns {hashlib.sha256(found.packed.tobytes()).hexdigest()[:12]}"
        )

    return task


def solved(n: int, d: int) -> Task:
    """Return the task of solving to certified optimality; its answer is both bounds."""
    X, y = synthetic(n, d)
    unit = cx.TrainingProblem(X, y, 1)
    peak = priced_rows(unit.gauge).price(cx.AutoPricing(1e-3), unit.targets).value
    problem = cx.TrainingProblem(X, y, 0.05 * peak)

    def task(executor: Executor | None) -> Callable[[], str]:
        best = cx.global_optimum(problem, executor=executor)
        return lambda: f"{best.lower!r} <= {best.upper!r}, gap {best.relative_gap:.0e}"

    return task


def at_once(task: Task, warm: Task) -> float:
    """Return half the time of two processes that do the whole task each, at the same moment."""
    start = multiprocessing.Barrier(WORKERS)
    seconds: multiprocessing.SimpleQueue[float] = multiprocessing.SimpleQueue()

    def work() -> None:
        warm(None)
        start.wait()
        began = time.perf_counter()
        task(None)
        seconds.put(time.perf_counter() - began)

    runs = [multiprocessing.get_context("fork").Process(target=work) for _ in range(WORKERS)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    return max(seconds.get() for _ in runs) / WORKERS


def processor_seconds() -> float:
    """Return what this process and its children that have ended took."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def measure(task: Task, warm: Task, way: str, repeats: int) -> tuple[str, float, float]:
    """Return an answer, the least wall time and the processor seconds of a run."""
    before = processor_seconds()
    times: list[float] = []
    answer = ""
    with WAYS[way]() as executor:
        warm(executor)
        for _ in range(repeats):
            began = time.perf_counter()
            words = task(executor)
            times.append(time.perf_counter() - began)
            answer = words()
    return answer, min(times), (processor_seconds() - before) / repeats


def main() -> None:
    """Measure every task in every way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="60 x 5 and 60 x 5: a try")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    sizes = ((60, 5), (60, 5)) if given.small else ((100, 5), (200, 6))
    tasks = {
        f"{sizes[0][0]} x {sizes[0][1]} listed": (listed(*sizes[0]), listed(40, 5)),
        f"{sizes[1][0]} x {sizes[1][1]} solved": (solved(*sizes[1]), solved(40, sizes[1][1])),
    }
    failed = False
    for name, (task, warm) in tasks.items():
        first: tuple[str, float] | None = None
        half = min(at_once(task, warm) for _ in range(given.repeats))
        for way in WAYS:
            answer, seconds, processor = measure(task, warm, way, given.repeats)
            first = first or (answer, seconds)
            share = seconds / first[1]
            failed |= answer != first[0] or (not given.small and share > MOST.get(way, 1.0))
            print(f"{name:16s} {way:18s} {seconds:8.2f} s {processor:8.2f} CPU s {share:5.2f}  "
                  f"{answer}", flush=True)  # fmt: skip
        assert first is not None  # noqa: S101 - there are ways
        print(f"{name:16s} half of two at once {half:7.2f} s {half / first[1]:19.2f}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
