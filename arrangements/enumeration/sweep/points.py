"""Integer interior points of swept regions: floats propose, integers decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arrangements.exact import (
    EmptyCone,
    IntegerMatrix,
    dot,
    exact_signs,
    integer_matrix,
    interior_point,
    negated,
)

IntegerRow = tuple[int, ...]
FloatMatrix = npt.NDArray[np.float64]

_WORD_BITS = 62
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
    inside = integer_matrix([_inside(rows, sides[index]) for index in missed], points.shape[1])
    if inside.dtype == object:
        points = points.astype(object)
    points[missed] = inside
    return points


def _inside(rows: Sequence[IntegerRow], sides: npt.NDArray[np.bool_]) -> IntegerRow:
    """Return an interior point of one region by the exact simplex method, in a word if it can."""
    signed = [row if side else negated(row) for row, side in zip(rows, sides, strict=True)]
    point = interior_point(signed, len(rows[0]))
    if isinstance(point, EmptyCone):
        # Cannot happen while the sweep decides its signs exactly; the origin proves nothing.
        return (0,) * len(rows[0])
    largest = max(map(abs, point))
    rounded = tuple((entry << _WORD_BITS) // largest for entry in point)
    if all(dot(row, rounded) > 0 for row in signed):
        return rounded
    return point
