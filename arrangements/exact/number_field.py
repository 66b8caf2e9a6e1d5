"""Real number fields: exact numbers such as the golden ratio, by integer coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import fmpq, fmpq_poly, fmpz_poly, nmod_poly

from arrangements.errors import ArgumentError

Element = tuple[int, ...]
"""Coefficients of 1, a, a^2, ... up to the degree less one."""

_FIRST_BITS = 64


class NumberField:
    """The field Q(a) of a real root a of an irreducible integer polynomial.

    Parameters
    ----------
    polynomial : sequence of int
        Its coefficients, from the constant one up to the leading one, which is 1.
    near : number
        The real root meant is the one nearest to it.

    Raises
    ------
    ArgumentError
        When the polynomial is not monic and irreducible, or has no real root.

    Notes
    -----
    *Exactness.* Powers of a below the degree are independent over the rational numbers, so that an
    element is zero only when its coefficients are.  The sign of any other is found in
    intervals of integers, which are halved until they decide.

    Examples
    --------
    >>> golden = NumberField([-1, -1, 1], 1.6)
    >>> golden.sign((-809, 500)), golden.sign((-1618034, 1000000)), golden.enclosure(10)
    (1, -1, 1656)
    """

    def __init__(self, polynomial: Sequence[int], near: Any) -> None:
        self.polynomial = tuple(int(entry) for entry in polynomial)
        given = f"polynomial = {list(self.polynomial)}"
        if len(self.polynomial) < 2 or self.polynomial[-1] != 1:  # noqa: PLR2004 - degree one
            raise ArgumentError(f"{given} must have degree one or more and end with 1")
        _, factors = fmpz_poly(list(self.polynomial)).factor()
        if len(factors) != 1 or factors[0][1] != 1:
            raise ArgumentError(f"{given} is a product; give its factor that has the root")
        intervals = _real_roots(self.polynomial)
        if not intervals:
            raise ArgumentError(f"{given} has no real root")
        target = Fraction(near)
        distances = [abs((low + high) / 2 - target) for low, high in intervals]
        self._index = distances.index(min(distances))
        self._low, self._high, self._bits = _dyadic(intervals, self._index)
        self._rising = self.degree == 1 or self._value(self._high, self._bits) > 0
        self._modulus = fmpq_poly(list(map(int, self.polynomial)))
        self._bound = 1 + max(map(abs, self.polynomial[:-1]))

    @property
    def degree(self) -> int:
        """The degree of the field over the rational numbers."""
        return len(self.polynomial) - 1

    def enclosure(self, bits: int) -> int:
        """Return the integer k with ``k <= 2**bits * a <= k + 1``."""
        while self._bits < bits + 1 or self._high - self._low > 1:
            if self._high - self._low <= 1:
                self._low, self._high, self._bits = 2 * self._low, 2 * self._high, self._bits + 1
                continue
            middle = (self._low + self._high) // 2
            value = self._value(middle, self._bits)
            # A rational root has degree one, and its interval shrinks to it.
            if value == 0:
                self._low, self._high = middle, middle
            elif (value > 0) == self._rising:
                self._high = middle
            else:
                self._low = middle
        return self._low >> (self._bits - bits)

    def scaled(self, element: Element, bits: int) -> tuple[int, int]:
        """Return integers below and above ``2**bits`` times the element, in intervals."""
        root = self.enclosure(bits)
        low = high = 0
        for entry in reversed(element):
            ends = [end * side for end in (low, high) for side in (root, root + 1)]
            low = (min(ends) >> bits) + (entry << bits)
            high = -(-max(ends) >> bits) + (entry << bits)
        return low, high

    def sign(self, element: Element) -> int:
        """Return -1, 0 or 1, exactly."""
        if not any(element):
            return 0
        bits = _FIRST_BITS
        while True:
            low, high = self.scaled(element, bits)
            if low > 0 or high < 0:
                return 1 if low > 0 else -1
            bits *= 2

    def approximation(self, element: Element) -> Fraction:
        """Return a fraction near an element: it errs by less than ``2**-60`` of it."""
        if not any(element):
            return Fraction()
        bits = 2 * _FIRST_BITS
        while True:
            low, high = self.scaled(element, bits)
            if (high - low) << (_FIRST_BITS - 2) <= min(abs(low), abs(high)):
                return Fraction(low, 1 << bits)
            bits *= 2

    def size(self, element: Element) -> int:
        """Return a bound on the absolute values of the element and all its conjugates."""
        return sum(abs(entry) * self._bound**power for power, entry in enumerate(element))

    def number(self, element: Sequence[Any]) -> fmpq_poly:
        """Return the element as a polynomial in a, for `product` and `inverse`."""
        return fmpq_poly([fmpq(Fraction(v).numerator, Fraction(v).denominator) for v in element])

    def product(self, first: fmpq_poly, second: fmpq_poly) -> fmpq_poly:
        """Return a product of two polynomials in a, reduced."""
        return (first * second) % self._modulus

    def inverse(self, number: fmpq_poly) -> fmpq_poly:
        """Return the inverse of a polynomial in a that is not zero."""
        return number.xgcd(self._modulus)[1]

    def root_modulo(self, prime: int) -> int | None:
        """Return a root of the polynomial modulo a prime, or None."""
        reduced = nmod_poly([entry % prime for entry in self.polynomial], prime)
        roots = sorted(int(root) for root, multiplicity in reduced.roots() if multiplicity == 1)
        return roots[0] if roots else None

    def _value(self, numerator: int, bits: int) -> int:
        """Return ``2**(bits * degree)`` times the polynomial's value at ``numerator / 2**bits``."""
        value = 0
        for power, entry in enumerate(reversed(self.polynomial)):
            value = value * numerator + (entry << (bits * power))
        return value

    def __eq__(self, other: object) -> bool:
        """Return whether polynomial and root are the same."""
        if not isinstance(other, NumberField):
            return NotImplemented
        return (self.polynomial, self._index) == (other.polynomial, other._index)

    def __hash__(self) -> int:
        """Hash the polynomial."""
        return hash(self.polynomial)

    def __reduce__(self) -> tuple[Any, ...]:
        """Make the same field elsewhere."""
        near = Fraction(self._low + self._high, 2 << self._bits)
        return NumberField, (self.polynomial, near)

    def __repr__(self) -> str:
        """One line: polynomial and root."""
        near = self.enclosure(_FIRST_BITS) / 2**_FIRST_BITS
        return f"NumberField({list(self.polynomial)}, {near:.12g})"


def _real_roots(polynomial: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Return disjoint intervals around the real roots, ascending."""
    found = []
    for root, _ in fmpz_poly(list(polynomial)).complex_roots():
        if root.imag == 0:
            middle, radius = _fraction(root.real.mid()), _fraction(root.real.rad())
            found.append((middle - radius, middle + radius))
    return sorted(found)


def _fraction(ball: Any) -> Fraction:
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _dyadic(intervals: list[tuple[Fraction, Fraction]], index: int) -> tuple[int, int, int]:
    """Return integers and bits: an interval around one root that reaches no other."""
    gap = min((there[0] - here[1] for here, there in pairwise(intervals)), default=Fraction(1))
    bits = max(2, 4 + gap.denominator.bit_length() - gap.numerator.bit_length())
    low, high = (end * (1 << bits) for end in intervals[index])
    return math.floor(low), math.ceil(high), bits
