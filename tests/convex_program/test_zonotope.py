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


def choice(n: int, d: int, **settings: float) -> cx.PricingChoice:
    X, v = rows_and_vector(n, d, n // 2)
    return cx.AutoPricing(**settings).choose(ReducedRows.of(X), v)


def test_auto_says_why() -> None:
    # 2 sum_{k<8} C(19, k) cells for each sign
    listed = choice(40, 8)
    assert isinstance(listed.method, cx.Zonotope)
    assert f"{4 * sum(comb(19, k) for k in range(8)):,} cells in 8 dimensions" in listed.reason
    for divided, why in (
        (choice(20, 8), "only 2,008 cells"),
        (choice(200, 5), "cells > 100,000"),
        (choice(60, 10, time_limit=1.0), "listed in 1 seconds"),
    ):
        assert isinstance(divided.method, cx.BranchAndBound)
        assert why in divided.reason
    # with a limit, what is not divided in time is relaxed, and not all of many rows are lifted
    assert "relaxation" not in choice(200, 5).reason
    assert "0.35 seconds a relaxation" in choice(60, 10, time_limit=1.0).reason
    assert "lifted" not in choice(60, 10, time_limit=1.0).reason
    assert "600 heaviest rows lifted" in choice(700, 20, time_limit=1.0).reason


def test_auto_passes_its_settings_on() -> None:
    assert choice(40, 8, tolerance=0.25, time_limit=50.0).method == cx.Zonotope(0.25, 50.0)
    assert choice(9, 2, tolerance=0.25).method == cx.BranchAndBound(0.25)


def test_more_dimensions_than_branch_and_bound_can_start_from() -> None:
    """Orthogonal rows: the maximum of sum of u_+ is the norm of the positive weights."""
    v = np.r_[np.ones(9), -2.0 * np.ones(16)]
    priced = cx.AutoPricing().price_rows(ReducedRows.of(np.eye(25)), v)
    assert priced.bound == pytest.approx(8.0, rel=1e-12)


def test_a_list_cut_short_is_left_with_the_bound_of_a_division(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(8)
    X, v = rng.standard_normal((32, 8)), rng.standard_normal(32)
    reduced = ReducedRows.of(X)
    idle = cx.Zonotope(time_limit=0.0).price_rows(reduced, v)
    monkeypatch.setattr(cx.Zonotope, "price_rows", lambda *_, **__: idle)
    assert isinstance(cx.AutoPricing().choose(reduced, v).method, cx.Zonotope)
    priced = cx.AutoPricing().price_rows(reduced, v)
    assert priced.status is cx.PricingStatus.TIME_LIMIT
    assert priced.bound < 0.9 * idle.bound
    for u in rng.standard_normal((50, 8)):
        assert not exceeds(X, v, u, priced.bound)
