"""Trees of cones for several outputs: what a leaf shows, what trees are written, what is refused."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from convex_program.errors import ClaimError
from convex_program.evidence.lines import Metric
from convex_program.evidence.vector_leaf import (
    Leaf,
    Mixed,
    check_vector_leaf,
    dot,
    semidefinite,
)

_TRIES = 4_000


def test_a_leaf_that_is_accepted_bounds_its_cone() -> None:
    """Degenerate cones and rows of small integers, both proofs, any theta, in fractions."""
    rng = random.Random(0)  # noqa: S311 - repeatable
    accepted = {False: 0, True: 0}
    for _ in range(_TRIES):
        cone, metric, basis = random_cone(rng)
        form, rank = rng.random() < 0.5, len(cone.generators)
        largest = max(exact_ratio(cone, basis, lam) for lam in points(rng, rank))
        level = max(1, int(float(largest) ** 0.5 * rng.choice([0.9, 0.99, 1.0, 1.2, 2.0]) + 0.5))
        whole = (1 << rng.randint(1, 3)) - 1
        entries = [rng.randint(0, level) for _ in range(rank)]
        if form:
            entries = [rng.choice([0, 0, rng.randint(0, level**2)]) for _ in range(rank)]
        elif rng.random() < 0.8:
            entries = along_the_cone(cone, metric, level)
        shares = [rng.randint(0, whole) for _ in cone.weights]
        leaf = Leaf(form, entries, shares, whole)
        try:
            check_vector_leaf(cone, leaf, level, metric)
        except ClaimError:
            continue
        accepted[form] += 1
        assert largest <= level**2
    assert min(accepted.values()) > _TRIES // 20


def random_cone(rng: random.Random) -> tuple[Mixed, Metric, Any]:
    rank, outputs = rng.randint(1, 4), rng.randint(1, 3)
    basis = None
    if rng.random() < 0.3:
        vectors = [[rng.randint(-2, 2) for _ in range(rank + 1)] for _ in range(rank)]
        try:
            Metric(tuple(map(tuple, vectors)))
            basis = tuple(map(tuple, vectors))
        except ClaimError:
            basis = None
    signs = [rng.choice([-1, 1]) for _ in range(rank)]
    narrow = rng.random() < 0.7
    middle = [rng.randint(1, 20) for _ in range(rank)]
    generators = [
        [s * (m * narrow + rng.randint(i != k and narrow, 3)) or s * (i == k) for k, (s, m) in enumerate(zip(signs, middle, strict=True))]
        for i in range(rank)
    ]
    rows, weights = [], []
    for _ in range(rng.randint(0, 4)):
        row = [rng.randint(-9, 9) for _ in range(rank)]
        if rng.random() < 0.5 and rank > 1:  # nearly through the middle of the cone
            total = dot(row[1:], middle[1:])
            row = [middle[0] * x for x in row]
            row[0] = -total * signs[0] * signs[0]
            row = [x * s for x, s in zip(row, signs, strict=True)]
            row[0] = -dot([s * m for s, m in zip(signs[1:], middle[1:], strict=True)], row[1:]) * signs[0] // middle[0]
        values = [dot(row, g) for g in generators]
        if min(values) < 0 < max(values):
            rows.append(row)
            weights.append([rng.randint(-5, 5) for _ in range(outputs)])
    linear = [[rng.randint(-20, 20) for _ in range(outputs)] for _ in range(rank)]
    fixed = [[dot(g, column) for column in zip(*linear, strict=True)] for g in generators]
    cone = Mixed(
        generators,
        [[dot(row, g) for row in rows] for g in generators],
        fixed,
        weights,
        [int(dot(w, w) ** 0.5) + 1 for w in weights],
        [[dot(one, other) for other in weights] for one in weights],
    )
    return cone, Metric(basis), basis


def points(rng: random.Random, rank: int) -> list[list[int]]:
    corners = [list(x) for x in product([0, 1], repeat=rank) if any(x)]
    return corners + [[rng.randint(0, 7) for _ in range(rank - 1)] + [1] for _ in range(20)]


def exact_ratio(cone: Mixed, basis: Any, lam: list[int]) -> Fraction:
    """Return |F|^2 / c'Mc at a point of the cone."""
    c = [dot(lam, column) for column in zip(*cone.generators, strict=True)]
    image = [dot(lam, column) for column in zip(*cone.fixed, strict=True)]
    for e, weight in enumerate(cone.weights):
        t = max(0, dot(lam, [column[e] for column in cone.values]))
        image = [x + t * w for x, w in zip(image, weight, strict=True)]
    u = c if basis is None else [dot(c, column) for column in zip(*basis, strict=True)]
    return Fraction(dot(image, image), dot(u, u))


def along_the_cone(cone: Mixed, metric: Metric, level: int) -> list[int]:
    """Return integers along the sum of the generators, no longer than the level."""
    centre = [sum(column) for column in zip(*cone.generators, strict=True)]
    if metric.basis is not None:  # its dual vector is M z
        rank = len(centre)
        unit = [[int(i == k) for k in range(rank)] for i in range(rank)]
        centre = [metric.inner(row, centre) for row in unit]
    length = float(metric.square(centre)) ** 0.5 or 1.0
    return [int(level * x / length) for x in centre]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[0, 0], [0, 0]], True),
        ([[0, 1], [1, 5]], False),
        ([[1, 2], [2, 4]], True),
        ([[1, 2], [2, 3]], False),
        ([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], True),
        ([[2, -1, -1], [-1, 2, -1], [-1, -1, 1]], False),
        ([[-1]], False),
    ],
)
def test_semidefinite(matrix: list[list[int]], *, expected: bool) -> None:
    assert semidefinite(matrix) is expected
