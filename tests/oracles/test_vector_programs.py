"""Optima with several outputs against exact column generation, closed forms, gated bounds and descent."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.vector_networks import descend
from oracles.vector_programs import gated_bound, optimum

import convex_program as cx

DATA = {
    "generic": lambda rng, n, d: rng.normal(size=(n, d)),
    "whole": lambda rng, n, d: rng.integers(-2, 3, size=(n, d)).astype(float),
    "opposite": lambda rng, n, d: (
        np.repeat(rng.normal(size=(-(-n // 2), d)), 2, axis=0)[:n]
        * np.where(np.arange(n) % 2, -2.0, 1.0)[:, None]
    ),
    "bias": lambda rng, n, d: np.column_stack([rng.normal(size=(n, d - 1)), np.ones(n)]),
    "zero row": lambda rng, n, d: rng.normal(size=(n, d)) * (np.arange(n) > 0)[:, None],
}


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize(("n", "d", "c"), [(5, 2, 2), (5, 2, 10), (4, 3, 2)])
def test_the_optimum_is_that_of_all_faces_of_all_cells(kind: str, n: int, d: int, c: int) -> None:
    rng = np.random.default_rng([n, d, c])
    X, Y = DATA[kind](rng, n, d), rng.normal(size=(n, c))
    beta = 0.3
    upper, lower = optimum(X, Y, beta)
    assert upper - lower <= 1e-4 * upper  # or it says nothing
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    assert best.relative_gap <= 1e-8
    assert best.lower <= upper * (1 + 1e-9)
    assert lower <= best.upper * (1 + 1e-9)
    # without the constraints of the cells, and from above
    assert gated_bound(X, Y, beta) <= best.upper * (1 + 1e-9)
    reached = min(descend(X, Y, beta, 2 * n, seed) for seed in range(4))
    assert best.lower <= reached * (1 + 1e-9)


def orthogonal(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


def softened(sizes: np.ndarray, beta: float) -> float:
    """Half the squares of singular values, less what softening gains."""
    return float(np.where(sizes > beta, beta * sizes - beta**2 / 2, sizes**2 / 2).sum())


@pytest.mark.parametrize("seed", range(3))
def test_whitened_data_soften_singular_values(seed: int) -> None:
    """X orthogonal: (Xu)_+ is any nonnegative vector.

    Where left singular vectors above beta are nonnegative (so disjoint), the fit is a sum of neurons of its nuclear norm;
    the residual has no singular value above beta, and no network does better.
    """
    n, c, beta = 4, 3, 0.5
    rng = np.random.default_rng(seed)
    left = np.array([[3.0, 4.0, 0.0, 0.0], [0.0, 0.0, 5.0, 12.0]]).T / [5.0, 13.0]
    other = np.array([[4.0, -3.0, 0.0, 0.0]]).T / 5.0
    right = orthogonal(c, seed)
    sizes = np.array([*rng.uniform(1.0, 3.0, size=2), rng.uniform(0.1, 0.45)])
    Y = np.hstack([left, other]) * sizes @ right
    best = cx.global_optimum(cx.TrainingProblem(orthogonal(n, seed + 9), Y, beta))
    assert best.upper == pytest.approx(softened(sizes, beta), rel=1e-7)
    assert best.lower == pytest.approx(softened(sizes, beta), rel=1e-7)


def test_signs_cost_more_than_the_nuclear_norm() -> None:
    """K = R^2_+ and Z = (1, -1): two neurons of cost 1, where the nuclear norm is sqrt 2."""
    X, size, beta = np.eye(2), 2.0, 0.25
    Y = np.array([[size, 0.0], [-size, 0.0]])
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    expected = 2 * (beta * size - beta**2 / 2)
    assert best.upper == pytest.approx(expected, rel=1e-8)
    gated = beta * np.sqrt(2) * size - beta**2 / 2
    assert gated_bound(X, Y, beta) <= gated * (1 + 1e-9)
    assert gated < 0.75 * expected
