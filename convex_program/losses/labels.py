"""Targets that are two classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.reading import read_all

_TAKEN = "this loss takes -1 and 1, 0 and 1, booleans, or two texts"


@dataclass(frozen=True, slots=True)
class Labels:
    """Two classes as signs.

    Parameters
    ----------
    signs : tuple of Fraction
        -1 for the first class, +1 for the second.
    classes : pair
        The first class and the second: texts as given, -1 or 0 and 1 for numbers and booleans.
    """

    signs: tuple[Fraction, ...]
    classes: tuple[Any, Any]


def read_labels(y: Any) -> Labels:
    """Return labels -1/+1, 0/1, booleans or two texts as signs.

    Texts that spell numbers, such as "-1" and "+1", are read as numbers; others stand in
    alphabetical order, and one alone is the first class.

    Raises
    ------
    ArgumentError
        When y is anything else; it names an entry.

    Examples
    --------
    >>> read_labels(["no", "yes", "no"]).signs
    (Fraction(-1, 1), Fraction(1, 1), Fraction(-1, 1))
    """
    entries = read_all(y, "label")
    texts = [entry for entry in entries if isinstance(entry, str)]
    if not texts:
        return _of_numbers(entries)
    if len(texts) < len(entries):
        index = next(i for i, entry in enumerate(entries) if not isinstance(entry, str))
        raise ArgumentError(
            f"y[{index}] = {entries[index]!r} is not a text, other entries are; {_TAKEN}"
        )
    spelled = [_spelled(text) for text in texts]
    if not set(spelled) <= {-1, 0, 1}:
        return _of_texts(texts)
    signs = _of_numbers(spelled).signs
    given = dict(zip(signs, texts, strict=True))
    return Labels(signs, (given.get(Fraction(-1), ""), given.get(Fraction(1), "")))


def _of_texts(texts: Sequence[str]) -> Labels:
    kinds = sorted(set(texts))
    if len(kinds) > 2:  # noqa: PLR2004 - two classes
        third = list(dict.fromkeys(texts))[2]
        raise ArgumentError(
            f"y holds {len(kinds)} classes, y[{texts.index(third)}] = {third!r} is of a third; "
            f"{_TAKEN}"
        )
    first, second = kinds[0], kinds[1] if len(kinds) == 2 else ""  # noqa: PLR2004
    return Labels(tuple(Fraction(-1 if text == first else 1) for text in texts), (first, second))


def _of_numbers(entries: Sequence[Any]) -> Labels:
    seen: dict[Fraction, int] = {}
    values = []
    for index, entry in enumerate(entries):
        value = _number(entry)
        if value is None or value not in (-1, 0, 1):
            raise ArgumentError(f"y[{index}] = {entry!r} is not a label; {_TAKEN}")
        seen.setdefault(value, index)
        values.append(value)
    if -1 in seen and 0 in seen:
        i, j = seen[Fraction(-1)], seen[Fraction(0)]
        raise ArgumentError(f"y[{i}] = -1 and y[{j}] = 0 do not go together; {_TAKEN}")
    signs = tuple(Fraction(1 if value == 1 else -1) for value in values)
    return Labels(signs, (-1 if -1 in seen else 0, 1))


def _number(entry: Any) -> Fraction | None:
    try:
        return Fraction(ar.exact_value(entry))
    except (TypeError, ValueError):
        return None


def _spelled(text: str) -> Fraction | None:
    try:
        return Fraction(ar.decimal_value(text))
    except ValueError:
        return None
