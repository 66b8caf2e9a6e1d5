"""What keeps an arrangement below Cover's number: repeated, parallel and dependent rows."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.exact import negated, restrict

_SMALLEST_RANK = 3
"""Below it two distinct hyperplanes already span everything: no triple is special."""


@dataclass(frozen=True)
class Coincidences:
    """The coincidences of n rows, counted.

    Parameters
    ----------
    zero_rows : int
    duplicate_rows : int
        Rows that are a positive multiple of the first row on their hyperplane.
    opposite_rows : int
        Rows that are a negative multiple of it.
    hyperplanes : int
        What is left: the distinct hyperplanes.
    rank : int
    lines : int
        Flats of rank 2 on three or more hyperplanes: with a bias, straight lines through
        three or more distinct points.
    longest_line : int
        The largest number of hyperplanes on one of them (0 when there is none).
    dependent_triples : int
        ``sum C(k - 1, 2)`` over lines of k hyperplanes: the triples that are broken
        circuits with one more hyperplane.  In rank 3 each costs two regions.

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.find_coincidences([[1, 0], [2, 0], [-3, 0], [0, 0], [1, 1]])
    >>> found.zero_rows, found.duplicate_rows, found.opposite_rows, found.hyperplanes
    (1, 1, 1, 2)
    """

    zero_rows: int
    duplicate_rows: int
    opposite_rows: int
    hyperplanes: int
    rank: int
    lines: int
    longest_line: int
    dependent_triples: int


def find_coincidences(data: Any, *, lines: bool = True) -> Coincidences:
    """Count the coincidences of the rows of a data matrix.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    lines : bool
        Look for flats of rank 2 too; without, their figures are 0.

    Notes
    -----
    *Algorithm.* Rows on one line through the origin are found by hashing primitive rows.
    The flats of rank 2 through hyperplane i are the lines of the other rows restricted to
    it: rows that become parallel there.

    *Exactness.* Integers.

    *Cost.* m^2 / 2 restrictions of a row for m distinct hyperplanes.

    *Growth.* ``n**2 * r`` for n rows of rank r.

    Examples
    --------
    >>> find_coincidences([[0, 0, 1], [1, 1, 1], [2, 2, 1], [3, 3, 1], [2, 2, 1], [0, 1, 1]])
    ... # doctest: +ELLIPSIS
    Coincidences(zero_rows=0, duplicate_rows=1, ..., lines=1, longest_line=4, dependent_triples=3)
    """
    arrangement = as_arrangement(data)
    n, m = arrangement.shape[0], arrangement.hyperplane_count
    zero = int((arrangement.orientation == 0).sum())
    opposite = int((arrangement.orientation < 0).sum())
    sizes = _lines(arrangement) if lines and arrangement.rank >= _SMALLEST_RANK else []
    return Coincidences(
        zero_rows=zero,
        duplicate_rows=n - zero - opposite - m,
        opposite_rows=opposite,
        hyperplanes=m,
        rank=arrangement.rank,
        lines=len(sizes),
        longest_line=max(sizes, default=0),
        dependent_triples=sum(math.comb(size - 1, 2) for size in sizes),
    )


def _lines(arrangement: Arrangement) -> list[int]:
    """Return the sizes of the flats of rank 2 on three or more hyperplanes."""
    rows = [tuple(map(int, row)) for row in arrangement.frame().hyperplanes]
    sizes: list[int] = []
    # A flat is met once for each of its hyperplanes but the last two; two neighbours in
    # it are remembered, so that only the first time counts.
    seen: set[tuple[int, int]] = set()
    for first, hyperplane in enumerate(rows):
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, row in enumerate(restrict(rows[first + 1 :], hyperplane), first + 1):
            leading = next(entry for entry in row if entry)
            groups.setdefault(row if leading > 0 else negated(row), []).append(index)
        for group in groups.values():
            if len(group) == 1 or (first, group[0]) in seen:
                continue
            sizes.append(len(group) + 1)
            seen.update(itertools.pairwise(group))
    return sizes
