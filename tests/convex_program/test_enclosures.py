"""Rational bounds of log(1 + exp t) and of the entropy, against 80 digits of the decimal module."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from oracles import losses as oracle

from convex_program.enclosures import entropy_below, softplus_above

CLOSE = Fraction(1, 10**80)
"""What the oracle may be wrong by, relatively: it has more digits."""

SLACK = Fraction(1, 10**40)


@st.composite
def arguments(draw: st.DrawFn) -> Fraction:
    """Draw rational numbers of any size, short and long."""
    kind = draw(st.sampled_from(["float", "long", "small", "large"]))
    if kind == "float":
        return Fraction(draw(st.floats(-3000, 3000)))
    if kind == "long":
        return Fraction(draw(st.integers(-(10**300), 10**300)), draw(st.integers(1, 10**300)))
    number = Fraction(draw(st.integers(-999, 999)), 7)
    power = 10 ** draw(st.integers(0, 300))
    return number / power if kind == "small" else number * power


@st.composite
def probabilities(draw: st.DrawFn) -> Fraction:
    """Draw numbers between 0 and 1, many of them next to an end."""
    part = draw(st.fractions(0, 1, max_denominator=10**30))
    p = part / 2 ** draw(st.sampled_from([0, 0, 1, 10, 200, 1074, 4000]))
    return draw(st.sampled_from([p, 1 - p]))


@given(arguments())
@example(Fraction(0))
@example(Fraction(10) ** 300)
@example(-(Fraction(10) ** 300))
@example(Fraction(1, 10**300))
@example(Fraction(-1, 10**300))
@example(Fraction(-2048))
@example(Fraction(-2048) + Fraction(1, 2**300))
@example(Fraction(2048))
@example(Fraction(3, 10**400))
def test_softplus_is_above_and_close(t: Fraction) -> None:
    above = softplus_above(t)
    if t < -4000:  # below what the oracle has to say
        assert 0 < above < SLACK
        return
    true = oracle.softplus(t)
    assert above >= true * (1 - CLOSE)
    assert above - true <= SLACK * max(1, true)


@given(st.floats(-2047, -0.1).map(Fraction))
def test_softplus_of_negative_arguments_is_close_relatively(t: Fraction) -> None:
    assert softplus_above(t) <= oracle.softplus(t) * (1 + SLACK)


@given(probabilities())
@example(Fraction(1, 2))
@example(Fraction(1, 3))
@example(Fraction(1, 10**300))
@example(1 - Fraction(1, 10**300))
@example(Fraction(2**60 - 1, 2**61))
def test_entropy_is_below_and_close_relatively(p: Fraction) -> None:
    below, true = entropy_below(p), oracle.entropy(p)
    assert 0 <= below <= true * (1 + CLOSE)
    assert true - below <= SLACK * true


@pytest.mark.parametrize("end", [0, 1])
def test_entropy_is_zero_at_the_ends(end: int) -> None:
    assert entropy_below(Fraction(end)) == 0


def test_oracle_knows_log_2() -> None:
    """ln 2 = sum 1/(k 2^k): another series than the package's and the decimal module's."""
    log = sum(Fraction(1, k * 2**k) for k in range(1, 400))
    assert abs(oracle.softplus(Fraction(0)) - log) < CLOSE
    assert abs(oracle.entropy(Fraction(1, 2)) - log) < CLOSE


@given(arguments(), probabilities())
def test_bounds_are_dyadic_and_short(t: Fraction, p: Fraction) -> None:
    short = [softplus_above(t), entropy_below(p)]
    for value in short:
        assert value.denominator & (value.denominator - 1) == 0
    whole = int(abs(t)).bit_length()
    assert short[0].denominator.bit_length() < 3300
    assert short[0].numerator.bit_length() < 500 + whole
    assert short[1].numerator.bit_length() < 500


def test_a_bound_on_the_wrong_side_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above have teeth: with a logarithm of 2 that is 2**-200 off they fail."""
    import convex_program.enclosures as module

    off = module._ONE >> 200
    monkeypatch.setattr(module, "_LN2_BELOW", module._LN2_BELOW + off)
    monkeypatch.setattr(module, "_LN2_ABOVE", module._LN2_ABOVE - off)
    assert softplus_above(Fraction(-9)) < oracle.softplus(Fraction(-9)) * (1 - CLOSE)
    assert entropy_below(Fraction(1, 4)) > oracle.entropy(Fraction(1, 4)) * (1 + CLOSE)
