"""What the standalone checker prints is true as it stands: rounded up above, rounded down below."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from oracles.standalone import checker

RATIONALS = st.fractions(max_denominator=10**30) | st.fractions(0, 1, max_denominator=10**30)


@given(RATIONALS)
def test_bounds_are_rounded_away_from_what_they_bound(value: Fraction) -> None:
    assert Fraction(float(checker.digits(value, -1))) <= value
    assert value <= Fraction(float(checker.digits(value, 1)))


def test_a_third_lies_strictly_between() -> None:
    # 1/3 is no float: the nearest one is below it, so the upper end is another.
    assert float(checker.digits(Fraction(1, 3), -1)) == 1 / 3
    assert Fraction(float(checker.digits(Fraction(1, 3), 1))) > Fraction(1, 3)
    assert Fraction(float(checker.digits(Fraction(2, 3), -1))) <= Fraction(2, 3)
