"""Pricing: never below the truth, equal to it when closed, honest when stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import KINDS, Matrix, Vector, data, exceeds, f_exact, h_cells, h_zonotopes

import convex_program as cx
from convex_program.pricing import ReducedRows

PricingStatus = cx.PricingStatus


def price(
    X: Matrix,
    v: Vector,
    *,
    floor: float = 0.0,
    enough: float = np.inf,
    tol: float = 1e-9,
    **limits: Any,
) -> cx.Pricing:
    method = cx.BranchAndBound(tolerance=tol, **limits)
    return method.price_rows(ReducedRows.of(X), v, floor=floor, enough=enough)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (6, 1), (1, 3), (7, 2), (7, 3), (3, 4), (7, 4)])
def test_equals_exhaustive_cells(kind: str, n: int, d: int) -> None:
    for seed in range(3):
        rng = np.random.default_rng([seed, n, d])
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        unit = 2.0**900 if kind == "huge" else 1e-300 if kind == "tiny" else 1.0
        h, u = h_cells(X / unit, v)
        p = price(X, v, tol=1e-12)
        assert p.status is PricingStatus.CLOSED
        slack = 1e-11 * np.abs(v) @ np.linalg.norm(X / unit, axis=1) + 1e-300
        assert p.bound / unit == pytest.approx(h, rel=1e-9, abs=slack)
        assert p.value <= p.bound
        if u is not None:
            assert not exceeds(X / unit, v, u, p.bound / unit)
        for w, s, value in zip(p.directions, p.signs, p.values, strict=True):
            assert np.linalg.norm(w) == pytest.approx(1, abs=1e-14)
            assert s * float(f_exact(X / unit, v, w)) == pytest.approx(value / unit, abs=slack)


@pytest.mark.parametrize("kind", ["normal", "bias", "integers", "low rank", "duplicates"])
def test_equals_hausdorff_distance(kind: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, v = data(kind, 12, 3, rng), rng.standard_normal(12)
        assert price(X, v, tol=1e-12).bound == pytest.approx(h_zonotopes(X, v), rel=1e-8, abs=1e-9)


@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 30), st.integers(1, 5), st.sampled_from(KINDS))
def test_no_direction_beats_the_bound(seed: int, n: int, d: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X, v = data(kind, n, d, rng), rng.standard_normal(n)
    p = price(X, v, tol=1e-15)  # as sharp as rounding allows: the error terms must carry it
    for u in [*p.directions, *rng.standard_normal((5, d)), *np.eye(d), *X[:3]]:
        assert not exceeds(X, v, u, p.bound)


@a_few(1)
@given(st.integers(0, 10**9), st.integers(0, 60))
def test_limits_return_valid_bounds_and_say_so(seed: int, nodes: int) -> None:
    rng = np.random.default_rng(seed)
    X, v = rng.standard_normal((40, 4)), rng.standard_normal(40)
    full = price(X, v, tol=1e-10)
    cut = price(X, v, tol=1e-10, node_limit=nodes)
    assert cut.bound >= full.value
    assert cut.status in (PricingStatus.NODE_LIMIT, PricingStatus.CLOSED)
    if cut.status is PricingStatus.CLOSED:
        assert cut.bound == full.bound
    else:
        assert cut.bound > full.bound


def test_time_limits_are_honest() -> None:
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((60, 6)), rng.standard_normal(60)
    late = price(X, v, time_limit=0.02)
    assert late.status is PricingStatus.TIME_LIMIT
    stopped = price(X, v, time_limit=0.0)
    assert stopped.status is PricingStatus.TIME_LIMIT
    assert stopped.nodes == 0
    for p in (late, stopped):
        for u in rng.standard_normal((50, 6)):
            assert not exceeds(X, v, u, p.bound)


def test_floor_closes_early_and_still_bounds() -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((50, 4)), rng.standard_normal(50)
    h = price(X, v, tol=1e-12).bound
    above = price(X, v, floor=1.3 * h, tol=1e-12)
    assert h * (1 - 1e-10) <= above.bound <= 1.3 * h * (1 + 1e-11)
    assert above.nodes < price(X, v, tol=1e-12).nodes
    assert len(above.directions) == 0


def test_enough_stops_early_with_a_valid_bound() -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((60, 5)), rng.standard_normal(60)
    full = price(X, v)
    early = price(X, v, enough=0.5 * full.value)
    assert early.status is PricingStatus.FOUND
    assert early.bound >= full.value
    assert early.value > 0.5 * full.value
    assert early.nodes < full.nodes


def test_executor_does_not_change_the_answer() -> None:
    rng = np.random.default_rng(5)
    X, v = rng.standard_normal((80, 5)), rng.standard_normal(80)
    alone = price(X, v)
    with ThreadPoolExecutor(2) as pool:
        together = price(X, v, executor=pool)
    assert (alone.bound, alone.value, alone.nodes) == (
        together.bound, together.value, together.nodes,
    )  # fmt: skip
    np.testing.assert_array_equal(alone.directions, together.directions)


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**600, 3e-200, 1e150])
def test_scaling_v_scales_the_bound(scale: float) -> None:
    rng = np.random.default_rng(6)
    X, v = rng.standard_normal((30, 4)), rng.standard_normal(30)
    assert price(X, scale * v).bound / scale == pytest.approx(price(X, v).bound, rel=1e-8)


def test_what_cancels_in_floating_point_is_still_bounded() -> None:
    """1 + 2**-60 - 1 rounds to 0, and h is 2**-60."""
    priced = price(np.ones((3, 1)), np.array([1.0, 2.0**-60, -1.0]))
    assert 2.0**-60 <= priced.bound <= 1e-12


@pytest.mark.parametrize("rows", [[[2.0**-1070], [1.0]], [[1e-300, 0.0], [1e300, 0.0], [0.0, 1.0]]])
def test_rows_whose_ratio_overflows(rows: list[list[float]]) -> None:
    X = np.array(rows)
    priced = price(X, np.ones(len(X)))
    for u in [*X, *np.eye(X.shape[1])]:
        if u.any():
            assert not exceeds(X, np.ones(len(X)), u, priced.bound)


@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 8), st.integers(1, 3))
def test_rational_data_are_priced_as_rationals(seed: int, n: int, d: int) -> None:
    """The rows are thirds: no float64, and their distance from the floats is in the bound."""
    rng = np.random.default_rng(seed)
    rows = [[Fraction(int(t), 3) for t in row] for row in rng.integers(-9, 10, (n, d))]
    problem = cx.TrainingProblem(rows, [1] * n, 1)
    v = rng.standard_normal(n)
    priced = cx.BranchAndBound(tolerance=1e-15).price(problem, v)
    for u in [*priced.directions, *rng.standard_normal((5, d))]:
        exact = [Fraction(float(t)) for t in u]
        total = Fraction(0)
        for row, weight in zip(rows, v.tolist(), strict=True):
            inner = sum((a * b for a, b in zip(row, exact, strict=True)), Fraction(0))
            total += Fraction(weight) * max(inner, Fraction(0))
        assert total**2 <= Fraction(priced.bound) ** 2 * sum(t * t for t in exact)


def test_settings_and_vectors_that_make_no_sense_are_refused() -> None:
    problem = cx.TrainingProblem(np.ones((3, 2)), np.ones(3), 1)
    for wrong in ({"tolerance": 0.0}, {"node_limit": -1}, {"time_limit": -1.0}):
        with pytest.raises(cx.ArgumentError, match=next(iter(wrong))):
            cx.BranchAndBound(**wrong)
    with pytest.raises(cx.ArgumentError, match="vector"):
        cx.BranchAndBound().price(problem, np.ones(2))
    wide = cx.TrainingProblem(np.eye(21), np.ones(21), 1)
    with pytest.raises(cx.ArgumentError, match="rank 21"):
        cx.BranchAndBound().price(wide, np.ones(21))
