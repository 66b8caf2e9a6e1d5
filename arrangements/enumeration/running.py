"""Running the pieces of a method, here or by an executor, and proving what they propose."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from itertools import islice

from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Method
from arrangements.enumeration.proving import Proved, prove_batch
from arrangements.proof import TreeProof
from arrangements.units import Cone, Unit


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of one unit, and the method that runs it."""

    unit: int
    method: Method
    piece: Unit


@dataclass(frozen=True, eq=False)
class Found:
    """What a job has found since it was last heard of.

    Parameters
    ----------
    unit : int
    proved : tuple of Proved
    ended : bool
        Whether the job is done.
    tree : TreeProof or None
        The proof a job leaves at its end, if its method leaves one.
    """

    unit: int
    proved: tuple[Proved, ...]
    ended: bool
    tree: TreeProof | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The deadline has passed: nothing comes after this.

    It is no exception, for a job or a listener may raise any, `TimeoutError` too, and that
    is an error, not a limit.
    """


def plan_jobs(arrangement: Arrangement, method: Method, units: Iterable[Cone]) -> Iterator[Job]:
    """Yield the jobs of all units, in order."""
    for index, unit in enumerate(units):
        chosen = method.choice(arrangement, unit)
        for piece in chosen.pieces(arrangement, unit):
            yield Job(index, chosen, piece)


def run_jobs(
    arrangement: Arrangement, jobs: Iterable[Job], executor: Executor | None
) -> Iterator[Found]:
    """Yield what jobs find, in their order, whoever runs them.

    Parameters
    ----------
    arrangement : Arrangement
    jobs : iterable of Job
    executor : Executor or None
        Runs a few jobs ahead; without one they run here, batch after batch.
    """
    for found in run_jobs_until(math.inf, arrangement, jobs, executor):
        if isinstance(found, Found):
            yield found


def run_jobs_until(
    deadline: float, arrangement: Arrangement, jobs: Iterable[Job], executor: Executor | None
) -> Iterator[Found | TimeUp]:
    """Yield what jobs find, and `TimeUp` in the end if that is not everything.

    Parameters
    ----------
    deadline : float
        A value of `time.monotonic`, looked at between batches and between jobs.
    arrangement, jobs, executor
        As in `run_jobs`.
    """
    if executor is not None:
        yield from _ahead(arrangement, iter(jobs), executor, deadline)
        return
    for job in jobs:
        if time.monotonic() > deadline:
            yield TimeUp()
            return
        for found in _run(arrangement, job):
            yield found
            if not found.ended and time.monotonic() > deadline:
                yield TimeUp()
                return


def _run(arrangement: Arrangement, job: Job) -> Generator[Found]:
    batches = job.method.run(arrangement, job.piece)
    while True:
        try:
            batch = next(batches)
        except StopIteration as end:
            yield Found(job.unit, (), ended=True, tree=end.value)
            return
        yield Found(job.unit, (prove_batch(arrangement, job.piece.within, batch),), ended=False)


def _run_whole(arrangement: Arrangement, job: Job) -> Found:
    """Run a job to its end: what an executor is given."""
    *parts, last = _run(arrangement, job)
    proved = tuple(proved for part in parts for proved in part.proved)
    return Found(job.unit, proved, ended=True, tree=last.tree)


def _ahead(
    arrangement: Arrangement, jobs: Iterator[Job], executor: Executor, deadline: float
) -> Iterator[Found | TimeUp]:
    window = 2 * (os.cpu_count() or 1)
    pending: deque[Future[Found]] = deque(
        executor.submit(_run_whole, arrangement, job) for job in islice(jobs, window)
    )
    try:
        while pending:
            left = None if deadline == math.inf else max(deadline - time.monotonic(), 0.0)
            if not wait([pending[0]], timeout=left).done:
                yield TimeUp()
                return
            found = pending.popleft().result()
            pending.extend(executor.submit(_run_whole, arrangement, job) for job in islice(jobs, 1))
            yield found
            # Workers may always be ahead of whoever reads: then nobody is ever waited for.
            if pending and time.monotonic() > deadline:
                yield TimeUp()
                return
    finally:
        for future in pending:
            future.cancel()
