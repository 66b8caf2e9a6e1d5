"""Targets that are numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.losses.base import read_all


def read_numbers(y: Any, name: str = "y") -> tuple[Fraction, ...]:
    """Return targets exactly: floats as stored, decimals and fractions as they are.

    Raises
    ------
    ArgumentError
        When y is not a sequence of numbers; it names the entry.
    """
    if isinstance(y, tuple) and all(isinstance(value, Fraction) for value in y):
        return y
    exact = []
    for index, value in enumerate(read_all(y, "number", name)):
        try:
            exact.append(ar.exact_value(value))
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"{name}[{index}]: {error}; one number a row is needed") from None
    return tuple(exact)


def parameter(name: str, value: Any, low: int, high: int | None = None) -> Fraction:
    """Return a parameter exactly: a float as stored, a text as the decimal it spells.

    Raises
    ------
    ArgumentError
        When it is not a number above `low` and, if given, below `high`.
    """
    try:
        exact = ar.decimal_value(value) if isinstance(value, str) else ar.exact_value(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: {error}") from None
    if exact <= low or (high is not None and exact >= high):
        wanted = f"above {low}" if high is None else f"between {low} and {high}, both excluded"
        raise ArgumentError(f"{name} = {value} must be {wanted}")
    return exact
