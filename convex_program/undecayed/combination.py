"""Combinations of the columns of a sparse basis, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

import arrangements as ar

Terms = tuple[tuple[int, Fraction], ...]
FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """A matrix B of n rows and k independent columns, kept as sparse rows.

    Parameters
    ----------
    terms : tuple of n tuples of (column, value)
    width : int
        k.
    """

    terms: tuple[Terms, ...]
    width: int

    @cached_property
    def floats(self) -> FloatMatrix:
        """B in floating point, shape (n, k)."""
        matrix = np.zeros((len(self.terms), self.width))
        for row, terms in enumerate(self.terms):
            for column, value in terms:
                matrix[row, column] = float(value)
        return matrix

    def times(self, coefficients: Sequence[Fraction]) -> list[Fraction]:
        """Return ``B c``."""
        return [
            sum((value * coefficients[column] for column, value in terms), Fraction(0))
            for terms in self.terms
        ]

    def transposed_times(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """Return ``B' v``."""
        sums = [Fraction(0)] * self.width
        for factor, terms in zip(vector, self.terms, strict=True):
            if factor:
                for column, value in terms:
                    sums[column] += value * factor
        return sums

    def gram(self, weights: Sequence[Fraction]) -> list[list[Fraction]]:
        """Return ``B' diag(weights) B``."""
        result = [[Fraction(0)] * self.width for _ in range(self.width)]
        for weight, terms in zip(weights, self.terms, strict=True):
            if weight:
                for first, left in terms:
                    scaled = weight * left
                    for second, right in terms:
                        result[first][second] += scaled * right
        return result

    def integer_rows(self) -> list[list[int]]:
        """Return positive multiples of the rows as integers."""
        rows = []
        for terms in self.terms:
            common = math.lcm(*(value.denominator for _, value in terms))
            row = [0] * self.width
            for column, value in terms:
                row[column] = int(value * common)
            rows.append(row)
        return rows

    def of_rows(self, rows: Sequence[int]) -> tuple[Columns, tuple[int, ...]]:
        """Return the rows chosen, with the columns that are independent there, and which those are."""
        chosen = Columns(tuple(self.terms[row] for row in rows), self.width)
        kept = ar.independent_columns(chosen.integer_rows()) if rows else ()
        place = {column: k for k, column in enumerate(kept)}
        terms = tuple(
            tuple((place[column], value) for column, value in row if column in place)
            for row in chosen.terms
        )
        return Columns(terms, len(kept)), kept


def solve_terms(terms: Sequence[Terms], right: Sequence[Fraction]) -> list[Fraction]:
    """Return the solution of a regular square system of sparse rows."""
    rows, targets = [], []
    for row, value in zip(terms, right, strict=True):
        common = math.lcm(value.denominator, *(entry.denominator for _, entry in row))
        whole = [0] * len(terms)
        for column, entry in row:
            whole[column] = int(entry * common)
        rows.append(whole)
        targets.append(int(value * common))
    return ar.rational_solution(rows, targets)


def solve(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Return a solution of a system of any shape; None when there is none.

    Notes
    -----
    *Algorithm.* FLINT solves regular systems.  Otherwise independent columns and independent rows
    among them make a regular one, and the other rows are checked; other columns get zeros.
    """
    width = len(matrix[0]) if len(matrix) else 0
    rows, targets = [], []
    for entries, value in zip(matrix, right, strict=True):
        common = math.lcm(value.denominator, *(entry.denominator for entry in entries))
        rows.append([int(entry * common) for entry in entries])
        targets.append(int(value * common))
    if not any(targets):
        return [Fraction(0)] * width
    if len(rows) == width:
        try:
            return ar.rational_solution(rows, targets)
        except ZeroDivisionError:
            pass
    columns = ar.independent_columns(rows)
    if not columns:
        return None
    tall = [[row[column] for column in columns] for row in rows]
    chosen = ar.independent_columns([list(column) for column in zip(*tall, strict=True)])
    found = ar.rational_solution([tall[i] for i in chosen], [targets[i] for i in chosen])
    for row, target in zip(tall, targets, strict=True):
        if sum((a * b for a, b in zip(row, found, strict=True)), Fraction(0)) != target:
            return None
    solution = [Fraction(0)] * width
    for column, value in zip(columns, found, strict=True):
        solution[column] = value
    return solution
