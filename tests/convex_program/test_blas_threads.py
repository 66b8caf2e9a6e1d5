"""One BLAS thread while anybody solves, and the process's own setting when nobody does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from threading import Barrier

import pytest
import scipy.linalg  # noqa: F401 - its BLAS is one of those limited
from threadpoolctl import ThreadpoolController

from convex_program.blas import one_blas_thread

BEFORE = 3
"""Threads set before the blocks: neither one nor, by chance, the number of cores."""


def threads() -> set[int]:
    """How many threads the BLAS libraries of this process would use now.

    Some packages bring one that was built for a single thread; it has no setting.
    """
    found = ThreadpoolController().select(user_api="blas").info()
    return {
        library["num_threads"] for library in found if library.get("threading_layer") != "disabled"
    }


@pytest.fixture(autouse=True)
def _three_threads() -> Iterator[None]:
    with ThreadpoolController().limit(limits=BEFORE, user_api="blas"):
        if threads() != {BEFORE}:
            pytest.skip("this BLAS has no setting to look at")
        yield


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_blocks_that_end_in_any_order(order: tuple[int, ...]) -> None:
    blocks: list[AbstractContextManager[None]] = [one_blas_thread() for _ in order]
    for block in blocks:
        block.__enter__()
        assert threads() == {1}
    for left, index in enumerate(order, 1):
        blocks[index].__exit__(None, None, None)
        assert threads() == ({1} if left < len(order) else {BEFORE})


def test_a_block_inside_another() -> None:
    with one_blas_thread():
        with one_blas_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {BEFORE}


def test_errors_lift_the_limit_too() -> None:
    for error in (ValueError, KeyboardInterrupt, MemoryError):
        with suppress(error), one_blas_thread():
            raise error
        assert threads() == {BEFORE}


def test_two_solves_in_two_threads_that_overlap() -> None:
    steps = Barrier(2, timeout=30)
    seen: dict[str, set[int]] = {}

    def first() -> None:
        with suppress(ZeroDivisionError), one_blas_thread():
            steps.wait()  # The first is in,
            steps.wait()  # the second is in,
            raise ZeroDivisionError
        steps.wait()  # the first is out,
        steps.wait()  # and the second has looked.

    def second() -> None:
        steps.wait()
        with one_blas_thread():
            steps.wait()
            steps.wait()
            seen["the second alone"] = threads()
        seen["nobody"] = threads()
        steps.wait()

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(first), pool.submit(second)]:
            job.result(60)
    assert seen == {"the second alone": {1}, "nobody": {BEFORE}}
    assert threads() == {BEFORE}


def test_many_threads_leave_the_setting_as_it_was() -> None:
    def often(worker: int) -> bool:
        within = True
        for turn in range(50):
            with suppress(ValueError), one_blas_thread():
                within &= threads() == {1}
                if (turn + worker) % 3 == 0:
                    raise ValueError
        return within

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(often, range(4)))
    assert threads() == {BEFORE}
