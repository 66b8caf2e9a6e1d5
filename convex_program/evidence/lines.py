"""Rows prepared for cones: questions, lines and their integers, the same for writing and checking.

`docs/reference/claims.md` says what each of these numbers is; names here are those of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.errors import ClaimError
from convex_program.exact_problem import ExactProblem, dyadic

Integers = npt.NDArray[Any]
Basis = tuple[tuple[int, ...], ...]
Merged = tuple[tuple[int, int, Fraction], ...]

MOST_RANK = 16
MOST_GRID = 4096
ENTRY_BITS = 52
"""Rows are below two to this: they are floats, and products of two numbers are sums of few words."""
_ROOT_BITS = 64


def root(value: Fraction) -> Fraction:
    """Return the root of a rational number >= 0, rounded up as the page says."""
    if value == 0:
        return Fraction(0)
    bits = _ROOT_BITS
    if value < 1:
        # the least s with 4^s q >= 1
        bits += -(-(-(-value.denominator // value.numerator) - 1).bit_length() // 2)
    scaled = (value.numerator << 2 * bits) // value.denominator
    return Fraction(math.isqrt(scaled) + 1, 1 << bits)


@dataclass(frozen=True, eq=False)
class Question:
    """The lines of one question in integers.

    Parameters
    ----------
    rows : (m, r) object
        w_e: those of P first, then those of N, both in the order of lines.
    convex : int
        How many are in P.
    linear : tuple of r integers
        l, rounded.
    rounding : Fraction
        E.
    """

    rows: Integers
    convex: int
    linear: tuple[int, ...]
    rounding: Fraction

    @property
    def rank(self) -> int:
        """Number of coordinates."""
        return len(self.linear)


@dataclass(frozen=True)
class Setting:
    """What a file says of the coordinates.

    Parameters
    ----------
    grid : int or None
        K; None while it is being chosen.
    basis : r rows of q integers, or None
    merged : items (j, i, r)
    """

    grid: int | None
    basis: Basis | None = None
    merged: Merged = ()


class Metric:
    """The lengths of coordinates, ``|u|^2 >= c' M c``, and of bounds, ``R' M^-1 R``.

    Parameters
    ----------
    basis : r rows of integers, or None
        G, with M = G G'.

    Raises
    ------
    ClaimError
        When the rows differ in length or are not independent.
    """

    def __init__(self, basis: Basis | None) -> None:
        if basis and len({len(row) for row in basis}) > 1:
            raise ClaimError("the vectors of the basis differ in length")
        self.basis = basis
        self.inverse = None if basis is None else _inverse(_gram(basis))

    def inner(self, one: Sequence[int], other: Sequence[int]) -> int:
        """Return ``c' M d``."""
        if self.basis is None:
            return sum(x * y for x, y in zip(one, other, strict=True))
        left, right = self._lifted(one), self._lifted(other)
        return sum(x * y for x, y in zip(left, right, strict=True))

    def _lifted(self, coordinates: Sequence[int]) -> list[int]:
        columns = zip(*(self.basis or ()), strict=True)
        return [sum(x * y for x, y in zip(coordinates, column, strict=True)) for column in columns]

    def square(self, vector: Sequence[int]) -> Fraction:
        """Return ``R' M^-1 R``."""
        if self.inverse is None:
            return Fraction(sum(x * x for x in vector))
        return sum(
            (
                x * sum((m * y for m, y in zip(row, vector, strict=True)), Fraction(0))
                for x, row in zip(vector, self.inverse, strict=True)
            ),
            Fraction(0),
        )

    @property
    def alike(self) -> float:
        """A c from 0 to 1: ``|R| < c |S|`` shows ``R' M^-1 R < S' M^-1 S``."""
        if not self.inverse:
            return 1.0
        # Gershgorin's bounds of the eigenvalues
        sizes = [sum(map(abs, row), Fraction(0)) for row in self.inverse]
        ends = [
            2 * row[i] - size for i, (row, size) in enumerate(zip(self.inverse, sizes, strict=True))
        ]
        return math.sqrt(max(0.0, float(min(ends) / max(sizes)))) * (1.0 - 2.0**-50)

    @property
    def stretch(self) -> float:
        """About the largest root of ``R' M^-1 R / |R|^2``, rounded up."""
        if not self.inverse:
            return 1.0
        size = max(sum(map(abs, row), Fraction(0)) for row in self.inverse)
        return float(root(size * 2**256)) / 2.0**128 * (1.0 + 2.0**-50)

    @property
    def largest(self) -> Fraction:
        """The largest diagonal entry of M^-1."""
        if self.inverse is None:
            return Fraction(1)
        return max((row[i] for i, row in enumerate(self.inverse)), default=Fraction(0))


