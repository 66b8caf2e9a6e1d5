"""Pricing for several outputs: never below the truth, equal to it when closed."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import KINDS, Matrix, data
from oracles.vector_pricing import exceeds, h_faces, output

import convex_program as cx
from convex_program.activations import Activation
from convex_program.pricing import ReducedRows, VectorBranchAndBound, VectorPricing, ladder

PricingStatus = cx.PricingStatus


def price(
    X: Matrix,
    V: Matrix,
    *,
    floor: float = 0.0,
    enough: float = np.inf,
    tol: float = 1e-9,
    activation: Activation | None = None,
    **limits: Any,
) -> VectorPricing:
    rows = ReducedRows.of(X, activation=activation)
    return VectorBranchAndBound(tolerance=tol, **limits).price(rows, V, floor=floor, enough=enough)


def unit_of(kind: str) -> float:
    return {"huge": 2.0**900, "tiny": 1e-300}.get(kind, 1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("n", "d", "c"), [(1, 1, 2), (5, 1, 3), (1, 3, 2), (6, 2, 2), (6, 2, 3), (5, 3, 2), (4, 4, 10)]
)
def test_equals_exhaustive_faces(kind: str, n: int, d: int, c: int) -> None:
    for seed in range(2):
        rng = np.random.default_rng([seed, n, d, c])
        X, V = data(kind, n, d, rng), rng.standard_normal((n, c))
        unit = unit_of(kind)
        h, u = h_faces(X / unit, V)
        p = price(X, V, tol=1e-10)
        assert p.status is PricingStatus.CLOSED
        slack = 1e-11 * np.linalg.norm(V, axis=1) @ np.linalg.norm(X / unit, axis=1) + 1e-300
        assert p.bound / unit == pytest.approx(h, rel=1e-9, abs=slack)
        assert p.value <= p.bound
        assert not exceeds(X / unit, V, u, p.bound / unit)
        for w, b, value in zip(p.directions, p.outputs, p.values, strict=True):
            assert np.linalg.norm(w) == pytest.approx(1, abs=1e-14)
            assert np.linalg.norm(b) == pytest.approx(1, abs=1e-14)
            assert output(X / unit, V, w) == pytest.approx(value / unit * b, abs=1e3 * slack)


@pytest.mark.parametrize(
    "activation",
    [cx.LeakyReLU("0.1"), cx.AbsoluteValue(), cx.TwoSlope(1, -2), cx.TwoSlope(1, -1)],
)
def test_other_slopes(activation: Activation) -> None:
    on, off = float(activation.on), float(activation.off)
    for seed, kind in enumerate(["normal", "integers", "duplicates", "low rank"]):
        rng = np.random.default_rng(seed)
        X, V = data(kind, 5, 3, rng), rng.standard_normal((5, 2))
        h, _ = h_faces(X, V, on, off)
        p = price(X, V, tol=1e-10, activation=activation)
        assert p.bound == pytest.approx(h, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_one_column_agrees_with_the_search_for_one_output(kind: str) -> None:
    for n, d in [(1, 2), (12, 2), (20, 3), (30, 4)]:
        rng = np.random.default_rng([n, d])
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        one = cx.BranchAndBound(tolerance=1e-10).price_rows(ReducedRows.of(X), v)
        many = price(X, v[:, None], tol=1e-10)
        slack = 1e-12 * np.abs(v) @ np.linalg.norm(X / unit_of(kind), axis=1) * unit_of(kind)
        assert many.status is PricingStatus.CLOSED
        assert many.bound == pytest.approx(one.bound, rel=1e-9, abs=slack)


@pytest.mark.parametrize("c", [1, 2, 3, 10])
@pytest.mark.parametrize("d", [2, 3])
def test_dense_samples_come_close_and_never_above(c: int, d: int) -> None:
    rng = np.random.default_rng([c, d])
    X, V = rng.standard_normal((25, d)), rng.standard_normal((25, c))
    p = price(X, V)
    points = rng.standard_normal((200_000, d))
    points /= np.linalg.norm(points, axis=1)[:, None]
    values = np.linalg.norm(np.maximum(points @ X.T, 0.0) @ V, axis=1)
    assert values.max() <= p.bound
    assert values.max() >= p.bound * (1 - 2e-3)


@a_few(1)
@given(
    st.integers(0, 10**9),
    st.integers(1, 12),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(KINDS),
)
def test_no_direction_beats_the_bound(seed: int, n: int, d: int, c: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X, V = data(kind, n, d, rng), rng.standard_normal((n, c))
    # as sharp as rounding allows: the error terms must carry it
    p = price(X, V, tol=1e-14, node_limit=20_000)
    for u in [*p.directions[:20], *rng.standard_normal((5, d)), *np.eye(d), *X[:3]]:
        assert not exceeds(X, V, u, p.bound)


@a_few(1)
@given(st.integers(0, 10**9), st.integers(0, 40))
def test_limits_leave_valid_bounds(seed: int, nodes: int) -> None:
    rng = np.random.default_rng(seed)
    X, V = rng.standard_normal((30, 3)), rng.standard_normal((30, 3))
    full = price(X, V, tol=1e-10)
    cut = price(X, V, tol=1e-10, node_limit=nodes)
    assert cut.bound >= full.value
    assert cut.status in (PricingStatus.NODE_LIMIT, PricingStatus.CLOSED)


def test_a_time_limit_is_honest() -> None:
    rng = np.random.default_rng(3)
    X, V = rng.standard_normal((60, 6)), rng.standard_normal((60, 3))
    stopped = price(X, V, time_limit=0.0)
    assert stopped.status is PricingStatus.TIME_LIMIT
    assert stopped.nodes == 0
    for u in rng.standard_normal((50, 6)):
        assert not exceeds(X, V, u, stopped.bound)


def test_a_floor_closes_early_and_still_bounds() -> None:
    rng = np.random.default_rng(4)
    X, V = rng.standard_normal((24, 4)), rng.standard_normal((24, 3))
    full = price(X, V, tol=1e-12)
    above = price(X, V, floor=1.3 * full.bound, tol=1e-12)
    assert above.status is PricingStatus.CLOSED
    assert full.value <= above.bound <= 1.3 * full.bound * (1 + 1e-11)
    assert above.nodes < full.nodes
    assert len(above.directions) == 0


def test_enough_stops_early_with_a_valid_bound() -> None:
    rng = np.random.default_rng(4)
    X, V = rng.standard_normal((22, 4)), rng.standard_normal((22, 2))
    full = price(X, V)
    early = price(X, V, enough=0.5 * full.value)
    assert early.status is PricingStatus.FOUND
    assert early.bound >= full.value
    assert early.value > 0.5 * full.value
    assert early.nodes < full.nodes


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executors_do_not_change_the_answer(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "_LONG", 0)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 7)
    monkeypatch.setattr(ladder, "_LAST_QUOTA", 50)
    rng = np.random.default_rng(7)
    X, V = rng.standard_normal((30, 3)), rng.standard_normal((30, 3))
    alone = price(X, V)
    with executor(2) as pool:
        shared = price(X, V, executor=pool)
    assert (alone.bound, alone.nodes) == (shared.bound, shared.nodes)
    assert np.array_equal(alone.directions, shared.directions)


def test_rotating_the_outputs_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    X, V = rng.standard_normal((20, 3)), rng.standard_normal((20, 4))
    turn, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    assert price(X, V @ turn).bound == pytest.approx(price(X, V).bound, rel=3e-9)


def test_a_circle_of_maximizers_is_closed() -> None:
    """|F(u)| = 1 on all of a quarter of the circle: nothing but a semidefinite matrix closes it."""
    p = price(np.eye(2), np.eye(2), tol=1e-12)
    assert p.status is PricingStatus.CLOSED
    assert p.bound == pytest.approx(1.0, rel=1e-11)
    assert p.nodes < 50


def test_nothing_is_nothing() -> None:
    assert price(np.zeros((3, 2)), np.ones((3, 2))).bound < 1e-300
    assert price(np.eye(3), np.zeros((3, 2))).bound == 0.0


def test_sizes_whose_squares_underflow() -> None:
    X, V = np.diag([1.0, 1e-200]), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert price(X, V).bound == pytest.approx(2**0.5 * 1e-200, rel=1e-8)
    X, V = np.diag([1.0, 1e200]), np.diag([1e200, 1e-200])
    assert price(X, V).bound == pytest.approx(1e200, rel=1e-8)


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((2, 2)), r"shape \(2, 2\)"),
        (np.zeros((3, 0)), r"shape \(3, 0\)"),
        (np.full((3, 1), np.nan), "not finite"),
    ],
)
def test_what_does_not_fit_is_refused(matrix: Matrix, says: str) -> None:
    rows = ReducedRows.of(np.eye(3))
    with pytest.raises(cx.ArgumentError, match=says):
        VectorBranchAndBound().price(rows, matrix)
