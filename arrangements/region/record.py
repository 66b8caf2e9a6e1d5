"""A region of an arrangement: its walls, its rays and a point well inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError, DataError
from arrangements.exact import EmptyCone, dot, integer_text, primitive_of_integers, square_root
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.packing import Activations
from arrangements.region.cone import facets
from arrangements.region.labelling import HalfSpace, LabelledSystem, read_labels
from arrangements.region.rays import extreme_rays

_BITS = 26
"""Bits of an interior point's entries: rounding moves it by 1e-8 of its size at most."""


@dataclass(frozen=True, eq=False, repr=False)
class Region:
    """A region: all weight vectors with one activation pattern, off the boundaries.

    Parameters
    ----------
    arrangement : Arrangement
        Only what lies in its domain belongs to the region.
    pattern : (n,) bool
        Read-only.
    walls : tuple of int
        For each hyperplane that bounds the region its first row (`Arrangement.representatives`).
    normals : tuple of integer rows of length d
        ``g.w > 0`` inside; one for each wall, then those of the domain that bound the region.
    interior : tuple of d int
        A weight vector inside, far from the walls unless the region is thinner than floats see.

    Examples
    --------
    >>> import arrangements as ar
    >>> corner = ar.region([[1, 0], [0, 1], [1, 1]], [True, True, True])
    >>> corner.walls, sorted(corner.rays), corner.is_simplicial  # w_0 > 0 and w_1 > 0
    ((0, 1), [(0, 1), (1, 0)], True)
    >>> corner.neighbour(1).tolist()
    [True, False, True]
    """

    arrangement: Arrangement
    pattern: Activations
    walls: tuple[int, ...]
    normals: tuple[tuple[int, ...], ...]
    interior: tuple[int, ...]

    @property
    def dimension(self) -> int:
        """The dimension of the region up to the directions on which nothing depends."""
        return self.arrangement.frame().rho

    @cached_property
    def rays(self) -> tuple[tuple[int, ...], ...]:
        """The extreme rays of its closure: coprime integer vectors of length d, sorted.

        Made when first asked for: in high rank there can be thousands.  When the rows do not
        span R^d the closure holds whole subspaces; the rays are then those of its section with
        the columns that `Arrangement.frame` keeps.
        """
        frame = self.arrangement.frame()
        kept = [tuple(g[c] for c in frame.columns) for g in self.normals]
        return tuple(frame.lift(ray) for ray in extreme_rays(kept))

    @property
    def is_simplicial(self) -> bool:
        """Whether it has no more facets than its dimension."""
        return len(self.normals) == self.dimension

    @property
    def clearance(self) -> float:
        """The angle in radians between `interior` and the nearest facet (pi/2 without any).

        A float rounded from exact numbers; that the point is inside was decided exactly.
        """
        length = dot(self.interior, self.interior)
        sines = [
            square_root(Fraction(dot(g, self.interior) ** 2, dot(g, g) * length))
            for g in self.normals
        ]
        return math.asin(min(sines, default=1.0))

    def neighbour(self, wall: int) -> Activations:
        """Return the pattern on the other side of a wall.

        Raises
        ------
        ArgumentError
            When the row is not one of `walls`.
        """
        if wall not in self.walls:
            raise ArgumentError(f"wall = {wall} is not one of the region's walls {self.walls}")
        classes = self.arrangement.row_class
        return np.asarray(self.pattern ^ (classes == classes[wall]))

    def summary(self) -> str:
        """Say in a few lines what bounds the region."""
        walls = ", ".join(map(str, self.walls))
        return (
            f"{int(self.pattern.sum())} of {len(self.pattern)} rows active\n"
            f"{len(self.walls)} walls (rows {walls})\n"
            f"interior point {self.interior}, {math.degrees(self.clearance):.3g} degrees from "
            "the nearest facet"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the region as plain JSON values; integers as text, since they may be long."""
        return {
            "pattern": [int(bit) for bit in self.pattern],
            "walls": list(self.walls),
            "rays": [[integer_text(entry) for entry in ray] for ray in self.rays],
            "interior": [integer_text(entry) for entry in self.interior],
            "clearance": self.clearance,
            "digest": self.arrangement.data.digest,
        }

    def __repr__(self) -> str:
        """One line: how many rows are active, how many walls."""
        return (
            f"Region({int(self.pattern.sum())} of {len(self.pattern)} rows active, "
            f"{len(self.walls)} walls)"
        )


def region(data: Any, pattern: Any) -> Region:
    """Describe the region of an activation pattern.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    pattern : array-like of n booleans (or 0 and 1)

    Raises
    ------
    ArgumentError
        When no weight vector off the boundaries has the pattern; `realize_labelling` says why.

    Notes
    -----
    *Algorithm.* A linear program looks for the point of the cube ``|w_j| <= 1`` (in the
    coordinates of `Arrangement.frame`) with the largest margin to all rows, which are scaled
    to largest entries between 1/2 and 1; it is rounded to 26 bits, or more if needed.  In
    regions that floats cannot resolve an exact simplex method finds a point, which may be
    near a wall.  Facets by Clarkson's algorithm, rays by double description.

    *Exactness.* Integers decide that the point is inside, and what facets and rays are.  How
    far inside it is depends on floats.

    *Cost.* m linear programs over the walls.

    *Growth.* ``n**2 * r**2`` for n rows of rank r.

    Examples
    --------
    >>> corner = region([[1, 0], [0, 1], [1, 1]], [1, 1, 1])
    >>> corner.walls, corner.rays
    ((0, 1), ((0, 1), (1, 0)))
    """
    arrangement = as_arrangement(data)
    labels = read_labels(pattern, arrangement.shape[0])
    system = LabelledSystem(arrangement, labels)
    point = system.solve(least_bits=_BITS)
    if isinstance(point, EmptyCone):
        raise ArgumentError(
            "pattern occurs at no weight vector off the boundaries; realize_labelling(data, "
            "pattern) says why"
        )
    # The domain's half-spaces come first: behind a hyperplane on its boundary lies nothing.
    spaces: dict[tuple[int, ...], HalfSpace] = {}
    for space in system.half_spaces:
        spaces.setdefault(primitive_of_integers(space.kept), space)
    directions = list(spaces)
    bounding = [directions[index] for index in facets(directions, point)]
    walls: dict[int, tuple[int, ...]] = {}
    theirs: list[tuple[int, ...]] = []
    for normal in bounding:
        space = spaces[normal]
        if space.row is None:
            theirs.append(space.inner)
        else:
            walls[arrangement.representatives[arrangement.row_class[space.row]]] = space.inner
    labels.setflags(write=False)
    return Region(
        arrangement,
        labels,
        tuple(sorted(walls)),
        (*(walls[row] for row in sorted(walls)), *theirs),
        system.lift(point),
    )


def region_of_weight(data: Any, weight: Sequence[Any]) -> Region:
    """Describe the region that a weight vector lies in.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    weight : sequence of d numbers
        Read as stored.

    Raises
    ------
    ArgumentError
        When the vector lies on hyperplanes, which are named, or outside the domain, or is not
        d finite numbers.

    Notes
    -----
    See `region`.

    *Growth.* ``n**2 * r**2`` for n rows of rank r.

    Examples
    --------
    >>> region_of_weight([[1, 0], [0, 1], [1, 1]], [0.5, -2]).pattern.astype(int).tolist()
    [1, 0, 0]
    """
    arrangement = as_arrangement(data)
    vector = read_weight(arrangement, weight, "weight")
    return region(arrangement, pattern_off_boundaries(arrangement, vector, "weight"))


def read_weight(arrangement: Arrangement, weight: Sequence[Any], name: str) -> DataMatrix:
    """Return a weight vector as one exact row, refusing what is none."""
    d = arrangement.shape[1]
    try:
        vector = as_data_matrix([list(weight)])
    except (DataError, TypeError):
        vector = None
    if vector is None or vector.shape[1] != d:
        raise ArgumentError(
            f"{name} = {weight!r} must be {d} finite numbers, one for each column of the data"
        )
    return vector


def pattern_off_boundaries(arrangement: Arrangement, vector: DataMatrix, name: str) -> Activations:
    """Return the exact pattern of a weight vector, refusing boundaries and other domains."""
    signs = arrangement.data.signs(vector)[0]
    on = np.flatnonzero((signs == 0) & (arrangement.orientation != 0))
    if len(on):
        raise ArgumentError(
            f"{name} lies on the hyperplane of row {int(on[0])} ({len(on)} rows in all), in no "
            "region; move it off, or see `faces`"
        )
    if any(dot(g, vector.integers[0]) <= 0 for g in arrangement.domain.normals):
        raise ArgumentError(f"{name} lies outside the arrangement's domain")
    return np.asarray(signs >= 0)
