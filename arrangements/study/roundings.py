"""Degrees of rounding: what a column becomes when its numbers are kept less precisely."""

from __future__ import annotations

import statistics
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from arrangements.errors import ArgumentError, DataError


class Rounding(ABC):
    """A map of columns of rational numbers.

    Examples
    --------
    >>> import arrangements as ar
    >>> [rounding.name for rounding in (ar.NoRounding(), ar.RoundToDigits(3), ar.Binarize())]
    ['exact', '3 digits', 'binary']
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The name in tables."""

    @abstractmethod
    def apply(self, column: Sequence[Fraction]) -> list[Fraction]:
        """Return the rounded column (n numbers in, n numbers out)."""


@final
@dataclass(frozen=True)
class NoRounding(Rounding):
    """No rounding: the rational numbers themselves.

    Examples
    --------
    >>> import arrangements as ar
    >>> from fractions import Fraction
    >>> ar.NoRounding().apply([Fraction(1, 3)])
    [Fraction(1, 3)]
    """

    @property
    def name(self) -> str:
        """The name in tables."""
        return "exact"

    def apply(self, column: Sequence[Fraction]) -> list[Fraction]:
        """Return the column as it is."""
        return list(column)


@final
@dataclass(frozen=True)
class RoundToFloat(Rounding):
    """Each number rounded to the nearest float64.

    Examples
    --------
    >>> import arrangements as ar
    >>> from fractions import Fraction
    >>> ar.RoundToFloat().apply([Fraction(1, 3)]) == [Fraction(1 / 3)]
    True
    """

    @property
    def name(self) -> str:
        """The name in tables."""
        return "float"

    def apply(self, column: Sequence[Fraction]) -> list[Fraction]:
        """Return the rationals that the floats store."""
        try:
            return [Fraction(float(entry)) for entry in column]
        except OverflowError:
            raise DataError(
                "a number is too large for a float64; divide the data by a power of ten first"
            ) from None


_MOST_DIGITS = 100_000
"""A power of ten beyond this takes long to write down; exponents that are read end here too."""


@final
@dataclass(frozen=True)
class RoundToDigits(Rounding):
    """Decimal digits of the column's largest number: 3 digits of a column up to 78.9 are tenths.

    Halves go to the even neighbour.

    Examples
    --------
    >>> import arrangements as ar
    >>> from fractions import Fraction
    >>> [str(value) for value in ar.RoundToDigits(2).apply([Fraction("7.89"), Fraction("0.12")])]
    ['79/10', '1/10']
    """

    digits: int

    def __post_init__(self) -> None:
        """Refuse fewer than one digit, and more than any number that is read has."""
        if type(self.digits) is not int or self.digits < 1:
            raise ArgumentError(f"digits={self.digits!r}: give a whole number of at least 1 digit")
        if self.digits > _MOST_DIGITS:
            raise ArgumentError(
                f"digits={self.digits}: at most {_MOST_DIGITS:,} digits are kept; NoRounding() "
                "keeps all there are"
            )

    @property
    def name(self) -> str:
        """The name in tables."""
        return "1 digit" if self.digits == 1 else f"{self.digits} digits"

    def apply(self, column: Sequence[Fraction]) -> list[Fraction]:
        """Return multiples of one power of ten."""
        largest = max((abs(entry) for entry in column), default=Fraction())
        if not largest:
            return list(column)
        step = Fraction(10) ** (_exponent(largest) - self.digits)
        return [round(entry / step) * step for entry in column]


@final
@dataclass(frozen=True)
class Binarize(Rounding):
    """1 above the column's median, else 0.

    Examples
    --------
    >>> import arrangements as ar
    >>> from fractions import Fraction
    >>> [int(value) for value in ar.Binarize().apply([Fraction(1), Fraction(2), Fraction(9)])]
    [0, 0, 1]
    """

    @property
    def name(self) -> str:
        """The name in tables."""
        return "binary"

    def apply(self, column: Sequence[Fraction]) -> list[Fraction]:
        """Return zeros and ones."""
        middle = statistics.median(column)
        return [Fraction(int(entry > middle)) for entry in column]


def _exponent(value: Fraction) -> int:
    """Return e with ``10**(e - 1) <= value < 10**e``, for a positive value."""
    # Bits tell the exponent up to one: 0.30103 decimal digits each.
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    exponent = (bits - 1) * 30103 // 100000
    while value >= Fraction(10) ** exponent:
        exponent += 1
    while value < Fraction(10) ** (exponent - 1):
        exponent -= 1
    return exponent
