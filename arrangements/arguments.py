"""Whole numbers as arguments: what is none is refused by name, value and remedy."""

from __future__ import annotations

import operator
from typing import Any

from arrangements.errors import ArgumentError


def whole_number(name: str, value: Any, least: int = 0) -> int:
    """Return a whole number of any integer type.

    Raises
    ------
    ArgumentError
        For anything else (True and 2.5 too), and below `least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise ArgumentError(f"{name} = {value!r} must be a whole number, {least} or more")
    return number
