"""Counting in the plane: lines through the origin, which need no recursion."""

from __future__ import annotations

from collections.abc import Sequence

from arrangements.exact import dot

IntegerRow = tuple[int, ...]


def whole_plane(lines: int) -> tuple[int, int, int]:
    """Return the Betti numbers of two or more lines through the origin: 2 m sectors."""
    return 1, lines, lines - 1


def plane_betti(rows: Sequence[IntegerRow], normals: Sequence[IntegerRow]) -> list[int]:
    """Return the Betti numbers of distinct lines of R^2 inside a non-empty open cone.

    Parameters
    ----------
    rows : m distinct rows of length 2
    normals : inner normals of the cone, one at least

    Returns
    -------
    list of three integers

    Notes
    -----
    *Algorithm.* A line
    ``{(a, b).w = 0}`` meets an open cone iff one of its two directions ``(-b, a), (b, -a)``
    lies inside; the origin never does.

    *Cost.* One product a row and normal.
    """
    met = 0
    for a, b in rows:
        sides = [dot(normal, (-b, a)) for normal in normals]
        met += min(sides) > 0 or max(sides) < 0
    return [1, met, 0]
