"""Rows of the data grouped by the lines they span."""

from __future__ import annotations

from dataclasses import dataclass

import arrangements as ar


@dataclass(frozen=True, slots=True)
class Line:
    """The rows on one line through the origin.

    Parameters
    ----------
    direction : tuple of d int
        Coprime; the first entry that is not zero is positive.
    along, against : tuple of int
        The rows that are positive, and negative, multiples of the direction.
    """

    direction: tuple[int, ...]
    along: tuple[int, ...]
    against: tuple[int, ...]

    @property
    def mixed(self) -> bool:
        """Whether rows lie on both sides of the origin."""
        return bool(self.along and self.against)


def lines_of(data: ar.DataMatrix) -> tuple[list[Line], list[int]]:
    """Return the lines of the rows that are not zero, in order of their first rows, and the zero rows."""
    along: dict[tuple[int, ...], list[int]] = {}
    against: dict[tuple[int, ...], list[int]] = {}
    zero = []
    for index, row in enumerate(data.integers):
        first = next((entry for entry in row if entry), 0)
        if first == 0:
            zero.append(index)
            continue
        direction = row if first > 0 else tuple(-entry for entry in row)
        along.setdefault(direction, [])
        against.setdefault(direction, [])
        (along if first > 0 else against)[direction].append(index)
    return [Line(key, tuple(along[key]), tuple(against[key])) for key in along], zero
