"""Cones ``{w : g.w >= 0}``: a point inside, facets and extreme rays, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from arrangements.exact import (
    EmptyCone,
    dot,
    independent_columns,
    interior_point,
    negated,
    null_vector,
    primitive_of_integers,
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


def extreme_rays(normals: Sequence[IntegerRow]) -> list[IntegerRow]:
    """Return the extreme rays of a cone ``{w : g.w >= 0}``, coprime and sorted.

    Parameters
    ----------
    normals : sequence of integer rows of length rho
        They span R^rho, and the cone has interior points.

    Notes
    -----
    *Algorithm.* Double description: rho independent normals make a simplicial cone; each
    further one keeps the rays on its positive side and adds one on each edge it cuts.  Two
    rays span an edge when no third ray lies on all normals that both lie on.

    *Exactness.* Integers only.

    *Reference.* Motzkin, Raiffa, Thompson and Thrall 1953; Fukuda and Prodon 1996.
    """
    if not normals:
        return []
    basis = independent_columns(list(zip(*normals, strict=True)))
    rays: dict[IntegerRow, frozenset[int]] = {}
    for left_out in basis:
        others = [index for index in basis if index != left_out]
        columns = list(zip(*(normals[i] for i in others), strict=True))
        ray = (null_vector(columns) if columns else (1,)) or ()
        ray = ray if dot(normals[left_out], ray) > 0 else negated(ray)
        rays[ray] = frozenset(others)
    for index, normal in enumerate(normals):
        if index not in basis:
            rays = _cut(rays, index, normal)
    return sorted(rays)


def _cut(
    rays: dict[IntegerRow, frozenset[int]], index: int, normal: IntegerRow
) -> dict[IntegerRow, frozenset[int]]:
    values = {ray: dot(normal, ray) for ray in rays}
    kept = {
        ray: tight | {index} if values[ray] == 0 else tight
        for ray, tight in rays.items()
        if values[ray] >= 0
    }
    for inside in (ray for ray in rays if values[ray] > 0):
        for outside in (ray for ray in rays if values[ray] < 0):
            common = rays[inside] & rays[outside]
            if any(common <= rays[ray] for ray in rays if ray not in (inside, outside)):
                continue
            new = primitive_of_integers(
                [
                    values[inside] * b - values[outside] * a
                    for a, b in zip(inside, outside, strict=True)
                ]
            )
            kept[new] = common | {index}
    return kept
