"""Pricing by zonotopes: which cells are visited, and who chooses it."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from oracles.pricing import exceeds

import convex_program as cx
from convex_program.pricing import ReducedRows


def rows_and_vector(n: int, d: int, positive: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([n, d])
    X, v = rng.standard_normal((n, d)), np.abs(rng.standard_normal(n))
    v[positive:] *= -1.0
    return X, v


@pytest.mark.parametrize(("n", "d", "positive"), [(9, 3, 4), (9, 3, 9), (9, 3, 0), (10, 4, 3)])
def test_it_visits_the_cells_of_the_rows_of_each_sign(n: int, d: int, positive: int) -> None:
    """In general position p rows have 2 sum_{k<d} C(p - 1, k) cells, none has one."""
    X, v = rows_and_vector(n, d, positive)
    priced = cx.Zonotope().price_rows(ReducedRows.of(X), v)
    expected = 0
    for p in (positive, n - positive):
        # Without convex rows f is nowhere positive and nothing is visited.
        expected += 2 * sum(comb(p - 1, k) for k in range(d)) if p else 0
    assert priced.nodes == expected
    assert priced.status is cx.PricingStatus.CLOSED


def test_opposite_rows_of_equal_weight_leave_a_linear_function() -> None:
    """(t)_+ - (-t)_+ = t: no convex row, one cell, and the norm of the row."""
    row = np.array([[3.0, 4.0]])
    priced = cx.Zonotope().price_rows(ReducedRows.of(np.r_[row, -row]), np.array([1.0, -1.0]))
    assert priced.bound == pytest.approx(5.0, rel=1e-12)
    assert priced.nodes == 2  # one for each sign


def test_a_list_cut_short_gives_the_triangle_inequality() -> None:
    X, v = rows_and_vector(12, 3, 6)
    early = cx.Zonotope().price_rows(ReducedRows.of(X), v, enough=1e-6)
    assert early.status is cx.PricingStatus.FOUND
    sizes = np.abs(v) @ np.abs(X)
    assert early.bound == pytest.approx(np.linalg.norm(sizes), rel=1e-9)
    for u in np.random.default_rng(0).standard_normal((20, 3)):
        assert not exceeds(X, v, u, early.bound)


def test_auto_says_why() -> None:
    few = rows_and_vector(20, 8, 10)
    choice = cx.AutoPricing().choose(ReducedRows.of(few[0]), few[1])
    assert isinstance(choice.method, cx.Zonotope)
    # 2 sum_{k<8} C(9, k) for each sign
    assert "2,008 cells" in choice.reason
    many = rows_and_vector(200, 5, 100)
    choice = cx.AutoPricing().choose(ReducedRows.of(many[0]), many[1])
    assert isinstance(choice.method, cx.BranchAndBound)
    assert "cells > 10**5" in choice.reason
    hurried = rows_and_vector(60, 10, 30)
    choice = cx.AutoPricing(time_limit=1.0).choose(ReducedRows.of(hurried[0]), hurried[1])
    assert isinstance(choice.method, cx.BranchAndBound)
    assert "1 seconds" in choice.reason


def test_auto_passes_its_settings_on() -> None:
    X, v = rows_and_vector(6, 2, 3)
    auto = cx.AutoPricing(tolerance=0.25, time_limit=50.0)
    method = auto.choose(ReducedRows.of(X), v).method
    assert method == cx.Zonotope(tolerance=0.25, time_limit=50.0)
    assert auto.price_rows(ReducedRows.of(X), v).bound == method.price_rows(
        ReducedRows.of(X), v
    ).bound  # fmt: skip


def test_more_dimensions_than_branch_and_bound_can_start_from() -> None:
    """Orthogonal rows: the maximum of sum of u_+ is the norm of the positive weights."""
    v = np.r_[np.ones(9), -2.0 * np.ones(16)]
    problem = cx.TrainingProblem(np.eye(25), np.ones(25), 1)
    assert cx.Zonotope().price(problem, v[:]).bound == pytest.approx(8.0, rel=1e-12)
