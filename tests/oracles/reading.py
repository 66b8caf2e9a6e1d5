"""Turning what the packages return into plain Python values."""

from __future__ import annotations

from collections.abc import Sequence

from oracles.brute_force import Pattern
from zoo import Number, exact

import arrangements as ar


def listed(patterns: ar.PatternList) -> list[Pattern]:
    """Return the patterns as tuples, in order."""
    return [tuple(map(bool, row)) for row in patterns.activations().tolist()]


def realized(rows: Sequence[Sequence[Number]], weight: Sequence[int]) -> Pattern:
    """Return 1[x_i.w >= 0], refusing a weight on the boundary of a non-zero row."""
    pattern = []
    for row in exact(rows):
        value = sum(x * w for x, w in zip(row, weight, strict=True))
        assert value != 0 or not any(row), "the weight lies on a hyperplane"
        pattern.append(value >= 0)
    return tuple(pattern)
