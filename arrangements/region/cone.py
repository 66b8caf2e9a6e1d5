"""Cones ``{w : g.w >= 0}``: a point inside, facets and extreme rays, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from arrangements.exact import (
    EmptyCone,
    dot,
    interior_point,
    negated,
    null_vector,
    rounded_inside,
)
from arrangements.lp import CrossingPoint, CrossingProgram, ForcingRows

IntegerRow = tuple[int, ...]


def point_inside(
    normals: Sequence[IntegerRow], dimension: int, *, least_bits: int = 0
) -> IntegerRow | EmptyCone:
    """Return a point with ``g.w > 0`` for all normals, or multipliers that cancel.

    Notes
    -----
    *Algorithm.* A linear program proposes a point with a large margin, or the support of the
    multipliers; where rounding spoils the proposal, `interior_point` answers.

    *Exactness.* Integers check either answer.
    """
    if not normals or not all(map(any, normals)):
        return interior_point(normals, dimension)
    program = CrossingProgram(normals, dimension)
    for index in range(len(normals)):
        program.switch_on(index, positive=True)
    proposal = program.solve()
    answer: IntegerRow | EmptyCone | None
    if isinstance(proposal, CrossingPoint):
        answer = rounded_inside(proposal.point, normals, least_bits=least_bits)
    else:
        answer = _cancelling(normals, proposal)
    return interior_point(normals, dimension) if answer is None else answer


def _cancelling(normals: Sequence[IntegerRow], proposal: ForcingRows) -> EmptyCone | None:
    """Turn proposed rows into positive multipliers that cancel, if they are unique."""
    vector = null_vector([normals[row] for row in proposal.rows]) if proposal.rows else None
    if vector is None:
        return None
    factors = vector if vector[0] > 0 else negated(vector)
    return EmptyCone(proposal.rows, factors) if min(factors) > 0 else None


def facets(normals: Sequence[IntegerRow], interior: IntegerRow) -> list[int]:
    """Return which of the normals of a cone ``{w : g.w >= 0}`` are facets.

    Parameters
    ----------
    normals : sequence of integer rows
        None is a positive multiple of another.
    interior : integer point
        ``g.interior > 0`` for every normal.

    Returns
    -------
    list of int
        Ascending.

    Notes
    -----
    *Algorithm.* Clarkson's: a normal is no facet when no point inside the known facets lies
    beyond it.  Otherwise the ray from the interior point through such a point leaves the
    cone through a new facet.  Where it leaves through several hyperplanes at once, the
    interior point is moved by infinitesimals e >> e^2 >> ... along the axes, which leaves one.

    *Exactness.* Integers and rationals.

    *Cost.* k linear programs over the facets only, k the number of normals.

    *Reference.* Clarkson 1994.
    """
    found: list[int] = []
    for index, normal in enumerate(normals):
        while index not in found:
            beyond = point_inside([*(normals[i] for i in found), negated(normal)], len(normal))
            if isinstance(beyond, EmptyCone):
                break
            found.append(_first_hit(normals, interior, beyond))
    return sorted(found)


def _first_hit(normals: Sequence[IntegerRow], interior: IntegerRow, direction: IntegerRow) -> int:
    """Return the hyperplane through which a ray leaves; the interior point breaks ties."""
    candidates = []
    for index, normal in enumerate(normals):
        slope = dot(normal, direction)
        if slope < 0:
            # Normals that are not multiples of each other differ once scaled by their slopes.
            scaled = tuple(Fraction(entry, -slope) for entry in normal)
            candidates.append((Fraction(dot(normal, interior), -slope), scaled, index))
    return min(candidates)[2]
