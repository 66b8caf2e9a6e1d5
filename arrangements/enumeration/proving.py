"""Proving what a method proposes: a filter in floats, integers, and the exact simplex method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Batch
from arrangements.errors import ProofError
from arrangements.exact import EmptyCone, dot, integer_matrix, interior_point, negated
from arrangements.packing import Packed, unpack
from arrangements.prove import inside
from arrangements.realization import realized
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

IntegerRow = tuple[int, ...]

_WORD_BITS = 62
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
        Those that missed their region and were replaced by the exact simplex method.
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
    if not len(missed):
        return Proved(batch, statistics)
    witnesses = _replaced(arrangement, cone, batch, missed)
    # A pattern with other sides on the rows of one hyperplane is not realized even now.
    again = realized(arrangement, witnesses.take(missed), batch.packed[missed])
    if not again.right.all():
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


def _replaced(arrangement: Arrangement, cone: Cone, batch: Batch, missed: np.ndarray) -> Witnesses:
    points = batch.witnesses.points
    columns = batch.witnesses.columns
    inner = [tuple(row[j] for j in columns) for row in cone.normals]
    rows = [tuple(row[j] for j in columns) for row in arrangement.normals]
    found = [
        _interior(inner, rows, _sides(arrangement, batch.packed[index : index + 1]), len(columns))
        for index in missed
    ]
    exact = integer_matrix(found, len(columns))
    points = points.astype(exact.dtype if exact.dtype == object else points.dtype)
    points[missed] = exact
    return Witnesses(points, columns, batch.witnesses.dimension)


def _sides(arrangement: Arrangement, packed: Packed) -> list[bool]:
    """Return the sides of the hyperplanes of one pattern: those of their first rows."""
    active = unpack(packed, arrangement.shape[0])[0]
    return [bool(active[row]) for row in arrangement.representatives]


def _interior(
    inner: list[IntegerRow], rows: list[IntegerRow], sides: list[bool], width: int
) -> IntegerRow:
    """Return an interior point by the exact simplex method, in machine words if it can be."""
    signed = [
        *inner,
        *(row if side else negated(row) for row, side in zip(rows, sides, strict=True)),
    ]
    point = interior_point(signed, width)
    if isinstance(point, EmptyCone):
        raise ProofError(_NOT_REALIZED)
    largest = max(map(abs, point), default=0)
    rounded = tuple((entry << _WORD_BITS) // max(largest, 1) for entry in point)
    return rounded if all(dot(row, rounded) > 0 for row in signed) else point
