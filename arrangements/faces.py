"""Faces of every dimension: covectors, their numbers, and the patterns of boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions
from arrangements.enumeration import Angles, enumerate_patterns
from arrangements.enumeration.proving import expanded
from arrangements.errors import ArgumentError
from arrangements.exact import (
    EmptyCone,
    IntegerMatrix,
    dot,
    exact_signs,
    interior_point,
    negated,
    null_space,
)
from arrangements.flats import Flat, flats, refuse_empty_domain
from arrangements.packing import Activations, unpack
from arrangements.patterns import Origin, PatternSubset
from arrangements.progress import Listener, Meter, session_listener, silent
from arrangements.units import Cone

IntegerRow = tuple[int, ...]

_PLANE = 2


@dataclass(frozen=True, eq=False, repr=False)
class Faces:
    """Every face of an arrangement: its covector, its dimension and a point inside.

    Parameters
    ----------
    arrangement : Arrangement
    signs : (N, n) int8
        Covectors: the signs of ``x_i.w`` inside face k are ``signs[k]``; by ascending
        dimension, then lexicographic.
    dimensions : (N,) intp
        Dimensions in R^d.
    points : (N, d) exact integers
        A weight vector in the relative interior of each face.

    Examples
    --------
    >>> import arrangements as ar
    >>> quadrants = ar.faces([[1, 0], [0, 1]])
    >>> quadrants.f_vector  # the origin, four half-lines, four quadrants
    (1, 4, 4)
    """

    arrangement: Arrangement
    signs: npt.NDArray[np.int8]
    dimensions: npt.NDArray[np.intp]
    points: IntegerMatrix

    def __len__(self) -> int:
        """Return the number N of faces."""
        return len(self.signs)

    @property
    def f_vector(self) -> tuple[int, ...]:
        """The number of faces of each dimension 0 to d."""
        counts = np.bincount(self.dimensions, minlength=self.arrangement.shape[1] + 1)
        return tuple(int(count) for count in counts)

    def activations(self) -> Activations:
        """Return the patterns ``1[x_i.w >= 0]`` of the faces, shape (N, n)."""
        return self.signs >= 0

    def summary(self) -> str:
        """Say how many faces there are of each dimension."""
        return "\n".join(
            f"dimension {dimension}: {count:,} faces"
            for dimension, count in enumerate(self.f_vector)
            if count
        )

    def __repr__(self) -> str:
        """One line: how many, of how many rows."""
        return f"Faces({len(self)} faces of {self.arrangement!r})"


def faces(data: Any, *, limit: int = 100_000, progress: Listener = session_listener) -> Faces:
    """List the faces of all dimensions of a small arrangement.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Only faces that meet its domain are listed.
    limit : int
        Refuse to list more faces, or to look at more flats, than this.
    progress : Listener, optional
        Called with the number of faces found.

    Raises
    ------
    ArgumentError
        When there are more faces than `limit`, or the domain is empty.

    Notes
    -----
    *Algorithm.* The faces that span a flat are the regions of the arrangement restricted to
    it: two rays of a line, the sectors of a plane (`Angles`); those of larger flats are enumerated,
    and proved complete by `enumerate_patterns`.

    *Exactness.* Integers decide; each point is an exact witness of its covector.

    *Cost.* A restriction for each flat of dimension two and more, an enumeration for each of
    more than two: about 10^5 faces a second in rank three.

    *Growth.* ``n**r`` for n rows of rank r.

    Examples
    --------
    >>> found = faces([[1, 0], [0, 1], [1, 1]])
    >>> found.f_vector, found.signs[:4].tolist()
    ((1, 6, 6), [[0, 0, 0], [-1, 0, -1], [-1, 1, 0], [0, -1, -1]])
    """
    arrangement = as_arrangement(data)
    meter = Meter(progress, "listing faces", "faces")
    parts = []
    lines: list[IntegerRow] = []
    for flat in flats(arrangement, limit=limit, progress=silent):
        section = _Section.of(arrangement, flat)
        if len(section.basis) == 1:
            lines.append(section.basis[0])
            continue
        if len(section.basis) > _PLANE and meter.done + section.count() > limit:
            raise _too_many(limit)
        part = section.faces()
        parts.append(part)
        meter.advance(len(part))
        if meter.done + 2 * len(lines) > limit:
            raise _too_many(limit)
    parts.append(_rays(arrangement, lines))
    meter.finish()
    signs = np.concatenate([part.signs for part in parts])
    dimensions = np.concatenate([part.dimensions for part in parts])
    points = np.concatenate([part.points for part in parts])
    order = np.lexsort((*signs.T[::-1], dimensions))
    arrays = (signs[order], dimensions[order], points[order])
    for array in arrays:
        array.setflags(write=False)
    return Faces(arrangement, *arrays)


@dataclass(frozen=True, eq=False)
class _Section:
    """An arrangement restricted to a flat.

    Parameters
    ----------
    whole : Arrangement
    basis : tuple of integer vectors of length d
        They span a complement, in the flat, of what all rows vanish on.
    dimension : int
        The flat's, in R^d.
    """

    whole: Arrangement
    basis: tuple[IntegerRow, ...]
    dimension: int

    @classmethod
    def of(cls, whole: Arrangement, flat: Flat) -> _Section:
        """Restrict `whole` to a flat."""
        frame = whole.frame()
        integers = whole.data.integers
        vanishing = [[integers[i][c] for c in frame.columns] for i in flat.rows]
        basis = [frame.lift(vector) for vector in null_space(vanishing, frame.rho)]
        return cls(whole, tuple(basis), whole.shape[1] - flat.rank)

    @cached_property
    def arrangement(self) -> Arrangement:
        """The rows (zero where they vanish on the flat) and the domain, on the coefficients."""
        # In the smallest flat there are no directions left; one that nothing sees stands in.
        directions = self.basis or ((0,) * self.whole.shape[1],)
        normals = [[dot(normal, b) for b in directions] for normal in self.whole.domain.normals]
        rows = [[dot(row, b) for b in directions] for row in self.whole.data.integers]
        return Arrangement(rows, domain=Cone.from_normals(normals))

    def count(self) -> int:
        """Count the faces that span the flat."""
        if len(self.basis) < _PLANE and self.whole.domain.is_whole_space:
            return 1 + len(self.basis)
        return count_regions(self.arrangement, progress=silent)

    def faces(self) -> Faces:
        """List the faces that span the flat."""
        arrangement = self.arrangement
        if len(self.basis) == _PLANE and Angles.supports(arrangement, arrangement.domain):
            # Integers order the lines: nothing is left to be proved.
            batches = [
                expanded(arrangement, batch)
                for batch in Angles().run(arrangement, arrangement.domain)
            ]
            activations = [unpack(batch.packed, arrangement.shape[0]) for batch in batches]
            coefficients = [batch.witnesses.full().astype(object) for batch in batches]
        else:
            patterns = enumerate_patterns(arrangement, progress=silent)
            activations = [patterns.activations()]
            coefficients = [patterns.witnesses.full().astype(object)]
        active = np.concatenate([np.empty((0, self.whole.shape[0]), np.bool_), *activations])
        signs = np.where(arrangement.orientation != 0, 2 * active.astype(np.int8) - 1, 0)
        basis = self.basis or ((0,) * self.whole.shape[1],)
        width = len(basis)
        points = np.concatenate([np.empty((0, width), object), *coefficients])
        points = points @ np.array(basis, dtype=object)
        dimensions = np.full(len(signs), self.dimension, dtype=np.intp)
        return Faces(self.whole, signs.astype(np.int8), dimensions, points)


def _rays(whole: Arrangement, lines: list[IntegerRow]) -> Faces:
    """List the halves of lines that lie in the domain."""
    points = np.array([*lines, *map(negated, lines)], dtype=object).reshape(-1, whole.shape[1])
    inside = np.ones(len(points), np.bool_)
    if whole.domain.normals:
        inside = np.asarray((exact_signs(points, whole.domain.normals) > 0).all(axis=1))
    points = points[inside]
    dimension = whole.shape[1] - whole.frame().rho + 1
    dimensions = np.full(len(points), dimension, dtype=np.intp)
    return Faces(whole, exact_signs(points, whole.data.integers), dimensions, points)


def _too_many(limit: int) -> ArgumentError:
    return ArgumentError(
        f"limit = {limit:,}, but there are more faces; raise limit=, or ask f_vector, which "
        "only counts them"
    )


def f_vector(
    data: Any, *, limit: int = 100_000, progress: Listener = session_listener
) -> tuple[int, ...]:
    """Count the faces of each dimension, without listing them.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Only faces that meet its domain are counted.
    limit : int
        Refuse to look at more flats than this.
    progress : Listener, optional
        Called with the number of flats done.

    Returns
    -------
    tuple of d + 1 int
        Entry k is the number of faces of dimension k in R^d.

    Raises
    ------
    ArgumentError
        When there are more flats than `limit`, or the domain is empty.

    Notes
    -----
    *Algorithm.* The faces of dimension k are the regions of the arrangement restricted to
    the flats of dimension k; `count_regions` counts them.

    *Exactness.* Integers only.

    *Growth.* ``n**r`` for n rows of rank r.

    *Reference.* Zaslavsky 1975.

    Examples
    --------
    >>> f_vector([[1, -1, 0], [1, 0, -1], [0, 1, -1]])  # a line, 6 half-planes, 6 regions
    (0, 1, 6, 6)
    """
    arrangement = as_arrangement(data)
    listed = flats(arrangement, limit=limit, progress=silent)
    counts = [0] * (arrangement.shape[1] + 1)
    meter = Meter(progress, "counting faces", "flats", len(listed))
    for flat in listed:
        section = _Section.of(arrangement, flat)
        counts[section.dimension] += section.count()
        meter.advance()
    meter.finish()
    return tuple(counts)


def boundary_patterns(
    data: Any, *, limit: int = 100_000, progress: Listener = session_listener
) -> PatternSubset:
    """List the patterns ``1[x_i.w >= 0]`` that occur on boundaries only, in no open region.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Only weights in its domain count.
    limit : int
        Refuse to look at more flats than this.
    progress : Listener, optional
        Called with the number of flats done.

    Returns
    -------
    PatternSubset
        Of origin ``BOUNDARY``.  With the patterns of `enumerate_patterns` these are the
        patterns of all weight vectors, ties included.

    Raises
    ------
    ArgumentError
        When there are more flats than `limit`, or the domain is empty.

    Notes
    -----
    *Algorithm.* Let B be the rows that vanish on a face, zero rows apart.  An open region has
    the face's pattern iff some delta has ``x_i.delta > 0`` on B: push the face's weights
    along delta, or take the region's own weights for delta.  So exactly the faces of flats
    without such a delta count.  None does when all rows lie in an open half-space, as with a
    column of ones, and then no flat is looked at.

    *Exactness.* Integers only.

    *Cost.* A feasibility question for each flat, an enumeration where there is no delta.

    *Growth.* ``n**r`` for n rows of rank r.

    Examples
    --------
    >>> boundary_patterns([[1, 0], [0, 1], [-1, -1]]).activations().tolist()
    [[True, True, True]]
    """
    arrangement = as_arrangement(data)
    refuse_empty_domain(arrangement)
    found: list[Activations] = [np.empty((0, arrangement.shape[0]), dtype=np.bool_)]
    if not _has_common_side(arrangement, range(arrangement.shape[0])):
        listed = flats(arrangement, limit=limit, progress=silent)
        meter = Meter(progress, "looking at boundaries", "flats", len(listed))
        for flat in listed:
            if not _has_common_side(arrangement, flat.rows):
                found.append(_Section.of(arrangement, flat).faces().activations())
            meter.advance()
        meter.finish()
    return PatternSubset.from_activations(
        arrangement, np.concatenate(found), origin=Origin.BOUNDARY
    )


def _has_common_side(arrangement: Arrangement, rows: range | tuple[int, ...]) -> bool:
    """Whether some weight vector is on the positive side of all these rows but zero ones."""
    moving = [arrangement.data.integers[i] for i in rows if arrangement.orientation[i]]
    return not isinstance(interior_point(moving, arrangement.shape[1]), EmptyCone)
