"""Numbers as arguments: what is none is refused by name, value and remedy."""

from __future__ import annotations

import numbers
import operator
from pathlib import Path
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


def require_limits(*, max_regions: Any = None, **limits: Any) -> None:
    """Refuse limits that are no numbers from 0 on, by name; None is no limit.

    Parameters
    ----------
    max_regions : int, optional
        Counted, so that it is a whole number.
    limits
        Any real numbers, those of numpy among them.

    Raises
    ------
    ArgumentError
        Naming the first that is wrong.
    """
    if max_regions is not None:
        whole_number("max_regions", max_regions)
    for name, value in limits.items():
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if value is not None and not (number and value >= 0):
            raise ArgumentError(f"{name} = {value!r} must be a number, 0 or more")


def path_of(name: str, value: str | Path) -> Path:
    """Return a path given as text or as a path.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    try:
        return Path(value)
    except TypeError:
        raise ArgumentError(f"{name} = {value!r} must be a path: a text or a Path") from None
