"""The order of lines and vectors of the plane around the origin, exactly."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

IntegerRow = tuple[int, ...]


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
    turned : list of m bool
        Whether it is the opposite.  Counterclockwise of it row i is positive iff it is.
    order : list of m int
        The lines by ascending angle of their vectors, from 0 to below pi.

    Notes
    -----
    *Exactness.* Vectors (x, y), y > 0, are compared by ``-x / y``, rounded down to multiples of
    ``2**-K``: fractions of denominators up to Y and Y' that differ do so by ``1 / (Y Y')`` at
    least, so that with ``2**K >= Y Y'`` their multiples differ too, and keep their order.
    """

    def __init__(self, rows: Sequence[IntegerRow]) -> None:
        self.turned = [a < 0 or (a == 0 and b > 0) for a, b in rows]
        self.vectors = [
            (b, -a) if turned else (-b, a) for (a, b), turned in zip(rows, self.turned, strict=True)
        ]
        self._bits = max((y.bit_length() for _, y in self.vectors), default=0)
        keys = self._keys(self.vectors, 2 * self._bits)
        self.order = sorted(range(len(rows)), key=keys.__getitem__)

    def locate(self, vectors: Sequence[IntegerRow]) -> list[tuple[int, bool, bool]]:
        """Say for each vector how many lines it has passed, if it was turned, if it is on none.

        Returns
        -------
        list of (int, bool, bool)
            Turned into the upper half plane when True, a vector lies counterclockwise of the
            first so many lines of `order`; False at the end for one on a line, or zero.
        """
        upper = [y > 0 or (y == 0 and x > 0) for x, y in vectors]
        folded = [(x, y) if up else (-x, -y) for (x, y), up in zip(vectors, upper, strict=True)]
        bits = self._bits + max((y.bit_length() for _, y in folded), default=0)
        lines = sorted(self._keys(self.vectors, bits))
        result = []
        for (x, y), key, up in zip(folded, self._keys(folded, bits), upper, strict=True):
            place = bisect_left(lines, key)
            on = bool(lines) and ((place < len(lines) and lines[place] == key) or not (x or y))
            result.append((place, not up, not on))
        return result

    @staticmethod
    def _keys(vectors: Sequence[IntegerRow], bits: int) -> list[float]:
        # The vector (x, 0), x > 0, of angle 0 comes before all others.
        return [((-x << bits) // y) if y else -math.inf for x, y in vectors]
