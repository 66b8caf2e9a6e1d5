"""Many machines, as Dask has them: the same store, list, number and optimum, whoever dies.

For both packages: a cluster takes seconds to start.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

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
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def executor(client: Any) -> Executor:
    return client.get_executor()  # type: ignore[no-any-return]


class Killer:
    """A listener that kills a worker after so many patterns, so many times."""

    def __init__(self, client: Any, times: int, every: int) -> None:
        self.client, self.times, self.every = client, times, every
        self.generator = random.Random(SEED)  # noqa: S311 - whom to kill
        self.victims: list[int] = []

    def __call__(self, event: ar.Progress) -> None:
        killed = len(self.victims)
        if (
            event.stage == "storing"
            and killed < self.times
            and event.done >= self.every * (killed + 1)
        ):
            cluster = self.client.cluster
            # A local cluster may give up a worker that dies while it starts: it gets another.
            cluster.scale(2)
            alive = sorted(nanny.pid for nanny in cluster.workers.values() if nanny.pid)
            if alive and cluster.scheduler.workers:
                self.victims.append(self.generator.choice(alive))
                os.kill(self.victims[-1], signal.SIGKILL)


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


def test_a_cluster_solves(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convex_program.solvers.ascent._WORTH_SHARING", 0)
    rng = np.random.default_rng(2)
    X = np.c_[rng.standard_normal((30, 3)), np.ones(30)]
    problem = cx.TrainingProblem(X, rng.standard_normal(30), beta=0.8)
    alone = cx.global_optimum(problem)
    together = cx.global_optimum(problem, executor=executor)
    assert together.exact_upper == alone.exact_upper
    assert together.certificate.lower == alone.certificate.lower
    assert np.array_equal(together.network.hidden, alone.network.hidden)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts; what cuts the work stands in this process alone."""
    from arrangements.enumeration import double_description
    from arrangements.enumeration.sweep import pieces
    from arrangements.progress import Meter
    from arrangements.store import writer

    monkeypatch.setattr(writer, "_GROUP", 1000)
    monkeypatch.setattr(pieces, "_SMALLEST", 1000)
    monkeypatch.setattr(double_description, "_PIECE", 1000)
    monkeypatch.setattr(Meter, "_interval", 0.0)


@pytest.mark.usefixtures("small_parts")
def test_killed_workers_cost_nothing_but_time(
    client: Any, executor: Executor, tmp_path: Path
) -> None:
    alone = ar.store_patterns(ROWS, tmp_path / "alone", method=ar.DoubleDescription()).store
    # Once: each new worker takes seconds to start, and twenty deaths are what the next test is for.
    listen = Killer(client, times=1, every=30_000)
    run = ar.store_patterns(
        ROWS,
        tmp_path / "cluster",
        method=ar.DoubleDescription(),
        executor=executor,
        progress=listen,
    )
    assert len(listen.victims) == 1
    assert run.store.completion == alone.completion
    assert [part.checksum for part in run.store.parts] == [part.checksum for part in alone.parts]
    assert len(run.store) == COUNT
    assert ar.verify_patterns(run.store, executor=executor).complete


@pytest.mark.thorough
def test_twenty_workers_are_killed(client: Any, executor: Executor, tmp_path: Path) -> None:
    rows = [[*(i >> k & 1 for k in range(6)), 1] for i in range(64)]
    listen = Killer(client, times=20, every=650_000)
    run = ar.store_patterns(rows, tmp_path / "cluster", executor=executor, progress=listen)
    assert len(listen.victims) == 20
    alone = ar.store_patterns(rows, tmp_path / "alone").store
    assert len(run.store) == 15028134
    assert run.store.completion == alone.completion
    assert [part.checksum for part in run.store.parts] == [part.checksum for part in alone.parts]
    assert ar.verify_patterns(run.store).complete
