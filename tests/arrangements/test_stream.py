"""Streams: the patterns of a list, batch by batch, whoever works on them, and how they end."""

from __future__ import annotations

import itertools
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zoo import Matrix, matrices

import arrangements as ar
from arrangements.enumeration.sweep import cells as sweep_cells
from arrangements.enumeration.sweep import pieces as sweep_pieces

METHODS = [ar.Auto(), ar.DoubleDescription(), ar.Incremental(), ar.Sweep(), ar.Sweep(seed=3)]


def cube(k: int) -> list[list[int]]:
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


def gathered(stream: ar.PatternStream) -> list[bytes]:
    return [bytes(row) for batch in stream for row in batch.packed]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_pieces, "_SMALLEST", 5)
    monkeypatch.setattr(sweep_cells, "CAPACITY", 7)


@pytest.mark.parametrize("method", METHODS)
@given(rows=matrices(max_rows=8))
@settings(max_examples=25)
def test_a_stream_is_the_list_in_another_order(method: ar.Method, rows: Matrix) -> None:
    assume(not isinstance(method, ar.DoubleDescription) or method.supports(rows))
    stream = ar.stream_patterns(rows, method=method)
    found = gathered(stream)
    expected = ar.enumerate_patterns(rows, method=ar.Incremental())
    assert sorted(found) == [bytes(row) for row in expected.packed]
    assert isinstance(stream.completion, ar.StreamCompletion)
    assert stream.completion.count == len(expected)


@given(
    matrices(max_rows=7),
    st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), max_size=2),
    st.integers(0, 3),
)
@settings(max_examples=40)
def test_units_and_cones_are_streamed_right(
    rows: Matrix, directions: list[list[int]], prefix: int
) -> None:
    arrangement = ar.Arrangement(rows)
    cone = ar.Cone(tuple(tuple(direction[: arrangement.shape[1]]) for direction in directions))
    prefix = min(prefix, arrangement.hyperplane_count)
    stream = ar.stream_patterns(rows, within=cone, prefix=prefix, method=ar.Sweep())
    found = gathered(stream)
    expected = ar.enumerate_patterns(rows, within=cone, method=ar.Incremental())
    assert sorted(found) == [bytes(row) for row in expected.packed]
    end = stream.completion
    assert isinstance(end, ar.StreamCompletion)
    assert len(end.completion.proofs) == len(end.completion.plan.units)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
@pytest.mark.parametrize("method", [ar.Sweep(), ar.Incremental()])
@pytest.mark.usefixtures("small_pieces")
def test_executors_change_nothing_not_even_the_order(
    pool: type[Executor], method: ar.Method
) -> None:
    prefix = 0 if isinstance(method, ar.Sweep) else 3
    alone = gathered(ar.stream_patterns(cube(3), method=method, prefix=prefix))
    with pool(max_workers=2) as executor:  # type: ignore[call-arg]
        shared = ar.stream_patterns(cube(3), method=method, prefix=prefix, executor=executor)
        listed = ar.enumerate_patterns(cube(3), method=method, prefix=prefix, executor=executor)
        assert gathered(shared) == alone
    assert [bytes(row) for row in listed.packed] == sorted(alone)


def test_every_batch_is_realized_by_its_witnesses() -> None:
    rows = np.array(cube(3))
    for batch in ar.stream_patterns(cube(3), method=ar.Sweep()):
        active = batch.witnesses.full() @ rows.T > 0
        assert (np.packbits(active, axis=1, bitorder="little") == batch.packed).all()


@pytest.mark.parametrize("limit", [0, 1, 13, 50, 103])
@pytest.mark.usefixtures("small_pieces")
def test_a_limit_of_regions_is_met_exactly(limit: int) -> None:
    stream = ar.stream_patterns(cube(3), method=ar.Sweep(), max_regions=limit)
    found = gathered(stream)
    assert len(found) == len(set(found)) == limit
    end = stream.completion
    assert isinstance(end, ar.StreamStopped)
    assert (end.limit, end.count, end.units) == (ar.Limit.REGIONS, limit, ())
    assert "limit of regions" in end.summary()


