"""A limit is a value of ours: no exception of a worker or a listener reads as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

import arrangements as ar
from arrangements.catalogue import braid
from arrangements.progress import Meter

DATA = braid(5)


class Failing(ar.Incremental):
    """A method that finds something, and then raises an error of its own."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self._error = error

    def choice(self, arrangement: ar.Arrangement, unit: ar.Cone) -> ar.Method:
        del arrangement, unit
        return self

    def run(self, arrangement: ar.Arrangement, piece: ar.Unit) -> ar.BatchRun:
        yield next(super().run(arrangement, piece))
        raise self._error


class Here(Executor):
    """An executor that has done everything as soon as it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(params=["here", "threads"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param == "here":
        yield None
        return
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.mark.parametrize("seconds", [None, 1e6])
@pytest.mark.parametrize("error", [TimeoutError, MemoryError])
def test_an_error_of_a_worker_is_an_error(
    error: type[BaseException], seconds: float | None, executor: Executor | None
) -> None:
    stream = ar.stream_patterns(DATA, method=Failing(error), executor=executor, max_seconds=seconds)
    # Where a worker may be lost, it is tried again first, and reported with its cause.
    with pytest.raises(error if executor is None else ar.WorkerError) as raised:
        list(stream)
    assert isinstance(raised.value if executor is None else raised.value.__cause__, error)
    with pytest.raises(ar.ArgumentError, match="has not ended"):
        _ = stream.completion


@pytest.mark.parametrize("seconds", [None, 1e6])
@pytest.mark.parametrize("error", [TimeoutError, MemoryError, KeyboardInterrupt])
def test_an_error_of_a_listener_is_an_error(
    error: type[BaseException],
    seconds: float | None,
    executor: Executor | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def listen(event: ar.Progress) -> None:
        del event
        raise error

    monkeypatch.setattr(Meter, "_interval", 0.0)
    stream = ar.stream_patterns(DATA, executor=executor, max_seconds=seconds, progress=listen)
    with pytest.raises(error):
        list(stream)
    with pytest.raises(ar.ArgumentError, match="has not ended"):
        _ = stream.completion


def test_workers_that_are_always_ahead_are_stopped_too() -> None:
    workers = Here()
    units = ar.stream_patterns(DATA, prefix=5, executor=workers, max_seconds=0.0)
    assert sum(map(len, units)) < 120
    end = units.completion
    assert isinstance(end, ar.StreamStopped)
    assert end.limit is ar.Limit.SECONDS


def test_a_limit_that_is_reached_with_the_last_pattern_stops_nothing() -> None:
    # The one piece is done before anybody looks at the clock.
    stream = ar.stream_patterns([[1, 0], [0, 1]], executor=Here(), max_seconds=0.0)
    assert sum(map(len, stream)) == 4
    assert isinstance(stream.completion, ar.StreamCompletion)
