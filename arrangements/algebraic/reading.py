"""Real algebraic numbers of SymPy as elements of one number field."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from arrangements.errors import DataError
from arrangements.exact import Element, NumberField, exact_value
from arrangements.extras import extra

_DIGITS = 60
"""To which a root is evaluated, to tell it from its conjugates."""


def read_numbers(rows: Sequence[Sequence[Any]]) -> tuple[NumberField, list[list[Element]]]:
    """Return a field that holds all entries, and each row as integers times a positive number.

    Parameters
    ----------
    rows : n rows of d numbers
        SymPy's real algebraic numbers, and whatever a data matrix takes.

    Raises
    ------
    DataError
        Naming row and column of an entry that is no such number.
    """
    with extra:
        import sympy

    theta: Any = None
    table: list[list[Any]] = []
    for i, row in enumerate(rows):
        table.append([_entry(entry, f"row {i}, column {j}") for j, entry in enumerate(row)])
    irrational = dict.fromkeys(e for row in table for e in row if not isinstance(e, Fraction))
    for entry in irrational:
        theta = entry if theta is None else _extended(sympy, theta, entry)
    if theta is None:
        field, lead = NumberField((0, 1), 0), 1
        return field, [_integral([(e,) for e in row], field, lead) for row in table]
    number = sympy.AlgebraicNumber(theta)
    _, minimal = number.minpoly_of_element().clear_denoms(convert=True)
    coefficients = [int(entry) for entry in reversed(minimal.all_coeffs())]
    lead = coefficients[-1]
    # With a root a, the product lead * a is the root of a monic polynomial.
    degree = len(coefficients) - 1
    monic = [c * lead ** (degree - 1 - k) for k, c in enumerate(coefficients[:-1])] + [1]
    near = Fraction(str(sympy.N(lead * number.as_expr(), _DIGITS)))
    field = NumberField(monic, near)
    known = {entry: _coefficients(sympy, entry, number) for entry in irrational}
    return field, [_integral([known.get(e, (e,)) for e in row], field, lead) for row in table]


def read_elements(rows: Sequence[Sequence[Any]], field: NumberField) -> list[list[Element]]:
    """Return rows whose entries are coefficients of powers of the field's root.

    Raises
    ------
    DataError
        Naming row and column of an entry that is not so many integers.
    """
    return [
        [_element(entry, field.degree, f"row {i}, column {j}") for j, entry in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def _element(entry: Any, degree: int, place: str) -> Element:
    try:
        whole = [operator.index(value) for value in entry]
    except TypeError:
        whole = None
    if whole is None or len(whole) > degree:
        raise DataError(f"{place}: {entry!r} is not up to {degree} integers")
    return tuple(whole) + (0,) * (degree - len(whole))


def _entry(entry: Any, place: str) -> Any:
    """Return a fraction, or an irrational algebraic number of SymPy."""
    with extra:
        import sympy

    if isinstance(entry, sympy.Basic):
        if entry.is_Rational:
            return Fraction(int(entry.p), int(entry.q))
        if entry.is_real is False or entry.is_algebraic is not True:
            raise DataError(f"{place}: {entry} is not a real algebraic number")
        simple = sympy.nsimplify(entry) if entry.is_Float else sympy.sqrtdenest(entry)
        polynomial = sympy.minimal_polynomial(simple, sympy.Symbol("x"), polys=True)
        if polynomial.degree() > 1:
            return simple
        one, constant = polynomial.all_coeffs()
        value = -constant / one
        return Fraction(int(value.p), int(value.q))
    try:
        return exact_value(entry)
    except (TypeError, ValueError, AttributeError):
        raise DataError(
            f"{place}: {entry!r} is neither a number nor one of SymPy's real algebraic numbers"
        ) from None


def _extended(sympy: Any, theta: Any, entry: Any) -> Any:
    """Return a number whose powers give another one, too."""
    try:
        sympy.to_number_field(entry, theta)
    except sympy.polys.polyerrors.IsomorphismFailed:
        return sympy.to_number_field([theta, entry]).as_expr()
    return theta


def _coefficients(sympy: Any, entry: Any, number: Any) -> tuple[Fraction, ...]:
    found = sympy.to_number_field(entry, number)
    return tuple(Fraction(int(c.p), int(c.q)) for c in reversed(found.coeffs()))


def _integral(row: Sequence[tuple[Fraction, ...]], field: NumberField, lead: int) -> list[Element]:
    """Return a row as integer coefficients of powers of ``lead * a``, without a common divisor."""
    scaled = [[value / Fraction(lead) ** k for k, value in enumerate(entry)] for entry in row]
    padded = [entry + [Fraction(0)] * (field.degree - len(entry)) for entry in scaled]
    common = math.lcm(*(value.denominator for entry in padded for value in entry))
    whole = [[int(value * common) for value in entry] for entry in padded]
    divisor = math.gcd(*(value for entry in whole for value in entry)) or 1
    return [tuple(value // divisor for value in entry) for entry in whole]
