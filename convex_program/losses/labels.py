"""Targets that are two classes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convex_program.errors import ArgumentError
from convex_program.losses.base import read_all


@dataclass(frozen=True, slots=True)
class Labels:
    """Two classes as signs.

    Parameters
    ----------
    signs : tuple of Fraction
        -1 for the first class, +1 for the second.
    classes : pair
        The classes as given, the one that stands for -1 first.
    """

    signs: tuple[Fraction, ...]
    classes: tuple[Any, Any]


def read_labels(y: Any) -> Labels:
    """Return labels -1/+1, 0/1, booleans or two texts as signs; texts in alphabetical order.

    Raises
    ------
    ArgumentError
        When y is anything else; it names an entry.
    """
    entries = read_all(y, "label")
    if all(isinstance(entry, str) for entry in entries):
        kinds = sorted(set(entries))
        if len(kinds) > 2:  # noqa: PLR2004 - two classes
            raise ArgumentError(f"y holds {len(kinds)} classes ({', '.join(kinds[:4])}); this loss takes two")
        # One class alone: nothing says which, so it is the first.
        pair = (kinds[0], kinds[1]) if len(kinds) == 2 else (kinds[0] if kinds else "", "")  # noqa: PLR2004
        return Labels(tuple(Fraction(1 if e == pair[1] else -1) for e in entries), pair)
    seen: list[int] = []
    for index, entry in enumerate(entries):
        value = _whole(entry)
        if value not in (-1, 0, 1):
            raise ArgumentError(
                f"y[{index}] = {entry!r} is not a label; this loss takes -1 and 1, 0 and 1, "
                "booleans, or two texts"
            )
        seen.append(value)
    kinds_seen = set(seen)
    if {0, -1} <= kinds_seen:
        raise ArgumentError("y holds -1 and 0; labels are -1 and 1, or 0 and 1")
    first = -1 if -1 in kinds_seen else 0
    return Labels(tuple(Fraction(1 if v == 1 else -1) for v in seen), (first, 1))


def _whole(entry: Any) -> int | None:
    try:
        value = Fraction(entry) if not isinstance(entry, str) else None
    except (TypeError, ValueError, OverflowError):
        return None
    return int(value) if value is not None and value.denominator == 1 else None
