"""All activation patterns by trying all sign vectors: 2^n exact feasibility problems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeAlias

from oracles.feasibility import is_feasible
from zoo import Number, exact

Pattern: TypeAlias = tuple[bool, ...]


def all_patterns(
    rows: Sequence[Sequence[Number]], normals: Sequence[Sequence[Number]] = ()
) -> set[Pattern]:
    """Return every pattern of an open region inside the open cone of the inner normals.

    A zero row is active everywhere and bounds nothing.
    """
    matrix, cone = exact(rows), exact(normals)
    moving = [i for i, row in enumerate(matrix) if any(row)]
    found = set()
    for signs in itertools.product((1, -1), repeat=len(moving)):
        signed = [[s * x for x in matrix[i]] for i, s in zip(moving, signs, strict=True)]
        if is_feasible(cone + signed):
            pattern = [True] * len(matrix)
            for i, s in zip(moving, signs, strict=True):
                pattern[i] = s > 0
            found.add(tuple(pattern))
    return found
