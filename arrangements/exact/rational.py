"""Reading numbers as the rationals they are, and rows as primitive integer rows."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz

# Each text has one way to match: with two, refusing k digits in a row would take 2^k steps.
_DECIMAL = re.compile(r"[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?|[+-]?\d+/\d+", re.ASCII)

_MANTISSA = 53
LONGEST_NUMERAL = 4300
"""Characters of the longest number that is read: the default of Python, which a process may lift."""


def exact_value(number: Any) -> Fraction:
    """Return the rational number that `number` stores.

    Integers, `Fraction` and `Decimal` are themselves; a binary float of any width is
    the dyadic rational it holds (0.1 is 3602879701896397/2**55).

    Raises
    ------
    ValueError
        For NaN and infinities.
    TypeError
        For anything that is not a real number, text included.

    Examples
    --------
    >>> exact_value(0.1)
    Fraction(3602879701896397, 36028797018963968)

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    if isinstance(number, Fraction):
        return number
    if isinstance(number, (bool, np.bool_)):
        return Fraction(int(number))
    if isinstance(number, numbers.Integral):
        return Fraction(int(number))
    if isinstance(number, Decimal):
        if not number.is_finite():
            raise ValueError(f"{number} is not finite")
        return Fraction(number)
    if isinstance(number, (float, np.floating)):
        if not np.isfinite(number):
            raise ValueError(f"{number} is not finite")
        return Fraction(*number.as_integer_ratio())
    if isinstance(number, numbers.Rational):
        return Fraction(int(number.numerator), int(number.denominator))
    raise TypeError(f"{number!r} of type {type(number).__name__} is not a real number")


def decimal_value(text: str) -> Fraction:
    """Return the rational number that `text` spells: ``"0.1"`` is 1/10, ``"2/3"`` is 2/3.

    Raises
    ------
    ValueError
        When the text is not a finite decimal number or a quotient of integers, or is longer than
        `LONGEST_NUMERAL` characters.

    Examples
    --------
    >>> decimal_value("0.1"), decimal_value("-2/6")
    (Fraction(1, 10), Fraction(-1, 3))

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    stripped = text.strip()
    if len(stripped) > LONGEST_NUMERAL:
        raise ValueError(f"a number of {len(stripped)} characters is longer than {LONGEST_NUMERAL}")
    if _DECIMAL.fullmatch(stripped) is None:
        raise ValueError(f"{text!r} is not a decimal number")
    try:
        return Fraction(stripped)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by zero") from None


def primitive(row: Sequence[Fraction]) -> tuple[tuple[int, ...], Fraction]:
    """Write ``row = scale * integers`` with coprime integers and a positive scale.

    A zero row is returned with scale 1.
    """
    common = math.lcm(*(entry.denominator for entry in row))
    integers = [entry.numerator * (common // entry.denominator) for entry in row]
    divisor = math.gcd(*integers)
    if divisor == 0:
        return tuple(integers), Fraction(1)
    return tuple(entry // divisor for entry in integers), Fraction(divisor, common)


def primitive_of_integers(row: Sequence[int]) -> tuple[int, ...]:
    """Divide an integer row by the greatest common divisor of its entries."""
    divisor = math.gcd(*row)
    return tuple(row) if divisor <= 1 else tuple(entry // divisor for entry in row)


def integer_text(number: int) -> str:
    """Return the decimal digits of an integer of any length.

    Python refuses more than 4300 digits, as a defence for servers; FLINT does not.

    Examples
    --------
    >>> integer_text(-12)
    '-12'

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    return str(fmpz(number))


def integer_value(text: str) -> int:
    """Return the integer that decimal digits spell, of any length.

    Raises
    ------
    ValueError
        When the text is anything else.

    Examples
    --------
    >>> integer_value("-12")
    -12

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    return int(fmpz(text))


def fraction_text(value: Fraction) -> str:
    """Return a rational number as "p/q", or "p" when it is an integer.

    Examples
    --------
    >>> fraction_text(Fraction(1, 3)), fraction_text(Fraction(4, 2))
    ('1/3', '2')

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    numerator = integer_text(value.numerator)
    return numerator if value.denominator == 1 else f"{numerator}/{integer_text(value.denominator)}"


def fraction_value(text: str) -> Fraction:
    """Undo `fraction_text`.

    Raises
    ------
    ValueError
        When the text is anything else, or divides by zero.

    Examples
    --------
    >>> fraction_value("-1/3")
    Fraction(-1, 3)

    Notes
    -----
    *Growth.* ``n`` for n digits.
    """
    numerator, _, denominator = text.partition("/")
    bottom = integer_value(denominator or "1")
    if bottom == 0:
        raise ValueError(f"{text!r} divides by zero")
    return Fraction(integer_value(numerator), bottom)


def square_root(value: Fraction) -> float:
    """Return the root of a nonnegative rational, rounded twice; it is never out of range before.

    The value is scaled by a power of four to about one, so that only a root that is itself
    out of the range of float64 underflows (or raises `OverflowError`).
    """
    if value == 0:
        return 0.0
    shift = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    scaled = value / Fraction(4) ** shift
    return math.ldexp(math.sqrt(scaled), shift)


def scaled_float(row: Sequence[int]) -> tuple[float, ...]:
    """Return a positive multiple of an integer row as floats of size about one.

    The entries are rounded: use it to propose, never to decide.
    """
    largest = max((abs(entry) for entry in row), default=0)
    if largest == 0:
        return (0.0,) * len(row)
    shift = largest.bit_length()
    if shift <= _MANTISSA:
        return tuple(math.ldexp(entry, -shift) for entry in row)
    return tuple(float(Fraction(entry, 1 << shift)) for entry in row)
