"""Integer interior points of swept regions: floats propose, integers decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arrangements.exact import EmptyCone, IntegerMatrix, exact_signs, interior_point

IntegerRow = tuple[int, ...]
FloatMatrix = npt.NDArray[np.float64]

_WORD_BITS = 62
_LARGEST_WORD = 2**63 - 1
_BITS = 50
"""Points are rounded to integers below 2**50, which floats hold exactly."""


def integer_points(
    floats: FloatMatrix, rows: Sequence[IntegerRow], sides: npt.NDArray[np.bool_]
) -> IntegerMatrix:
    """Return an integer point strictly inside every region.

    Parameters
    ----------
    floats : (k, rho) float64
        Proposed interior points, of any scale.
    rows : m distinct hyperplanes of length rho
    sides : (k, m) bool
        The regions, by their sides.

    Notes
    -----
    *Algorithm.* A point is rounded at 50 bits and its signs are taken exactly; the few
    points that miss their region (thin ones, or columns of very different scale) are
    replaced by the exact simplex method.
    """
    largest = np.abs(floats).max(axis=1, keepdims=True)
    usable = np.isfinite(largest) & (largest > 0)
    scaled = np.where(usable, floats / np.where(usable, largest, 1.0), 0.0)
    points = np.rint(np.ldexp(scaled, _BITS)).astype(np.int64)
    signs = exact_signs(points, rows)
    missed = np.flatnonzero(((signs > 0) != sides).any(axis=1) | (signs == 0).any(axis=1))
    if len(missed) == 0:
        return points
    inside = [_inside(rows, sides[index]) for index in missed]
    if all(_largest(point) <= _LARGEST_WORD for point in inside):
        points[missed] = inside
        return points
    exact = points.astype(object)
    for index, point in zip(missed, inside, strict=True):
        exact[index] = point
    return exact


def _largest(point: IntegerRow) -> int:
    """Return the largest absolute value of an entry."""
    return max((abs(entry) for entry in point), default=0)


def _inside(rows: Sequence[IntegerRow], sides: npt.NDArray[np.bool_]) -> IntegerRow:
    """Return an interior point of one region by the exact simplex method, in a word if it can."""
    signed = [
        row if side else tuple(-entry for entry in row)
        for row, side in zip(rows, sides, strict=True)
    ]
    point = interior_point(signed, len(rows[0]))
    if isinstance(point, EmptyCone):
        # Cannot happen while the sweep decides its signs exactly; the origin proves nothing.
        return (0,) * len(rows[0])
    largest = _largest(point)
    rounded = tuple((entry << _WORD_BITS) // largest for entry in point)
    if all(sum(a * b for a, b in zip(row, rounded, strict=True)) > 0 for row in signed):
        return rounded
    return point