class PreparedRows:
    """The rows of a problem along a vector, ready to be asked about.

    Parameters
    ----------
    problem : ExactProblem
    vector : n floats
    setting : Setting

    Raises
    ------
    ClaimError
        When the setting does not belong to the problem.
    """

    def __init__(self, problem: ExactProblem, vector: Sequence[float], setting: Setting) -> None:
        n, outputs = len(problem.features), problem.fit.outputs
        if len(vector) != n * outputs:
            raise ClaimError(f"the dual vector has not {n * outputs} entries")
        self.problem, self.setting = problem, setting
        activation = problem.activation
        on, off = activation.on, activation.off
        weights, shift = dyadic(vector)
        self.weights: Integers = weights if outputs == 1 else weights.reshape(n, outputs)
        self.slopes = math.lcm(on.denominator, off.denominator)
        self.kink, self.off = int(activation.kink * self.slopes), int(off * self.slopes)
        self.steepness = max(abs(on), abs(off))
        rows, self.denominator = problem.integers
        self.rows: Integers = rows[:, : problem.decayed]
        self.metric = Metric(setting.basis)
        self.unit = (self.denominator << shift) * self.slopes
        self._shift = shift
        self._last: tuple[int, list[list[int]], list[int]] | None = None
        self._check()
        self.charge = self._merge()

    @property
    def anchored(self) -> bool:
        """Whether there is a question for each point, because constants cost nothing."""
        return self.problem.constants

    @property
    def rank(self) -> int:
        """Number of coordinates."""
        basis = self.setting.basis
        return int(self.rows.shape[1]) if basis is None else len(basis)

    @cached_property
    def at_infinity(self) -> Fraction:
        """The square of what neurons do whose bias outgrows all data; 0 without anchors."""
        if not self.anchored:
            return Fraction(0)
        total = (self.weights[:, np.newaxis] * self.rows).sum(axis=0)
        square = Fraction(sum(int(x) ** 2 for x in total), (self.denominator << self._shift) ** 2)
        return self.steepness**2 * square

    def parts(self) -> Iterator[tuple[int, int]]:
        """Yield anchor and sign of each question; without anchors the first is -1."""
        if not self.anchored:
            yield from ((-1, 1), (-1, -1))
            return
        for k in np.flatnonzero(self.weights).tolist() if self.kink else ():
            yield k, -1 if self.weights[k] * self.kink > 0 else 1

    def questions(self) -> Iterator[Question]:
        """Yield them in the order of the page.

        Raises
        ------
        ClaimError
            When the rank is one that no tree is about.
        """
        if self.rank > MOST_RANK:
            raise ClaimError(f"{self.rank} coordinates are more than {MOST_RANK}")
        for anchor, sign in self.parts():
            yield self.question(anchor, sign)

    def question(self, anchor: int, sign: int) -> Question:
        """Return the lines for one anchor (-1 for none) and sign, rounded to the grid."""
        kinks, linear = self._sums(anchor)
        grid = self.setting.grid
        assert grid is not None  # noqa: S101 - chosen before anything is asked
        up, unit = (grid, self.unit) if grid >= 0 else (0, self.unit << -grid)
        lost = 0
        convex: list[list[int]] = []
        concave: list[list[int]] = []
        for kappa in kinks:
            leading = next(filter(None, kappa), 0)
            if leading == 0:
                continue
            entries = [abs_sign(leading) * x << up for x in kappa]
            row = [(2 * x + unit) // (2 * unit) for x in entries]
            lost += sum(abs(x - w * unit) for x, w in zip(entries, row, strict=True))
            (convex if sign * leading > 0 else concave).append(row)
        exact = [sign * x << up for x in linear]
        rounded = [(2 * x + unit) // (2 * unit) for x in exact]
        lost += sum(abs(x - w * unit) for x, w in zip(exact, rounded, strict=True))
        rows = np.empty((len(convex) + len(concave), self.rank), dtype=object)
        if len(rows):
            rows[:] = [*convex, *concave]
        return Question(rows, len(convex), tuple(rounded), Fraction(lost, unit))

    def best_grid(self) -> int:
        """Return the finest grid on which all rows stay below 2^52."""
        largest, seen = 0, set()
        for anchor, _ in self.parts():
            if anchor in seen:
                continue
            seen.add(anchor)
            kinks, linear = self._sums(anchor)
            size = max((abs(x) for row in kinks for x in row), default=0)
            largest = max(largest, size or max(map(abs, linear), default=0))
        if largest == 0:
            return 0
        # |x| 2^K / unit < 2^bits - 1
        grid = ENTRY_BITS + 1 + self.unit.bit_length() - largest.bit_length()
        while _shifted(largest, grid) >= self.unit * ((1 << ENTRY_BITS) - 1):
            grid -= 1
        return max(-MOST_GRID, min(MOST_GRID, grid))

    def bound(self, question: Question, square: Fraction) -> Fraction:
        """Return a question's bound, given the largest square of its leaves."""
        grid = self.setting.grid
        assert grid is not None  # noqa: S101 - chosen before anything is asked
        whole = root(square) + question.rounding * root(self.metric.largest)
        return whole / Fraction(2) ** grid + self.charge

    def bound_at_infinity(self) -> Fraction:
        """Return the bound of neurons whose bias outgrows all data."""
        grid = self.setting.grid
        assert grid is not None  # noqa: S101 - chosen before anything is asked
        unit = Fraction(2) ** grid
        return root(unit * unit * self.at_infinity) / unit

    # -- preparation --------------------------------------------------------------------------

    def _check(self) -> None:
        setting = self.setting
        if self.anchored and setting.merged:
            raise ClaimError("with a free hidden bias no rows are merged")
        if self.anchored and np.any(self.weights.sum(axis=0) != 0):
            raise ClaimError("constants cost nothing, and the dual vector does not add up to zero")
        if setting.grid is not None and abs(setting.grid) > MOST_GRID:
            raise ClaimError(f"the grid {setting.grid} is out of range")
        if setting.basis and any(len(row) != self.rows.shape[1] for row in setting.basis):
            raise ClaimError(f"a vector of the basis has not {self.rows.shape[1]} entries")

    def _merge(self) -> Fraction:
        """Replace merged rows and bring all to the coordinates; return the charge."""
        n = len(self.rows)
        charge = Fraction(0)
        replaced = {j for j, _, _ in self.setting.merged}
        if len(replaced) < len(self.setting.merged):
            raise ClaimError("a row is merged twice")
        factors = Fraction(1)
        if replaced:
            # one denominator for the multiples
            common = math.lcm(*(ratio.denominator for _, _, ratio in self.setting.merged))
            original, self.rows = self.rows, self.rows * common
            sizes = np.abs(self.weights.reshape(n, -1)).sum(axis=1)
            for j, i, ratio in self.setting.merged:
                if not (0 <= j < n and 0 <= i < n) or i in replaced:
                    raise ClaimError(f"row {j} is merged with row {i}, which is none to keep")
                self.rows[j] = original[i] * int(ratio * common)
                missed = sum(abs(int(x)) for x in original[j] * common - self.rows[j])
                charge += int(sizes[j]) * missed
            factors = Fraction(1, common)
            charge = charge * factors * self.steepness / (self.denominator << self._shift)
            self.unit *= common
        basis = self.setting.basis
        self.points = self.rows
        if basis is not None:
            matrix = np.array(basis, dtype=object).reshape(len(basis), self.rows.shape[1])
            self.points = self.rows @ matrix.T if len(basis) else self.rows[:, :0]
            self._check_basis(matrix)
        return charge

    def _check_basis(self, matrix: Integers) -> None:
        """Refuse a basis that does not span the rows, or their differences."""
        inverse = self.metric.inverse or ()
        common = math.lcm(*(entry.denominator for row in inverse for entry in row))
        scaled = np.array([[int(x * common) for x in row] for row in inverse], dtype=object)
        rows, points = self.rows, self.points
        if self.anchored:
            rows, points = rows - rows[0], points - points[0]
        back = points @ scaled.reshape(len(matrix), len(matrix)) @ matrix if len(matrix) else 0
        if (rows * common != back).any():
            raise ClaimError("the basis does not span the rows")

    def _sums(self, anchor: int) -> tuple[list[list[int]], list[int]]:
        """Return kappa_e e of every line and l, for sign 1, in units of 1 / `unit`."""
        if self._last is None or self._last[0] != anchor:
            self._last = (anchor, *self._summed(anchor))
        return self._last[1:]

    def _summed(self, anchor: int) -> tuple[list[list[int]], list[int]]:
        points = self.points if anchor < 0 else self.points - self.points[anchor]
        lines: dict[tuple[int, ...], int] = {}
        members: list[int] = []
        signs: list[int] = []
        for row in points.tolist():
            leading = next(filter(None, row), 0)
            side = abs_sign(leading)
            signs.append(side)
            if side == 0:
                members.append(-1)
                continue
            divisor = side * math.gcd(*row)
            members.append(lines.setdefault(tuple(x // divisor for x in row), len(lines)))
        member, sides = np.array(members, dtype=np.intp), np.array(signs, dtype=object)
        weighted = self.weights[:, np.newaxis] * points
        kinks = np.zeros((len(lines), self.rank), dtype=object)
        used = np.flatnonzero(member >= 0)
        np.add.at(kinks, member[used], (self.kink * sides[:, np.newaxis] * weighted)[used])
        behind = np.array([s < 0 for s in signs], dtype=np.bool_)
        linear = self.kink * weighted[behind].sum(axis=0) - self.off * weighted.sum(axis=0)
        return kinks.tolist(), [int(x) for x in np.broadcast_to(linear, (self.rank,))]


def abs_sign(value: int) -> int:
    """Return the sign of an integer."""
    return (value > 0) - (value < 0)


def _shifted(value: int, shift: int) -> Fraction:
    return value * Fraction(2) ** shift


def _gram(basis: Basis) -> list[list[Fraction]]:
    return [
        [Fraction(sum(x * y for x, y in zip(one, other, strict=True))) for other in basis]
        for one in basis
    ]


def _inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return the inverse of a Gram matrix by elimination; pivots are positive if it is regular."""
    r = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(r))] for i, row in enumerate(matrix)]
    for i in range(r):
        if rows[i][i] == 0:
            raise ClaimError("the vectors of the basis are not independent")
        pivot = rows[i][i]
        rows[i] = [x / pivot for x in rows[i]]
        for k in range(r):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i], strict=True)]
    return [row[r:] for row in rows]
