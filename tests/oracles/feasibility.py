"""Is an open polyhedral cone empty?  Fourier-Motzkin elimination, from the definition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction


def is_feasible(rows: Iterable[Sequence[Fraction]]) -> bool:
    """Return whether some w has ``row.w > 0`` for every row."""
    system = {_scaled(row) for row in rows}
    while system:
        if any(not any(row) for row in system):
            return False
        system = _eliminate_last(system)
    return True


def _eliminate_last(system: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Drop the last variable: it exists iff every lower bound is below every upper one."""
    lower = [row for row in system if row[-1] > 0]
    upper = [row for row in system if row[-1] < 0]
    result = {_scaled(row[:-1]) for row in system if row[-1] == 0}
    for low in lower:
        for high in upper:
            result.add(
                _scaled(
                    [low[-1] * h - high[-1] * x for x, h in zip(low[:-1], high[:-1], strict=True)]
                )
            )
    return result


def _scaled(row: Sequence[Fraction | int]) -> tuple[int, ...]:
    """Multiply by a positive number so that the entries are coprime integers."""
    fractions = [Fraction(entry) for entry in row]
    common = math.lcm(*(entry.denominator for entry in fractions))
    integers = [int(entry * common) for entry in fractions]
    divisor = math.gcd(*integers) or 1
    return tuple(entry // divisor for entry in integers)
