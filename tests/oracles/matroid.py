"""Counts of regions from ranks of subsets: Whitney's sum, NBC sets, Cover, planar lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from zoo import Number, exact


def rank(rows: Sequence[Sequence[Number]]) -> int:
    """Return the rank by Gaussian elimination in rationals."""
    left = [row for row in exact(rows) if any(row)]
    found = 0
    while left:
        pivot_row = left.pop()
        column = next(j for j, entry in enumerate(pivot_row) if entry)
        left = [_without(row, pivot_row, column) for row in left]
        left = [row for row in left if any(row)]
        found += 1
    return found


def _without(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    factor = row[column] / pivot[column]
    return [x - factor * p for x, p in zip(row, pivot, strict=True)]


def _subsets(items: Sequence[list[Fraction]]) -> Iterator[list[list[Fraction]]]:
    for size in range(len(items) + 1):
        for chosen in itertools.combinations(items, size):
            yield list(chosen)


def whitney_count(rows: Sequence[Sequence[Number]]) -> int:
    """Return ``sum over subsets S of (-1)^(|S| - rank S)``, the number of regions.

    Whitney's sum for ``(-1)^r chi(-1)``; parallel rows cancel, zero rows are left out.
    """
    moving = [row for row in exact(rows) if any(row)]
    return sum((-1) ** (len(subset) - rank(subset)) for subset in _subsets(moving))


def whitney_numbers(rows: Sequence[Sequence[Number]]) -> list[int]:
    """Return Whitney's numbers of the first kind: ``sum of (-1)^|S|`` over the S of each rank."""
    moving = [row for row in exact(rows) if any(row)]
    numbers = [0] * (rank(moving) + 1)
    for subset in _subsets(moving):
        numbers[rank(subset)] += (-1) ** len(subset)
    return numbers


def affine_whitney_numbers(
    normals: Sequence[Sequence[Number]], offsets: Sequence[Number]
) -> list[int]:
    """Return the same for hyperplanes ``a.x + b = 0``, over the S with a point in common."""
    pairs = [[*row, Fraction(b)] for row, b in zip(exact(normals), offsets, strict=True)]
    proper = [row for row in pairs if any(row[:-1])]
    numbers = [0] * (len(normals[0]) + 2)
    for subset in _subsets(proper):
        size = rank([row[:-1] for row in subset])
        if rank(subset) == size:
            numbers[size] += (-1) ** len(subset)
    return numbers


def nbc_count(rows: Sequence[Sequence[Number]]) -> int:
    """Return the number of independent sets that contain no broken circuit."""
    return sum(nbc_numbers(rows))


def nbc_numbers(rows: Sequence[Sequence[Number]]) -> list[int]:
    """Return the number of independent sets of each size that contain no broken circuit.

    A broken circuit is a circuit without its smallest element; an independent S contains
    none iff no row outside S depends on the members of S after it.
    """
    moving = [row for row in exact(rows) if any(row)]
    counts = [0] * (rank(moving) + 1)
    for size in range(len(counts)):
        for chosen in itertools.combinations(range(len(moving)), size):
            if rank([moving[i] for i in chosen]) == size and not any(
                _depends(moving, [j for j in chosen if j > i], i)
                for i in range(len(moving))
                if i not in chosen
            ):
                counts[size] += 1
    return counts


def flats(rows: Sequence[Sequence[Number]]) -> dict[tuple[int, ...], int]:
    """Return the closed sets of rows with their ranks: no other row depends on them."""
    matrix = exact(rows)
    found = {}
    for size in range(len(matrix) + 1):
        for chosen in itertools.combinations(range(len(matrix)), size):
            members = [matrix[i] for i in chosen]
            r = rank(members)
            closed = tuple(i for i, row in enumerate(matrix) if rank([*members, row]) == r)
            found[closed] = r
    return found


def moebius(closed: dict[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    """Return mu(F) by its definition: the numbers of all flats within one add up to zero."""
    result: dict[tuple[int, ...], int] = {}
    for flat in sorted(closed, key=lambda flat: closed[flat]):
        below = [mu for other, mu in result.items() if set(other) < set(flat)]
        result[flat] = -sum(below) if below else 1
    return result


def circuits(rows: Sequence[Sequence[Number]]) -> set[tuple[int, ...]]:
    """Return the dependent sets of rows all of whose proper subsets are independent."""
    matrix = exact(rows)
    return {
        chosen
        for size in range(1, len(matrix) + 1)
        for chosen in itertools.combinations(range(len(matrix)), size)
        if rank([matrix[i] for i in chosen]) < size
        and all(
            rank([matrix[i] for i in chosen if i != left_out]) == size - 1 for left_out in chosen
        )
    }


def determinant(rows: Sequence[Sequence[Number]]) -> Fraction:
    """Return the determinant by Leibniz's sum over permutations."""
    matrix = exact(rows)
    total = Fraction(0)
    for columns in itertools.permutations(range(len(matrix))):
        swaps = sum(a > b for a, b in itertools.combinations(columns, 2))
        factors = (row[c] for row, c in zip(matrix, columns, strict=True))
        total += (-1) ** swaps * math.prod(factors, start=Fraction(1))
    return total


def _depends(rows: list[list[Fraction]], chosen: list[int], index: int) -> bool:
    return rank([rows[index], *(rows[j] for j in chosen)]) == len(chosen)


def cover_formula(hyperplanes: int, dimension: int) -> int:
    """Return Cover's function counting theorem, ``2 sum_(k < r) C(m - 1, k)``."""
    return 2 * sum(math.comb(hyperplanes - 1, k) for k in range(dimension))


def hyperplanes(rows: Sequence[Sequence[Number]]) -> int:
    """Return the number of distinct lines through the origin that the rows span."""
    lines = set()
    for row in exact(rows):
        leading = next((entry for entry in row if entry), None)
        if leading is not None:
            lines.add(tuple(entry / leading for entry in row))
    return len(lines)


def planar_count(points: Sequence[tuple[Number, Number]]) -> int:
    """Return the number of ways lines split points of the plane, counting both labellings.

    With rows (x, y, 1): ``2 (1 + sum over lines through k >= 2 points of (k - 1))``.
    """
    distinct = sorted({(Fraction(x), Fraction(y)) for x, y in points})
    lines: dict[tuple[Fraction, Fraction, Fraction], set[tuple[Fraction, Fraction]]] = {}
    for (a, b), (c, d) in itertools.combinations(distinct, 2):
        # x = a is (1, 0, a); y = slope x + offset is (slope, 1, offset).
        if a == c:
            line = (Fraction(1), Fraction(0), a)
        else:
            slope = (d - b) / (c - a)
            line = (slope, Fraction(1), b - slope * a)
        lines.setdefault(line, set()).update({(a, b), (c, d)})
    return 2 * (1 + sum(len(members) - 1 for members in lines.values()))
