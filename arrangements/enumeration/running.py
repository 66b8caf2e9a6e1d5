"""Running the pieces of a method, here or by an executor, and proving what they propose."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
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


def plan_jobs(arrangement: Arrangement, method: Method, units: Iterable[Cone]) -> Iterator[Job]:
    """Yield the jobs of all units, in order."""
    for index, unit in enumerate(units):
        chosen = method.choice(arrangement, unit)
        for piece in chosen.pieces(arrangement, unit):
            yield Job(index, chosen, piece)


def run_jobs(
    arrangement: Arrangement,
    jobs: Iterable[Job],
    executor: Executor | None,
    deadline: float | None = None,
) -> Iterator[Found]:
    """Yield what jobs find, in their order, whoever runs them.

    Parameters
    ----------
    arrangement : Arrangement
    jobs : iterable of Job
    executor : Executor or None
        Runs a few jobs ahead; without one they run here, batch after batch.
    deadline : float, optional
        Value of `time.monotonic` after which TimeoutError is raised.
    """
    if executor is not None:
        yield from _ahead(arrangement, iter(jobs), executor, deadline)
        return
    for job in jobs:
        for found in _run(arrangement, job):
            yield found
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError


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
    arrangement: Arrangement, jobs: Iterator[Job], executor: Executor, deadline: float | None
) -> Iterator[Found]:
    window = 2 * (os.cpu_count() or 1)
    pending: deque[Future[Found]] = deque(
        executor.submit(_run_whole, arrangement, job) for job in islice(jobs, window)
    )
    try:
        while pending:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            found = pending.popleft().result(timeout=left)
            pending.extend(executor.submit(_run_whole, arrangement, job) for job in islice(jobs, 1))
            yield found
    finally:
        for future in pending:
            future.cancel()
