"""Nothing that looks small may be slow: work against the number of rows, for public functions.

Work is the number of calls that Python makes, its own and those into C: it is the same on every
machine.  What a compiled kernel does is one call, so these rows bound the overhead around it, and
the algorithm where there is no kernel.  The exponent is the one that the docstring promises.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import arrangements as ar


def rows(n: int, r: int) -> Any:
    return np.random.default_rng(n + 100 * r).normal(size=(n, r))


def patterns(n: int, r: int) -> ar.CompletePatterns:
    return ar.enumerate_patterns(rows(n, r))


def arrangement(n: int, r: int) -> ar.Arrangement:
    return ar.Arrangement(rows(n, r))


def affine(n: int) -> ar.Arrangement:
    return ar.Arrangement.affine(rows(n, 2), rows(n, 1)[:, 0])


def work(call: Callable[[], object]) -> int:
    count = 0

    def event(_frame: object, kind: str, _argument: object) -> None:
        nonlocal count
        count += kind in ("call", "c_call")

    sys.setprofile(event)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


Make = Callable[[int], Callable[[], object]]

# A function of n rows, n, and the exponent: calls may grow by 2^exponent when n doubles.
TABLE: dict[str, tuple[Make, int, float]] = {
    "DataMatrix": (lambda n: lambda: ar.DataMatrix.from_array(rows(n, 3)), 400, 1),
    "Arrangement": (lambda n: lambda: arrangement(n, 3).hyperplane_count, 400, 1),
    "count_regions, rank 2": (lambda n: lambda: ar.count_regions(rows(n, 2)), 800, 1),
    "count_regions, rank 3": (lambda n: lambda: ar.count_regions(rows(n, 3)), 400, 1),
    "count_regions, rank 4": (lambda n: lambda: ar.count_regions(rows(n, 4)), 90, 1),
    "count_regions, half-plane": (lambda n: lambda: ar.count_regions(affine(n)), 400, 1),
    "betti_numbers": (lambda n: lambda: ar.betti_numbers(rows(n, 3)), 400, 1),
    "cover_number": (lambda n: lambda: ar.cover_number(rows(n, 3)), 400, 1),
    "count_relatively_bounded_regions": (
        lambda n: lambda: ar.count_relatively_bounded_regions(affine(n)),
        400,
        1,
    ),
    "enumerate_patterns, rank 2": (lambda n: lambda: patterns(n, 2), 400, 1),
    "stream_patterns, rank 2": (lambda n: lambda: list(ar.stream_patterns(rows(n, 2))), 400, 1),
    "is_general_position, rank 3": (lambda n: lambda: ar.is_general_position(rows(n, 3)), 600, 1),
    "flats, rank 3": (lambda n: lambda: ar.flats(rows(n, 3)), 16, 3),
    "faces, rank 2": (lambda n: lambda: ar.faces(rows(n, 2)), 30, 2),
    "f_vector, rank 2": (lambda n: lambda: ar.f_vector(rows(n, 2)), 30, 2),
    "near_degeneracy": (lambda n: lambda: ar.near_degeneracy(rows(n, 4)), 400, 1),
    "nearest_of_rank": (lambda n: lambda: ar.nearest_of_rank(rows(n, 4), 3), 100, 1),
    "deletion": (lambda n: lambda: ar.deletion(rows(n, 3), 0), 400, 1),
    "restriction": (lambda n: lambda: ar.restriction(rows(n, 3), 0), 400, 1),
    "decone": (lambda n: lambda: ar.decone(rows(n, 3), 0), 200, 1),
    "product": (lambda n: lambda: ar.product(rows(n, 2), rows(n, 2)), 200, 1),
    "region, rank 2": (
        lambda n: lambda: ar.region_of_weight(rows(n, 2), [0.3, -0.7]).rays,
        100,
        1,
    ),
    "preview_cost": (lambda n: lambda: ar.preview_cost(rows(n, 2)), 400, 1),
}
_SLACK = 0.35
"""Of the exponent: constants and logarithms are still felt at these sizes."""


@pytest.mark.parametrize("name", TABLE)
def test_work_grows_as_promised(name: str) -> None:
    make, size, exponent = TABLE[name]
    make(size)()  # caches and imports
    few, many = work(make(size)), work(make(2 * size))
    assert math.log2(many / few) <= exponent + _SLACK, (few, many)
