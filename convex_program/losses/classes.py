"""Targets that are classes, more than two of them: labels, or masses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.reading import read_all, read_numbers

_MOST = 1_000
"""Classes that labels 0, 1, 2, ... may mean: a larger number is hardly a label."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes in the order of the outputs.

    Parameters
    ----------
    names : tuple
        Texts or whole numbers.
    """

    names: tuple[Any, ...]

    @classmethod
    def of(cls, names: Sequence[Any]) -> Classes:
        """Return classes given by a user.

        Raises
        ------
        ArgumentError
            When there are fewer than two, or one stands twice.
        """
        listed = tuple(name.item() if hasattr(name, "item") else name for name in names)
        if len(listed) < 2 or len(set(listed)) < len(listed):  # noqa: PLR2004 - two classes at least
            raise ArgumentError(f"classes = {listed!r}: two or more different classes are needed")
        return cls(listed)


def read_classes(y: Any, known: Classes | None) -> tuple[Classes, list[int]]:
    """Return the classes, and for each label its place among them.

    Raises
    ------
    ArgumentError
        When a label is none, or there is only one class; it names an entry.
    """
    entries = [entry.item() if hasattr(entry, "item") else entry for entry in read_all(y, "label")]
    if known is None:
        known = _found(entries)
    place = {name: index for index, name in enumerate(known.names)}
    places = []
    for index, entry in enumerate(entries):
        if _key(entry) not in place:
            raise ArgumentError(
                f"y[{index}] = {entry!r} is none of the classes "
                f"{', '.join(map(repr, known.names[:10]))}"
            )
        places.append(place[_key(entry)])
    return known, places


def _found(entries: list[Any]) -> Classes:
    """Return the classes that labels show."""
    if all(isinstance(entry, str) for entry in entries):
        return Classes.of(sorted(set(entries)))
    numbers = set()
    for index, entry in enumerate(entries):
        number = _key(entry)
        if not isinstance(number, int) or not 0 <= number < _MOST:
            raise ArgumentError(
                f"y[{index}] = {entry!r} is not a label; this loss takes whole numbers from 0 on, "
                "texts, or masses of shape (n, c)"
            )
        numbers.add(number)
    most = max(numbers, default=0)
    if most == 0:
        raise ArgumentError(
            "y holds one class, 0; give classes=, as in SoftmaxCrossEntropy(classes=[0, 1, 2])"
        )
    return Classes(tuple(range(most + 1)))


def _key(entry: Any) -> Any:
    """Return a label as it stands among the classes: whole numbers as int, of whatever type."""
    if isinstance(entry, str):
        return entry
    try:
        value = Fraction(ar.exact_value(entry))
    except (TypeError, ValueError):
        return None
    return int(value) if value.denominator == 1 else None


def read_masses(columns: list[list[Any]], classes: int) -> list[list[Fraction]]:
    """Return the rows of masses, exactly.

    Raises
    ------
    ArgumentError
        When one is negative, a row has none, or there are more or fewer than classes.
    """
    if len(columns) != classes:
        raise ArgumentError(f"y has {len(columns)} columns, but there are {classes} classes")
    read = [read_numbers(column, f"y[:, {j}]") for j, column in enumerate(columns)]
    rows = [list(row) for row in zip(*read, strict=True)]
    for i, row in enumerate(rows):
        if min(row) < 0 or not any(row):
            raise ArgumentError(
                f"y[{i}] = {[float(mass) for mass in row]}: masses of classes are from 0 on, and "
                "not all 0"
            )
    return rows
