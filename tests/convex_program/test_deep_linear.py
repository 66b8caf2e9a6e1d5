"""Deep linear networks that interpolate: values, layers, duals and the gap."""

from __future__ import annotations

from functools import reduce
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import minimize

import convex_program as cx


def drawn(seed: int, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """More columns than rows, and targets of a rank (integers, so exactly)."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((4, 6))
    Y = generator.integers(-3, 4, (4, rank)) @ generator.integers(-3, 4, (rank, 3))
    return X, Y.astype(float)


def size(layer: np.ndarray) -> float:
    return float(np.sqrt((layer**2).sum()))


@pytest.mark.parametrize("seed", range(4))
def test_side_by_side_is_the_least_nuclear_norm(seed: int) -> None:
    """The oracle is a semidefinite program over every W with XW = Y, not the pseudo-inverse."""
    X, Y = drawn(seed, 2)
    W = cp.Variable((6, 3))
    least = cp.Problem(cp.Minimize(cp.normNuc(W)), [X @ W == Y]).solve(solver="CLARABEL")
    deep = cx.DeepLinear(X, Y, 3)
    assert deep.parallel_value == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_layers_reach_the_values_and_the_dual_bounds_them(rank: int, depth: int) -> None:
    X, Y = drawn(rank, rank)
    deep = cx.DeepLinear(X, Y, depth)
    layers = deep.standard_layers()
    assert len(layers) == depth
    assert np.allclose(X @ reduce(np.matmul, layers), Y, atol=1e-9)
    assert np.prod([size(layer) for layer in layers]) == pytest.approx(deep.standard_value)
    assert 0.5 * sum(size(layer) ** 2 for layer in layers) == pytest.approx(deep.standard_decay)
    branches = deep.parallel_layers()
    total = sum(X @ reduce(np.matmul, branch) for branch in branches)
    assert np.allclose(total, Y, atol=1e-9)
    costs = [np.prod([size(layer) for layer in branch]) for branch in branches]
    assert sum(costs) == pytest.approx(deep.parallel_value)
    # weak duality by V alone: its largest singular value is what every branch puts out at most
    assert np.linalg.norm(X.T @ deep.dual_vector, 2) <= 1 + 1e-12
    assert deep.dual_value == pytest.approx(deep.parallel_value)
    gap = deep.standard_value - deep.dual_value
    assert deep.without_gap == (rank == 1 or depth == 2)
    assert (gap < 1e-9 * deep.standard_value) == deep.without_gap


@pytest.mark.parametrize("seed", range(3))
def test_descent_over_the_layers_ends_at_the_value_of_one_network(seed: int) -> None:
    """Three layers, free and as wide as they like: the least decay that meets the constraint."""
    generator = np.random.default_rng(seed)
    X, Y = generator.standard_normal((2, 2)), generator.standard_normal((2, 2))
    deep = cx.DeepLinear(X, Y, 3)

    def layers(p: np.ndarray) -> list[np.ndarray]:
        return list(p.reshape(3, 2, 2))

    ends = [
        minimize(
            lambda p: 0.5 * float(p @ p),
            generator.standard_normal(12),
            constraints={
                "type": "eq",
                "fun": lambda p: (X @ reduce(np.matmul, layers(p)) - Y).ravel(),
            },
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        for _ in range(6)
    ]
    met = [float(end.fun) for end in ends if end.success]
    assert min(met) == pytest.approx(deep.standard_decay, rel=1e-6)


def test_equal_singular_values_have_a_gap() -> None:
    """Two singular values s: 2^(3/2) s for one network of three layers, 2 s for the dual."""
    deep = cx.DeepLinear(np.eye(2), 5 * np.eye(2), 3)
    assert deep.standard_value == pytest.approx(2**1.5 * 5)
    assert deep.dual_value == pytest.approx(10)
    assert not deep.without_gap


def test_nearly_dependent_targets_have_full_rank() -> None:
    """Rank is decided in integers: a difference of one unit in the last place counts."""
    Y = np.array([[1.0, 1.0], [1.0, np.nextafter(1.0, 2.0)]])
    assert not cx.DeepLinear(np.eye(2), Y, 3).without_gap
    assert cx.DeepLinear(np.eye(2), np.ones((2, 2)), 3).without_gap


def test_nothing_to_interpolate() -> None:
    deep = cx.DeepLinear(np.eye(2), np.zeros(2), 3)
    assert (deep.parallel_value, deep.standard_value, deep.dual_value) == (0.0, 0.0, 0.0)
    assert deep.parallel_layers() == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"depth": 1}, "depth = 1"),
        ({"depth": 2.0}, "depth = 2.0"),
        ({"Y": [1.0, 2.0]}, "Y has 2 rows, X has 3"),
        ({"Y": [1.0, 2.0, 3.0]}, "not in the span"),
    ],
)
def test_refusals(change: dict[str, Any], words: str) -> None:
    given = {"X": [[1.0], [1.0], [2.0]], "Y": [1.0, 1.0, 2.0], "depth": 3, **change}
    with pytest.raises(cx.ArgumentError, match=words):
        cx.DeepLinear(**given)
