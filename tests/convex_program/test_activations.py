"""Activations: values, slopes, identities, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convex_program.activations import (
    AbsoluteValue,
    Activation,
    LeakyReLU,
    ReLU,
    TwoSlope,
    activation_of,
)
from convex_program.errors import ArgumentError

DEFINED: list[tuple[Activation, Callable[[float], float]]] = [
    (ReLU(), lambda t: max(t, 0.0)),
    (AbsoluteValue(), abs),
    (LeakyReLU(), lambda t: t if t > 0 else 0.01 * t),
    (LeakyReLU(-0.5), lambda t: t if t > 0 else -0.5 * t),
    (TwoSlope(2, 3), lambda t: 2 * t if t > 0 else -3 * t),
    (TwoSlope(0, 1), lambda t: max(-t, 0.0)),
]
ACTIVATIONS = [activation for activation, _ in DEFINED]


@pytest.mark.parametrize(("activation", "defined"), DEFINED, ids=[repr(one) for one, _ in DEFINED])
def test_values_are_as_defined(activation: Activation, defined: Callable[[float], float]) -> None:
    t = np.array([-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 4.0])
    assert activation(t).tolist() == [defined(entry) for entry in t.tolist()]
    assert activation(t.reshape(7, 1)).shape == (7, 1)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@given(st.fractions(-9, 9))
def test_two_numbers_say_everything(activation: Activation, t: Fraction) -> None:
    """``phi = on t+ + off t- = kink t+ - off t``, bounded by the steepness."""
    on, off = activation.on, activation.off
    value = on * max(t, Fraction(0)) + off * max(-t, Fraction(0))
    assert value == activation.kink * max(t, Fraction(0)) - off * t
    assert abs(value) <= Fraction(activation.steepness) * abs(t)
    left, right = activation.gains
    assert float(activation(np.array([float(t)]))[0]) == float(t) * (right if t > 0 else left)
    assert float(value) == pytest.approx(float(t) * (right if t > 0 else left), rel=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_slopes_make_the_activation(activation: Activation) -> None:
    again = activation_of(activation.on, activation.off)
    assert again == activation
    assert hash(again) == hash(activation)
    assert type(again) is type(activation)
    assert sum(other == activation for other in ACTIVATIONS) == 1
    assert activation != "relu"


def test_gains_are_never_minus_zero() -> None:
    assert str(ReLU().gains) == "(0.0, 1.0)"


def test_equal_functions_are_equal_by_any_name() -> None:
    assert LeakyReLU(0) == ReLU() == TwoSlope(1, 0)
    assert LeakyReLU(-1) == AbsoluteValue()


def test_slopes_are_read_exactly() -> None:
    assert LeakyReLU("0.01").slope == Fraction(1, 100)
    assert LeakyReLU(0.01).slope == Fraction(0.01) != Fraction(1, 100)
    assert LeakyReLU("1/3").steepness == 1.0
    assert Fraction(TwoSlope("1/3", 0).steepness) >= Fraction(1, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoSlope(0, 0), "on = off = 0"),
        (lambda: LeakyReLU(float("nan")), "slope"),
        (lambda: LeakyReLU("steep"), "slope"),
        (lambda: LeakyReLU(None), "slope"),
        (lambda: TwoSlope(1, float("inf")), "off"),
        (lambda: TwoSlope("1e30", 0), "on = 1e30 is too large; scale the data"),
    ],
)
def test_bad_slopes_are_refused(make: Callable[[], Activation], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()
