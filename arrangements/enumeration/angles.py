"""The regions of the plane: sectors between lines, in the order of their angles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias, final

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Batch, BatchRun, Method
from arrangements.enumeration.walls import Walls, batch_without_walls
from arrangements.errors import ArgumentError
from arrangements.exact import Directions, IntegerMatrix, float_rows, integer_matrix, magnitude
from arrangements.realization import patterns_by_angle
from arrangements.units import Cone, Unit
from arrangements.witnesses import Witnesses

IntegerRow: TypeAlias = tuple[int, ...]

_PLANE = 2
_BITS = 50
"""Witnesses are rounded to integers below 2**50, which floats hold exactly."""
_SMALL = 2**40
"""Entries up to which the sum of two vectors is small enough to be the witness."""
_BYTES = 1 << 26
"""Of the patterns of a batch."""


@final
class Angles(Method):
    """Sorting lines by angle: for data of rank two, at once and without compiled code.

    Notes
    -----
    *Algorithm.* The lines of the plane are sorted; each sector between two of them is a region,
    and its pattern is the one before with the rows of one line flipped.  Halfway between the
    two is a witness.  Inside a cone the sectors outside are left out.

    *Exactness.* Integers order the lines and check the witnesses; where rounding spoils one it
    is replaced by the sum of the two lines' vectors.

    *Cost.* O(m log m) comparisons, and n/8 bytes a region.

    Examples
    --------
    >>> import arrangements as ar
    >>> len(ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]], method=ar.Angles()))
    6
    """

    @staticmethod
    def supports(arrangement: Arrangement, cone: Cone) -> bool:
        """Return whether hyperplanes and cone together have rank two."""
        if cone.is_whole_space:
            return arrangement.rank == _PLANE
        return arrangement.frame(cone).rho == _PLANE

    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield every pattern of a cone once."""
        cone = piece.within
        frame = arrangement.frame(cone)
        if frame.rho != _PLANE:
            raise ArgumentError(
                f"{arrangement!r} with {cone.describe()} has rank {frame.rho}, Angles() sorts "
                "lines of rank two; use method=Auto()"
            )
        walls = Walls.of(frame)
        if walls is None:
            return None
        if not walls.rows:
            yield batch_without_walls(arrangement, cone)
            return None
        lines = Directions(walls.rows)
        size = max(1, _BYTES // max(1, arrangement.shape[0] // 8))
        count = len(lines.order)
        for start in range(0, count, size):
            sectors = range(start, min(start + size, count))
            yield from _batches(arrangement, walls, lines, sectors)
        return None

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""
        return regions * (4e-6 + 2e-11 * arrangement.shape[0])


def _batches(
    arrangement: Arrangement, walls: Walls, lines: Directions, sectors: range
) -> Iterator[Batch]:
    """Yield the regions of some sectors of the half plane above, and of those opposite."""
    # Sector s of these lies behind the first s + 1 lines.
    behind = range(sectors.start + 1, sectors.stop + 1)
    packed = patterns_by_angle(arrangement, lines, behind)
    points = integer_matrix(_witnesses(lines, sectors), _PLANE)
    columns, dimension = walls.frame.columns, walls.frame.dimension
    if not walls.normals:
        yield Batch(packed, Witnesses(points, columns, dimension), mirrored=True)
        return
    inside = {True: np.ones(len(packed), np.bool_), False: np.ones(len(packed), np.bool_)}
    for index, inner in walls.normals:
        # Clockwise of its vector a row is positive iff the vector was not turned.
        positive = (lines.place[index] > np.array(sectors)) != lines.turned[index]
        for upper in inside:
            inside[upper] &= (positive == upper) == inner
    for upper, chosen in inside.items():
        if chosen.any():
            patterns = packed[chosen] if upper else packed[chosen] ^ arrangement.flips
            table: IntegerMatrix = points[chosen] if upper else -points[chosen]
            yield Batch(patterns, Witnesses(table, columns, dimension))


def _witnesses(lines: Directions, sectors: range) -> list[IntegerRow]:
    """Return a vector inside each sector."""
    count = len(lines.order)
    ends = [lines.vectors[lines.order[sector % count]] for sector in (*sectors, sectors.stop)]
    if sectors.stop == count:
        x, y = ends[-1]
        ends[-1] = (-x, -y)
    table = integer_matrix(ends, _PLANE)
    if magnitude(table) <= _SMALL:
        return [_between(here, there) for here, there in pairwise(ends)]
    units = float_rows(table, _PLANE)
    units /= np.hypot(units[:, 0], units[:, 1])[:, np.newaxis]
    middles = units[:-1] + units[1:]
    sizes = np.abs(middles).max(axis=1)
    middles /= np.where(sizes > 0.0, sizes, 1.0)[:, np.newaxis]
    rounded = np.rint(middles * 2**_BITS).astype(np.int64).tolist()
    return [
        (x, y) if a * y > b * x and x * d > y * c else _between((a, b), (c, d))
        for (x, y), (a, b), (c, d) in zip(rounded, ends[:-1], ends[1:], strict=True)
    ]


def _between(first: IntegerRow, second: IntegerRow) -> IntegerRow:
    """Return a vector between two, counterclockwise from the first, at most half a turn."""
    (a, b), (c, d) = first, second
    return (-b, a) if a * d == b * c else (a + c, b + d)
