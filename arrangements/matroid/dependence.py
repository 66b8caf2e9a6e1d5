"""Searching a set of dependent rows among sets as large as the rank."""

from __future__ import annotations

import math
from collections.abc import Sequence

from arrangements.counting.residues import ResidueRows
from arrangements.exact import negated, restrict
from arrangements.kernel_cache import KERNELS, announce
from arrangements.progress import Meter

IntegerRow = tuple[int, ...]

_WORTH_COMPILING = 100_000
"""So many sets of rows take Python longer than compiled code takes to load."""
_BUDGET = 50_000_000
"""Rows a kernel looks at before it comes back, a second at most: Ctrl-C is heard there."""
_PLANE = 2


def dependent_rows(rows: Sequence[IntegerRow], meter: Meter) -> tuple[int, ...] | None:
    """Return at most r dependent rows, or None when any r are independent.

    Parameters
    ----------
    rows : m distinct hyperplanes of rank r >= 2, on r columns
    meter : Meter
        Advanced by the sets of r - 1 rows looked at, roughly.

    Notes
    -----
    *Algorithm.* r - 2 rows are chosen one after another, each behind all that follow; the
    rows before the last are restricted to what the chosen ones leave, a plane, where two on
    one line are sought.  Compiled: modulo a prime, where sets that are independent are so over
    the integers; the others are compared modulo primes beyond Hadamard's bound.

    *Exactness.* Integers only.

    *Cost.* About ``C(m, r - 2)`` restrictions: 2 * 10^7 a second compiled.
    """
    if math.comb(len(rows), len(rows[0]) - 1) <= _WORTH_COMPILING:
        return _search(list(rows), len(rows[0]))
    announce(KERNELS, "find_dependent", "dependent rows", 6)
    limit = None
    while True:
        prepared = ResidueRows(rows) if limit is None else ResidueRows(rows, limit)
        answer = search_residues(prepared, meter)
        if answer is not None:
            return answer or None
        limit = prepared.limit


def _search(rows: list[IntegerRow], dimension: int) -> tuple[int, ...] | None:
    """Search in Python integers."""
    if dimension == _PLANE:
        lines: dict[IntegerRow, int] = {}
        for index, row in enumerate(rows):
            leading = next(filter(None, row))
            other = lines.setdefault(row if leading > 0 else negated(row), index)
            if other != index:
                return other, index
        return None
    for last in range(len(rows) - 1, dimension - 2, -1):
        before = restrict(rows[:last], rows[last])
        zero = next((index for index, row in enumerate(before) if not any(row)), None)
        found = _search(before, dimension - 1) if zero is None else (zero,)
        if found is not None:
            return *found, last
    return None


def search_residues(prepared: ResidueRows, meter: Meter) -> tuple[int, ...] | None:
    """Search compiled: dependent rows, an empty set, or None when the primes do not do."""
    from arrangements.kernels import BAD_PRIME, DONE, FOUND, find_dependent, subset_search

    if not prepared.sound:
        return None
    search = subset_search(prepared.first)
    while (status := find_dependent(prepared.exact, search, _BUDGET)) != BAD_PRIME:
        meter.advance(_BUDGET)
        if status == DONE:
            return ()
        if status == FOUND:
            return tuple(sorted(map(int, search.found[: search.many[0]])))
    return None
