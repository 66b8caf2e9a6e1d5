"""Losses against their definitions: values, answers, conjugates, domains."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from convex_losses import FINITE, LOSSES, NUMBERS, RATIONAL, SMOOTH, duals, targets, targets_for
from hypothesis import given
from hypothesis import strategies as st
from oracles import losses as oracle

from convex_program.errors import ArgumentError
from convex_program.losses import (
    Absolute,
    Hinge,
    Huber,
    Interpolation,
    Logistic,
    Loss,
    QuadraticLoss,
    Quantile,
    Squared,
    named_loss,
)

SLACK = Fraction(1, 10**40)
OUTPUTS = st.fractions(-20, 20, max_denominator=64)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
finite_losses = pytest.mark.parametrize("loss", FINITE, ids=repr)
smooth_losses = pytest.mark.parametrize("loss", SMOOTH, ids=repr)


def one(value: Any) -> np.ndarray:
    return np.array([float(value)])


def defined(loss: Loss, z: Fraction, y: Fraction) -> Fraction | None:
    return oracle.value(loss.name, loss.parameters, z, y)


def least(height: Callable[[float], float], low: float, high: float) -> float:
    """Return the least value of a convex function on an interval by golden-section search."""
    ratio = (5**0.5 - 1) / 2
    for _ in range(90):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if height(left) < height(right) else (left, high)
    return height((low + high) / 2)


def simple(loss: Loss, z: float, y: Fraction) -> float:
    """Return the definition in floats, for searches."""
    if isinstance(loss, Logistic):
        return float(np.logaddexp(0.0, -float(y) * z))
    found = defined(loss, Fraction(z), y)
    return np.inf if found is None else float(found)


@every_loss
@given(st.data())
def test_values_are_as_defined(loss: Loss, data: st.DataObject) -> None:
    y = data.draw(targets(loss))
    z = data.draw(st.one_of(OUTPUTS, st.just(y)))
    exact, true = loss.exact_value(z, y), defined(loss, z, y)
    if true is None or exact is None:
        assert exact is None is true
        assert loss.value(one(z), one(y)) == np.inf
        return
    if isinstance(loss, Logistic):
        assert 0 <= exact - true <= SLACK
    else:
        assert exact == true
    assert loss.value(one(z), one(y))[0] == pytest.approx(float(true), rel=1e-12, abs=1e-13)


@every_loss
@given(st.data())
def test_least_value_is_zero_and_the_dual_of_zero_says_so(loss: Loss, data: st.DataObject) -> None:
    assert loss.exact_dual(Fraction(0), data.draw(targets(loss))) == 0


def conjugate_is_attained(loss: Loss, v: Fraction, y: Fraction) -> None:
    """Assert that ``D(v) = min_z l(z) + v z``, the minimum found by search."""
    found = loss.exact_dual(v, y)
    assert found is not None
    if isinstance(loss, Interpolation):
        assert found == v * y
        return
    # The ends of the domain are reached for z far away only, by the logistic.
    span = 400.0
    true = least(lambda z: simple(loss, z, y) + float(v) * z, -span, span)
    assert float(found) == pytest.approx(true, rel=1e-9, abs=1e-9)


def conjugate_is_below(loss: Loss, v: Fraction, y: Fraction, z: Fraction) -> None:
    """Assert ``D(v) <= l(z) + v z`` in rational numbers: what a bound rests on."""
    value, dual = defined(loss, z, y), loss.exact_dual(v, y)
    assert dual is not None
    assert value is None or dual <= value + v * z


@every_loss
@given(st.data())
def test_dual_value_is_the_conjugate(loss: Loss, data: st.DataObject) -> None:
    y = data.draw(targets(loss))
    conjugate_is_attained(loss, data.draw(duals(loss, y)), y)


@every_loss
@given(st.data(), OUTPUTS)
def test_dual_value_is_below_the_lagrangian(loss: Loss, data: st.DataObject, z: Fraction) -> None:
    y = data.draw(targets(loss))
    conjugate_is_below(loss, data.draw(duals(loss, y)), y, z)
    conjugate_is_below(loss, data.draw(duals(loss, y)), y, y)


@pytest.mark.parametrize("loss", RATIONAL, ids=repr)
@given(st.data(), OUTPUTS)
def test_a_conjugate_that_is_larger_is_caught(loss: Loss, data: st.DataObject, z: Fraction) -> None:
    """Duality is tight: one part in 10**9 more, and a bound is false somewhere."""
    y = data.draw(targets(loss))
    v = answer_of(loss, z, y)
    true = loss.exact_dual
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(loss), "exact_dual", lambda _, v, y: true(v, y) + Fraction(1, 10**9))
        with pytest.raises(AssertionError):
            conjugate_is_below(loss, v, y, y if isinstance(loss, Interpolation) else z)


def answer_of(loss: Loss, z: Fraction, y: Fraction) -> Fraction:
    """Return an element of ``-dl(z)`` from one-sided difference quotients, exactly."""
    if isinstance(loss, Interpolation):
        return Fraction(7, 3)
    step = Fraction(1, 10**20)
    here, left = loss.exact_value(z, y), loss.exact_value(z - step, y)
    assert here is not None
    assert left is not None
    slope = (left - here) / step
    low, high = loss.domain(y)
    if isinstance(loss, QuadraticLoss) and loss.kappa:
        # the quotient of squares is half a step too large, or stands on a line
        slope = y - z
    slope = slope if low is None else max(low, slope)
    return slope if high is None else min(high, slope)


@pytest.mark.parametrize("loss", [loss for loss in SMOOTH if loss in RATIONAL], ids=repr)
@given(st.data())
def test_answer_attains_the_dual_value_exactly(loss: Loss, data: st.DataObject) -> None:
    y = Fraction(data.draw(st.integers(-40, 40)), 8) if loss.scales else data.draw(targets(loss))
    z = Fraction(data.draw(st.integers(-80, 80)), 8)
    v, _ = loss.answer(one(z), one(y), one(0), one(0))
    dual, value = loss.exact_dual(Fraction(float(v[0])), y), loss.exact_value(z, y)
    assert dual is not None
    assert value is not None
    # but for parameters that are no floats
    assert abs(dual - value - Fraction(float(v[0])) * z) <= Fraction(1, 10**14)
    if loss != Huber("0.3"):
        assert dual == value + Fraction(float(v[0])) * z


@given(st.floats(-30, 30), st.sampled_from([-1, 1]))
def test_logistic_answer_attains_the_dual_value(z: float, y: int) -> None:
    v, _ = Logistic().answer(one(z), one(y), one(0), one(0))
    dual = Logistic().exact_dual(Fraction(float(v[0])), Fraction(y))
    assert dual is not None
    rest = oracle.softplus(-y * Fraction(z)) + Fraction(float(v[0])) * Fraction(z) - dual
    assert 0 <= rest <= Fraction(1, 10**14)


@smooth_losses
def test_answer_and_rate_are_derivatives(loss: Loss) -> None:
    y = targets_for(loss, 40, seed=3)
    z = 2.0 * np.random.default_rng(4).standard_normal(40)
    zero, h = np.zeros(40), 1e-6
    v, rate = loss.answer(z, y, zero, zero)
    slope = (loss.value(z + h, y) - loss.value(z - h, y)) / (2 * h)
    assert v == pytest.approx(-slope, abs=1e-7)
    up, down = (loss.answer(z + s, y, zero, zero)[0] for s in (h, -h))
    assert rate == pytest.approx((down - up) / (2 * h), abs=1e-7)


@pytest.mark.parametrize("pull", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("loss", RATIONAL, ids=repr)
def test_pulled_answer_beats_a_grid_of_the_domain(loss: Loss, pull: float) -> None:
    rng = np.random.default_rng(7)
    for y in targets_for(loss, 10, seed=8).tolist():
        z, anchor = rng.standard_normal(2)
        low, high = loss.domain(Fraction(y))
        ends = (-400 if low is None else low, 400 if high is None else high)
        grid = np.linspace(float(ends[0]), float(ends[1]), 4001)

        def height(v: Any, y: float = y, z: float = z, anchor: float = anchor) -> Any:
            return loss.dual_value(v, np.full(len(v), y)) - v * z - pull / 2 * (v - anchor) ** 2

        v, rate = loss.answer(one(z), one(y), one(anchor), one(pull))
        assert loss.exact_dual(Fraction(float(v[0])), Fraction(y)) is not None
        assert height(v)[0] >= height(grid).max() - 1e-12
        h = 1e-7
        up, down = (loss.answer(one(z + s), one(y), one(anchor), one(pull))[0] for s in (h, -h))
        assert rate[0] == pytest.approx((down - up)[0] / (2 * h), rel=1e-5, abs=1e-5)


@every_loss
@given(st.data())
def test_float_dual_is_the_exact_one(loss: Loss, data: st.DataObject) -> None:
    y = data.draw(targets(loss))
    v = data.draw(duals(loss, y))
    exact = loss.exact_dual(v, y)
    assert exact is not None
    found = loss.dual_value(one(v), one(y))[0]
    assert found == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


@every_loss
def test_dual_slope_is_the_derivative(loss: Loss) -> None:
    h = 1e-7
    for y in targets_for(loss, 6).tolist():
        low, high = loss.domain(Fraction(y))
        low, high = (
            float(end) for end in (-3 if low is None else low, 3 if high is None else high)
        )
        v = low + (high - low) * np.linspace(0.05, 0.95, 19)
        side = np.full(19, y)
        numeric = (loss.dual_value(v + h, side) - loss.dual_value(v - h, side)) / (2 * h)
        assert loss.dual_slope(v, side) == pytest.approx(numeric, abs=1e-5)


@every_loss
@given(st.data())
def test_domain_is_where_the_conjugate_is_finite(loss: Loss, data: st.DataObject) -> None:
    y = data.draw(targets(loss))
    for end, sign in zip(loss.domain(y), (-1, 1), strict=True):
        if end is None:
            assert loss.exact_dual(sign * Fraction(10) ** 9, y) is not None
            continue
        assert loss.exact_dual(end, y) is not None
        assert loss.exact_dual(end + sign * Fraction(1, 10**50), y) is None
        # Beyond the end l(z) + v z falls without bound.
        beyond, far = end + sign * Fraction(1, 100), -sign * Fraction(5000)
        near, there = (defined(loss, z, y) for z in (Fraction(0), far))
        assert near is not None
        assert there is not None
        assert there + beyond * far < near - 30


@pytest.mark.parametrize("loss", NUMBERS, ids=repr)
@given(st.data(), OUTPUTS, st.sampled_from([Fraction(1, 8), Fraction(64), Fraction(1, 3)]))
def test_rescaled_is_the_same_loss_in_other_units(
    loss: Loss, data: st.DataObject, z: Fraction, unit: Fraction
) -> None:
    y = data.draw(targets(loss))
    other, factor = loss.rescaled(unit)
    mine, its = defined(loss, unit * z, unit * y), defined(other, z, y)
    assert (mine is None) == (its is None)
    assert mine is None or its is None or mine == factor * its


@given(st.fractions(-5, 5), st.fractions(-5, 5))
def test_special_cases_agree(z: Fraction, y: Fraction) -> None:
    assert Huber(10).exact_value(z, y) == Squared().exact_value(z, y)
    absolute = Absolute().exact_value(z, y)
    assert absolute is not None
    assert Quantile(0.5).exact_value(z, y) == absolute / 2
    small = Huber(Fraction(1, 10**9)).exact_value(z, y)
    assert small is not None
    assert 0 <= absolute - small * 10**9 <= Fraction(1, 10**9)


@finite_losses
def test_expression_is_the_sum(loss: Loss) -> None:
    cvxpy = pytest.importorskip("cvxpy")
    y, z = targets_for(loss, 8), np.random.default_rng(2).standard_normal(8)
    weights = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 1.0, 3.0, 0.0])
    expression = loss.expression(cvxpy, cvxpy.Constant(z), y, weights)
    assert expression.is_convex()
    expected = sum(w * simple(loss, b, Fraction(a)) for w, a, b in zip(weights, y, z, strict=True))
    assert float(expression.value) == pytest.approx(expected, rel=1e-12)


def test_interpolation_asks_nothing_of_rows_without_weight() -> None:
    cvxpy = pytest.importorskip("cvxpy")
    y, weights = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    for z, expected in (([1.0, 5.0], 0.0), ([2.0, 2.0], np.inf)):
        expression = Interpolation().expression(cvxpy, cvxpy.Constant(z), y, weights)
        assert expression.value == expected


@every_loss
def test_a_loss_is_known_by_name_and_parameters(loss: Loss) -> None:
    again = named_loss(loss.name, dict(loss.parameters))
    assert again == loss
    assert hash(again) == hash(loss)
    assert all(again != other for other in LOSSES if other is not loss)
    assert repr(loss).startswith(type(loss).__name__)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: named_loss("huge", {}), r"'huge' is unknown; known: squared"),
        (lambda: named_loss("squared", {"delta": 1}), "squared"),
        (lambda: Huber(0), "delta = 0 must be above 0"),
        (lambda: Huber(-1.5), "delta"),
        (lambda: Huber(float("nan")), "delta"),
        (lambda: Huber("wide"), "delta"),
        (lambda: Quantile(0), "level = 0 must be between 0 and 1"),
        (lambda: Quantile(1), "level"),
        (lambda: Quantile(None), "level"),
    ],
)
def test_bad_parameters_are_refused(make: Callable[[], Loss], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("loss", [Squared(), Huber(1), Absolute(), Hinge()], ids=repr)
@pytest.mark.parametrize("size", [1e-300, 1e160, 1.7e308])
def test_values_beyond_float64_are_infinite_never_nan(loss: Loss, size: float) -> None:
    z = np.array([size, -size, 0.0])
    y = np.array([-1.0, 1.0, 1.0]) * (size if loss.scales else 1.0)
    assert (loss.value(z, y) >= 0).all()
    v, rate = loss.answer(np.array([0.5]), np.array([1.0]), np.zeros(1), np.full(1, 5e-324))
    assert np.isfinite(v).all()
    assert np.isfinite(rate).all()


def test_huge_parameters_do_not_break_anything() -> None:
    assert "delta" in repr(Huber("1e400"))
    assert Huber("1e400").exact_value(Fraction(3), Fraction(1)) == 2