@pytest.mark.parametrize("limit", [104, 1000])
def test_a_limit_that_is_not_exceeded_stops_nothing(limit: int) -> None:
    stream = ar.stream_patterns(cube(3), max_regions=limit, max_bytes=limit, max_seconds=1e6)
    assert len(gathered(stream)) == 104
    assert isinstance(stream.completion, ar.StreamCompletion)


def test_a_limit_of_bytes_counts_packed_patterns() -> None:
    rows = [*cube(3), [1, 1, 1, 2]]
    stream = ar.stream_patterns(rows, max_bytes=41, max_regions=1000)
    assert len(gathered(stream)) == 20
    assert isinstance(stream.completion, ar.StreamStopped)
    assert stream.completion.limit is ar.Limit.BYTES


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.usefixtures("small_pieces")
def test_a_limit_of_time_stops(threads: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        executor = pool if threads else None
        stream = ar.stream_patterns(cube(4), method=ar.Sweep(), max_seconds=0.0, executor=executor)
        found = gathered(stream)
    end = stream.completion
    assert isinstance(end, ar.StreamStopped)
    assert (end.limit, end.count) == (ar.Limit.SECONDS, len(found))
    assert len(found) < 1882


def test_units_before_a_limit_are_proved() -> None:
    # By the literature the units of three prefix rows hold 20 13 13 6 6 13 13 20 regions.
    stream = ar.stream_patterns(cube(3), prefix=3, max_regions=50)
    assert len(gathered(stream)) == 50
    end = stream.completion
    assert isinstance(end, ar.StreamStopped)
    counts = [unit.count for unit in end.units]
    assert sum(counts) <= 50
    assert len(counts) >= 2
    for unit in end.units:
        assert unit.count == ar.count_regions(cube(3), within=unit.unit)
        assert isinstance(unit.proof, ar.CountProof | ar.CoverProof)


def test_the_end_is_known_at_the_end() -> None:
    stream = ar.stream_patterns(cube(2))
    with pytest.raises(ar.ArgumentError, match="has not ended"):
        _ = stream.completion
    assert "not at its end" in repr(stream)
    assert len(gathered(stream)) == 14
    assert "all 14 patterns" in repr(stream)
    assert gathered(stream) == []


@pytest.mark.parametrize("name", ["max_regions", "max_seconds", "max_bytes"])
def test_limits_are_not_negative(name: str) -> None:
    with pytest.raises(ar.ArgumentError, match=f"{name} = -1"):
        ar.stream_patterns(cube(2), **{name: -1})  # type: ignore[arg-type]


def test_methods_are_instances() -> None:
    with pytest.raises(ar.ArgumentError, match="must be an instance"):
        ar.stream_patterns(cube(2), method=ar.Sweep)  # type: ignore[arg-type]


def test_a_pattern_that_does_not_exist_is_refused() -> None:
    class Inventive(ar.Incremental):
        def run(self, arrangement: ar.Arrangement, piece: ar.Unit) -> ar.BatchRun:
            for batch in super().run(arrangement, piece):
                packed = batch.packed.copy()
                # Rows 0 and 1 are one row twice: no weight vector tells them apart.
                packed[0] ^= 1
                yield ar.Batch(packed, batch.witnesses, batch.mirrored)
            return None

    rows = [[1, 0], [1, 0], [0, 1]]
    for consume in (
        lambda: ar.enumerate_patterns(rows, method=Inventive()),
        lambda: list(ar.stream_patterns(rows, method=Inventive())),
    ):
        with pytest.raises(ar.ProofError, match="no weight vector realizes"):
            consume()


def test_statistics_tell_what_was_repaired() -> None:
    thin = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 1 + 1e-14, 1 - 1e-14], [1, 1e-300, 0]]
    stream = ar.stream_patterns(thin, method=ar.Sweep())
    found = gathered(stream)
    statistics = stream.completion.statistics
    assert 2 * statistics.witnesses == len(found)
    assert statistics.repaired > 0
    assert 0 < statistics.fallback_share <= 1
    easy = ar.stream_patterns(np.eye(4), method=ar.Sweep())
    assert len(gathered(easy)) == 16
    assert easy.completion.statistics == ar.Statistics(8, 0, 0)
