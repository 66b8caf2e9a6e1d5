"""The straight path between two weight vectors, and the patterns on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from arrangements.arrangement import as_arrangement
from arrangements.packing import Activations
from arrangements.region.record import pattern_off_boundaries, read_weight


@dataclass(frozen=True, eq=False, repr=False)
class Crossing:
    """A moment on the way between two weight vectors at which the pattern changes.

    Parameters
    ----------
    time : Fraction
        Between 0 (start) and 1 (end), exact.
    rows : tuple of int
        All rows that change, ascending: more than one hyperplane when the path meets their
        intersection.
    pattern : (n,) bool
        The pattern just after; read-only.

    Examples
    --------
    >>> import arrangements as ar
    >>> way = ar.path_between([[1, 0], [0, 1]], [1, 1], [1, -3])
    >>> [(str(crossing.time), crossing.rows) for crossing in way.crossings]  # 1 - 4 t = 0
    [('1/4', (1,))]
    """

    time: Fraction
    rows: tuple[int, ...]
    pattern: Activations

    def __repr__(self) -> str:
        """One line: when, which rows."""
        return f"Crossing(time {self.time}, rows {', '.join(map(str, self.rows))})"


@dataclass(frozen=True, eq=False, repr=False)
class Path:
    """The patterns on a straight line between two weight vectors.

    Parameters
    ----------
    start : (n,) bool
        The pattern of the first vector; read-only.
    crossings : tuple of Crossing
        In the order of time.

    Examples
    --------
    >>> import arrangements as ar
    >>> way = ar.path_between([[1, 0], [0, 1]], [1, 1], [1, -3])
    >>> way.start.tolist(), way.end.tolist(), len(way)
    ([True, True], [True, False], 1)
    """

    start: Activations
    crossings: tuple[Crossing, ...]

    @property
    def end(self) -> Activations:
        """The pattern of the last vector."""
        return self.crossings[-1].pattern if self.crossings else self.start

    def __len__(self) -> int:
        """Return the number of crossings."""
        return len(self.crossings)

    def __repr__(self) -> str:
        """One line: how many crossings."""
        rows = sum(len(crossing.rows) for crossing in self.crossings)
        return f"Path({len(self)} crossings of {rows} rows)"


def path_between(data: Any, start: Sequence[Any], end: Sequence[Any]) -> Path:
    """Return what happens on the straight line from one weight vector to another.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    start, end : sequences of d numbers
        Read as stored; on no hyperplane, and inside the domain.

    Returns
    -------
    Path
        Every hyperplane that separates the two is crossed once, and no other; so when they are
        crossed one at a time the path is a shortest one in the region graph.

    Raises
    ------
    ArgumentError
        When one of the vectors lies on a hyperplane or outside the domain, or is not d finite
        numbers.

    Notes
    -----
    *Algorithm.* Row i changes its sign at ``x_i.start / (x_i.start - x_i.end)``.

    *Exactness.* Times are rationals, and compared as such.

    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> path = path_between([[1, 0], [0, 1], [1, 1]], [3, 1], [-1, -2])
    >>> path.crossings
    (Crossing(time 1/3, rows 1), Crossing(time 4/7, rows 2), Crossing(time 3/4, rows 0))
    """
    arrangement = as_arrangement(data)
    ends = (read_weight(arrangement, start, "start"), read_weight(arrangement, end, "end"))
    first = pattern_off_boundaries(arrangement, ends[0], "start")
    last = pattern_off_boundaries(arrangement, ends[1], "end")
    times: dict[Fraction, list[int]] = defaultdict(list)
    for row in np.flatnonzero(first != last):
        here, there = (
            sum(
                x * w
                for x, w in zip(arrangement.data.integers[row], vector.fractions[0], strict=True)
            )
            for vector in ends
        )
        times[Fraction(here) / (here - there)].append(int(row))
    pattern = first.copy()
    crossings = []
    for time in sorted(times):
        pattern = pattern.copy()
        pattern[times[time]] ^= True
        pattern.setflags(write=False)
        crossings.append(Crossing(time, tuple(times[time]), pattern))
    first.setflags(write=False)
    return Path(first, tuple(crossings))
