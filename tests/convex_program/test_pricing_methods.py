"""What every pricing method must do: never below the truth, equal to it when closed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few
from executors import Forgetful
from hypothesis import given
from hypothesis import strategies as st
from oracles.mixed_integer_pricing import h_mixed_integer
from oracles.pricing import KINDS, Matrix, Vector, data, exceeds, f_exact, h_cells, h_zonotopes

import convex_program as cx
from convex_program.pricing import ReducedRows, ladder, priced_rows, signed_rows, zonotope
from convex_program.pricing.cone_search import ConeSearch, Errand, visit

METHODS = [cx.BranchAndBound, cx.Zonotope, cx.AutoPricing]
PricingStatus = cx.PricingStatus

of_every_method = pytest.mark.parametrize("method", METHODS)


def price(
    method: Any,
    X: Matrix,
    v: Vector,
    *,
    floor: float = 0.0,
    enough: float = np.inf,
    tol: float = 1e-9,
    **limits: Any,
) -> cx.Pricing:
    return method(tolerance=tol, **limits).price_rows(
        ReducedRows.of(X), v, floor=floor, enough=enough
    )


@of_every_method
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (6, 1), (1, 3), (7, 2), (7, 3), (3, 4), (7, 4)])
def test_equals_exhaustive_cells(method: Any, kind: str, n: int, d: int) -> None:
    for seed in range(3):
        rng = np.random.default_rng([seed, n, d])
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        unit = 2.0**900 if kind == "huge" else 1e-300 if kind == "tiny" else 1.0
        h, u = h_cells(X / unit, v)
        p = price(method, X, v, tol=1e-12)
        assert p.status is PricingStatus.CLOSED
        slack = 1e-11 * np.abs(v) @ np.linalg.norm(X / unit, axis=1) + 1e-300
        assert p.bound / unit == pytest.approx(h, rel=1e-9, abs=slack)
        assert p.value <= p.bound
        if u is not None:
            assert not exceeds(X / unit, v, u, p.bound / unit)
        for w, s, value in zip(p.directions, p.signs, p.values, strict=True):
            assert np.linalg.norm(w) == pytest.approx(1, abs=1e-14)
            assert s * float(f_exact(X / unit, v, w)) == pytest.approx(value / unit, abs=slack)


@pytest.mark.parametrize(
    "kind", ["normal", "bias", "integers", "low rank", "duplicates", "zeros", "columns"]
)
def test_lies_in_the_bracket_of_a_mixed_integer_program(kind: str) -> None:
    rng = np.random.default_rng(1)
    X, v = data(kind, 9, 3, rng), rng.standard_normal(9)
    X /= np.abs(X).max()
    low, high = h_mixed_integer(X, v, gap=1e-5)
    assert low > 0.01
    for method in METHODS:
        # HiGHS is exact to about 1e-6.
        bound = price(method, X, v, tol=1e-12).bound
        assert low * (1 - 1e-5) <= bound <= high * (1 + 1e-5)


@pytest.mark.parametrize("kind", ["normal", "bias", "integers", "low rank", "duplicates"])
def test_equals_hausdorff_distance(kind: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, v = data(kind, 12, 3, rng), rng.standard_normal(12)
        expected = pytest.approx(h_zonotopes(X, v), rel=1e-8, abs=1e-9)
        for method in METHODS:
            assert price(method, X, v, tol=1e-12).bound == expected


@of_every_method
@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 16), st.integers(1, 5), st.sampled_from(KINDS))
def test_no_direction_beats_the_bound(method: Any, seed: int, n: int, d: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X, v = data(kind, n, d, rng), rng.standard_normal(n)
    p = price(method, X, v, tol=1e-15)  # as sharp as rounding allows: the error terms must carry it
    for u in [*p.directions, *rng.standard_normal((5, d)), *np.eye(d), *X[:3]]:
        assert not exceeds(X, v, u, p.bound)


@of_every_method
def test_time_limits_are_honest(method: Any) -> None:
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((60, 6)), rng.standard_normal(60)
    stopped = price(method, X, v, time_limit=0.0)
    assert stopped.status is PricingStatus.TIME_LIMIT
    assert stopped.nodes == 0
    for u in rng.standard_normal((50, 6)):
        assert not exceeds(X, v, u, stopped.bound)


@of_every_method
def test_floor_closes_early_and_still_bounds(method: Any) -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((24, 4)), rng.standard_normal(24)
    h = price(method, X, v, tol=1e-12).bound
    above = price(method, X, v, floor=1.3 * h, tol=1e-12)
    assert above.status is PricingStatus.CLOSED
    assert h * (1 - 1e-10) <= above.bound <= 1.3 * h * (1 + 1e-11)
    assert len(above.directions) == 0


@of_every_method
def test_enough_stops_early_with_a_valid_bound(method: Any) -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((22, 4)), rng.standard_normal(22)
    full = price(method, X, v)
    early = price(method, X, v, enough=0.5 * full.value)
    assert early.status is PricingStatus.FOUND
    assert early.bound >= full.value
    assert early.value > 0.5 * full.value
    assert early.nodes < full.nodes


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2),
    "lost answers": lambda: Forgetful(lambda number: number % 3 == 0),
}


@of_every_method
@pytest.mark.parametrize("kind", EXECUTORS)
def test_executor_does_not_change_the_answer(
    method: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many rounds: what is open goes there and back many times.
    monkeypatch.setattr(zonotope, "_BATCH", 20)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 7)
    monkeypatch.setattr(ladder, "_LAST_QUOTA", 50)
    rng = np.random.default_rng(5)
    X, v = rng.standard_normal((30, 4)), rng.standard_normal(30)
    for options in ({}, {"floor": 2.0}, {"enough": 1.0}, {"tol": 1e-3}):
        alone = price(method, X, v, **options)
        with EXECUTORS[kind]() as pool:
            together = price(method, X, v, executor=pool, **options)
        assert (alone.status, alone.bound, alone.value, alone.nodes) == (
            together.status, together.bound, together.value, together.nodes,
        )  # fmt: skip
        np.testing.assert_array_equal(alone.directions, together.directions)
        np.testing.assert_array_equal(alone.values, together.values)


def test_a_node_limit_leaves_the_same_open_cones_to_processes() -> None:
    rng = np.random.default_rng(8)
    X, v = rng.standard_normal((60, 6)), rng.standard_normal(60)
    alone = price(cx.BranchAndBound, X, v, node_limit=1_000)
    with ProcessPoolExecutor(2) as pool:
        together = price(cx.BranchAndBound, X, v, node_limit=1_000, executor=pool)
    assert alone.status is together.status is PricingStatus.NODE_LIMIT
    assert (alone.bound, alone.value, alone.nodes) == (
        together.bound, together.value, together.nodes,
    )  # fmt: skip


def test_arrays_arrive_as_their_own_whatever_the_protocol() -> None:
    rows = signed_rows(ReducedRows.of(np.eye(3)), np.ones(3), 1)
    errand = Errand(ConeSearch(rows, np.ones(3), 0.0, 1e-9), 10, 0.0, np.inf)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        sent = pickle.loads(pickle.dumps(errand, protocol))  # noqa: S301 - made here
        assert sent.search.rows.rows.flags.writeable
        assert sent.search.best.flags.writeable
        seen = visit(sent)
        assert seen.frontier is None
        assert rows.outer_bound(float(seen.best[1])) >= np.sqrt(3.0)


@of_every_method
@pytest.mark.parametrize("scale", [2.0**-700, 2.0**600, 3e-200, 1e150])
def test_scaling_v_scales_the_bound(method: Any, scale: float) -> None:
    rng = np.random.default_rng(6)
    X, v = rng.standard_normal((16, 4)), rng.standard_normal(16)
    bound = price(method, X, scale * v).bound / scale
    assert bound == pytest.approx(price(method, X, v).bound, rel=1e-8)


@of_every_method
def test_what_cancels_in_floating_point_is_still_bounded(method: Any) -> None:
    """1 + 2**-60 - 1 rounds to 0, and h is 2**-60."""
    priced = price(method, np.ones((3, 1)), np.array([1.0, 2.0**-60, -1.0]))
    assert 2.0**-60 <= priced.bound <= 1e-12


@of_every_method
@pytest.mark.parametrize("sizes", [(2.0**-600, 2.0**-610), (2.0**-1000, 1.0), (1e-170, 1e-180)])
def test_squares_that_underflow_are_bounded(method: Any, sizes: tuple[float, float]) -> None:
    X, v = np.array([[1.0, 0.0], sizes, [-sizes[1], sizes[0]]]), np.array([0.0, 1.0, -0.5])
    priced = price(method, X, v)
    for u in [*X, *np.eye(2), *priced.directions]:
        assert not exceeds(X, v, u, priced.bound)
    assert priced.bound <= 1.6 * max(sizes)


@of_every_method
@pytest.mark.parametrize("rows", [[[2.0**-1070], [1.0]], [[1e-300, 0.0], [1e300, 0.0], [0.0, 1.0]]])
def test_rows_whose_ratio_overflows(method: Any, rows: list[list[float]]) -> None:
    X = np.array(rows)
    priced = price(method, X, np.ones(len(X)))
    for u in [*X, *np.eye(X.shape[1])]:
        if u.any():
            assert not exceeds(X, np.ones(len(X)), u, priced.bound)


@of_every_method
@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 8), st.integers(1, 3))
def test_rational_data_are_priced_as_rationals(method: Any, seed: int, n: int, d: int) -> None:
    """The rows are thirds: no float64, and their distance from the floats is in the bound."""
    rng = np.random.default_rng(seed)
    rows = [[Fraction(int(t), 3) for t in row] for row in rng.integers(-9, 10, (n, d))]
    problem = cx.TrainingProblem(rows, [1] * n, 1)
    v = rng.standard_normal(n)
    priced = priced_rows(problem.gauge).price(method(tolerance=1e-15), v)
    for u in [*priced.directions, *rng.standard_normal((5, d))]:
        exact = [Fraction(float(t)) for t in u]
        total = Fraction(0)
        for row, weight in zip(rows, v.tolist(), strict=True):
            inner = sum((a * b for a, b in zip(row, exact, strict=True)), Fraction(0))
            total += Fraction(weight) * max(inner, Fraction(0))
        assert total**2 <= Fraction(priced.bound) ** 2 * sum(t * t for t in exact)


@of_every_method
def test_settings_and_vectors_that_make_no_sense_are_refused(method: Any) -> None:
    problem = cx.TrainingProblem(np.ones((3, 2)), np.ones(3), 1)
    for wrong in ({"tolerance": 0.0}, {"time_limit": -1.0}):
        with pytest.raises(cx.ArgumentError, match=next(iter(wrong))):
            method(**wrong)
    for vector in (np.ones(2), np.array([1.0, np.nan, 1.0])):
        with pytest.raises(cx.ArgumentError, match="vector"):
            cx.certify_rigorously(problem, vector, pricing=method())
