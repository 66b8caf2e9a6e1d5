"""Which way the neurons of an optimum may point: one direction for each cell and sign at most.

Derivation.  Let v be within r of the dual optimum, and g = s X' G v for a cell K with sign s.  The most
that a neuron of length one in K puts out along v is the length of u, the nearest point of K to g.
Nearest points are no further apart than what they are nearest to, so for the dual optimum u lies
within ``e = |X| r`` of the one found; below beta - e no optimum has a neuron in K with that sign.

Else u, nearest to g, lies on a face: ``u = g + B' rho`` with rows B of the cone that vanish there and rho
> 0.  When every rho and every other row's product with u stays positive however g moves by e, the
dual optimum has its point on the same face.  Cells around one face agree on its span, so they have the same
point: the direction is one and the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import CellClaim
from convex_program.errors import ClaimError
from convex_program.evidence.cells import CellBounds
from convex_program.norms import row_norms
from convex_program.pricing import price_cells
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_up, round_down

FloatVector = npt.NDArray[np.float64]
Vector = list[Fraction]

_NO_MULTIPLIER = 2.0**-40
"""Multipliers below this part of the largest are left over by rounding."""
_ROOM = 1.0 - 2.0**-30
"""Cells a little below the level get multipliers as well."""


@dataclass(frozen=True, eq=False)
class Direction:
    """A place where a neuron of an optimum may lie.

    Parameters
    ----------
    sign : int
        Of what it puts out.
    point : tuple of q Fraction
        The nearest point of the closed cell to what is asked for: beta times the direction.
    place : tuple of n int
        Signs of the rows on it, 0 where they vanish on its face.
    settled : bool
        Whether the dual optimum has its point on the same face, for certain.
    """

    sign: int
    point: tuple[Fraction, ...]
    place: tuple[int, ...]
    settled: bool

    @property
    def square(self) -> Fraction:
        """Squared length of the point."""
        return sum((x * x for x in self.point), Fraction(0))

    @property
    def unit(self) -> FloatVector:
        """The direction, in floating point."""
        # Over its largest entry first: squares of small numbers would vanish.
        size = max(abs(x) for x in self.point)
        vector = np.array([float(x / size) for x in self.point])
        return np.asarray(vector / row_norms(vector[np.newaxis])[0])


@dataclass(frozen=True, eq=False)
class NearDual:
    """A dual vector and how far the dual optimum may be from it.

    Parameters
    ----------
    vector : tuple of n floats
    scale : Fraction
        What is meant is ``scale * vector``.
    radius : Fraction
        No less than the distance of the dual optimum: 0 when it is the dual optimum.
    """

    vector: tuple[float, ...]
    scale: Fraction
    radius: Fraction

    @property
    def exact(self) -> Vector:
        """The vector meant."""
        return [self.scale * Fraction(v) for v in self.vector]


def blur(problem: TrainingProblem, radius: Fraction) -> Fraction:
    """Return how far ``X' G v`` may move when v moves by a radius."""
    square = sum((x * x for row in problem.gauge.exact_rows for x in row), Fraction(0))
    return Fraction(root_up(square)) * Fraction(problem.activation.steepness) * radius


def possible_directions(
    problem: TrainingProblem, patterns: ar.CompletePatterns, dual: NearDual
) -> list[Direction] | None:
    """Return every direction that a neuron of an optimum may have, each once where that is settled.

    Returns
    -------
    list of Direction, or None
        None when a cell exceeds beta by more than the radius allows, or the nearest point of one is
        not found.

    Notes
    -----
    *Exactness.* What is left out is left out by rational arithmetic; floats propose multipliers.
    """
    activations = patterns.activations()
    scale, beta = dual.scale, problem.exact_beta
    around = blur(problem, dual.radius)
    if beta <= around or scale == 0:
        return [] if scale == 0 and beta > around else None
    level = ((beta - around) / scale) ** 2
    bounds = CellBounds(problem.exact, activations, dual.vector)
    wanted = {int(cell) for cell in bounds.exceeding(level)}
    priced = price_cells(
        problem,
        patterns,
        np.array(dual.vector),
        threshold=round_down((beta - around) / scale) * _ROOM,
    )
    supports: dict[tuple[int, int], CellClaim] = {}
    for i, (cell, sign) in enumerate(
        zip(priced.cells.tolist(), priced.signs.tolist(), strict=True)
    ):
        part = slice(priced.starts[i], priced.starts[i + 1])
        supports[cell, sign] = CellClaim(
            cell, sign, tuple(priced.rows[part].tolist()), tuple(priced.values[part].tolist())
        )
    representatives = patterns.arrangement.representatives
    found: dict[tuple[int, tuple[int, ...]], Direction] = {}
    for cell in sorted(wanted):
        gradient = [scale * x for x in bounds.gradient(cell)]
        sides = [1 if active else -1 for active in activations[cell].tolist()]
        for sign in (1, -1):
            claim = supports.get((cell, sign), CellClaim(cell, sign, (), ()))
            if _below(bounds, claim, level):
                continue
            cone = _Cone(problem, sides, sign, representatives)
            target = [sign * x for x in gradient]
            if not any(target):
                continue
            direction = cone.nearest(target, claim, around)
            if direction is None:
                return None
            if direction.square < (beta - around) ** 2:
                continue
            key = (sign, direction.place)
            found[key] = _first(found.get(key), direction)
    return list(found.values())


