"""Losses against their definition: values, residuals, conjugates, scales."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from convex_zoo import vectors
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx

LOSSES = [cx.Squared()]
FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


def fractions(values: np.ndarray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


def least_on_line(loss: cx.Loss, target: float, slope: float) -> float:
    """Return ``min_z f(z) + slope z`` for one row by golden-section search."""
    low, high, ratio = -100.0, 100.0, (5**0.5 - 1) / 2

    def height(z: float) -> float:
        return loss.value(np.array([z]), np.array([target])) + slope * z

    for _ in range(120):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if height(left) < height(right) else (left, high)
    return height((low + high) / 2)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(st.integers(1, 5).flatmap(lambda n: st.tuples(vectors(n), vectors(n))))
def test_dual_value_is_the_numerical_conjugate(
    loss: cx.Loss, pair: tuple[np.ndarray, np.ndarray]
) -> None:
    dual, targets = pair
    expected = sum(
        least_on_line(loss, y, v) for y, v in zip(targets.tolist(), dual.tolist(), strict=True)
    )
    found = loss.exact_dual_value(fractions(dual), fractions(targets))
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=5))
def test_dual_value_is_below_the_lagrangian_everywhere(
    loss: cx.Loss, triples: list[tuple[float, float, float]]
) -> None:
    outputs, targets, dual = (fractions(np.array(column)) for column in zip(*triples, strict=True))
    lagrangian = loss.exact_value(outputs, targets) + sum(
        v * z for v, z in zip(dual, outputs, strict=True)
    )
    assert loss.exact_dual_value(dual, targets) <= lagrangian


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=5))
def test_residual_attains_the_dual_value(loss: cx.Loss, pairs: list[tuple[float, float]]) -> None:
    outputs, targets = (np.round(np.array(column)) for column in zip(*pairs, strict=True))
    dual = fractions(loss.residual(outputs, targets))
    lagrangian = loss.exact_value(fractions(outputs), fractions(targets)) + sum(
        v * z for v, z in zip(dual, fractions(outputs), strict=True)
    )
    assert loss.exact_dual_value(dual, fractions(targets)) == lagrangian


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=5))
def test_squared_is_half_the_sum_of_squared_errors(pairs: list[tuple[float, float]]) -> None:
    outputs, targets = (fractions(np.array(column)) for column in zip(*pairs, strict=True))
    expected = sum((z - y) * (z - y) for z, y in zip(outputs, targets, strict=True)) / 2
    assert cx.Squared().exact_value(outputs, targets) == expected
    floats = cx.Squared().value(*(np.array([float(v) for v in row]) for row in (outputs, targets)))
    assert floats == pytest.approx(float(expected), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_residual_is_minus_the_finite_difference(loss: cx.Loss) -> None:
    rng = np.random.default_rng(4)
    outputs, targets = rng.standard_normal((2, 6))
    step = 1e-6
    for i, direction in enumerate(np.eye(6)):
        up = loss.value(outputs + step * direction, targets)
        down = loss.value(outputs - step * direction, targets)
        slope = (up - down) / (2 * step)
        assert loss.residual(outputs, targets)[i] == pytest.approx(-slope, abs=1e-7)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("curvature", [0.0, 0.7, 30.0])
def test_best_scale_beats_a_grid(loss: cx.Loss, curvature: float) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        dual, targets = rng.standard_normal((2, 4))

        def height(t: float, dual: np.ndarray = dual, targets: np.ndarray = targets) -> float:
            value = loss.exact_dual_value(fractions(t * dual), fractions(targets))
            return float(value) - t * t * curvature / 2

        best = height(loss.best_scale(dual, targets, curvature))
        assert all(best >= height(t) - 1e-12 for t in np.linspace(-4, 4, 161))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_best_scale_of_the_zero_vector_is_finite(loss: cx.Loss) -> None:
    assert np.isfinite(loss.best_scale(np.zeros(3), np.ones(3), 0.0))


@pytest.mark.parametrize("size", [1.0, 3.7, 1e150, 1e-150, 5e-324, 8e307])
def test_unit_of_the_squared_loss_brings_targets_to_size_one(size: float) -> None:
    loss = cx.Squared()
    targets = np.array([size, -size / 2, 0.0])
    unit = loss.unit(targets)
    assert 0.5 <= size / unit <= 1
    assert np.frexp(unit)[0] == 0.5


def test_unit_of_zero_targets_is_one() -> None:
    assert cx.Squared().unit(np.zeros(3)) == 1.0
