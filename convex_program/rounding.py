"""Rational numbers: sums, rounding to floats in a chosen direction, square roots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def round_up(value: Fraction) -> float:
    """Return the least float64 that is not below a rational number (maybe infinity)."""
    try:
        nearest = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.nextafter(math.inf, 0.0)
    # Adding zero turns -0.0 into 0.0.
    return (nearest if Fraction(nearest) >= value else math.nextafter(nearest, math.inf)) + 0.0


def round_down(value: Fraction) -> float:
    """Return the largest float64 that is not above a rational number (maybe -infinity)."""
    return -round_up(-value) + 0.0


def relative_gap(upper: Fraction, lower: Fraction) -> float:
    """Return ``(upper - lower) / upper``, rounded up: 0 without a gap, infinite for one over 0."""
    if upper == lower:
        return 0.0
    return round_up((upper - lower) / upper) if upper > 0 else math.inf


def root_up(value: Fraction) -> float:
    """Return a float64 not below the square root of a rational number >= 0, next to it."""
    root = _root(value)
    while Fraction(root) ** 2 < value:
        root = math.nextafter(root, math.inf)
    return root


def root_down(value: Fraction) -> float:
    """Return a float64 not above the square root of a rational number >= 0, next to it."""
    root = _root(value)
    while Fraction(root) ** 2 > value:
        root = math.nextafter(root, 0.0)
    return root


def over_one_denominator(*lists: Sequence[Fraction]) -> tuple[int, list[list[int]]]:
    """Return a denominator and the numerators over it: integers are added many times faster."""
    unit = math.lcm(*{value.denominator for values in lists for value in values})
    return unit, [
        [value.numerator * (unit // value.denominator) for value in values] for values in lists
    ]


def exact_sum(terms: Sequence[Fraction]) -> Fraction:
    """Add rational numbers."""
    unit, (numerators,) = over_one_denominator(terms)
    return Fraction(sum(numerators), unit)


def _root(value: Fraction) -> float:
    """Return the square root of a rational number to nearly full precision."""
    if value == 0:
        return 0.0
    # Bring the quotient near 2**128 by an even shift, so that isqrt keeps 64 bits.
    shift = 128 - value.numerator.bit_length() + value.denominator.bit_length()
    shift += shift % 2
    scaled = value * Fraction(2) ** shift
    return math.ldexp(float(math.isqrt(int(scaled))), -shift // 2)
