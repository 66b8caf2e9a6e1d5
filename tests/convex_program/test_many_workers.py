"""Solving by many workers: the same network and the same bounds as alone."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from executors import Forgetful

import arrangements as ar
import convex_program as cx
from convex_program.solvers import ascent

EXECUTORS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2),
    "lost answers": lambda: Forgetful(lambda number: number % 3 == 0),
}


def problem(n: int, d: int, **options: Any) -> cx.TrainingProblem:
    rng = np.random.default_rng(n)
    X = np.c_[rng.standard_normal((n, d - 1)), np.ones(n)]
    return cx.TrainingProblem(X, rng.standard_normal(n), beta=0.8, **options)


PROBLEMS = {
    "rigorous": lambda: problem(40, 4),
    "proved": lambda: problem(9, 3),
    "a free hidden bias": lambda: problem(12, 3, hidden_bias=cx.FreeHiddenBias()),
}


@pytest.fixture(autouse=True)
def _everything_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ascent, "_WORTH_SHARING", 0)


@pytest.mark.parametrize("kind", EXECUTORS)
@pytest.mark.parametrize("question", PROBLEMS)
def test_the_optimum_is_the_same_whoever_works(question: str, kind: str) -> None:
    asked = PROBLEMS[question]()
    alone = cx.global_optimum(asked)
    with EXECUTORS[kind]() as executor:
        together = cx.global_optimum(asked, executor=executor)
    assert together.exact_upper == alone.exact_upper
    assert together.certificate.lower == alone.certificate.lower
    assert together.level is alone.level
    assert together.network == alone.network or np.array_equal(
        together.network.hidden, alone.network.hidden
    )
    assert [one.nodes for one in together.solution.rounds] == [
        one.nodes for one in alone.solution.rounds
    ]


def test_the_verdict_is_the_same_whoever_works() -> None:
    asked = problem(30, 4)
    network = asked.empty_network()
    alone = cx.certify(network, asked)
    with ProcessPoolExecutor(2) as executor:
        together = cx.certify(network, asked, executor=executor)
    assert together.certificate.lower == alone.certificate.lower
    assert together.best.exact_upper == alone.best.exact_upper


def test_a_solver_keeps_its_own_executor() -> None:
    asked = problem(40, 4)
    counted = Forgetful(lambda _: False)
    cx.global_optimum(asked, solver=cx.WorkingSet(executor=counted))
    assert counted.submitted


def test_workers_that_are_lost_for_good_are_told_of() -> None:
    with pytest.raises(ar.WorkerError, match="failed 4 times"):
        cx.global_optimum(problem(40, 4), executor=Forgetful(lambda _: True))


class Broken(Executor):
    """Takes a few calls, then is closed, as a pool that has lost a process."""

    def __init__(self, calls: int) -> None:
        self._left = itertools.repeat(None, calls)
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            if next(self._left, 0) == 0:
                raise RuntimeError("the pool is broken")
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_a_broken_pool_is_told_of() -> None:
    with pytest.raises(ar.WorkerError, match="takes no more work"):
        cx.global_optimum(problem(40, 4), executor=Broken(5))
