"""Arrangements whose counts the literature knows."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "known_counts.json").read_text())
"""Published counts, copied from their sources (named in the file)."""

Rows = list[list[int]]


def threshold(k: int) -> Rows:
    """Return {0,1}^k x {1}."""
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


def resonance(k: int) -> Rows:
    """Return the non-zero 0/1 vectors of length k."""
    return [list(point) for point in itertools.product((0, 1), repeat=k) if any(point)]


def braid(k: int) -> Rows:
    """Return e_i - e_j for i < j <= k."""
    return [[(c == i) - (c == j) for c in range(k)] for i, j in itertools.combinations(range(k), 2)]


def type_b(k: int) -> Rows:
    """Return e_i and e_i +- e_j for i < j <= k."""
    axes = [[int(c == i) for c in range(k)] for i in range(k)]
    return axes + [
        [(c == i) + sign * (c == j) for c in range(k)]
        for i, j in itertools.combinations(range(k), 2)
        for sign in (1, -1)
    ]


def moment_curve(m: int, r: int) -> Rows:
    """Return (1, t, t^2, ...) for t = 1..m: any r of them are independent (Vandermonde)."""
    return [[t**power for power in range(r)] for t in range(1, m + 1)]


def small_grid() -> Rows:
    """Return the 2 x 3 integer grid with a column of ones."""
    return [[x, y, 1] for x in range(2) for y in range(3)]
