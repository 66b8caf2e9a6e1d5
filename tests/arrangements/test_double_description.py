"""Splitting cones by their rays, against methods that know nothing of rays."""

from __future__ import annotations

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zoo import Matrix, matrices

import arrangements as ar
from arrangements.enumeration import double_description

METHOD = ar.DoubleDescription()


def same(left: ar.CompletePatterns, right: ar.CompletePatterns) -> None:
    assert left.packed.tolist() == right.packed.tolist()


def cube(k: int) -> list[list[int]]:
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


def supported(rows: Any, cone: ar.Cone | None = None) -> ar.Arrangement:
    arrangement = ar.Arrangement(rows)
    assume(METHOD.supports(arrangement, cone))
    return arrangement


@given(matrices(max_rows=9))
def test_it_lists_what_linear_programs_do(rows: Matrix) -> None:
    arrangement = supported(rows)
    same(
        ar.enumerate_patterns(arrangement, method=METHOD),
        ar.enumerate_patterns(rows, method=ar.Incremental(), proof=ar.ByTree()),
    )


@given(
    matrices(max_rows=7), st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), max_size=4)
)
def test_it_stays_inside_cones(rows: Matrix, directions: list[list[int]]) -> None:
    d = ar.Arrangement(rows).shape[1]
    cone = ar.Cone(tuple(tuple(direction[:d]) for direction in directions))
    arrangement = supported(rows, cone)
    same(
        ar.enumerate_patterns(arrangement, within=cone, method=METHOD),
        ar.enumerate_patterns(rows, within=cone, method=ar.Incremental()),
    )


@given(
    st.integers(3, 5).flatmap(
        lambda d: st.lists(
            st.lists(st.integers(-1, 1), min_size=d, max_size=d), min_size=3, max_size=14
        )
    )
)
@settings(max_examples=40)
def test_small_entries_are_split_as_they_are_swept(rows: list[list[int]]) -> None:
    same(
        ar.enumerate_patterns(rows, method=METHOD),
        ar.enumerate_patterns(rows, method=ar.Sweep()),
    )


@pytest.mark.parametrize(
    ("rows", "regions"),
    [
        (cube(4), 1882),
        ([point for point in itertools.product((0, 1), repeat=5) if any(point)], 11292),
        ([[1]], 2),
        ([[0, 0]], 1),
        ([[1, 1], [-2, -2], [0, 0]], 2),
    ],
)
def test_counts_of_the_literature(rows: Any, regions: int) -> None:
    assert len(ar.enumerate_patterns(rows, method=METHOD)) == regions


def test_more_rows_than_a_word_holds() -> None:
    rows = [[*point, 1] for point in itertools.product(range(9), repeat=2)]
    same(
        ar.enumerate_patterns(rows, method=METHOD),
        ar.enumerate_patterns(rows, method=ar.Sweep()),
    )


@given(matrices(max_rows=7), st.integers(1, 5), st.integers(2, 40))
@settings(max_examples=50)
def test_short_buffers_stacks_and_pieces_change_nothing(
    rows: Matrix, capacity: int, piece: int
) -> None:
    arrangement = supported(rows)
    whole = ar.enumerate_patterns(arrangement, method=METHOD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(double_description, "_CAPACITY", capacity)
        patch.setattr(double_description, "_PIECE", piece)
        patch.setattr(double_description, "_FIRST_RAYS", 1)
        same(ar.enumerate_patterns(arrangement, method=METHOD), whole)


def test_pieces_are_disjoint_picklable_and_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(double_description, "_PIECE", 60)
    arrangement = ar.Arrangement(cube(4))
    pieces = [
        pickle.loads(pickle.dumps(piece))  # noqa: S301 - our own bytes
        for piece in METHOD.pieces(arrangement, arrangement.domain)
    ]
    assert len(pieces) > 10
    assert "chamber" in pieces[0].describe()
    found = [
        row.tobytes()
        for piece in pieces
        for batch in METHOD.run(arrangement, piece)
        for row in batch.packed
    ]
    assert len(set(found)) == len(found) == 1882 // 2


def test_threads_stream_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(double_description, "_PIECE", 300)
    alone = [batch.packed for batch in ar.stream_patterns(cube(4), method=METHOD)]
    with ThreadPoolExecutor(2) as pool:
        stream = ar.stream_patterns(cube(4), method=METHOD, executor=pool)
        together = [batch.packed for batch in stream]
    assert np.concatenate(alone).tolist() == np.concatenate(together).tolist()
    assert stream.completion.statistics.repaired == 0


def test_a_narrow_cone_of_large_data_is_cut_out_first() -> None:
    rows = np.random.default_rng(0).integers(-9, 10, (60, 4))
    point = np.array([1, 2, 3, 4])
    normals = [row if row @ point > 0 else -row for row in rows[:12] if row @ point]
    cone = ar.Cone.from_normals(normals)
    listed = ar.enumerate_patterns(rows, within=cone, method=METHOD)
    assert len(listed) == ar.count_regions(rows, within=cone)
    assert len(listed) < ar.count_regions(rows) // 10


def test_numbers_at_the_bound_are_right_and_past_it_refused() -> None:
    # Columns of the entries 1 and a: minors are powers of a, the largest that rows allow.
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    for size in (2**10, 2**11, 2**12):
        large = [*rows, [size, 1, 0], [1, size, 1], [-1, 1, size], [size, -size, 1]]
        arrangement = ar.Arrangement(large)
        if METHOD.supports(arrangement):
            same(
                ar.enumerate_patterns(large, method=METHOD),
                ar.enumerate_patterns(large, method=ar.Incremental()),
            )
        else:
            with pytest.raises(ar.ArgumentError, match="too large for DoubleDescription"):
                ar.enumerate_patterns(large, method=METHOD)
    assert METHOD.supports([*rows, [2**10, 1, 0]])
    assert not METHOD.supports(np.random.default_rng(0).normal(size=(4, 3)))


def test_it_runs_its_own_pieces_only() -> None:
    with pytest.raises(ar.ArgumentError, match="no piece of a double description"):
        next(METHOD.run(ar.Arrangement(cube(2)), ar.Cone()))
