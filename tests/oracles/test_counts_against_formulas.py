"""Exact counts against sums and formulas of the literature, past what brute force reaches."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import families, matroid
from zoo import Matrix, exact, matrices

import arrangements as ar

POINT = st.tuples(st.integers(0, 4), st.integers(0, 4))


@given(matrices(max_rows=8, max_columns=4))
@settings(max_examples=25)
def test_counting_equals_whitney(rows: Matrix) -> None:
    assert ar.count_regions(rows) == matroid.whitney_count(rows)


@given(matrices(max_rows=7, max_columns=4))
@settings(max_examples=15)
def test_counting_equals_nbc(rows: Matrix) -> None:
    assert ar.count_regions(rows) == matroid.nbc_count(rows)


@given(st.lists(POINT, min_size=1, max_size=25))
@example([(x, y) for x in range(5) for y in range(5)])
@settings(max_examples=40)
def test_rank_three_with_bias_equals_the_sum_over_lines(points: list[tuple[int, int]]) -> None:
    rows = [[x, y, 1] for x, y in points]
    assert ar.count_regions(rows) == matroid.planar_count(points)


@given(st.lists(POINT, min_size=1, max_size=9))
@settings(max_examples=15)
def test_enumeration_with_bias_equals_the_sum_over_lines(points: list[tuple[int, int]]) -> None:
    rows = [[x, y, 1] for x, y in points]
    assert len(ar.enumerate_patterns(rows, proof=ar.ByTree())) == matroid.planar_count(points)


@pytest.mark.parametrize(
    ("m", "r"), [(1, 1), (2, 2), (7, 1), (9, 2), (20, 3), (12, 4), (12, 5), (9, 8), (7, 7)]
)
def test_general_position_reaches_cover(m: int, r: int) -> None:
    rows = families.moment_curve(m, r)
    if r == 1:
        rows, m = rows[:1], 1  # in one dimension all rows are one hyperplane
    expected = matroid.cover_formula(m, r)
    assert ar.count_regions(rows) == ar.cover_number(rows) == ar.region_bound(m, r) == expected


@given(st.integers(1, 40), st.integers(1, 40))
def test_region_bound_is_covers_formula(m: int, r: int) -> None:
    assert ar.region_bound(m, r) == matroid.cover_formula(m, r)
    if m <= r:
        assert ar.region_bound(m, r) == 2**m


@given(st.integers(0, 6), st.integers(1, 3))
def test_affine_general_position(m: int, d: int) -> None:
    # m hyperplanes of R^d off the origin in general position: sum_(k <= d) C(m, k) regions.
    if m == 0:
        return
    curve = families.moment_curve(m, d + 1)
    normals, offsets = [row[1:] for row in curve], [row[0] for row in curve]
    arrangement = ar.Arrangement.affine(normals, offsets)
    expected = sum(math.comb(m, k) for k in range(d + 1))
    assert ar.count_regions(arrangement) == expected
    assert len(ar.enumerate_patterns(arrangement)) == expected


@given(matrices(max_rows=6, max_columns=3))
def test_rank_and_hyperplanes(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    assert arrangement.rank == matroid.rank(rows)
    assert arrangement.hyperplane_count == matroid.hyperplanes(rows)
    kept = [[row[j] for j in arrangement.columns] for row in exact(rows)]
    if arrangement.columns:
        assert matroid.rank(kept) == arrangement.rank == len(arrangement.columns)
