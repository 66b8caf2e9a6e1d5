"""Executors that misbehave: they lose answers, or count what they are given at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any


class Forgetful(Executor):
    """Does every call, and loses the answers of some: the worker dies on its way home.

    Parameters
    ----------
    loses : callable
        Told the number of the submission, says whether its answer is lost.
    """

    def __init__(self, loses: Callable[[int], bool]) -> None:
        self.loses = loses
        self.submitted = 0
        self.lost = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        result = fn(*args, **kwargs)
        if self.loses(self.submitted):
            self.lost += 1
            future.set_exception(ConnectionError("the worker is gone"))
        else:
            future.set_result(result)
        self.submitted += 1
        return future


class Watched(ThreadPoolExecutor):
    """Threads that remember how many calls were pending at once."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.pending = 0
        self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.pending += 1
        self.most = max(self.most, self.pending)
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: Future[Any]) -> None:
        del future
        self.pending -= 1
