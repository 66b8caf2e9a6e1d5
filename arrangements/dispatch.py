"""Handing tasks to an executor: a few ahead, the lost again, each answer once.

Any `concurrent.futures.Executor` will do: threads, processes, or one that stands for many
machines.  Nothing is asked of it but `submit`; how many workers it has is seen from who answers.

What is left to do here when they have answered is shared by as many threads as there were
workers on this machine: their cores are idle then.
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from arrangements.errors import ArgumentError, ArrangementsError, WorkerError
from arrangements.shelf import Parcel, Shelf, open_shelf

Task = TypeVar("Task")
Result = TypeVar("Result")

_FIRST_WINDOW = 4
"""Tasks handed out before anybody has answered."""
_TASKS_A_WORKER = 2
"""One to work on, one to begin with at once."""
_ATTEMPTS = 4
"""How often a task is begun before its loss is reported."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Who did the work of a run, and how evenly.

    Parameters
    ----------
    tasks : int
        Pieces of work that were answered.
    workers : int
        Threads or processes, on whatever machines, that answered.
    seconds : float
        Time they worked, all together.
    busiest : float
        Time the busiest of them worked.
    retried : int
        Tasks begun again because their worker was lost.
    here : int
        How many of the workers were on this machine.

    Examples
    --------
    >>> import arrangements as ar
    >>> work = ar.Workload(tasks=10, workers=2, seconds=8.0, busiest=5.0)
    >>> work.balance  # 8 seconds of work in 2 times 5
    0.8
    """

    tasks: int = 0
    workers: int = 0
    seconds: float = 0.0
    busiest: float = 0.0
    retried: int = 0
    here: int = 0

    @property
    def balance(self) -> float:
        """Work of the average worker over that of the busiest: 1 when all had the same."""
        return self.seconds / (self.workers * self.busiest) if self.busiest > 0 else 1.0

    def summary(self) -> str:
        """Say it in a line."""
        tasks = "1 piece" if self.tasks == 1 else f"{self.tasks:,} pieces"
        workers = "1 worker" if self.workers == 1 else f"{self.workers:,} workers"
        again = f", {self.retried:,} begun again" if self.retried else ""
        return (
            f"{tasks} of work by {workers}, {self.seconds:.1f} s in all, "
            f"balance {self.balance:.2f}{again}"
        )


def in_threads(work: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> list[Result]:
    """Return the results of tasks in their order, done by threads of this process.

    Parameters
    ----------
    work : callable
        Gains by threads only where it releases the interpreter's lock.
    tasks : iterable
    threads : int
        With at most one of them the tasks are done here.
    """
    if threads <= 1:
        return list(map(work, tasks))
    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        return list(pool.map(work, tasks))


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The deadline has passed: nothing comes after this.

    It is no exception, for a task or a listener may raise any, `TimeoutError` too, and that
    is an error, not a limit.
    """


@dataclass(frozen=True, eq=False, slots=True)
class _Answer(Generic[Result]):
    """A result, and who took how long for it."""

    parcel: Parcel[Result]
    worker: tuple[str, int, int]
    seconds: float


def _answer(
    work: Callable[[Task], Result], task: Task, attempt: int, shelf: Shelf
) -> _Answer[Result]:
    """Do one task: what an executor is given.

    The number of the attempt makes each submission another call, for executors that
    remember the outcome of equal ones.
    """
    del attempt
    begin = time.perf_counter()
    parcel = shelf.parcel(work(task))
    return _Answer(parcel, _this_worker(), time.perf_counter() - begin)


def _this_worker() -> tuple[str, int, int]:
    return socket.gethostname(), os.getpid(), threading.get_ident()


@dataclass(eq=False, slots=True)
class _Handed(Generic[Task]):
    """A task that was handed out, and what came of it."""

    index: int
    task: Task
    future: Future[_Answer[Any]] | None = None
    attempts: int = 0
    result: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class _Hands:
    """Who works, and where they leave what they have made."""

    executor: Executor
    shelf: Shelf


