"""Huge and tiny numbers: the bounds scale, exactly enclosed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import convex_program as cx

X = np.array([[-0.25, 1.0], [1.0, 1.0], [0.5, -2.0]])
Y = np.array([0.5, 1.0, -0.75])
BETA = 0.125
EXPONENTS = [-500, -300, 0, 300, 500]
"""Powers of two, about 1e-150 to 1e150."""

# Weights have size y / x and prices size x y: beyond these pairs their squares leave float64,
# which test_known_faults.py is about.
PAIRS = [
    (a, b)
    for a, b in itertools.product(EXPONENTS, EXPONENTS)
    if abs(a + b) <= 500 and abs(b - a) <= 500
]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_optimum_scales_with_data_and_targets(a: int, b: int) -> None:
    """``p*(c X, s y, c s beta) = s^2 p*(X, y, beta)`` for powers of two."""
    plain = cx.global_optimum(cx.TrainingProblem(X, Y, BETA))
    scaled = cx.TrainingProblem(np.ldexp(X, a), np.ldexp(Y, b), np.ldexp(BETA, a + b))
    best = cx.global_optimum(scaled)
    unit = plain.exact_upper.__class__(2) ** (2 * b)
    assert best.exact_lower <= unit * plain.exact_upper
    assert unit * plain.exact_lower <= best.exact_upper
    assert best.relative_gap < 1e-6
    assert cx.verify(best.claim()).level is cx.Level.PROVED


@pytest.mark.parametrize("exponent", [-500, 500])
@pytest.mark.parametrize("which", ["data", "targets"])
def test_beta_max_scales_with_data_and_targets(exponent: int, which: str) -> None:
    plain = cx.beta_max(X, Y)
    data = np.ldexp(X, exponent) if which == "data" else X
    targets = np.ldexp(Y, exponent) if which == "targets" else Y
    assert np.ldexp(cx.beta_max(data, targets), -exponent) == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("exponent", [-40, -20, 20, 40])
def test_columns_of_very_different_size_stay_sound(exponent: int) -> None:
    data = X * [1.0, 2.0**exponent]
    best = cx.global_optimum(cx.TrainingProblem(data, Y, BETA))
    assert best.exact_lower <= best.exact_upper
    cx.verify(best.claim())


@pytest.mark.parametrize("beta", [1e-12, 1e-8, 1e-4, 1e4, 1e8, 1e12])
def test_any_weight_decay_gives_true_bounds(beta: float) -> None:
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    assert 0 <= best.exact_lower <= best.exact_upper
    cx.verify(best.claim())
    if beta > 1:
        assert len(best.network.active()) == 0
        assert best.exact_upper == best.exact_lower
