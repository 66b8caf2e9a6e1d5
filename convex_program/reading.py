"""Numbers that users give, read exactly: floats as stored, texts as the decimals they spell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError


def read_number(name: str, value: Any, wanted: str = "") -> Fraction:
    """Return an argument exactly.

    Parameters
    ----------
    name : str
        How errors call it.
    value : number or text
    wanted : str
        What it has to be, for errors.

    Raises
    ------
    ArgumentError
        When it is no finite number.

    Examples
    --------
    >>> read_number("beta", "0.1"), read_number("beta", 0.5)
    (Fraction(1, 10), Fraction(1, 2))
    """
    try:
        return ar.decimal_value(value) if isinstance(value, str) else ar.exact_value(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: {error}{wanted and '; '}{wanted}") from None


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


def read_between(name: str, value: Any, low: int, high: int | None = None) -> Fraction:
    """Return a parameter exactly: a float as stored, a text as the decimal it spells.

    Raises
    ------
    ArgumentError
        When it is not a number above `low` and, if given, below `high`.
    """
    exact = read_number(name, value)
    if exact <= low or (high is not None and exact >= high):
        wanted = f"above {low}" if high is None else f"between {low} and {high}, both excluded"
        raise ArgumentError(f"{name} = {value} must be {wanted}")
    return exact


def read_all(y: Any, kind: str, name: str = "y") -> Sequence[Any]:
    """Return the entries of a sequence or of a column of shape (n, 1).

    Raises
    ------
    ArgumentError
        When y is neither; ``kind`` says in the message what is needed.
    """
    values = y.to_numpy() if hasattr(y, "to_numpy") else y
    try:
        # Sets have no order, mappings would be read as their keys.
        listed = None if isinstance(values, (str, bytes, AbstractSet, Mapping)) else list(values)
    except TypeError:
        listed = None
    if listed is None:
        raise ArgumentError(f"{name} = {y!r} is not a sequence of {kind}s")
    entries = []
    for value in listed:
        row = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
        if len(row) != 1:
            raise ArgumentError(
                f"{name} has shape ({len(listed)}, {len(row)}); one {kind} a row is needed"
            )
        entries.append(row[0])
    return entries
