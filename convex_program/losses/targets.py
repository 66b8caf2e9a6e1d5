"""Targets as a problem holds them: flat, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convex_program.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Targets:
    """What a loss compares outputs with, read exactly.

    Parameters
    ----------
    values : tuple of n c Fraction
        Entry (i, j) of n rows and c outputs stands at place i c + j.
    outputs : int
        c.
    """

    values: tuple[Fraction, ...]
    outputs: int

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[Fraction]]) -> Targets:
        """Return the targets of which the columns are given."""
        return cls(
            tuple(entry for row in zip(*columns, strict=True) for entry in row), len(columns)
        )

    def rows(self) -> list[tuple[Fraction, ...]]:
        """Return one tuple for each row."""
        c = self.outputs
        return [self.values[i : i + c] for i in range(0, len(self.values), c)]


def columns_of(y: Any) -> list[list[Any]] | None:
    """Return the columns of an array-like of shape (n, c) with c > 1, else None.

    Raises
    ------
    ArgumentError
        When rows differ in length.
    """
    values = y.to_numpy() if hasattr(y, "to_numpy") else y
    if isinstance(values, (str, bytes, AbstractSet, Mapping)):
        return None
    if isinstance(values, np.ndarray):
        if values.ndim != 2 or values.shape[1] <= 1:  # noqa: PLR2004 - rows and columns
            return None
        return [list(column) for column in values.T]
    if not isinstance(values, (list, tuple)):
        return None
    lengths = [len(row) if isinstance(row, (list, tuple, np.ndarray)) else 1 for row in values]
    if max(lengths, default=1) <= 1:
        return None
    for i, length in enumerate(lengths):
        if length != lengths[0]:
            raise ArgumentError(
                f"y[{i}] has {length} entries, y[0] has {lengths[0]}; one for each output is needed"
            )
    return [[row[j] for row in values] for j in range(lengths[0])]
