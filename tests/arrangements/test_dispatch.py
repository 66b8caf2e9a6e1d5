"""Executors: every task is answered once, whatever happens to those who work."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice

import pytest
from executors import Forgetful, Watched

import arrangements as ar
from arrangements.dispatch import Dispatcher, TimeUp, Workload


def square(number: int) -> int:
    return number * number


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    raise ar.ProofError(f"number {number}")


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor, ProcessPoolExecutor])
def test_every_task_is_answered_once(pool: type[Executor] | None, *, ordered: bool) -> None:
    executor = None if pool is None else pool(2)  # type: ignore[call-arg]
    dispatcher = Dispatcher(square, executor, ordered=ordered)
    answers = list(dispatcher.run(range(50)))
    if ordered:
        assert [index for index, _ in answers] == list(range(50))
    assert sorted(answers) == [(k, k * k) for k in range(50)]
    workload = dispatcher.workload
    assert (workload.tasks, workload.retried) == (50, 0)
    assert 1 <= workload.workers <= 2
    assert 0.5 <= workload.balance <= 1
    if executor is not None:
        executor.shutdown()


@pytest.mark.parametrize("ordered", [True, False])
def test_lost_answers_are_asked_for_again_and_count_once(*, ordered: bool) -> None:
    # The work of a lost answer was done: doing it again must not count it twice.
    executor = Forgetful(lambda number: number % 3 == 0)
    dispatcher = Dispatcher(square, executor, ordered=ordered)
    answers = list(dispatcher.run(range(20)))
    assert sorted(answers) == [(k, k * k) for k in range(20)]
    assert executor.lost == dispatcher.workload.retried >= 10
    assert "begun again" in dispatcher.workload.summary()


def test_what_is_lost_every_time_is_reported() -> None:
    with pytest.raises(
        ar.WorkerError, match=r"failed 4 times.*ConnectionError: the worker is gone"
    ):
        list(Dispatcher(square, Forgetful(lambda _: True)).run(range(3)))


def test_a_pool_that_lost_a_process_is_reported_with_a_remedy() -> None:
    with (
        ProcessPoolExecutor(2) as executor,
        pytest.raises(ar.WorkerError, match="make a new one and start again"),
    ):
        list(Dispatcher(die, executor).run(range(10)))


def test_refusals_of_the_work_are_not_tried_again() -> None:
    executor = Watched(1)
    with executor, pytest.raises(ar.ProofError, match="number 0"):
        list(Dispatcher(refuse, executor).run(range(100)))
    assert executor.most <= 4


def test_few_tasks_wait_however_many_there_are() -> None:
    executor = Watched(3)
    gate = threading.Event()

    def slow(number: int) -> int:
        gate.wait(0.001)
        return number

    with executor:
        assert len(list(Dispatcher(slow, executor).run(range(500)))) == 500
    # Twice the workers, and what a worker that has just answered leaves for a moment.
    assert executor.most <= 7


def test_the_window_grows_until_everybody_works() -> None:
    workers = 24
    executor = Watched(workers)

    def slow(number: int) -> int:
        time.sleep(0.002)
        return number

    with executor:
        dispatcher = Dispatcher(slow, executor, ordered=False)
        list(dispatcher.run(range(600)))
    assert dispatcher.workload.workers == workers
    assert executor.most >= workers


def test_a_deadline_is_kept_and_what_is_left_is_cancelled() -> None:
    gate = threading.Event()

    def stuck(number: int) -> int:
        if number >= 5:
            gate.wait()
        return number

    with Watched(1) as executor:
        run = Dispatcher(stuck, executor).run_until(time.monotonic() + 0.5, range(100))
        assert list(islice(run, 5)) == [(number, number) for number in range(5)]
        assert list(run) == [TimeUp()]
        gate.set()


def test_a_workload_without_work_is_balanced() -> None:
    assert Workload().balance == 1
    assert (
        Workload(1, 1, 2.0, 2.0).summary()
        == "1 piece of work by 1 worker, 2.0 s in all, balance 1.00"
    )
    assert Workload(4, 2, 3.0, 2.0).balance == 0.75


@pytest.mark.parametrize("method", [ar.Sweep(), ar.DoubleDescription(), ar.Incremental()])
def test_lists_and_streams_survive_lost_workers(method: ar.Method) -> None:
    rows = [[i & 1, i >> 1 & 1, i >> 2 & 1, 1] for i in range(8)]
    alone = [
        bytes(row)
        for batch in ar.stream_patterns(rows, method=method, prefix=3)
        for row in batch.packed
    ]
    executor = Forgetful(lambda number: number % 2 == 0)
    stream = ar.stream_patterns(rows, method=method, prefix=3, executor=executor)
    assert [bytes(row) for batch in stream for row in batch.packed] == alone
    assert stream.workload.retried == executor.lost > 0
    listed = ar.enumerate_patterns(
        rows, method=method, prefix=3, executor=Forgetful(lambda number: number % 2 == 0)
    )
    assert [bytes(row) for row in listed.packed] == sorted(alone)


EXECUTORS = {
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2),
    "lost answers": lambda: Forgetful(lambda number: number % 3 == 0),
}


@pytest.mark.parametrize("name", EXECUTORS)
def test_counts_are_the_same_whoever_counts(name: str) -> None:
    resonance = ar.catalogue.resonance
    large = [[2**40 * a + 1, 2**41 * b - 1, 1, a * b] for a in range(4) for b in range(5)]
    cone = ar.Cone(((1, 2, 0, 1),))
    expected = ar.betti_numbers(large), ar.count_regions(large, within=cone)
    with EXECUTORS[name]() as executor:
        # By the literature, in compiled code.
        assert ar.count_regions(resonance(5), executor=executor) == 11292
        assert ar.count_regions(resonance(6), executor=executor) == 1_066_044
        assert ar.betti_numbers(large, executor=executor) == expected[0]
        assert ar.count_regions(large, within=cone, executor=executor) == expected[1]
        # Chambers of the Weyl group of type B, by the orthants they lie in.
        weyl = ar.catalogue.type_b(4)
        cut = [k for k, row in enumerate(weyl.data.integers) if sum(map(abs, row)) == 1]
        assert len(cut) == 4
        assert ar.count_by_symmetry(weyl, cut=cut, executor=executor) == 2**4 * 24