@dataclass(eq=False)
class Dispatcher(Generic[Task, Result]):
    """Runs tasks by an executor, or here when there is none.

    Parameters
    ----------
    work : callable
        Takes a task; for processes both have to be picklable.
    executor : Executor or None
    ordered : bool
        Whether results are handed out in the order of the tasks, or as they come.

    Notes
    -----
    *Window.* Twice as many tasks as workers have answered so far are handed out, and a few at
    first: so the window doubles until all workers are busy, and results that wait are bounded.

    *Losses.* A task whose future fails with an error that this package did not raise was lost
    with its worker, or cancelled, and is begun again, three times at most.  Each task's result
    is handed out once, whatever happened to earlier attempts.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import arrangements as ar
    >>> with ThreadPoolExecutor(2) as executor:
    ...     print(list(ar.Dispatcher(abs, executor).run([-1, 2, -3])))
    [(0, 1), (1, 2), (2, 3)]
    """

    work: Callable[[Task], Result]
    executor: Executor | None = None
    ordered: bool = True
    _spent: dict[tuple[str, int, int], float] = field(default_factory=dict, init=False)
    _tasks: int = field(default=0, init=False)
    _retried: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse what hands out no work: a number of threads, say."""
        if self.executor is not None and not callable(getattr(self.executor, "submit", None)):
            raise ArgumentError(
                f"executor = {self.executor!r} must be one of concurrent.futures, such as "
                "ThreadPoolExecutor(2)"
            )

    @property
    def workload(self) -> Workload:
        """Who did the work so far."""
        spent = self._spent.values()
        name = socket.gethostname()
        return Workload(
            tasks=self._tasks,
            workers=len(spent),
            seconds=sum(spent),
            busiest=max(spent, default=0.0),
            retried=self._retried,
            here=sum(host == name for host, _, _ in self._spent),
        )

    def run(self, tasks: Iterable[Task]) -> Generator[tuple[int, Result]]:
        """Yield the number of a task, counted from 0, and its result.

        Raises
        ------
        WorkerError
            When a task was lost again and again, or the executor takes no more.
        """
        answers = self.run_until(math.inf, tasks)
        try:
            for answer in answers:
                if not isinstance(answer, TimeUp):
                    yield answer
        finally:
            answers.close()

    def run_until(
        self, deadline: float, tasks: Iterable[Task]
    ) -> Generator[tuple[int, Result] | TimeUp]:
        """Yield as `run` does, and `TimeUp` in the end if that is not everything.

        Parameters
        ----------
        deadline : float
            A value of `time.monotonic`, looked at between tasks.
        tasks : iterable

        Raises
        ------
        WorkerError
            See `run`.
        """
        if self.executor is not None:
            with open_shelf() as shelf:
                yield from self._ahead(enumerate(tasks), _Hands(self.executor, shelf), deadline)
            return
        for index, task in enumerate(tasks):
            if time.monotonic() > deadline:
                yield TimeUp()
                return
            begin = time.perf_counter()
            result = self.work(task)
            self._count(_this_worker(), time.perf_counter() - begin)
            yield index, result

    def _ahead(
        self, tasks: Iterator[tuple[int, Task]], hands: _Hands, deadline: float
    ) -> Generator[tuple[int, Result] | TimeUp]:
        pending: list[_Handed[Task]] = []
        answered: list[tuple[int, Result]] = []
        try:
            while True:
                # Workers are given something to do before the caller is.
                self._fill(pending, tasks, hands)
                yield from answered
                if not pending:
                    return
                # Workers may always be ahead of whoever reads: then nobody is ever waited for.
                done = self._done(pending, deadline)
                if not done or (answered and time.monotonic() > deadline):
                    yield TimeUp()
                    return
                answered = []
                for handed in done:
                    if self._is_answered(hands, handed):
                        pending.remove(handed)
                        answered.append((handed.index, handed.result))
        finally:
            for handed in pending:
                if handed.future is not None:
                    handed.future.cancel()

    def _fill(
        self, pending: list[_Handed[Task]], tasks: Iterator[tuple[int, Task]], hands: _Hands
    ) -> None:
        """Hand out tasks until as many are pending as the window allows."""
        window = max(_FIRST_WINDOW, _TASKS_A_WORKER * len(self._spent))
        for index, task in islice(tasks, max(0, window - len(pending))):
            handed = _Handed(index, task)
            self._submit(hands, handed)
            pending.append(handed)

    def _done(self, pending: list[_Handed[Task]], deadline: float) -> list[_Handed[Task]]:
        """Wait until something is done, or the time is up; return what is done."""
        awaited = pending[:1] if self.ordered else pending
        futures = [handed.future for handed in awaited if handed.future is not None]
        left = None if deadline == math.inf else max(deadline - time.monotonic(), 0.0)
        done, _ = wait_for(futures, left, FIRST_COMPLETED)
        return [handed for handed in awaited if handed.future in done]

    def _submit(self, hands: _Hands, handed: _Handed[Task]) -> None:
        handed.attempts += 1
        try:
            handed.future = hands.executor.submit(
                _answer, self.work, handed.task, handed.attempts, hands.shelf
            )
        except RuntimeError as error:
            # A pool of processes that lost one is broken for good; so is one that was closed.
            raise WorkerError(
                f"executor = {hands.executor!r} takes no more work ({type(error).__name__}: "
                f"{error}); make a new one and start again, with resume=True where patterns go "
                "to disk"
            ) from error

    def _is_answered(self, hands: _Hands, handed: _Handed[Task]) -> bool:
        """Keep the result of a future that is done; False when the task was begun again."""
        assert handed.future is not None  # noqa: S101 - it has just been waited for
        try:
            answer = handed.future.result()
            handed.result = answer.parcel.opened()
        except ArrangementsError:
            raise
        except Exception as error:
            if handed.attempts >= _ATTEMPTS:
                raise WorkerError(
                    f"a piece of work failed {handed.attempts} times, the last time with "
                    f"{type(error).__name__}: {error}"
                ) from error
            self._retried += 1
            self._submit(hands, handed)
            return False
        self._count(answer.worker, answer.seconds)
        return True

    def _count(self, worker: tuple[str, int, int], seconds: float) -> None:
        self._tasks += 1
        self._spent[worker] = self._spent.get(worker, 0.0) + seconds
