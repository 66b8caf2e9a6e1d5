"""The oracles against each other: they share nothing but reading the matrix."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import brute_force, families, matroid
from oracles.feasibility import is_feasible
from zoo import Matrix, matrices


@given(matrices(max_rows=5, max_columns=3))
def test_brute_force_whitney_and_nbc_agree(rows: Matrix) -> None:
    count = len(brute_force.all_patterns(rows))
    assert matroid.whitney_count(rows) == count


@given(matrices(max_rows=5, max_columns=3))
def test_nbc_sets_number_as_whitney_says(rows: Matrix) -> None:
    # Parallel rows make circuits of two, so the order of equal rows matters to nothing.
    assert matroid.nbc_count(rows) == matroid.whitney_count(rows)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
def test_planar_lines_agree_with_brute_force(points: list[tuple[int, int]]) -> None:
    rows = [[x, y, 1] for x, y in points]
    assert matroid.planar_count(points) == len(brute_force.all_patterns(rows))


@pytest.mark.parametrize(("m", "r"), [(1, 1), (3, 2), (5, 2), (5, 3), (6, 3)])
def test_cover_counts_general_position(m: int, r: int) -> None:
    rows = families.moment_curve(m, r)
    assert len(brute_force.all_patterns(rows)) == matroid.cover_formula(m, r)
    assert matroid.whitney_count(rows) == matroid.cover_formula(m, r)


def test_feasibility_by_hand() -> None:
    assert is_feasible([])
    assert is_feasible([[Fraction(1), Fraction(0)], [Fraction(-1), Fraction(1, 10**30)]])
    assert not is_feasible([[Fraction(1), Fraction(0)], [Fraction(-1), Fraction(0)]])
    assert not is_feasible([[Fraction(0), Fraction(0)]])
    assert not is_feasible([[Fraction(1)], [Fraction(2)], [Fraction(-1, 3)]])
