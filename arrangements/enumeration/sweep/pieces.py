"""Cutting a sweep into pieces of about equal size, by the first rows of a flat's basis."""

from __future__ import annotations

import math
from collections.abc import Iterator

from arrangements.units import Cone, Flats

_PIECES = 2048
_SMALLEST = 1 << 15
_LARGEST = 1 << 20
"""Bounds on the regions of a piece, one of each antipodal pair: memory and overhead."""


def plan_flats(cone: Cone, hyperplanes: int, rank: int) -> Iterator[Flats]:
    """Yield the pieces of a sweep, in the order of their flats.

    Parameters
    ----------
    cone : Cone
    hyperplanes, rank : int
        Of what is swept, the cone's normals included.

    Notes
    -----
    At level s flats have bases of D = r - 1 - s rows, and a flat of k hyperplanes has no more
    regions than its k rows have bases (perturbing them only adds regions).  So the regions
    whose basis begins with a prefix that ends in row i number at most C(m - 1 - i, D - |prefix|).
    """
    total = sum(math.comb(hyperplanes, rank - 1 - level) for level in range(0, rank, 2))
    limit = min(max(total // _PIECES, _SMALLEST), _LARGEST)
    for level in range(0, rank, 2):
        group: list[tuple[int, ...]] = []
        size = 0
        for prefix, bound in _prefixes(hyperplanes, rank - 1 - level, limit, ()):
            if group and size + bound > limit:
                yield Flats(cone, level, tuple(group), size)
                group, size = [], 0
            group.append(prefix)
            size += bound
        if group:
            yield Flats(cone, level, tuple(group), size)


def _prefixes(
    hyperplanes: int, length: int, limit: int, prefix: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the shortest prefixes within the limit, with their bounds; a line is not cut."""
    first = prefix[-1] + 1 if prefix else 0
    bound = math.comb(hyperplanes - first, length - len(prefix))
    if bound <= limit or len(prefix) >= length - 1:
        if bound:
            yield prefix, bound
        return
    for row in range(first, hyperplanes):
        yield from _prefixes(hyperplanes, length, limit, (*prefix, row))
