"""The order of lines and vectors of the plane around the origin, exactly."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrangements.exact.signs import IntegerMatrix, float_rows

IntegerRow = tuple[int, ...]
Floats = npt.NDArray[np.float64]

_UNIT = 2.0**-50
"""Beyond what rounding makes of a cross product, relative to its two terms: 8 u, u = 2**-53."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where k vectors lie among lines.

    Parameters
    ----------
    passed : (k,) int
        Turned into the upper half plane when `turned`, a vector lies counterclockwise of the
        first so many lines.
    turned : (k,) bool
    inside : (k,) bool
        False for a vector on a line, or zero.
    """

    passed: npt.NDArray[np.intp]
    turned: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]


class Directions:
    """Lines through the origin by angle, and where vectors lie among them.

    Parameters
    ----------
    rows : m rows (a, b), no two parallel, none zero
        Line i is ``{w : (a, b).w = 0}``.

    Attributes
    ----------
    vectors : list of m pairs
        A vector on each line, in the upper half plane: ``(-b, a)`` or its opposite.
    turned : (m,) bool
        Whether it is the opposite.  Counterclockwise of it row i is positive iff it is.
    order : list of m int
        The lines by ascending angle of their vectors, from 0 to below pi.
    place : (m,) int
        For each line how many come before it in this order.

    Notes
    -----
    *Algorithm.* Quotients in floats propose an order, or a place.  Cross products of neighbours
    confirm it where they exceed their rounding error; where they do not, integers decide.

    *Exactness.* Vectors (x, y), y > 0, are compared by ``-x / y``, rounded down to multiples of
    ``2**-K``: fractions of denominators up to Y and Y' that differ do so by ``1 / (Y Y')`` at
    least, so that with ``2**K >= Y Y'`` their multiples differ too, and keep their order.
    """

    def __init__(self, rows: Sequence[IntegerRow]) -> None:
        turned = [a < 0 or (a == 0 and b > 0) for a, b in rows]
        self.turned = np.array(turned, np.bool_)
        self.vectors = [
            (b, -a) if opposite else (-b, a) for (a, b), opposite in zip(rows, turned, strict=True)
        ]
        self._bits = max((y for _, y in self.vectors), default=0).bit_length()
        floats = float_rows(self.vectors, 2)
        order = np.argsort(_quotients(floats), kind="stable")
        self._floats = floats[order]
        if not _certainly_ascend(self._floats[:-1], self._floats[1:]).all():
            keys = self._keys(self.vectors, 2 * self._bits)
            order = np.array(sorted(range(len(rows)), key=keys.__getitem__), np.intp)
            self._floats = floats[order]
        self.order: list[int] = order.tolist()
        self.place = np.empty(len(rows), np.intp)
        self.place[order] = np.arange(len(rows))

    def locate(self, vectors: IntegerMatrix) -> Places:
        """Say for each of k vectors, shape (k, 2), between which lines it lies."""
        x, y = vectors[:, 0], vectors[:, 1]
        turned = np.asarray((y < 0) | ((y == 0) & (x <= 0)), np.bool_)
        floats = float_rows(vectors, 2)
        floats[turned] *= -1.0
        passed = np.searchsorted(_quotients(self._floats), _quotients(floats)).astype(np.intp)
        # A vector of the upper half plane lies before a line of angle pi, and after -pi's.
        lines = np.concatenate([[[1.0, -1.0]], self._floats, [[-1.0, -1.0]]])
        certain = floats[:, 1] > 0.0
        certain &= (passed == 0) | _certainly_ascend(lines[passed], floats)
        certain &= (passed == len(self.order)) | _certainly_ascend(floats, lines[passed + 1])
        inside = certain.copy()
        unsure = np.flatnonzero(~certain)
        if len(unsure):
            passed[unsure], inside[unsure] = self._exactly(
                [_folded((int(a), int(b))) for a, b in vectors[unsure]]
            )
        return Places(passed, turned, inside)

    def _exactly(self, folded: list[IntegerRow]) -> tuple[list[int], list[bool]]:
        """Return the places of vectors of the upper half plane, and which are on no line."""
        bits = self._bits + max((y for _, y in folded), default=0).bit_length()
        lines = sorted(self._keys(self.vectors, bits))
        places = []
        inside = []
        for (x, y), key in zip(folded, self._keys(folded, bits), strict=True):
            place = bisect_left(lines, key)
            on = bool(lines) and ((place < len(lines) and lines[place] == key) or not (x or y))
            places.append(place)
            inside.append(not on)
        return places, inside

    @staticmethod
    def _keys(vectors: Sequence[IntegerRow], bits: int) -> list[float]:
        # The vector (x, 0), x > 0, of angle 0 comes before all others.
        return [((-x << bits) // y) if y else -math.inf for x, y in vectors]


def _folded(vector: IntegerRow) -> IntegerRow:
    x, y = vector
    return vector if y > 0 or (y == 0 and x > 0) else (-x, -y)


def _quotients(floats: Floats) -> Floats:
    """Return a float that grows with the angle from 0 to pi; -inf on the axis."""
    x, y = floats[:, 0], floats[:, 1]
    result = np.full(len(floats), -np.inf)
    with np.errstate(over="ignore"):
        np.divide(-x, y, out=result, where=y > 0.0)
    return result


def _certainly_ascend(first: Floats, second: Floats) -> npt.NDArray[np.bool_]:
    """Return where the second vector is less than half a turn counterclockwise of the first.

    Entries are `float_rows`: rounded once, at most 1 and for the larger 1/2 at least, so that
    each product errs by three roundings and their difference by a fourth.  What underflows is below
    any product that counts.
    """
    left, right = first[:, 0] * second[:, 1], first[:, 1] * second[:, 0]
    return np.asarray(left - right > _UNIT * (np.abs(left) + np.abs(right)) + 2.0**-1000)