def _below(bounds: CellBounds, claim: CellClaim, level: Fraction) -> bool:
    try:
        return bounds.with_multipliers(claim) < level
    except ClaimError:
        return False


def _first(known: Direction | None, new: Direction) -> Direction:
    """Keep the one that is settled."""
    return new if known is None or new.settled > known.settled else known


@dataclass(frozen=True, eq=False)
class _Cone:
    """The closed cell ``{u : sides_i x_i.u >= 0}``, and the sign of what is put out."""

    problem: TrainingProblem
    sides: list[int]
    sign: int
    representatives: Sequence[int]

    def row(self, i: int) -> Vector:
        side = self.sides[i]
        return [side * x for x in self.problem.gauge.exact_rows[i]]

    def nearest(self, target: Vector, claim: CellClaim, around: Fraction) -> Direction | None:
        """Return the nearest point to a target, given rows it should lie on; None when not found.

        The target may move by `around`: settled says whether the face surely stays.
        """
        largest = max(claim.values, default=0.0)
        chosen = [
            row
            for row, value in zip(claim.rows, claim.values, strict=True)
            if value > _NO_MULTIPLIER * largest
        ]
        # Floats proposed the rows; one too many or too few is exchanged for another.
        for _ in range(4 * len(target) + 4):
            basis = [self.row(i) for i in chosen]
            try:
                inverse = inverse_gram(basis)
            except ZeroDivisionError:
                return None
            rho = [-dot(line, [dot(row, target) for row in basis]) for line in inverse]
            if rho and min(rho) < 0:
                del chosen[rho.index(min(rho))]
                continue
            point = list(target)
            for factor, row in zip(rho, basis, strict=True):
                point = [x + factor * y for x, y in zip(point, row, strict=True)]
            products = [dot(row, point) for row in self.problem.gauge.exact_rows]
            outside = [i for i in self.representatives if self.sides[i] * products[i] < 0]
            if not outside:
                break
            chosen.append(min(outside, key=lambda i: self.sides[i] * products[i]))
        else:
            return None
        square = around * around
        settled = all(x > 0 and x * x > inverse[b][b] * square for b, x in enumerate(rho))
        for i in self.representatives:
            row, product = self.row(i), abs(products[i])
            if i not in chosen and not (product == 0 and _spanned(row, basis, inverse)):
                settled = settled and product > 0 and product * product > dot(row, row) * square
        place = tuple((x > 0) - (x < 0) for x in products)
        return Direction(self.sign, tuple(point), place, settled)


def dot(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    """Return the product of two vectors."""
    return sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0))


def _spanned(row: Vector, basis: list[Vector], inverse: list[Vector]) -> bool:
    """Whether a row is a combination of basis vectors."""
    products = [dot(one, row) for one in basis]
    left = list(row)
    for line, one in zip(inverse, basis, strict=True):
        factor = dot(line, products)
        left = [x - factor * y for x, y in zip(left, one, strict=True)]
    return not any(left)


def inverse_gram(vectors: list[Vector]) -> list[Vector]:
    """Return the inverse of the products of vectors; `ZeroDivisionError` when they are dependent."""
    count = len(vectors)
    lines = [
        [*(dot(one, other) for other in vectors), *(Fraction(i == j) for j in range(count))]
        for i, one in enumerate(vectors)
    ]
    for i in range(count):
        pivot = lines[i][i]
        lines[i] = [x / pivot for x in lines[i]]
        for k in range(count):
            factor = lines[k][i]
            if k != i and factor:
                lines[k] = [x - factor * y for x, y in zip(lines[k], lines[i], strict=True)]
    return [line[count:] for line in lines]
