"""The span of all neurons' outputs, cell by cell; written from the definition."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from oracles.brute_force import all_patterns
from zoo import Number, exact

Vector = list[Fraction]


def outputs(
    rows: Sequence[Sequence[Number]], u: Sequence[Number], on: Number, off: Number
) -> Vector:
    """Return ``on max(t, 0) + off max(-t, 0)`` for t = row.u, exactly."""
    result = []
    for row in exact(rows):
        t = sum((a * Fraction(b) for a, b in zip(row, u, strict=True)), Fraction(0))
        result.append(Fraction(on) * t if t > 0 else -Fraction(off) * t)
    return result


def spanning(
    rows: Sequence[Sequence[Number]], on: Number, off: Number, *, constant: bool
) -> list[Vector]:
    """Return vectors that span the outputs of all neurons, and the constants if wanted.

    In an open cell outputs are linear in u, and u fills an open set: their span is that of the
    columns, each row multiplied by its gain.
    """
    matrix = exact(rows)
    vectors: list[Vector] = [[Fraction(1)] * len(matrix)] if constant else []
    for pattern in all_patterns(rows):
        gains = [Fraction(on) if side else -Fraction(off) for side in pattern]
        vectors.extend(
            [g * row[column] for g, row in zip(gains, matrix, strict=True)]
            for column in range(len(matrix[0]))
        )
    return vectors


def rank(vectors: Sequence[Sequence[Fraction]]) -> int:
    """Return the rank, by elimination in fractions."""
    left = [list(vector) for vector in vectors]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((k for k in range(found, len(left)) if left[k][column]), None)
        if pivot is None:
            continue
        left[found], left[pivot] = left[pivot], left[found]
        for k in range(found + 1, len(left)):
            if left[k][column]:
                factor = left[k][column] / left[found][column]
                left[k] = [a - factor * b for a, b in zip(left[k], left[found], strict=True)]
        found += 1
    return found
