"""Proving what a method proposes: a filter in floats, integers, and the exact simplex method."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Batch, Places
from arrangements.errors import ProofError
from arrangements.exact import (
    EmptyCone,
    IntegerMatrix,
    dot,
    in_words,
    integer_matrix,
    interior_point,
    negated,
)
from arrangements.packing import Packed, unpack
from arrangements.prove import inside
from arrangements.realization import realized
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

IntegerRow = tuple[int, ...]

_NOT_REALIZED = "the method proposes a pattern that no weight vector realizes; try another method="


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the witnesses of some patterns were proved.

    Parameters
    ----------
    witnesses : int
        Weight vectors checked; one of each antipodal pair where a method yields both.
    fallbacks : int
        Those that the filter in floats did not prove: left to integers, or repaired.
    repaired : int
        Those that missed their region and were replaced: by what the method takes longer for,
        or by the exact simplex method.

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]])
    >>> for batch in stream:
    ...     pass
    >>> stream.completion.statistics  # one of each pair of opposite patterns
    Statistics(witnesses=3, fallbacks=0, repaired=0)
    """

    witnesses: int = 0
    fallbacks: int = 0
    repaired: int = 0

    def __add__(self, other: Statistics) -> Statistics:
        """Add up."""
        return Statistics(
            self.witnesses + other.witnesses,
            self.fallbacks + other.fallbacks,
            self.repaired + other.repaired,
        )

    @property
    def fallback_share(self) -> float:
        """The share of fallbacks (0 without witnesses)."""
        return self.fallbacks / max(self.witnesses, 1)


@dataclass(frozen=True, eq=False)
class Proved:
    """A batch whose every pattern is realized by its witness, inside the cone."""

    batch: Batch
    statistics: Statistics


def prove_batch(arrangement: Arrangement, cone: Cone, batch: Batch) -> Proved:
    """Check a batch exactly; replace witnesses that miss their region.

    Raises
    ------
    ProofError
        When a pattern is proposed that no weight vector of the cone realizes.
    """
    found = realized(arrangement, batch.witnesses, batch.packed)
    right = found.right & found.interior & inside(cone, batch.witnesses)
    missed = np.flatnonzero(~right)
    fallbacks = int(np.count_nonzero(~(found.decided & right)))
    statistics = Statistics(len(batch.packed), fallbacks, len(missed))
    witnesses = batch.witnesses
    if len(missed) and batch.sharper is not None:
        places, points = batch.sharper(missed)
        witnesses = _with_points(witnesses, places, points)
        missed = missed[~_realize(arrangement, cone, witnesses, batch.packed, missed)]
    if len(missed):
        points = _interior_points(arrangement, cone, witnesses, batch.packed, missed)
        witnesses = _with_points(witnesses, missed, points)
        # A pattern with other sides on the rows of one hyperplane is not realized even now.
        if not _realize(arrangement, cone, witnesses, batch.packed, missed).all():
            raise ProofError(_NOT_REALIZED)
    return Proved(Batch(batch.packed, witnesses, batch.mirrored), statistics)


def expanded(arrangement: Arrangement, batch: Batch) -> Batch:
    """Return a batch with its antipodes written out."""
    if not batch.mirrored:
        return batch
    return Batch(
        np.concatenate([batch.packed, batch.packed ^ arrangement.flips]),
        Witnesses.concatenate([batch.witnesses, -batch.witnesses]),
    )


def _realize(
    arrangement: Arrangement, cone: Cone, witnesses: Witnesses, packed: Packed, places: Places
) -> npt.NDArray[np.bool_]:
    """Return which of some witnesses realize their patterns, inside the cone."""
    some = witnesses.take(places)
    found = realized(arrangement, some, packed[places])
    return found.right & found.interior & inside(cone, some)


def _with_points(witnesses: Witnesses, places: Places, points: IntegerMatrix) -> Witnesses:
    """Return witnesses with some of them replaced."""
    table = witnesses.points.astype(np.result_type(witnesses.points, points))
    table[places] = points
    return replace(witnesses, points=table)


def _interior_points(
    arrangement: Arrangement, cone: Cone, witnesses: Witnesses, packed: Packed, places: Places
) -> IntegerMatrix:
    """Return points of some patterns' regions, by the exact simplex method."""
    columns = witnesses.columns
    inner = [tuple(row[j] for j in columns) for row in cone.normals]
    rows = [tuple(row[j] for j in columns) for row in arrangement.normals]
    found = [
        _interior(
            inner,
            rows,
            _sides(arrangement, packed[index : index + 1]),
            tuple(map(int, witnesses.points[index])),
        )
        for index in places
    ]
    return integer_matrix(found, len(columns))


def _sides(arrangement: Arrangement, packed: Packed) -> list[bool]:
    """Return the sides of the hyperplanes of one pattern: those of their first rows."""
    active = unpack(packed, arrangement.shape[0])[0]
    return [bool(active[row]) for row in arrangement.representatives]


def _interior(
    inner: list[IntegerRow], rows: list[IntegerRow], sides: list[bool], near: IntegerRow
) -> IntegerRow:
    """Return an interior point, moved from one nearby, in machine words if it can be."""
    signed = [
        *inner,
        *(row if side else negated(row) for row, side in zip(rows, sides, strict=True)),
    ]
    point = interior_point(signed, len(near), near=near)
    if isinstance(point, EmptyCone):
        raise ProofError(_NOT_REALIZED)
    rounded = in_words(point)
    return rounded if all(dot(row, rounded) > 0 for row in signed) else point
