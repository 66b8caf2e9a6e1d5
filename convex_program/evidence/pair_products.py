"""Multipliers of products of pairs: a bound proved over all patterns, in any dimension.

The statement is that of `convex_program.pricing.relaxation.certificate`, in integers: the rows are those of trees of cones,
rounded to a grid (`convex_program.evidence.lines`), and the matrix of the multipliers has to be semidefinite exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import Level, PairClaim
from convex_program.errors import ClaimError
from convex_program.evidence.base import Recorded, Unlisted
from convex_program.evidence.definite import is_semidefinite
from convex_program.evidence.lines import PreparedRows, Question, Setting
from convex_program.exact_problem import ExactProblem, dyadic

Integers = npt.NDArray[Any]


@final
@dataclass(frozen=True, eq=False)
class PairProducts(Unlisted):
    """Multipliers of products that are nonnegative, one set for each sign: proved.

    Parameters
    ----------
    multipliers : PairClaim
        As `docs/reference/claims.md` has them.
    most : int
        A bound of the number of patterns (Cover's): none of them is listed.

    Notes
    -----
    *Exactness.* Integers decide: a float factorization proposes, see `is_semidefinite`.

    *Cost.* Products of an n x n matrix of integers with n x d ones: 2 seconds for 442 rows of 11 columns; what was found for a problem
    and a vector is kept.
    """

    multipliers: PairClaim
    most: int
    _found: list[tuple[ExactProblem, tuple[float, ...], Fraction]] = field(
        default_factory=list, init=False, repr=False
    )

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the square of the bound H that the multipliers prove.

        Raises
        ------
        ClaimError
            When they belong to other rows, have a wrong sign, or their matrix is not seen to be semidefinite.
        """
        asked = tuple(vector)
        for known, values, square in self._found:
            if known is problem and values == asked:
                return square
        found = self._checked(problem, asked) ** 2
        self._found[:] = [(problem, asked, found)]
        return found

    def _checked(self, problem: ExactProblem, vector: tuple[float, ...]) -> Fraction:
        """Check all that has to hold; return H."""
        claim = self.multipliers
        questions = pair_questions(problem, vector, claim.grid)
        pairs, shift = dyadic(claim.pairs)
        singles, other = dyadic(claim.singles)
        shared = max(shift, other)
        pairs, singles = pairs * (1 << shared - shift), singles * (1 << shared - other)
        bounds = []
        for k, question in enumerate(questions):
            m, q = question.rows.shape
            if m != claim.lines:
                raise ClaimError(f"the multipliers are about {claim.lines} lines, there are {m}")
            if len(pairs) != 2 * pair_count(m) or len(singles) != 2 * single_count(m, q):
                raise ClaimError(f"there are not as many multipliers as {m} lines have")
            part = PairMatrix.read(
                pairs[k * pair_count(m) : (k + 1) * pair_count(m)],
                singles[k * single_count(m, q) : (k + 1) * single_count(m, q)],
                (m, q),
            )
            part.check()
            if not is_semidefinite(part.matrix(question, 1 << shared)):
                raise ClaimError("the matrix of the multipliers is not seen to be semidefinite")
            total = Fraction(part.constant + part.ball, 1 << shared) + question.rounding
            bounds.append(total / Fraction(2) ** claim.grid)
        return max(bounds)

    @property
    def level(self) -> Level:
        """Proved: integers, and nothing believed."""
        return Level.PROVED

    def record(self) -> Recorded:
        """Return the multipliers."""
        return Recorded(pairs=self.multipliers)


def pair_questions(problem: ExactProblem, vector: Sequence[float], grid: int) -> list[Question]:
    """Return the lines of both signs on a grid, those that are rounded to nothing left out.

    Raises
    ------
    ClaimError
        When hidden biases are not decayed, or there are several outputs.
    """
    if problem.constants or problem.fit.outputs > 1:
        raise ClaimError(
            "multipliers of pairs are about one output and hidden biases that are decayed"
        )
    prepared = PreparedRows(problem, vector, Setting(grid))
    return [_kept(prepared.question(-1, sign)) for sign in (1, -1)]


def pair_grid(problem: ExactProblem, vector: Sequence[float]) -> int:
    """Return the finest grid on which all lines are floats."""
    return PreparedRows(problem, vector, Setting(0)).best_grid()


def _kept(question: Question) -> Question:
    used = np.array([any(row) for row in question.rows.tolist()], dtype=np.bool_)
    convex = int(used[: question.convex].sum())
    return Question(question.rows[used], convex, question.linear, question.rounding)


def pair_count(lines: int) -> int:
    """Return how many products of pairs there are: two triangles and a square."""
    return lines * (2 * lines + 1)


def single_count(lines: int, columns: int) -> int:
    """Return how many other numbers there are: two levels, two of each line, two vectors of each line."""
    return 2 + 2 * lines * (1 + columns)


@dataclass(frozen=True, eq=False)
class PairMatrix:
    """The multipliers of one sign as integers over one denominator.

    Parameters
    ----------
    constant, ball : int
        L_0 and L_1.
    positive, negative, mixed : (m, m) object
        P, M and E.
    once_positive, once_negative : (m,) object
        b and c.
    turned_positive, turned_negative : (m, q) object
        V and W.
    """

    constant: int
    ball: int
    positive: Integers
    negative: Integers
    mixed: Integers
    once_positive: Integers
    once_negative: Integers
    turned_positive: Integers
    turned_negative: Integers

    @classmethod
    def read(cls, pairs: Integers, singles: Integers, shape: tuple[int, int]) -> PairMatrix:
        """Return the parts of the two sequences."""
        m, q = shape
        half = m * (m + 1) // 2
        ends = np.cumsum([m, m, m * q])
        once, other, turned, rest = np.split(singles[2:], ends)
        return cls(
            int(singles[0]),
            int(singles[1]),
            _symmetric(pairs[:half], m),
            _symmetric(pairs[half : 2 * half], m),
            pairs[2 * half :].reshape(m, m),
            once,
            other,
            turned.reshape(m, q),
            rest.reshape(m, q),
        )

    def check(self) -> None:
        """Raise `ClaimError` where a multiplier has a wrong sign, or a vector is too long."""
        off = self.mixed.copy()
        np.fill_diagonal(off, 0)
        for part in (self.positive, self.negative, off, self.once_positive, self.once_negative):
            if min(part.ravel().tolist(), default=0) < 0:
                raise ClaimError("a multiplier of a product that is nonnegative is negative")
        if self.ball < 0:
            raise ClaimError("the multiplier of the norm is negative")
        for most, vectors in (
            (self.once_positive, self.turned_positive),
            (self.once_negative, self.turned_negative),
        ):
            if ((vectors * vectors).sum(axis=1) > most * most).any():
                raise ClaimError("a vector of the multipliers is longer than its number")

    def matrix(self, question: Question, one: int) -> Integers:
        """Return N, twice the matrix that has to be semidefinite, times the denominator `one`."""
        R, linear = question.rows, np.array(question.linear, dtype=object)
        m, q = R.shape
        size = 1 + q + m
        N = np.zeros((size, size), dtype=object)
        u, s = slice(1, q + 1), slice(q + 1, size)
        signs = np.array([1] * question.convex + [-1] * (m - question.convex), dtype=object)
        N[s, s] = -2 * (self.positive + self.negative + self.mixed + self.mixed.T)
        side = (self.mixed + self.negative).dot(R) + self.turned_positive + self.turned_negative
        N[s, u] = 2 * side
        inner = R.T.dot(self.negative.dot(R) + 2 * self.turned_negative)
        N[u, u] = -(inner + inner.T)
        N[0, u] = 2 * R.T.dot(self.once_negative) - one * linear
        N[0, s] = -2 * (self.once_positive + self.once_negative) - one * signs
        N[u, s], N[s, 0], N[u, 0] = N[s, u].T, N[0, s], N[0, u]
        N[0, 0] = 2 * self.constant
        for k in range(1, q + 1):
            N[k, k] += 2 * self.ball
        return N


def _symmetric(triangle: Integers, size: int) -> Integers:
    whole = np.zeros((size, size), dtype=object)
    rows, columns = np.triu_indices(size)
    whole[rows, columns] = triangle
    whole[columns, rows] = triangle
    return whole


def pair_products(problem: ExactProblem, claim: PairClaim) -> PairProducts:
    """Return the evidence of a claim; nothing is checked before it is asked for a bound."""
    data = ar.Arrangement(ar.DataMatrix.from_array(problem.features))
    if not all(map(math.isfinite, (*claim.pairs, *claim.singles))):
        raise ClaimError("a multiplier is not finite")
    return PairProducts(claim, ar.cover_number(data))
