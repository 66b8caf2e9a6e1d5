"""Nonnegative least squares against closed forms and the conditions of optimality."""

from __future__ import annotations

import numpy as np
import pytest

import convex_program as cx
from convex_program.nonnegative import nonnegative_least_squares


@pytest.mark.parametrize("seed", range(40))
def test_orthonormal_columns_and_targets_orthogonal_to_all_but_one(seed: int) -> None:
    """Each coefficient is the positive part of a product; SciPy 1.17 misses it in one case of eighty."""
    generator = np.random.default_rng(seed)
    for _ in range(20):
        Q = np.linalg.qr(generator.standard_normal((4, 4)))[0] * generator.choice([-1, 1], 4)
        target = Q[:, 0] * generator.uniform(-2, 2)
        x, residual = nonnegative_least_squares(Q, target)
        known = np.maximum(Q.T @ target, 0.0)
        assert np.allclose(x, known, atol=1e-12)
        assert residual == pytest.approx(np.linalg.norm(Q @ known - target), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_no_column_points_along_what_is_left(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for _ in range(20):
        d, k = generator.integers(1, 5), generator.integers(1, 9)
        A = generator.integers(-2, 3, (d, k)).astype(float)
        target = generator.integers(-2, 3, d).astype(float)
        x, residual = nonnegative_least_squares(A, target)
        left = target - A @ x
        assert (x >= 0).all()
        assert residual == np.linalg.norm(left)
        assert (A.T @ left).max() < 1e-8
        assert abs(x @ (A.T @ left)) < 1e-8


def test_nothing_to_fit() -> None:
    x, residual = nonnegative_least_squares(np.ones((2, 3)), np.zeros(2))
    assert not x.any()
    assert residual == 0.0
    assert nonnegative_least_squares(np.ones((2, 0)), np.array([3.0, 4.0]))[1] == 5.0


def test_a_cell_on_which_least_squares_went_wrong_is_bounded_sharply() -> None:
    """Four centred points of rank three: the closed form of normalized networks is met from below."""
    X = [
        [0.6294451828326294, 0.4646202490186573, 0.011349235599799652],
        [1.1848969992453076, 2.0085048490946806, -0.011561306510268795],
        [0.3150951993459269, -0.2244616770008972, -1.0641115830326866],
        [0.5482349003754141, -0.2540143528940206, 1.584129040474528],
    ]
    y = [-0.002979083713240576, -0.9294037676621538, 0.16771948435631656, 0.7045536150255615]
    beta = 0.6915435379420232
    best = cx.batch_norm_optimum(cx.BatchNormProblem(X, y, beta))
    known = 0.0
    for part in (np.maximum(y, 0.0), np.maximum(np.negative(y), 0.0)):
        size = float(np.linalg.norm(part))
        known += beta * size - beta**2 / 2
        assert size > beta
    assert best.upper == pytest.approx(known, rel=1e-9)
    assert best.lower == pytest.approx(known, rel=1e-9)
