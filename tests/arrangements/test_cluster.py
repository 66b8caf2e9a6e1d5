"""Many machines, as Dask has them: the same store, list and number, whoever dies on the way."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

import arrangements as ar

ROWS = [[i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 1, i >> 4 & 1, 1] for i in range(32)]
COUNT = 94572
"""The number of threshold functions of five variables."""
SEED = 3
"""A worker that dies takes its part with it: some of these moments hit one at work."""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def executor(client: Any) -> Executor:
    return client.get_executor()  # type: ignore[no-any-return]


def killer(client: Any, times: int, every: int) -> Callable[[ar.Progress], None]:
    """Return a listener that kills a worker after so many patterns, so many times."""
    generator = random.Random(SEED)  # noqa: S311 - whom to kill
    killed = 0

    def listen(event: ar.Progress) -> None:
        nonlocal killed
        if event.stage == "storing" and killed < times and event.done >= every * (killed + 1):
            killed += 1
            workers = list(client.run(os.getpid).values())
            os.kill(generator.choice(workers), signal.SIGKILL)

    return listen


def test_a_cluster_counts_lists_and_streams(executor: Executor) -> None:
    assert ar.count_regions(ROWS, executor=executor) == COUNT
    small = [row[-4:] for row in ROWS]
    alone = [
        bytes(row) for batch in ar.stream_patterns(small, method=ar.Sweep()) for row in batch.packed
    ]
    stream = ar.stream_patterns(small, method=ar.Sweep(), executor=executor)
    assert [bytes(row) for batch in stream for row in batch.packed] == alone
    listed = ar.enumerate_patterns(small, method=ar.Sweep(), executor=executor)
    assert [bytes(row) for row in listed.packed] == sorted(alone)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts; what cuts the work stands in this process alone."""
    from arrangements.enumeration import double_description
    from arrangements.enumeration.sweep import pieces
    from arrangements.progress import Meter
    from arrangements.store import writer

    monkeypatch.setattr(writer, "_GROUP", 500)
    monkeypatch.setattr(pieces, "_SMALLEST", 500)
    monkeypatch.setattr(double_description, "_PIECE", 500)
    monkeypatch.setattr(Meter, "_interval", 0.0)


@pytest.mark.usefixtures("small_parts")
def test_killed_workers_cost_nothing_but_time(
    client: Any, executor: Executor, tmp_path: Path
) -> None:
    alone = ar.store_patterns(ROWS, tmp_path / "alone", method=ar.DoubleDescription()).store
    run = ar.store_patterns(
        ROWS,
        tmp_path / "cluster",
        method=ar.DoubleDescription(),
        executor=executor,
        progress=killer(client, times=2, every=30_000),
    )
    assert run.store.completion == alone.completion
    assert [part.checksum for part in run.store.parts] == [part.checksum for part in alone.parts]
    assert len(run.store) == COUNT
    assert ar.verify_patterns(run.store, executor=executor).complete


@pytest.mark.thorough
def test_twenty_workers_are_killed(client: Any, executor: Executor, tmp_path: Path) -> None:
    rows = [[*(i >> k & 1 for k in range(6)), 1] for i in range(64)]
    listen = killer(client, times=20, every=700_000)
    run = ar.store_patterns(rows, tmp_path / "cluster", executor=executor, progress=listen)
    alone = ar.store_patterns(rows, tmp_path / "alone").store
    assert len(run.store) == 15028134
    assert run.store.completion == alone.completion
    assert [part.checksum for part in run.store.parts] == [part.checksum for part in alone.parts]
    assert ar.verify_patterns(run.store).complete
