"""What only branch and bound has: nodes and their limit, orthants and their number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import Matrix, Vector, exceeds

import convex_program as cx
from convex_program.pricing import ReducedRows

PricingStatus = cx.PricingStatus


def price(
    X: Matrix,
    v: Vector,
    *,
    floor: float = 0.0,
    tol: float = 1e-9,
    **limits: Any,
) -> cx.Pricing:
    method = cx.BranchAndBound(tolerance=tol, **limits)
    return method.price_rows(ReducedRows.of(X), v, floor=floor)


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


def test_a_search_cut_short_says_so() -> None:
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((60, 6)), rng.standard_normal(60)
    late = price(X, v, time_limit=0.02)
    assert late.status is PricingStatus.TIME_LIMIT
    for u in rng.standard_normal((50, 6)):
        assert not exceeds(X, v, u, late.bound)


def test_a_floor_saves_nodes() -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((50, 4)), rng.standard_normal(50)
    full = price(X, v, tol=1e-12)
    assert price(X, v, floor=1.3 * full.bound, tol=1e-12).nodes < full.nodes


def test_a_negative_node_limit_and_too_many_dimensions_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="node_limit"):
        cx.BranchAndBound(node_limit=-1)
    wide = cx.TrainingProblem(np.eye(21), np.ones(21), 1)
    with pytest.raises(cx.ArgumentError, match="rank 21"):
        cx.BranchAndBound().price(wide, np.ones(21))
