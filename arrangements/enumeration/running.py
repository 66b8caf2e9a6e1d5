"""Running the pieces of a method, here or by an executor, and proving what they propose."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from arrangements.arrangement import Arrangement
from arrangements.dispatch import Dispatcher, TimeUp, Workload
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


def plan_jobs(
    arrangement: Arrangement, methods: Iterable[Method], units: Iterable[Cone]
) -> Iterator[Job]:
    """Yield the jobs of all units, in order; each unit is cut by a method that may choose one."""
    for index, (method, unit) in enumerate(zip(methods, units, strict=False)):
        chosen = method.choice(arrangement, unit)
        for piece in chosen.pieces(arrangement, unit):
            yield Job(index, chosen, piece)


def run_job(arrangement: Arrangement, job: Job) -> Generator[Found]:
    """Yield what a job finds, batch after batch, proved."""
    batches = job.method.run(arrangement, job.piece)
    while True:
        try:
            batch = next(batches)
        except StopIteration as end:
            yield Found(job.unit, (), ended=True, tree=end.value)
            return
        yield Found(job.unit, (prove_batch(arrangement, job.piece.within, batch),), ended=False)


class JobRun:
    """What jobs find, in their order, whoever runs them; iterate over it once.

    Parameters
    ----------
    arrangement : Arrangement
    jobs : iterable of Job
    executor : Executor or None
        Runs a few jobs ahead; without one they run here, batch after batch.
    """

    def __init__(
        self, arrangement: Arrangement, jobs: Iterable[Job], executor: Executor | None
    ) -> None:
        self._arrangement = arrangement
        self._jobs = jobs
        self._dispatcher: Dispatcher[Job, Found] | None = (
            None if executor is None else Dispatcher(partial(_run_whole, arrangement), executor)
        )
        self._done = 0
        self._seconds = 0.0

    @property
    def workload(self) -> Workload:
        """Who did the work so far, and how evenly."""
        if self._dispatcher is not None:
            return self._dispatcher.workload
        return Workload(self._done, 1, self._seconds, self._seconds)

    def __iter__(self) -> Iterator[Found]:
        """Yield what the jobs find."""
        for found in self.until(math.inf):
            if isinstance(found, Found):
                yield found

    def until(self, deadline: float) -> Iterator[Found | TimeUp]:
        """Yield what the jobs find, and `TimeUp` in the end if that is not everything.

        Parameters
        ----------
        deadline : float
            A value of `time.monotonic`, looked at between batches and between jobs.
        """
        if self._dispatcher is not None:
            for answer in self._dispatcher.run_until(deadline, self._jobs):
                yield answer if isinstance(answer, TimeUp) else answer[1]
            return
        for job in self._jobs:
            if time.monotonic() > deadline:
                yield TimeUp()
                return
            begin = time.perf_counter()
            for found in run_job(self._arrangement, job):
                self._seconds += time.perf_counter() - begin
                yield found
                if not found.ended and time.monotonic() > deadline:
                    yield TimeUp()
                    return
                begin = time.perf_counter()
            self._done += 1


def _run_whole(arrangement: Arrangement, job: Job) -> Found:
    """Run a job to its end: what an executor is given."""
    *parts, last = run_job(arrangement, job)
    proved = tuple(proved for part in parts for proved in part.proved)
    return Found(job.unit, proved, ended=True, tree=last.tree)
