"""All faces by trying all vectors of signs: 3^n exact feasibility problems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from oracles.feasibility import is_feasible
from zoo import Number, exact

Row = list[Fraction]


def all_covectors(
    rows: Sequence[Sequence[Number]], normals: Sequence[Sequence[Number]] = ()
) -> set[tuple[int, ...]]:
    """Return the sign vectors of all w inside the open cone of the inner normals."""
    matrix, cone = exact(rows), exact(normals)
    found = set()
    for signs in itertools.product((-1, 0, 1), repeat=len(matrix)):
        strict = [[s * x for x in row] for row, s in zip(matrix, signs, strict=True) if s]
        system = [*cone, *strict]
        equations = [row for row, s in zip(matrix, signs, strict=True) if s == 0]
        while equations:
            equation = equations.pop()
            if not any(equation):
                continue
            system = [_on(row, equation) for row in system]
            equations = [_on(row, equation) for row in equations]
        if is_feasible(system):
            found.add(signs)
    return found


def _on(row: Row, equation: Row) -> Row:
    """Return a functional on the hyperplane of an equation, without the variable it gives."""
    pivot = next(column for column, entry in enumerate(equation) if entry)
    factor = row[pivot] / equation[pivot]
    reduced = [x - factor * e for x, e in zip(row, equation, strict=True)]
    return reduced[:pivot] + reduced[pivot + 1 :]
