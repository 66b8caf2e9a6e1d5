"""What networks of any width reach on given rows: a linear space, as its equations and its basis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import arrangements as ar


@dataclass(frozen=True, slots=True)
class Tie:
    """An equation ``sum_i coefficients[i] z[rows[i]] = 0`` that the outputs of every network obey."""

    rows: tuple[int, ...]
    coefficients: tuple[int, ...]

    @classmethod
    def integral(cls, factors: Sequence[tuple[int, Fraction]]) -> Tie:
        """Return an equation in coprime integers, rows in order, the first coefficient positive."""
        ordered = sorted(factors)
        common = math.lcm(*(factor.denominator for _, factor in ordered))
        whole = [factor.numerator * (common // factor.denominator) for _, factor in ordered]
        divisor = math.gcd(*whole) * (1 if whole[0] > 0 else -1)
        return cls(tuple(row for row, _ in ordered), tuple(factor // divisor for factor in whole))

    def value(self, outputs: Sequence[Fraction]) -> Fraction:
        """Return the left side for outputs z of all rows: what is not zero no network reaches."""
        pairs = zip(self.coefficients, self.rows, strict=True)
        return sum((factor * outputs[row] for factor, row in pairs), Fraction(0))

    def __str__(self) -> str:
        """Write the equation, rows counted from 0."""
        terms = [
            f"{'-' if factor < 0 else '+'} {'' if abs(factor) == 1 else f'{ar.integer_text(abs(factor))} '}z[{row}]"
            for factor, row in zip(self.coefficients, self.rows, strict=True)
        ]
        return f"{' '.join(terms).removeprefix('+ ')} = 0"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows whose outputs are tied to each other and to no others.

    Parameters
    ----------
    rows : tuple of k int
    terms : tuple of k tuples of (column, value)
        The rows of a basis: outputs are ``sum value * c[column]`` for any coefficients c.
    width : int
        Number of columns: the dimension.
    """

    rows: tuple[int, ...]
    terms: tuple[tuple[tuple[int, Fraction], ...], ...]
    width: int


@dataclass(frozen=True)
class ReachableSpace:
    """All outputs on n rows that networks of any width reach: a linear space.

    Parameters
    ----------
    rows : int
        Number n of rows.
    ties : tuple of Tie
        Independent equations: the space is where they all hold.
    parts : tuple of Part
        A basis in pieces: the space is the direct sum of what the parts reach.
    width : int
        A number of neurons that is enough to reach any point of the space.

    Examples
    --------
    >>> import arrangements as ar
    >>> from convex_program.activations import ReLU
    >>> from convex_program.undecayed import reachable_space
    >>> data = ar.DataMatrix.from_array([[1, 0], [2, 0], [0, 1]])
    >>> space = reachable_space(data, ReLU(), constant=False)
    >>> space.dimension, [str(tie) for tie in space.ties]
    (2, ['2 z[0] - z[1] = 0'])
    """

    rows: int
    ties: tuple[Tie, ...]
    parts: tuple[Part, ...]
    width: int

    @property
    def dimension(self) -> int:
        """Its dimension."""
        return sum(part.width for part in self.parts)

    @property
    def is_everything(self) -> bool:
        """Whether any outputs whatever are reached."""
        return not self.ties

    @property
    def tied_rows(self) -> tuple[int, ...]:
        """The rows whose outputs are not free of all others."""
        return tuple(sorted({row for tie in self.ties for row in tie.rows}))

    @cached_property
    def basis(self) -> tuple[tuple[Fraction, ...], ...]:
        """Independent vectors of n rationals that span it."""
        vectors: list[tuple[Fraction, ...]] = []
        for part in self.parts:
            columns = [[Fraction(0)] * self.rows for _ in range(part.width)]
            for row, terms in zip(part.rows, part.terms, strict=True):
                for column, value in terms:
                    columns[column][row] = value
            vectors.extend(tuple(column) for column in columns)
        return tuple(vectors)

    def contradiction(self, outputs: Sequence[Fraction]) -> Tie | None:
        """Return a tie that the outputs break, or None when some network has these outputs."""
        return next((tie for tie in self.ties if tie.value(outputs) != 0), None)

    def is_orthogonal(self, dual: Sequence[Fraction]) -> bool:
        """Return whether ``v.z = 0`` for all outputs z of networks, exactly."""
        for part in self.parts:
            sums = [Fraction(0)] * part.width
            for row, terms in zip(part.rows, part.terms, strict=True):
                if dual[row]:
                    for column, value in terms:
                        sums[column] += value * dual[row]
            if any(sums):
                return False
        return True

    def __repr__(self) -> str:
        """One line: dimension and size."""
        extent = "everything" if self.is_everything else f"{len(self.ties)} ties"
        return f"ReachableSpace(dimension {self.dimension} of {self.rows}, {extent})"
